"""`dmp demo`, as `script/demo` starts it: a library out of nothing, two sites, and a party between them that is music."""

import pathlib
import re

import pytest
import requests

from demo_fixture import Demo
from party_fixture import SCREENSHOTS
from servers import wait_until
from test_party import end_party, start_party, wait_state

LEVELS = (pathlib.Path(__file__).parent / "levels.js").read_text()
AUDIBLE_DECIBELS = -45


def test_the_library(demo):
    host, listener = demo.urls()
    assert re.search(r"\d+ of \d+", demo.log), "no progress is shown"
    statistics = requests.get(host + "/api/stats", timeout=10).json()
    assert statistics["artists"] >= 6 and statistics["releases"] >= 12 and statistics["tracks"] >= 40
    releases = requests.get(host + "/api/releases/latest?limit=100", timeout=10).json()
    assert len({release["year"] // 10 for release in releases if release["year"]}) >= 3
    assert len(requests.get(host + "/api/genres", timeout=10).json()) >= 5
    for release in releases:
        cover = requests.get(host + release["image"], timeout=10)
        assert cover.status_code == 200 and cover.headers["content-type"].startswith("image/"), release
    track = requests.get(host + "/api/tracks/random", timeout=10).json()
    audio = requests.get(f"{host}/api/audio/{track['id']}", timeout=10)
    assert audio.status_code == 200 and audio.content[:4] == b"OggS"
    assert requests.get(f"{listener}/api/audio/{track['id']}", timeout=10).status_code == 403


def test_a_party_of_music(demo, page):
    host_url, listener_url = demo.urls()
    host = page(host_url)
    host.locator("[data-play-release]").first.dispatch_event("click")
    wait_until(lambda: host.wait_for_timeout(50) or host.get_by_role("button", name="Pause").count(), what="music plays")
    start_party(host)
    listener = page(listener_url + "/browse")
    wait_state(listener, "dmp-listener-bar", "live")

    def audible():
        listener.wait_for_timeout(200)
        levels = listener.evaluate(LEVELS)
        return levels and min(levels["left"], levels["right"]) > AUDIBLE_DECIBELS and levels

    levels = wait_until(audible, 30, "music in both ears")
    assert levels["difference"] > levels["left"] - 40, "left and right are the same"
    host.screenshot(path=SCREENSHOTS / "host-party.png")
    listener.screenshot(path=SCREENSHOTS / "listener.png")
    # It would outlive the server, and the tests that start this library again begin without a party.
    end_party(host)


def test_it_stops_and_is_kept(demo):
    first_urls = demo.urls()
    assert demo.stop() == 0, demo.log
    with pytest.raises(requests.ConnectionError):
        requests.get(first_urls[0], timeout=5)
    files = sorted((demo.folder / "data").rglob("*.opus"))
    assert len(files) >= 40
    changed = [file.stat().st_mtime_ns for file in files]
    again = Demo(demo.folder)
    try:
        host, _ = again.urls(seconds=60)
        assert requests.get(host + "/api/stats", timeout=10).json()["tracks"] == len(files)
    finally:
        again.stop()
    assert [file.stat().st_mtime_ns for file in files] == changed
