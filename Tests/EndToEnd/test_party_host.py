"""The host's page while its party runs: what it says of the sound that goes out, the bitrate, figures, listeners, covers; and a host that comes and goes."""

import contextlib
import json
import os
import pathlib
import re
import secrets
import signal
import socket
import subprocess
import time

import pytest
import requests
from playwright.sync_api import expect
from websockets.sync.client import connect

from party_fixture import NO_GESTURE_NEEDED, SCREENSHOTS, Party, launch
from servers import free_port, wait_until
from test_party import end_party, hear, start_party, wait_for_tone, wait_state, wait_title
from test_quality import accessibility

CONNECTIONS = (pathlib.Path(__file__).parent / "connections.js").read_text()
# Title, and how ffmpeg makes it. The first is what hear.js listens for.
TRACKS = {
    "Left Tone": ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=300", "-af", "pan=stereo|c0=c0|c1=0*c0,volume=2"],
    "Noise": ["-f", "lavfi", "-i", "anoisesrc=color=pink:sample_rate=48000:duration=120:amplitude=0.5", "-ac", "2"],
    "Silence": ["-f", "lavfi", "-i", "anullsrc=sample_rate=48000:channel_layout=stereo", "-t", "120"],
    "Too Loud": ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=120", "-af", "volume=40dB", "-ac", "2"],
}
# Loaded machines are slow; a broken host never gets there.
GENEROUS_SECONDS = 40
KILLS = 20


@pytest.fixture(scope="module")
def party(cluster, start_dmp, tmp_path_factory):
    """Two owners' machines, as it were: the listener server's catalog knows nothing of the host's."""
    folder = tmp_path_factory.mktemp("host")
    music, images = folder / "music", folder / "images"
    (images / "releases").mkdir(parents=True)
    music.mkdir()
    for title, source in TRACKS.items():
        subprocess.run(["ffmpeg", "-v", "error", *source, "-c:a", "flac", music / f"{title}.flac"], check=True)
    # A picture that is hard to make small.
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "nullsrc=size=1200x900,geq=random(1)*255:128:128", "-frames:v", "1", images / "releases/noise.png"], check=True)
    database, listener_port, rtc_port = cluster.create("hosting"), free_port(), free_port()
    shared = {"PARTY_ENABLED": "true", "PARTY_SECRET": secrets.token_hex(32)}
    host = start_dmp(**shared, DATABASE_URL=cluster.url(database), PARTY_ROLE="host", PARTY_URL=f"http://127.0.0.1:{listener_port}",
                     MUSIC_DIR=music, IMAGE_DIR=images).wait_for_catalog()
    with cluster.connect(database) as sql:
        sql.execute("""INSERT INTO "Artist" ("id", "name", "slug", "totalTracks", "updatedAt") VALUES ('a1', 'Tone Works', 'tone-works', 4, now())""")
        sql.execute("""INSERT INTO "LocalRelease" ("id", "title", "year", "artistId", "image", "updatedAt") VALUES ('r1', 'Two Ears', 1999, 'a1', 'noise.png', now())""")
        for number, title in enumerate(TRACKS, 1):
            sql.execute(
                """INSERT INTO "LocalReleaseTrack" ("id", "title", "artist", "album", "duration", "filePath", "localReleaseId", "trackNumber", "updatedAt")
                   VALUES (%s, %s, 'Tone Works', 'Two Ears', 300, %s, 'r1', %s, now())""", [f"k{number}", title, f"{title}.flac", number])
            sql.execute("""INSERT INTO "TrackArtist" ("id", "trackId", "artistId") VALUES (%s, %s, 'a1')""", [f"ta{number}", f"k{number}"])
    listener_folder = tmp_path_factory.mktemp("listener")
    environment = {
        **shared, "DATABASE_URL": cluster.url(cluster.create("listening")), "PARTY_ROLE": "listener", "PORT": listener_port, "RTC_MIN_PORT": rtc_port,
        "RTC_MAX_PORT": rtc_port, "PARTY_ANNOUNCED_ADDRESS": "127.0.0.1"}
    party = Party(host, start_dmp(folder=listener_folder, **environment).wait_for_catalog())
    party.restart_listener = lambda: setattr(party, "listener", start_dmp(folder=listener_folder, **environment))
    return party


