"""`script/bench media`: what a forwarded packet costs beside bare sendmmsg, how many listeners one processor holds, their memory, and what
an empty listener server takes.

The server has the first processor for itself and `party-load` the others. The reference (`bare_sendmmsg.c`) runs where the server ran, with the
same number of destinations, read by a process on the other processor, and datagrams of the size that the listeners got, bare and sealed by
AES-256-GCM; server and reference take turns, and medians are compared.
"""

import argparse
import contextlib
import json
import os
import pathlib
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from party_load import LOAD_CORES, SERVER_CORE, PartyLoad, cpu_seconds, marked, party_server

PARTS = ("cost", "capacity", "memory", "idle")
COST_LISTENERS = (100, 1_000, 3_000)
CAPACITY_LADDER = (500, 1_000, 2_000, 3_000, 4_000, 4_750, 5_500, 6_250, 7_000, 8_000)
MEMORY_LISTENERS, MEMORY_SECONDS, IDLE_SECONDS = 1_000, 30, 30
TARGET_RATIO, TARGET_LISTENERS, TARGET_LOSS_PERCENT, TARGET_KILOBYTES, TARGET_MEDIA_KILOBYTES, TARGET_IDLE_PERCENT = 1.15, 4_750, 0.1, 24, 8, 0.5
MEDIA_THREADS = "dmp-media"
JOINS_PER_SECOND, SETTLE_SECONDS = 250, 3
# Beyond it, what is lost or late may be the generator's.
GENERATOR_PERCENT = 90


