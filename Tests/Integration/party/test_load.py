"""200 real DTLS-SRTP listeners at once: nothing is lost, and what they cost is printed (a mediasoup worker needs 13 % of a core on this kind
of machine). 500 who all come in one moment, while others listen. And numbers that begin anew. All by party-load."""

import contextlib
import json
import os
import pathlib
import subprocess

from servers import BINARY

PARTY_LOAD = BINARY.parent / "party-load"


@contextlib.contextmanager
def party_load(server, *arguments):
    """Its figures, as they come; see `party-load --help`."""
    command = [PARTY_LOAD, server.url, "--json", "--pid", server.process.pid, *arguments]
    with subprocess.Popen(map(str, command), stdout=subprocess.PIPE, text=True) as process:
        try:
            yield map(json.loads, process.stdout)
        finally:
            process.kill()


def until(figures, phase):
    return next(line for line in figures if line["phase"] == phase)


def assert_whole(result, listeners):
    """Everybody was there from the first packet to the last, and got each of them once, at once and as it was sent."""
    assert (result["joined"], result["failed"], result["dropped"]) == (listeners, 0, 0)
    assert (result["least"], result["most"]) == (result["host"]["sent"], result["host"]["sent"])
    assert [result[name] for name in ("gaps", "lost", "duplicates", "wrong", "refused")] == [0, 0, 0, 0, 0]


LISTENERS, SECONDS = 200, 20


def test_200_listeners(start_party):
    server = start_party(PARTY_MAX_LISTENERS_PER_ADDRESS=LISTENERS, LOG_LEVEL="warning")
    before = server.cpu_seconds()
    with party_load(server, "--host", "--host-waits", "--listeners", LISTENERS, "--hold", SECONDS) as figures:
        until(figures, "holding")
        handshakes = server.cpu_seconds() - before
        assert server.status()["listenerCount"] == LISTENERS
        result = until(figures, "done")
    print(f"\n{LISTENERS} listeners: joining {1000 * handshakes / LISTENERS:.1f} ms of CPU each; latency {result['latency']}; "
          f"forwarding {result['server']['cpuPercent']:.1f} % of a core; {result['server']['residentBytes'] / 2**20:.0f} MiB resident")
    assert result["checked"] == LISTENERS * result["host"]["sent"]
    assert_whole(result, LISTENERS)


def test_four_threads_carry_one_party(start_party):
    """On one port, whichever of them a listener's datagrams reach; the host's sequence numbers wrap meanwhile, and somebody comes and goes."""
    server = start_party(PARTY_WORKERS=4, LOG_LEVEL="warning")
    threads = [pathlib.Path(f"/proc/{server.process.pid}/task/{thread}/comm").read_text().strip()
               for thread in os.listdir(f"/proc/{server.process.pid}/task")]
    assert sorted(name for name in threads if name.startswith("dmp-media")) == [f"dmp-media-{index}" for index in range(4)]
    with party_load(server, "--host", "--host-waits", "--listeners", 80, "--hold", 10, "--first-sequence-number", 65_300) as figures:
        result = until(figures, "done")
    assert_whole(result, 80)
    with party_load(server, "--host", "--listeners", 40, "--hold", 12, "--churn", 120, "--host-reload", 4, "--loss", 2) as figures:
        result = until(figures, "done")
    assert (result["failed"], result["dropped"], result["wrong"], result["refused"]) == (0, 0, 0, 0)
    assert result["recovered"] > 0 and result["host"]["lives"] >= 3


BURST = 500


def test_500_join_at_once(start_party):
    """On one core, while ten others listen, each packet to whom is timed."""
    server = start_party(LOG_LEVEL="warning")
    os.sched_setaffinity(server.process.pid, {0})
    for thread in os.listdir(f"/proc/{server.process.pid}/task"):
        os.sched_setaffinity(int(thread), {0})
    with party_load(server, "--host", "--host-waits", "--listeners", 10, "--ramp", 0, "--hold", 30) as first:
        until(first, "holding")
        with party_load(server, "--listeners", BURST, "--ramp", 0, "--hold", 2) as burst:
            heard = until(burst, "done")
        result = until(first, "done")
    print(f"\n{BURST} joins at once: p95 {heard['join']['p95']:.0f} ms each; first packet p95 {heard['firstPacket']['p95']:.0f} ms, "
          f"slowest {heard['firstPacket']['most']:.0f} ms; latest packet to those who listened before: {result['latency']['most']:.1f} ms")
    assert (heard["joined"], heard["failed"], heard["dropped"]) == (BURST, 0, 0)
    assert heard["least"] > 0
    assert_whole(result, 10)


def test_numbers_wrap(start_party):
    """The host's sequence number begins anew after 36 packets, its timestamp after 50; nobody notices."""
    server = start_party(LOG_LEVEL="warning")
    with party_load(server, "--host", "--host-waits", "--listeners", 10, "--ramp", 0, "--hold", 4, "--first-sequence-number", 65_500,
                    "--first-timestamp", 2**32 - 48_000) as figures:
        result = until(figures, "done")
    assert result["host"]["sent"] > 100
    assert_whole(result, 10)


def test_numbers_wrap_where_packets_are_lost(start_party):
    """Requests for what is missing are about numbers too, and so are reports; and each life of a host begins at the same ones."""
    server = start_party(LOG_LEVEL="warning")
    with party_load(server, "--host", "--listeners", 10, "--ramp", 0, "--hold", 9, "--host-reload", 4, "--loss", 5, "--first-sequence-number", 65_500,
                    "--first-timestamp", 2**32 - 48_000) as figures:
        result = until(figures, "done")
    assert result["host"]["lives"] >= 2
    assert (result["joined"], result["failed"], result["dropped"], result["wrong"], result["refused"]) == (10, 0, 0, 0, 0)
    # Nobody asks for what was lost last.
    assert result["recovered"] > 10 * result["lost"]


def test_by_the_originals_messages(start_party):
    """Host and listeners as mediasoup-client connects them."""
    server = start_party(LOG_LEVEL="warning")
    with party_load(server, "--protocol", "mediasoup", "--host", "--host-waits", "--listeners", 10, "--ramp", 0, "--hold", 2) as figures:
        result = until(figures, "done")
    assert result["host"]["sent"] > 50
    assert_whole(result, 10)
