"""Links that lose packets, of a listener and of the host: how much of the sound listeners' browsers had to make up."""

import time

import pytest

from party_fixture import make_party
from test_party import end_party, play_first_track, start_party, wait_for_tone, wait_state

LOSS, JITTER_MILLISECONDS, DELAY_MILLISECONDS = 0.1, 30, 10
SECONDS, SETTLING_SECONDS = 60, 15
# Of the issue.
MOST_CONCEALED = 0.01

# Keeps every connection that the page makes, so that a test can ask it.
KEEP_CONNECTIONS = """
  window.connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...options) { super(...options); window.connections.push(this); }
  };
"""
INBOUND = """async () => {
  const reports = [...(await window.connections.at(-1).getStats()).values()];
  return reports.find(({ type }) => type === 'inbound-rtp');
}"""
# The page's own description, with everything taken out that brings lost packets back.
WITHOUT_REPAIR = """
  export const withMusicOpus = (...given) => {
    const red = /^a=rtpmap:(\\d+) red\\//m.exec(given[0])?.[1];
    return asBuilt(...given).split('\\r\\n')
      .filter(line => !/^a=rtcp-fb:\\S+ nack/.test(line) && !(red && RegExp(`^a=(rtpmap|fmtp|rtcp-fb):${red} `).test(line)))
      .map(line => line.startsWith('m=audio') && red ? line.split(' ').filter((word, index) => index < 3 || word !== red).join(' ') : line)
      .join('\\r\\n');
  };
"""


@pytest.fixture(scope="module")
def party(cluster, start_dmp, music, link):
    """Both sites at the near end of the link."""
    return make_party(cluster, start_dmp, music, "loss", link.here)


def open_page(browser, url, repairs=True):
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(KEEP_CONNECTIONS)
    if not repairs:
        def changed(route):
            text = route.fetch().text().replace("export function withMusicOpus(", "function asBuilt(")
            route.fulfill(body=text + WITHOUT_REPAIR, content_type="text/javascript")

        page.route("**/party/sdp.js", changed)
    page.goto(url)
    return page


def listen(browser, url, repairs=True):
    page = open_page(browser, url, repairs)
    wait_state(page, "dmp-listener-bar", "live", 60)
    wait_for_tone(page, 0)
    return page


def host_party(browser, url, repairs=True):
    page = open_page(browser, url + "artist/tone-works", repairs)
    play_first_track(page)
    start_party(page)
    return page


def leave(host, *others):
    end_party(host)
    for page in [host, *others]:
        page.context.close()


def concealed_shares(pages, seconds):
    """For each page the share of samples that its browser made up; what it left silent, as in a pause, counts neither way."""
    def read():
        return {name: page.evaluate(INBOUND) for name, page in pages.items()}

    # The pages measure their link, and reports come every few seconds.
    time.sleep(SETTLING_SECONDS)
    before = read()
    time.sleep(seconds)
    after = read()
    shares = {}
    for name in pages:
        made_up, silent, total = (after[name][key] - before[name][key] for key in ("concealedSamples", "silentConcealedSamples", "totalSamplesReceived"))
        shares[name] = (made_up - silent) / (total - silent)
        print(f"{name}: {shares[name]:.2%} concealed in {seconds} s")
    return shares


@pytest.fixture
def urls(party, link):
    """Of the host's and the listener's site; the link is a good one again afterwards."""
    yield f"http://{link.here}:{party.host.port}/", f"http://{link.here}:{party.listener.port}/"
    link.change(loss=0, delay=0, jitter=0)


def test_a_listener_behind_a_lossy_link_hears_nearly_everything(urls, browser, far_browser, link):
    host = host_party(browser, urls[0])
    pages = {"as built": listen(far_browser, urls[1]), "without NACK and RED": listen(far_browser, urls[1], repairs=False)}
    link.change(loss=LOSS, delay=DELAY_MILLISECONDS, jitter=JITTER_MILLISECONDS)
    shares = concealed_shares(pages, SECONDS)
    assert shares["as built"] < MOST_CONCEALED
    assert shares["without NACK and RED"] > LOSS / 2, "the link loses less than it should"
    for page in pages.values():
        wait_for_tone(page, 0)
    leave(host, *pages.values())


@pytest.mark.parametrize("repairs", [True, False], ids=["as built", "without NACK and RED"])
def test_a_lossy_link_of_the_host_is_repaired_for_everyone(urls, browser, far_browser, link, repairs):
    host = host_party(far_browser, urls[0], repairs)
    listener = listen(browser, urls[1])
    link.change(loss=LOSS, delay=DELAY_MILLISECONDS, jitter=JITTER_MILLISECONDS)
    share = concealed_shares({"a listener": listener}, SECONDS // 2)["a listener"]
    assert share < MOST_CONCEALED if repairs else share > LOSS / 2
    wait_for_tone(listener, 0)
    link.change(loss=0)
    leave(host, listener)