def held(server, listeners, seconds):
    """What `seconds` with so many listeners come to, once all are there: party-load's figures before and after with the processors' times."""
    load = PartyLoad(server, "--host", "--host-waits", "--listeners", listeners, "--ramp", listeners / JOINS_PER_SECOND,
                     "--hold", seconds + 3 * SETTLE_SECONDS + 5, "--sample", max(1, listeners // 10), "--progress-seconds", 1)
    with load:
        began = load.until("holding")
        points = []
        for pause in (SETTLE_SECONDS, seconds):
            figures = load.holding(pause)
            pid = server.process.pid
            points.append({"figures": figures, "time": time.monotonic(), "media": cpu_seconds(pid, MEDIA_THREADS), "server": cpu_seconds(pid),
                           "generator": cpu_seconds(load.process.pid)})
        before, after = points
        elapsed = after["time"] - before["time"]
        moved = {name: after["figures"][name] - before["figures"][name] for name in ("received", "gaps", "lost", "bytes", "stalls")}
        packets = moved["received"] + moved["lost"]
        if not packets:
            sys.exit(f"nothing came: {after['figures']}")
        return {**moved, **{name: after[name] - before[name] for name in ("media", "server", "generator")}, "seconds": elapsed, "packets": packets,
                "size": round(moved["bytes"] / max(1, moved["received"])), "latency": after["figures"]["latency"],
                "joined": began["joined"], "failed": began["failed"] + after["figures"]["dropped"], "join": began["join"]}


def bare(program, listeners, size, seconds):
    command = [program, listeners, size, seconds, min(SERVER_CORE), min(LOAD_CORES)]
    return json.loads(subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout)


def cost(folder, options):
    """Nanoseconds of processor for each forwarded packet."""
    program = folder / "bare_sendmmsg"
    subprocess.run(["cc", "-O2", "-o", program, pathlib.Path(__file__).with_name("bare_sendmmsg.c"), "-lsodium"], check=True)
    print(f"\nprocessor time for each packet, ns; medians of {options.rounds} rounds of {options.seconds} s; target ratio {TARGET_RATIO}")
    print(f"{'listeners':>9} {'bytes':>6} {'sendmmsg':>9} {'sealed':>7} {'unpaced':>8} {'media':>7} {'server':>7} {'ratio':>6} {'to sealed':>10} {'whole server':>13}")
    for listeners in options.listeners or COST_LISTENERS:
        rounds = []
        for _ in range(options.rounds):
            with party_server(folder) as server:
                ours = held(server, listeners, options.seconds)
            reference = bare(program, listeners, ours["size"], options.seconds)
            media, whole = (1e9 * ours[name] / ours["packets"] for name in ("media", "server"))
            paced, sealed = reference["paced"], reference["sealed"] or float("nan")
            rounds.append((ours["size"], paced, sealed, reference["unpaced"], media, whole, media / paced, media / sealed, whole / paced))
        size, paced, sealed, unpaced, media, whole, ratio, sealed_ratio, whole_ratio = map(statistics.median, zip(*rounds))
        print(f"{listeners:9} {size:6.0f} {paced:9.0f} {sealed:7.0f} {unpaced:8.0f} {media:7.0f} {whole:7.0f} {marked(ratio, TARGET_RATIO, f'{ratio:.2f}'):>6} "
              f"{sealed_ratio:10.2f} {whole_ratio:13.2f}", flush=True)


def capacity(folder, options):
    """Upward until packets are lost."""
    print(f"\nlisteners on one processor ({options.workers} media worker{'s' * (options.workers > 1)}), {options.seconds} s each; loss before repair; "
          f"target {TARGET_LISTENERS} with under {TARGET_LOSS_PERCENT} %")
    print(f"{'listeners':>9} {'failed':>6} {'join p95':>9} {'lost %':>8} {'p50 ms':>7} {'p99 ms':>8} {'server %':>9} {'generator %':>12} {'stalls':>6}")
    most = 0
    for listeners in options.listeners or CAPACITY_LADDER:
        with party_server(folder, options.workers) as server:
            found = held(server, listeners, options.seconds)
        lost = 100 * found["gaps"] / found["packets"]
        generator = 100 * found["generator"] / found["seconds"]
        latency = found["latency"] or {"p50": float("nan"), "p99": float("nan")}
        print(f"{listeners:9} {found['failed']:6} {found['join']['p95']:9.0f} {lost:8.4f} {latency['p50']:7.1f} {latency['p99']:8.1f} "
              f"{100 * found['server'] / found['seconds']:9.1f} {generator:12.1f} {found['stalls']:6}", flush=True)
        if lost >= TARGET_LOSS_PERCENT or found["failed"]:
            if generator > GENERATOR_PERCENT or found["stalls"]:
                print("the generator was at its own limit: the server may hold more")
            break
        most = listeners
    print(marked(most, TARGET_LISTENERS, f"held: {most}", most=False))


class IdleSockets:
    """So many WebSockets that never say anything but pong: what a listener's socket takes without its media."""

    UPGRADE = b"GET /_ws HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" \
              b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    PING, PONG = 0x89, b"\x8a\x80\0\0\0\0"

    def __init__(self, server, count):
        self.selector = selectors.DefaultSelector()
        self.sockets = []
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", server.port))
            connection.sendall(self.UPGRADE)
            if b" 101 " not in connection.recv(4096):
                sys.exit("the server refuses WebSockets")
            self.selector.register(connection, selectors.EVENT_READ)
            self.sockets.append(connection)

    def wait(self, seconds):
        """Returns how many are still open."""
        end, closed = time.monotonic() + seconds, 0
        while (left := end - time.monotonic()) > 0:
            for key, _ in self.selector.select(left):
                frame = key.fileobj.recv(4096)
                if not frame:
                    self.selector.unregister(key.fileobj)
                    closed += 1
                elif frame[0] == self.PING:
                    key.fileobj.sendall(self.PONG)
        return len(self.sockets) - closed

    def close(self):
        for connection in self.sockets:
            connection.close()


def memory(folder, options):
    listeners = (options.listeners or [MEMORY_LISTENERS])[-1]
    with party_server(folder) as server:
        time.sleep(SETTLE_SECONDS)
        empty = server.resident_bytes()
        load = PartyLoad(server, "--host", "--listeners", listeners, "--ramp", listeners / JOINS_PER_SECOND, "--hold", MEMORY_SECONDS + 30,
                         "--progress-seconds", 1, "--sample", max(1, listeners // 10))
        with load:
            load.until("holding")
            load.holding(MEMORY_SECONDS)
            full = (server.resident_bytes() - empty) / listeners / 1024
    with party_server(folder) as server:
        time.sleep(SETTLE_SECONDS)
        empty = server.resident_bytes()
        with contextlib.closing(IdleSockets(server, listeners)) as sockets:
            still = sockets.wait(MEMORY_SECONDS)
            alone = (server.resident_bytes() - empty) / max(1, still) / 1024
    print(f"\nresident memory for each of {listeners} listeners after {MEMORY_SECONDS} s, KB")
    print(f"with its WebSocket  {marked(full, TARGET_KILOBYTES, f'{full:.1f}')} (target {TARGET_KILOBYTES})")
    print(f"a WebSocket that never joins  {alone:.1f} ({still} of {listeners} still open)")
    media = full - alone
    print(f"media and party state, the difference  {marked(media, TARGET_MEDIA_KILOBYTES, f'{media:.1f}')} (target {TARGET_MEDIA_KILOBYTES})", flush=True)


def idle(folder, _):
    with party_server(folder) as server:
        time.sleep(SETTLE_SECONDS)
        before = cpu_seconds(server.process.pid)
        time.sleep(IDLE_SECONDS)
        percent = 100 * (cpu_seconds(server.process.pid) - before) / IDLE_SECONDS
    print(f"\nidle, no party, {IDLE_SECONDS} s: {marked(percent, TARGET_IDLE_PERCENT, f'{percent:.2f}')} % of a processor "
          f"(target under {TARGET_IDLE_PERCENT})", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="script/bench media", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS, action="append", help="again for another; all by default")
    parser.add_argument("--listeners", type=int, nargs="+", help="instead of each part's own numbers")
    parser.add_argument("--seconds", type=float, default=10, help="that are measured, once all listeners are there")
    parser.add_argument("--rounds", type=int, default=5, help="of cost, for each number of listeners")
    parser.add_argument("--workers", type=int, default=1, help="media workers for capacity; with more than one, the server has all processors")
    options = parser.parse_args()
    print(f"{os.cpu_count()} processors; * misses the target")
    with tempfile.TemporaryDirectory(prefix="dmp-bench-") as folder:
        for part in options.only or PARTS:
            {"cost": cost, "capacity": capacity, "memory": memory, "idle": idle}[part](pathlib.Path(folder), options)


if __name__ == "__main__":
    main()
