"""Who is not let in, or not now: each is told why in words, and comes in by itself as soon as that is right."""

import contextlib
import signal

import pytest
from playwright.sync_api import expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from party_fixture import SCREENSHOTS, make_party
from servers import wait_until
from test_party import end_party, play_first_track, start_party, wait_for_tone, wait_state

# Loaded machines are slow; a page that does not come back never gets there.
GENEROUS_SECONDS = 60
MOST_CONNECTIONS = 40


@pytest.fixture(scope="module")
def sites(cluster, start_dmp, music, tmp_path_factory):
    """Room for one listener, and for few connections a minute."""
    return make_party(
        cluster, start_dmp, music, database="door", folder=tmp_path_factory.mktemp("door"), PARTY_MAX_LISTENERS=1,
        PARTY_CONNECTIONS_PER_MINUTE=MOST_CONNECTIONS)


@pytest.fixture
def host(sites, page):
    """The host's page of a party that plays; the party ends with the test."""
    host = page(sites.host.url + "/artist/tone-works")
    play_first_track(host)
    start_party(host)
    yield host
    end_party(host)


def words(page):
    return page.locator("dmp-listener-bar .listener-words")


def test_one_more_than_there_is_room_for(sites, host, page):
    first = page(sites.listener.url)
    wait_state(first, "dmp-listener-bar", "live")
    second = page(sites.listener.url, width=360, height=740)
    wait_state(second, "dmp-listener-bar", "full")
    expect(words(second)).to_contain_text("No room")
    second.screenshot(path=SCREENSHOTS / "listener-full-phone.png")
    third = page(sites.listener.url)
    wait_state(third, "dmp-listener-bar", "full")
    third.screenshot(path=SCREENSHOTS / "listener-full.png")
    third.close()
    first.close()
    # By itself.
    wait_state(second, "dmp-listener-bar", "live", GENEROUS_SECONDS)
    wait_for_tone(second, 0)


def test_who_does_not_want_to_wait_for_room(sites, host, page):
    first = page(sites.listener.url)
    wait_state(first, "dmp-listener-bar", "live")
    second = page(sites.listener.url)
    wait_state(second, "dmp-listener-bar", "full")
    first.close()
    second.get_by_role("button", name="Try now").click()
    wait_for_tone(second, 0)


def test_the_banned_stay_out_until_the_next_party(sites, host, page):
    listener = page(sites.listener.url)
    wait_for_tone(listener, 0)
    host.evaluate("""async () => {
      const { hostSession } = await import('/party/host.js');
      const [newest] = await hostSession.listListeners();
      await hostSession.removeListener(newest.listenerId, { ban: true });
    }""")
    wait_state(listener, "dmp-listener-bar", "banned")
    expect(words(listener)).to_contain_text("The host has removed you from this party")
    listener.screenshot(path=SCREENSHOTS / "listener-banned.png")
    listener.reload()
    wait_state(listener, "dmp-listener-bar", "banned")
    expect(words(listener)).to_contain_text("The host has removed you from this party")
    assert listener.get_by_role("button", name="Join again").count() == 0
    end_party(host)
    wait_state(listener, "dmp-listener-bar", "ended", GENEROUS_SECONDS)
    host.get_by_role("button", name="Start party").click()
    wait_state(host, "dmp-party-page", "live")
    wait_state(listener, "dmp-listener-bar", "live", GENEROUS_SECONDS)
    wait_for_tone(listener, 0)


def test_a_server_that_asks_for_patience_is_asked_less_often(sites, page):
    listener = page(sites.listener.url)
    expect(words(listener)).to_contain_text("No party right now")
    asked = []

    def refuse(route):
        asked.append(route)
        route.fulfill(status=429, json={"code": "too_many_requests", "message": "Too many requests"})

    status = "**/api/party/status"
    listener.route(status, refuse)
    listener.clock.install()
    listener.reload()
    expect(words(listener)).to_contain_text("Too many requests from your network")
    before = len(asked)
    for _ in range(90):
        listener.clock.run_for(1_000)
        # For the answer.
        listener.wait_for_timeout(30)
    # Every 5 s it would be 18.
    assert 2 <= len(asked) - before <= 9
    listener.unroute(status)
    listener.clock.resume()
    expect(words(listener)).to_contain_text("No party right now", timeout=GENEROUS_SECONDS * 1_000)


def test_a_restarted_server_has_its_listeners_back(sites, host, page):
    listener = page(sites.listener.url)
    wait_for_tone(listener, 0)
    assert sites.listener.stop(signal.SIGTERM) == 0
    wait_state(listener, "dmp-listener-bar", "reconnecting")
    expect(words(listener)).to_contain_text("The server")
    sites.restart_listener()
    wait_state(host, "dmp-party-page", "live", GENEROUS_SECONDS)
    wait_state(listener, "dmp-listener-bar", "live", GENEROUS_SECONDS)
    wait_for_tone(listener, 0, GENEROUS_SECONDS)
    expect(listener.locator("dmp-listener-bar .bar-text b")).to_have_text("Left Tone")


def test_too_many_connections(sites, host, page):
    """The last one here: it leaves none for who comes next."""
    listener = page(sites.listener.url)
    wait_for_tone(listener, 0)
    address = sites.listener.url.replace("http", "ws") + "/_ws"

    def take_all():
        with contextlib.suppress(InvalidStatus), contextlib.ExitStack() as stack:
            for _ in range(MOST_CONNECTIONS + 1):
                stack.enter_context(connect(address, open_timeout=10))

    def is_refused():
        # One is free again every second and a half, and the page may have had it.
        take_all()
        if listener.locator('dmp-listener-bar[data-state="live"]').count():
            listener.reload()
        listener.wait_for_timeout(100)
        return "The server takes no more connections" in listener.locator("dmp-listener-bar").inner_text()

    wait_until(is_refused, GENEROUS_SECONDS, "words on too many connections")
    wait_state(listener, "dmp-listener-bar", "live", GENEROUS_SECONDS)
    wait_for_tone(listener, 0)