def play(page, title):
    page.get_by_role("button", name="List", exact=True).click()
    page.get_by_role("button", name=f"Play {title}").click()
    expect(page).to_have_title(re.compile(title))


@pytest.fixture
def live(party, page):
    """A party that plays the tone, and one listener who hears it."""
    host = page(party.host.url + "/artist/tone-works", script=CONNECTIONS)
    play(host, "Left Tone")
    listener = page(party.listener.url + "/", script=CONNECTIONS)
    start_party(host)
    wait_state(listener, "dmp-listener-bar", "live")
    yield host, listener
    with contextlib.suppress(Exception):
        end_party(host)
    wait_until(lambda: not requests.get(party.listener.url + "/api/party/status", timeout=10).json()["active"], what="the party has ended")


def play_elsewhere(host, title):
    """Another track, chosen where tracks are, and back to the party."""
    host.get_by_role("link", name="Browse", exact=True).first.click()
    host.locator("main").get_by_role("link", name="Tone Works").first.click()
    play(host, title)
    host.get_by_role("link", name="Party", exact=True).first.click()


def report(page):
    return page.evaluate("soundReport()")


def sounds(page):
    return page.locator("dmp-party-page").get_attribute("data-sound")


def test_the_meter_shows_what_is_sent(live):
    host, listener = live
    wait_for_tone(listener, 0)
    left, right = host.get_by_role("meter", name="Left ear").first, host.get_by_role("meter", name="Right ear").first
    expect(left).to_have_attribute("aria-valuetext", re.compile("^−1[0-9] decibels$"))
    expect(right).to_have_attribute("aria-valuetext", "silent")
    # The host's own volume is none of a listener's business.
    host.get_by_role("button", name="Mute").first.click()
    host.wait_for_timeout(1500)
    expect(left).to_have_attribute("aria-valuetext", re.compile("^−1[0-9] decibels$"))
    host.get_by_role("button", name="Mute").first.click()
    # Nobody is told of every change of it.
    assert host.locator("dmp-level-meter").evaluate("meter => meter.closest('[aria-live], [role=status], [role=alert]')") is None


def test_it_says_what_is_wrong_with_the_sound(live):
    host, listener = live
    expect(host.locator("dmp-party-page")).to_have_attribute("data-sound", "music")
    play_elsewhere(host, "Silence")
    expect(host.get_by_text("Only silence is going out")).to_be_visible(timeout=20_000)
    play_elsewhere(host, "Too Loud")
    expect(host.get_by_text("The sound is distorted")).to_be_visible(timeout=20_000)
    play_elsewhere(host, "Left Tone")
    expect(host.locator("dmp-party-page")).to_have_attribute("data-sound", "music", timeout=20_000)
    host.evaluate("import('/player/player.js').then(({ player }) => player.audioContext.suspend())")
    button = host.get_by_role("button", name="Let the sound out")
    expect(button).to_be_visible()
    host.screenshot(path=SCREENSHOTS / "host-held.png")
    button.focus()
    host.keyboard.press("Enter")
    expect(button).to_be_hidden()
    wait_for_tone(listener, 0)


def sent_kilobits(page, seconds=3):
    before = report(page)
    page.wait_for_timeout(seconds * 1000)
    after = report(page)
    return (after["bytes"] - before["bytes"]) * 8 / (after["at"] - before["at"])


