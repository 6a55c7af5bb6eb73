"""200 real DTLS-SRTP listeners at once: nothing is lost, and what they cost is printed (a mediasoup worker needs 13 % of a core on this kind
of machine). And 500 who all come in one moment, while others listen."""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import time

import pytest

from servers import ROOT

LISTENERS, SECONDS = 200, 20


@pytest.fixture(scope="module")
def party_load():
    """The peers' program, built when its sources have changed."""
    scratch = os.environ.get("PARTY_LOAD_SCRATCH", str(ROOT / ".build-load"))
    package = pathlib.Path(__file__).parent / "load"
    command = ["swift", "build", "-c", "release", "--package-path", str(package), "--scratch-path", scratch]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=900)
    return pathlib.Path(scratch) / "release/PartyLoad"


def test_200_listeners(start_party, party_load):
    server = start_party(PARTY_MAX_LISTENERS_PER_ADDRESS=LISTENERS, LOG_LEVEL="warning")
    with subprocess.Popen([party_load, str(LISTENERS), str(SECONDS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as peers:
        try:
            offers = json.loads(peers.stdout.readline())["offers"]
            host = server.socket()
            host.host()
            answers = [host.request("publish", sdp=offers[0])["sdp"]]
            answers += [server.socket().join(sdp=offer)["sdp"] for offer in offers[1:]]
            peers.stdin.write(json.dumps({"answers": answers}) + "\n")
            peers.stdin.flush()
            before = server.cpu_seconds()
            assert json.loads(peers.stdout.readline())["connected"] == LISTENERS + 1
            connected = server.cpu_seconds()
            heard = json.loads(peers.stdout.readline())
            # The last second is silent, and counts as a part of the measurement too.
            cpu = 100 * (server.cpu_seconds() - connected) / (SECONDS + 1)
        finally:
            peers.kill()
    print(f"\n{LISTENERS} listeners: {heard}; handshakes {1000 * (connected - before) / (LISTENERS + 1):.1f} ms of CPU each; "
          f"forwarding {cpu:.1f} % of a core; {server.resident_bytes() / 2**20:.0f} MiB resident")
    del heard["latest"]
    assert heard == {"sent": SECONDS * 50, "least": SECONDS * 50, "most": SECONDS * 50, "gaps": 0, "wrong": 0, "refused": 0}
    assert server.status()["listenerCount"] == LISTENERS
    host.request("endSession")


BURST = 500


def percentile_95(values):
    return sorted(values)[len(values) * 95 // 100]


def test_500_join_at_once(start_party, party_load):
    """On one core, while ten others listen, each packet to whom is timed."""
    server = start_party(LOG_LEVEL="warning")
    os.sched_setaffinity(server.process.pid, {0})
    for thread in os.listdir(f"/proc/{server.process.pid}/task"):
        os.sched_setaffinity(int(thread), {0})
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([party_load, "10", "20"], **pipes) as first, subprocess.Popen([party_load, str(BURST), "30", "burst"], **pipes) as burst:
        try:
            offers = json.loads(first.stdout.readline())["offers"]
            host = server.socket()
            host.host()
            answers = [host.request("publish", sdp=offers[0])["sdp"]]
            answers += [server.socket().join(sdp=offer)["sdp"] for offer in offers[1:]]
            first.stdin.write(json.dumps({"answers": answers}) + "\n")
            first.stdin.flush()
            assert json.loads(first.stdout.readline())["connected"] == 11

            def join(offer):
                begin = time.monotonic()
                socket = server.socket(max_size=None)
                return socket.join(sdp=offer)["sdp"], 1000 * (time.monotonic() - begin)

            with concurrent.futures.ThreadPoolExecutor(BURST) as pool:
                joins = list(pool.map(join, json.loads(burst.stdout.readline())["offers"]))
            burst.stdin.write(json.dumps({"answers": [answer for answer, _ in joins]}) + "\n")
            burst.stdin.flush()
            heard = json.loads(burst.stdout.readline())
            result = json.loads(first.stdout.readline())
        finally:
            first.kill()
            burst.kill()
    print(f"\n{BURST} joins at once: p95 {percentile_95([time for _, time in joins]):.0f} ms each; first packet p95 {heard['p95']:.0f} ms, "
          f"slowest {heard['slowest']:.0f} ms; latest packet to those who listened before: {result['latest']:.1f} ms")
    assert heard["heard"] == BURST
    assert (result["least"], result["gaps"], result["wrong"]) == (result["sent"], 0, 0)
    host.request("endSession")
