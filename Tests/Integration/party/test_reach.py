"""A listener is reached wherever it is: real Chromium in a network namespace of its own, with what firewalls, address families and moves
do to it. How long it takes is printed; the limits that are asserted leave room for a machine that does other work."""

import asyncio
import pathlib
import shutil
import sys
import threading
import time

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from playwright.sync_api import sync_playwright

from peers import LEFT, RIGHT, Tones
from network_namespace import Namespace

TESTS = pathlib.Path(__file__).resolve().parents[2]
HEAR = (TESTS / "EndToEnd/hear.js").read_text()
CHROMIUM = ["--no-sandbox", "--disable-features=WebRtcHideLocalIpsWithMdns", "--autoplay-policy=no-user-gesture-required"]
LOUD = -50  # dB
PATIENCE = 15
PACKETS_IN_FLIGHT = 10  # that a browser may still count after its address is gone

pytestmark = pytest.mark.skipif(not shutil.which("chromium"), reason="no Chromium: apt-get install chromium")


class Host:
    """A host on this machine that sends two tones, in a thread of its own. `reach` is the address at which it reaches the server."""

    def __init__(self, server, reach=None):
        self.socket = server.socket()
        self.socket.host()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.connection = self.run(self.publish(reach))
        self.socket.send("nowPlaying", track={"id": "t", "title": "Tones", "artist": "Test", "releaseTitle": "R", "duration": 600}, isPlaying=True)
        self.position = self.loop.call_soon_threadsafe(self.tell_position, 0)

    def run(self, what):
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(30)

    async def publish(self, reach):
        connection = RTCPeerConnection()
        connection.addTrack(Tones())
        await connection.setLocalDescription(await connection.createOffer())
        answer = self.socket.request("publish", sdp=connection.localDescription.sdp)["sdp"]
        if reach:
            lines = answer.split("\r\n")
            first = next(line.split()[4] for line in lines if line.startswith("a=candidate"))
            answer = answer.replace(first, reach)
        await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        return connection

    def tell_position(self, seconds):
        """Each second, as a host's page does."""
        self.socket.send("position", currentTime=seconds, duration=600)
        self.loop.call_later(1, self.tell_position, seconds + 1)

    def close(self):
        self.run(self.connection.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.socket.close()


@pytest.fixture
def reach(start_party, tmp_path):
    """`reach(namespace, announced=…)` opens the listener page of a running party in the namespace."""
    opened = []

    def run(namespace, announced=None, host_reaches=None):
        server = start_party(
            HOST="::", PUBLIC_DIR=TESTS.parent / "public", PARTY_ANNOUNCED_ADDRESS=",".join(announced or namespace.here), PARTY_BITRATE=64_000)
        host = Host(server, host_reaches)
        playwright = sync_playwright().start()
        browser = playwright.chromium.launch(executable_path=namespace.chromium(tmp_path), args=CHROMIUM)
        opened.extend([playwright.stop, browser.close, host.close])
        page = browser.new_page()
        address = namespace.here[0]
        began = time.monotonic()
        page.goto(f"http://[{address}]:{server.port}/" if ":" in address else f"http://{address}:{server.port}/")
        return Listener(page, began)

    yield run
    for close in reversed(opened):
        close()


class Listener:
    def __init__(self, page, began):
        self.page, self.began = page, began

    def level(self):
        heard = self.page.evaluate(HEAR, [LEFT, RIGHT])
        return heard["left"][str(LEFT)] if heard and heard["playing"] else -200

    def wait_until_heard(self, what, since=None):
        since = since or self.began
        while self.level() < LOUD:
            assert time.monotonic() - since < PATIENCE, f"{what}: not heard"
            self.page.wait_for_timeout(50)
        seconds = time.monotonic() - since
        print(f"{what}: heard after {seconds:.1f} s, over {self.path()}", file=sys.stderr)
        return seconds

    def wait_for_packets(self, more):
        """Until so many more packets have arrived than had when this was called."""
        deadline = time.monotonic() + PATIENCE
        enough = self.packets() + more
        while self.packets() < enough:
            assert time.monotonic() < deadline, "no packets arrive"
            self.page.wait_for_timeout(20)

    def packets(self):
        return int(self.figure("Packets received") or 0)

    def path(self):
        """Over what and to which of the server's addresses the media comes."""
        return self.figure("Server")

    def figure(self, label):
        """One of those that /party-debug shows."""
        return self.page.evaluate(
            "async wanted => (await document.querySelector('dmp-listener-bar').session.figures()).find(([label]) => label === wanted)?.[1] ?? ''", label)


def test_udp_is_preferred(reach):
    with Namespace() as there:
        listener = reach(there)
        listener.wait_until_heard("UDP and TCP open")
        assert listener.path().endswith("over udp")


def test_without_udp_a_listener_hears_over_tcp(reach):
    with Namespace() as there:
        there.block_udp()
        listener = reach(there)
        listener.wait_until_heard("UDP blocked")
        assert listener.path().endswith("over tcp")


@pytest.mark.parametrize("udp", [True, False], ids=["udp", "tcp"])
def test_ipv6_alone(reach, udp):
    with Namespace(ipv4=False, ipv6=True) as there:
        if not udp:
            there.block_udp()
        listener = reach(there)
        listener.wait_until_heard("IPv6 alone")
        assert there.here[0] in listener.path()


def test_several_announced_addresses_of_which_one_leads_here(reach):
    """The server has IPv4 and IPv6; this listener has IPv4."""
    with Namespace() as there:
        listener = reach(there, announced=["2001:2:0:ffff::1", "203.0.113.99", *there.here])
        listener.wait_until_heard("three announced addresses, one leads here")
        assert there.here[0] in listener.path()


def test_both_families(reach):
    with Namespace(ipv6=True) as there:
        reach(there).wait_until_heard("IPv4 and IPv6")


def test_an_announced_address_that_no_interface_has(reach):
    """1:1 NAT, as at most cloud providers."""
    with Namespace() as there:
        there.translate("203.0.113.7", there.here[0])
        listener = reach(there, announced=["203.0.113.7"], host_reaches=there.here[0])
        listener.wait_until_heard("1:1 NAT")
        assert "203.0.113.7" in listener.path()


@pytest.mark.parametrize("udp", [True, False], ids=["udp", "tcp"])
def test_a_phone_that_changes_its_network_is_heard_again(reach, udp):
    """Its address is replaced and the old one is gone: the socket is dead without a word, too. No new handshake: ICE restarts."""
    with Namespace() as there:
        if not udp:
            there.block_udp()
        listener = reach(there)
        listener.wait_until_heard("before it moves")
        listener.page.evaluate("() => { window.streamBefore = document.querySelector('#dmp-listener-audio').srcObject; }")
        # Steady for a moment, as parties are.
        listener.page.wait_for_timeout(2_000)
        since = time.monotonic()
        there.move()
        # Silence is no sign of the move: ICE may find the new path sooner than the jitter buffer runs dry.
        listener.wait_for_packets(PACKETS_IN_FLIGHT + 10)
        listener.wait_until_heard("another address", since)
        same = listener.page.evaluate("() => window.streamBefore === document.querySelector('#dmp-listener-audio').srcObject")
        assert same, "it made a new connection instead of restarting the old one"