def test_the_bitrate_changes_while_live(live):
    host, listener = live
    play_elsewhere(host, "Noise")
    choice = host.get_by_label("Sound quality")
    expect(choice).to_have_value("128000")
    connections, start = report(host)["connections"], report(listener)
    measured = {}
    for kilobits in (256, 64, 96, 192):
        choice.select_option(f"{kilobits * 1000}")
        # The server's own figure, on the page.
        figure = host.locator('[data-part="bitrate"]', has_text="kb/s").first
        wait_until(lambda: host.wait_for_timeout(200) or abs(kilobits - int(figure.inner_text().split()[0])) < kilobits * 0.15, 20, f"{kilobits} kb/s on the page")
        measured[kilobits] = sent_kilobits(host)
    print("sent, kb/s by choice:", {choice: round(value) for choice, value in measured.items()})
    for kilobits, value in measured.items():
        assert abs(value - kilobits) < kilobits * 0.25, measured
    end = report(listener)
    assert report(host)["connections"] == connections, "the host connected anew"
    assert (end["descriptions"], end["ssrc"], end["track"]) == (start["descriptions"], start["ssrc"], start["track"]), "the listener renegotiated"
    assert end["lost"] <= start["lost"] + 5
    print(f"concealed over all changes: {(end['concealed'] - start['concealed']) / 48:.0f} ms")
    # Remembered, also over a reload.
    host.reload()
    wait_state(host, "dmp-party-page", "live")
    expect(host.get_by_label("Sound quality")).to_have_value("192000")
    wait_until(lambda: abs(sent_kilobits(host, 1) - 192) < 40, 20, "192 kb/s after a reload")
    host.get_by_label("Sound quality").select_option("128000")


def has_host_round_trip(frame):
    message = json.loads(frame)
    return message["type"] == "partyStatistics" and bool(message["hostLink"]) and message["hostLink"]["roundTripTime"] is not None


def test_the_figures(live, party, page):
    host, listener = live
    other = page(party.listener.url + "/")
    wait_state(other, "dmp-listener-bar", "live")
    figures = host.locator("dmp-host-figures")
    expect(figures.locator('[data-part="listeners"]')).to_have_text("2")
    expect(figures.locator('[data-part="peak"]')).to_have_text("2")
    for name in ("host", "median", "worst"):
        expect(figures.locator(f'[data-part="{name}"]')).to_have_text(re.compile("Good|Fair|Poor"), timeout=20_000)
        expect(figures.locator(f'[data-part="{name}Loss"]')).to_have_text(re.compile(r"^lost: [\d.]+ %$"), timeout=20_000)
        expect(figures.locator(f'[data-part="{name}Jitter"]')).to_have_text(re.compile(r"^jitter: [\d.]+ ms$"), timeout=20_000)
        expect(figures.locator(f'[data-part="{name}Trip"]')).to_have_text(re.compile(r"^round trip: [\d.]+ ms$"), timeout=20_000)
    expect(figures.get_by_role("img")).to_have_attribute("aria-label", re.compile("2 now, at most 2"))
    host.get_by_text("Who listens").click()
    expect(host.locator("dmp-host-listeners li")).to_have_count(2)
    host.screenshot(path=SCREENSHOTS / "host-live-1440.png")
    assert not accessibility(host)
    host.set_viewport_size({"width": 360, "height": 740})
    host.wait_for_timeout(500)
    for part in ("dmp-host-figures", "dmp-host-listeners"):
        host.locator(part).screenshot(path=SCREENSHOTS / f"{part}-360.png")
    assert not accessibility(host)
    assert host.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    # They are there again after a reload, the history too.
    with host.expect_websocket(lambda socket: socket.url.endswith("/_ws")) as opened:
        host.reload()
    wait_state(host, "dmp-party-page", "live")
    expect(host.locator('dmp-host-figures [data-part="total"]')).to_have_text("2")
    # The server knows the round trip by itself: a browser answers its reference time (RFC 3611).
    opened.value.wait_for_event("framereceived", has_host_round_trip, timeout=GENEROUS_SECONDS * 1_000)
    other.close()
    expect(host.locator('dmp-host-figures [data-part="listeners"]')).to_have_text("1", timeout=20_000)
    expect(host.locator('dmp-host-figures [data-part="peak"]')).to_have_text("2")


