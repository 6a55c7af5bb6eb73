"""`script/bench latency`: how soon a listener hears the party in Chromium, and how late, on loopback.

A host's page plays a file of clicks, one a second over a soft tone, through the site's own player. Times are taken in the pages, by one clock
(`latency.js`): where sound leaves the host's audio graph, and where it leaves the listener's decoder.

join      from a listener's click on "Join again" (which opens the WebSocket, asks, and connects as a first visit does) to the first decoded
          sample that is not silence; beside it the same from the opening of the page, which loads the site as well, with nothing cached.
latency   from each click in the host's graph to the same click at the listener; at the same time a connection from the host's page directly to
          another page, with the same stream and a browser's own settings, hears the same clicks: what is above that is ours.
"""

import argparse
import contextlib
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

from playwright.sync_api import sync_playwright
from servers import ROOT, Cluster, Server, wait_until

sys.path.append(str(ROOT / "Tests/EndToEnd"))
from party_fixture import NO_GESTURE_NEEDED, TONES, launch, make_party, make_tone  # noqa: E402
from test_party import play_first_track, start_party, wait_state  # noqa: E402

MEASURE = (pathlib.Path(__file__).parent / "latency.js").read_text()
TARGET_JOIN, TARGET_LATENCY = 400, 150
# A listener begins with the buffer that an unknown link needs, and lets go of what its link does not need by 20 ms a second.
SETTLING_SECONDS = 12
# Clicks come once a second.
LONGEST_MILLISECONDS = 900

REMOVE = """async () => {
  const { hostSession } = await import('/party/host.js');
  for (const { listenerId } of await hostSession.listListeners()) await hostSession.removeListener(listenerId);
}"""
OFFER = """async () => {
  const stream = (await import('/player/player.js')).player.captureStream();
  window.direct = new RTCPeerConnection();
  window.direct.addTransceiver(stream.getAudioTracks()[0], { direction: 'sendonly', streams: [stream] });
  await window.direct.setLocalDescription();
  await gathered(window.direct);
  return window.direct.localDescription.sdp;
}"""
ANSWER = """async sdp => {
  window.direct = new RTCPeerConnection();
  window.direct.addEventListener('track', ({ streams }) => {
    window.directSound = new Audio();
    window.directSound.srcObject = streams[0];
    window.directSound.play();
  });
  await window.direct.setRemoteDescription({ type: 'offer', sdp });
  await window.direct.setLocalDescription();
  await gathered(window.direct);
  return window.direct.localDescription.sdp;
}"""
WATCH_HOST = "async () => void window.watchSound((await import('/player/player.js')).player.captureStream().getAudioTracks()[0].clone())"


def make_music(folder):
    """The tracks that `make_party` knows: the first one is clicks of a millisecond over a soft tone, in both ears."""
    clicks = r"aevalsrc='if(lt(mod(t\,1)\,0.001)\,0.9\,0.01*sin(2*PI*440*t))':sample_rate=48000:duration=120,aformat=channel_layouts=stereo"
    (name, _, _), *others = TONES
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", clicks, "-c:a", "flac", folder / f"{name}.flac"], check=True)
    for title, hertz, ear in others:
        make_tone(folder / f"{title}.flac", hertz, ear)
    (folder / "images/releases").mkdir(parents=True)


@contextlib.contextmanager
def party(folder):
    """Both sites with a database of their own."""
    music = folder / "music"
    music.mkdir()
    make_music(music)
    cluster, servers = Cluster(), []

    def start(folder=None, **environment):
        servers.append(Server(folder or pathlib.Path(tempfile.mkdtemp(dir=music.parent)), environment))
        return servers[-1].wait()

    try:
        yield make_party(cluster, start, music, PARTY_MAX_LISTENERS_PER_ADDRESS=100)
    finally:
        for server in servers:
            server.stop()
        cluster.stop()
        shutil.rmtree(cluster.folder, ignore_errors=True)


def open_page(browser, url):
    page = browser.new_context().new_page()
    page.add_init_script(MEASURE)
    page.goto(url)
    return page


