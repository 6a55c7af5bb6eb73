"""A host and a listener site on one small library of tones, and real browsers to open them."""

import os
import secrets
import shutil
import stat
import subprocess

import pytest
from playwright.sync_api import sync_playwright

from impaired_link import Link
from servers import ROOT, free_port

CHROMIUM = ["--no-sandbox", "--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns"]
NO_GESTURE_NEEDED = "--autoplay-policy=no-user-gesture-required"

# What a test looks like to a person; not committed.
SCREENSHOTS = ROOT / "build/screenshots"
SCREENSHOTS.mkdir(parents=True, exist_ok=True)

# Title, frequency in Hz, and the ear that hears it: the other is silent.
TONES = [("Left Tone", 440, "left"), ("Right Tone", 1000, "right")]


def at_rest(page):
    """Until nothing moves any more but what never stops: a dialog that still appears is pale, and not where it will be."""
    page.wait_for_function("""() => document.getAnimations().every((animation) =>
      animation.playState !== 'running' || animation.effect.getComputedTiming().endTime === Infinity)""")


def make_tone(path, hertz, ear):
    pan = "stereo|c0=c0|c1=0*c0" if ear == "left" else "stereo|c0=0*c0|c1=c0"
    source = f"sine=frequency={hertz}:sample_rate=48000:duration=120"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-af", f"pan={pan},volume=2", "-c:a", "flac", path], check=True)


@pytest.fixture(scope="session")
def music(tmp_path_factory):
    folder = tmp_path_factory.mktemp("music")
    for title, hertz, ear in TONES:
        make_tone(folder / f"{title}.flac", hertz, ear)
    covers = folder / "images/releases"
    covers.mkdir(parents=True)
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x320", "-frames:v", "1", covers / "ears.png"], check=True)
    return folder


class Party:
    """Both sites; the listener's knows the same catalog and has no music."""

    def __init__(self, host, listener):
        self.host, self.listener = host, listener
        # Starts the listener's site again where it was stopped; set by who can.
        self.restart_listener = None


@pytest.fixture(scope="module")
def party(cluster, start_dmp, music):
    return make_party(cluster, start_dmp, music)


def make_party(cluster, start_dmp, music, database="tones", address="127.0.0.1", folder=None, **listener_settings):
    """Both sites, at an address of this machine. Where the listener's has a `folder` to itself, it can be restarted."""
    cluster.create(database)
    everywhere = address if address == "127.0.0.1" else "0.0.0.0"
    listener_port, rtc_port, secret = free_port(), free_port(), secrets.token_hex(32)
    shared = {"DATABASE_URL": cluster.url(database), "PARTY_ENABLED": "true", "PARTY_SECRET": secret, "HOST": everywhere, "IMAGE_DIR": music / "images"}
    host = start_dmp(**shared, PARTY_ROLE="host", PARTY_URL=f"http://{address}:{listener_port}", MUSIC_DIR=music).wait_for_catalog()
    with cluster.connect(database) as sql:
        sql.execute("""INSERT INTO "Artist" ("id", "name", "slug", "totalTracks", "updatedAt") VALUES ('a1', 'Tone Works', 'tone-works', 2, now())""")
        sql.execute("""INSERT INTO "LocalRelease" ("id", "title", "year", "artistId", "image", "updatedAt") VALUES ('r1', 'Two Ears', 1999, 'a1', 'ears.png', now())""")
        for number, (title, _, _) in enumerate(TONES, 1):
            sql.execute(
                """INSERT INTO "LocalReleaseTrack" ("id", "title", "artist", "album", "duration", "filePath", "localReleaseId", "trackNumber", "updatedAt")
                   VALUES (%s, %s, 'Tone Works', 'Two Ears', 120, %s, 'r1', %s, now())""", [f"k{number}", title, f"{title}.flac", number])
            sql.execute("""INSERT INTO "TrackArtist" ("id", "trackId", "artistId") VALUES (%s, %s, 'a1')""", [f"ta{number}", f"k{number}"])
    environment = {
        **shared, "PARTY_ROLE": "listener", "PORT": listener_port, "RTC_MIN_PORT": rtc_port, "RTC_MAX_PORT": rtc_port, "PARTY_ANNOUNCED_ADDRESS": address,
        **listener_settings}
    party = Party(host, start_dmp(folder=folder, **environment))
    party.restart_listener = lambda: setattr(party, "listener", start_dmp(folder=folder, **environment))
    return party


@pytest.fixture(scope="session")
def playwright():
    with sync_playwright() as playwright:
        yield playwright


def launch(playwright, *arguments, executable=None):
    executable = executable or shutil.which("chromium") or pytest.fail("no Chromium: apt-get install chromium")
    return playwright.chromium.launch(executable_path=executable, args=[*CHROMIUM, *arguments])


@pytest.fixture(scope="module")
def browser(playwright):
    """Sound needs no click in it."""
    browser = launch(playwright, NO_GESTURE_NEEDED)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def link():
    if os.geteuid() != 0:
        pytest.fail("a network namespace needs root: run this test as root")
    with Link() as link:
        yield link


@pytest.fixture(scope="module")
def far_browser(playwright, link, tmp_path_factory):
    """A browser behind the link."""
    wrapper = tmp_path_factory.mktemp("far") / "chromium"
    wrapper.write_text(f'#!/bin/sh\nexec {" ".join(link.prefix)} {shutil.which("chromium")} "$@"\n')
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    browser = launch(playwright, NO_GESTURE_NEEDED, executable=wrapper)
    yield browser
    browser.close()


@pytest.fixture
def page(browser):
    """Opens pages of their own browser profiles: `page(url)`. A page's errors fail the test. `script` runs before each document's own."""
    contexts, problems = [], []

    def open_page(url, width=1440, height=900, script=None):
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"{url}: {error}"))
        page.on("console", lambda message: problems.append(f"{url}: {message.text}") if "Content Security Policy" in message.text else None)
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)