def test_a_listener_is_removed_and_another_banned(live, party, page):
    host, _ = live
    host.get_by_text("Who listens").click()
    rows = host.locator("dmp-host-listeners li")
    expect(rows).to_have_count(1)

    def row(listener_id):
        return host.locator(f'dmp-host-listeners li[data-listener="{listener_id}"]')

    removed = rows.first.get_attribute("data-listener")
    # With the keyboard, and a change of mind.
    button = rows.first.get_by_role("button", name="Remove")
    button.focus()
    host.keyboard.press("Enter")
    expect(host.get_by_role("dialog", name="Remove this listener?")).to_be_visible()
    host.keyboard.press("Escape")
    expect(host.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()
    host.keyboard.press("Enter")
    host.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).press("Enter")
    expect(row(removed)).to_have_count(0)
    # The focus is not lost with the row.
    assert host.evaluate("document.activeElement !== document.body")

    page(party.listener.url + "/browse")
    newest = rows.first
    expect(newest).to_be_visible(timeout=15_000)
    banned = newest.get_attribute("data-listener")
    assert banned != removed
    newest.get_by_role("button", name="Ban").click()
    host.get_by_role("dialog").get_by_role("button", name="Ban for this party").click()
    expect(row(banned)).to_have_count(0)
    stranger = page("about:blank")
    heard = []
    stranger.on("websocket", lambda socket: socket.on("framereceived", lambda text: heard.append(str(text))))
    stranger.goto(party.listener.url + "/")
    wait_until(lambda: stranger.wait_for_timeout(100) or any('"banned"' in text for text in heard), 20, "the banned address is told so")
    assert stranger.locator("dmp-listener-bar").get_attribute("data-state") != "live"


def test_a_cover_of_the_hosts_own_site_reaches_listeners(live, party):
    host, listener = live

    def stored():
        track = requests.get(party.listener.url + "/api/party/status", timeout=10).json()["currentTrack"]
        return track["coverPath"] if (track["coverPath"] or "").startswith("/api/party/cover/") else None

    path = wait_until(lambda: host.wait_for_timeout(100) or stored(), 20, "a stored cover")
    answer = requests.get(party.listener.url + path, timeout=10)
    assert answer.headers["content-type"] == "image/jpeg" and answer.content[:2] == b"\xff\xd8"
    assert 1_000 < len(answer.content) <= 30_000
    print(f"a cover of noise: {len(answer.content)} bytes")


# A host that comes and goes


def heard_again(listener, since):
    wait_for_tone(listener, 0, GENEROUS_SECONDS)
    return time.monotonic() - since


def identity(listener):
    """What a renegotiation would change."""
    found = report(listener)
    return {key: found[key] for key in ("connections", "descriptions", "ssrc", "track")}


def test_another_browser_takes_over(live, party, playwright):
    host, listener = live
    wait_for_tone(listener, 0)
    before = identity(listener)
    other_browser = launch(playwright, NO_GESTURE_NEEDED)
    try:
        other = other_browser.new_page()
        other.goto(party.host.url + "/artist/tone-works")
        play(other, "Left Tone")
        since = time.monotonic()
        start_party(other)
        wait_state(host, "dmp-party-page", "takenOver")
        print(f"heard {heard_again(listener, since):.1f} s after the other's Start")
        expect(host.get_by_role("button", name="Take it back")).to_be_visible()
        host.screenshot(path=SCREENSHOTS / "host-taken-over.png")
        host.get_by_role("button", name="Take it back").click()
        wait_state(host, "dmp-party-page", "live")
        wait_state(other, "dmp-party-page", "takenOver")
        wait_for_tone(listener, 0)
        assert identity(listener) == before
    finally:
        other_browser.close()