def measured(page, name):
    """Waits for what `latency.js` writes."""
    return wait_until(lambda: page.wait_for_timeout(50) or page.evaluate(f"measured.{name}"), what=name)


def joins(browser, host, url, count):
    """Milliseconds until there was sound: of pages that were opened, and of listeners who came in again by a click."""
    opened, pressed = [], []
    for _ in range(count):
        page = open_page(browser, url)
        opened.append(measured(page, "firstSound") - page.evaluate("performance.timeOrigin"))
        wait_state(page, "dmp-listener-bar", "live")
        host.evaluate(REMOVE)
        wait_state(page, "dmp-listener-bar", "removed")
        page.get_by_role("button", name="Join again").click()
        pressed.append(measured(page, "firstSound") - page.evaluate("measured.pressed"))
        page.context.close()
    return opened, pressed


def delays(sent, heard):
    """Milliseconds of each click that was sent, by when it was; without those that were not heard."""
    found = {}
    for at in sent:
        later = [time - at for time in heard if 0 <= time - at < LONGEST_MILLISECONDS]
        if later:
            found[at] = later[0]
    return found


def latencies(browser, host, url, clicks):
    """Milliseconds to the listener, and over the direct connection, of the same clicks."""
    listener, direct = open_page(browser, url), open_page(browser, host.url)
    answer = direct.evaluate(ANSWER, host.evaluate(OFFER))
    host.evaluate("sdp => window.direct.setRemoteDescription({ type: 'answer', sdp })", answer)
    host.evaluate(WATCH_HOST)
    wait_state(listener, "dmp-listener-bar", "live")
    listener.wait_for_timeout(SETTLING_SECONDS * 1000)
    for page in (host, listener, direct):
        page.evaluate("measured.clicks.length = 0")
    listener.wait_for_timeout((clicks + 2) * 1000)
    sent, at_listener, at_direct = (page.evaluate("measured.clicks") for page in (host, listener, direct))
    ours, least = delays(sent, at_listener), delays(sent, at_direct)
    print(f"jitterBufferTarget {listener.evaluate('''document.querySelector('dmp-listener-bar').session.playoutDelay.milliseconds''')} ms")
    both = sorted(ours.keys() & least.keys())[:clicks]
    if len(both) < 0.9 * clicks:
        raise SystemExit(f"error: {len(sent)} clicks sent, {len(at_listener)} heard, {len(at_direct)} directly")
    return [ours[at] for at in both], [least[at] for at in both]


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def print_row(name, values, target=None, figure=None):
    missed = "*" if target is not None and figure >= target else ""
    figures = f"{statistics.median(values):>9.0f}{percentile(values, 0.95):>9.0f}{min(values):>9.0f}{max(values):>9.0f}"
    print(f"{name:<34}{len(values):>5}{figures}{target or '':>9}{missed}")
    return not missed


def main():
    parser = argparse.ArgumentParser(prog="script/bench latency", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--joins", type=int, default=20)
    parser.add_argument("--clicks", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dmp-latency-") as folder, party(pathlib.Path(folder)) as sites, sync_playwright() as playwright:
        browser = launch(playwright, NO_GESTURE_NEEDED)
        host = open_page(browser, sites.host.url + "/artist/tone-works")
        play_first_track(host)
        for _ in range(2):  # all, then one: the clicks go on
            host.get_by_role("button", name="Repeat").first.click()
        start_party(host)
        url = sites.listener.url + "/"
        opened, pressed = joins(browser, host, url, options.joins)
        ours, least = latencies(browser, host, url, options.clicks)
        browser.close()
    above = [one - other for one, other in zip(ours, least)]
    print(f"{'milliseconds':<34}{'n':>5}{'p50':>9}{'p95':>9}{'least':>9}{'most':>9}{'target':>9}")
    good = [
        print_row("join: click to sound (p95)", pressed, TARGET_JOIN, percentile(pressed, 0.95)),
        print_row("join: page opened to sound", opened),
        print_row("latency: host to listener", ours),
        print_row("latency: page to page, directly", least),
        print_row("latency: ours above it (p50)", above, TARGET_LATENCY, statistics.median(above)),
    ]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