def test_a_restarted_server_has_its_host_back(live, party):
    host, listener = live
    wait_for_tone(listener, 0)
    party.listener.process.send_signal(signal.SIGKILL)
    party.listener.process.wait()
    wait_state(host, "dmp-party-page", "reconnecting")
    # Long enough for several attempts.
    host.wait_for_timeout(3_000)
    party.restart_listener()
    wait_state(host, "dmp-party-page", "live", GENEROUS_SECONDS)
    wait_state(listener, "dmp-listener-bar", "live", GENEROUS_SECONDS)
    wait_for_tone(listener, 0, GENEROUS_SECONDS)
    wait_title(listener, "Left Tone")


class Tab:
    """A browser tab over its debugging port, which a killed renderer does not take away; its like in Playwright ends with it."""

    def __init__(self, port):
        target = next(target for target in requests.get(f"http://127.0.0.1:{port}/json/list", timeout=10).json() if "/party" in target["url"])
        self.socket = contextlib.ExitStack().enter_context(connect(target["webSocketDebuggerUrl"], max_size=None))
        self.number = 0

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv(timeout=GENEROUS_SECONDS))
            if message.get("id") == self.number:
                return message.get("result", {})

    def state(self):
        return self.call("Runtime.evaluate", expression="document.querySelector('dmp-party-page')?.dataset.state").get("result", {}).get("value")


def renderers(browser):
    """Process ids of a browser's pages."""
    devtools = browser.new_browser_cdp_session()
    found = [process["id"] for process in devtools.send("SystemInfo.getProcessInfo")["processInfo"] if process["type"] == "renderer"]
    devtools.detach()
    return found


def test_a_killed_host_loses_nobody(party, page, playwright):
    port = free_port()
    browser = launch(playwright, NO_GESTURE_NEEDED, f"--remote-debugging-port={port}")
    try:
        host = browser.new_page()
        host.goto(party.host.url + "/artist/tone-works")
        play(host, "Left Tone")
        start_party(host)
        listeners = [page(party.listener.url + "/", script=CONNECTIONS) for _ in range(2)]
        for listener in listeners:
            wait_state(listener, "dmp-listener-bar", "live")
            wait_for_tone(listener, 0)
        before = [identity(listener) for listener in listeners]
        tab, delays = Tab(port), []
        for _ in range(KILLS):
            for process in renderers(browser):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            wait_until(lambda: listeners[0].wait_for_timeout(20) or hear(listeners[0])["left"]["440"] < -70, 20, "silence after the kill")
            since = time.monotonic()
            tab.call("Page.reload")
            delays.append(heard_again(listeners[0], since))
            wait_for_tone(listeners[1], 0)
            assert wait_until(lambda: listeners[0].wait_for_timeout(20) or tab.state() == "live", 20, "live again")
        after = [identity(listener) for listener in listeners]
        print(f"{KILLS} kills: heard again after {sorted(delays)[len(delays) // 2]:.1f} s (median), {max(delays):.1f} s (longest) from the host's return")
        renegotiations = sum(new != old for new, old in zip(after, before))
        lost = sum(listener.locator("dmp-listener-bar").get_attribute("data-state") != "live" for listener in listeners)
        print(f"renegotiations: {renegotiations}, lost listeners: {lost}")
        assert (renegotiations, lost) == (0, 0), (before, after)
        status = requests.get(party.listener.url + "/api/party/status", timeout=10).json()
        assert status["listenerCount"] == len(listeners)
        tab.call("Runtime.evaluate", expression="[...document.querySelectorAll('button')].find(button => button.textContent === 'End Session').click()")
        wait_until(lambda: not requests.get(party.listener.url + "/api/party/status", timeout=10).json()["active"], what="the party has ended")
    finally:
        browser.close()
