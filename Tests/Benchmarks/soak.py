"""`script/soak`: a party that lasts, on a server of its own, and what is left of it in memory, descriptors and transports.

party-load brings a host and listeners; it throws away packets on every link, lets listeners come and go (politely, cut off, and without a
word), and reloads the host each minute. Each life of the host begins shortly before its sequence number and its timestamp wrap.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from servers import BINARY, ROOT

sys.path.append(str(ROOT / "Tests/Integration/party"))
from party_server import SECRET, start  # noqa: E402

INTERVAL = 30
# Wraps 11 s into each life of the host, and 20 s.
FIRST_SEQUENCE_NUMBER, FIRST_TIMESTAMP = 65_000, 2**32 - 20 * 48_000
LOSS_PERCENT, LEAVINGS_PER_MINUTE, HOST_RELOAD_SECONDS = 2, 30, 60
# Until those who left without a word are replaced as fast as they are given up.
WARM_UP_SECONDS = 120

# In 30 minutes some 900 listeners leave. If each left 5 KB behind, its transport alone, it would be 4.5 MB; what the allocator keeps for
# later varies by some hundred KB from one minute to the next.
MEMORY_BYTES = 2 * 2**20
# The database that tests name and that never answers is asked again now and then: one socket, sometimes.
DESCRIPTORS = 1
# A packet of the host that the network swallows in the last tenth of a second before a reload is asked for in vain: the host is gone.
# Only intervals count in which party-load itself was never kept waiting: its host has to answer requests within a quarter of a second.
LOST_PERCENT = 0.01


class Watched:
    """What can be seen of the server from outside, and in its log."""

    def __init__(self, server):
        self.server = server

    def resident_bytes(self):
        return self.server.resident_bytes()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.server.process.pid}/fd"))

    def transports(self):
        """As the server last said; it does so each ten seconds."""
        lines = [line for line in self.server.log.splitlines() if '"media totals"' in line]
        return int(json.loads(lines[-1])["transports"]) if lines else 0

    def row(self):
        return {"memory": self.resident_bytes(), "descriptors": self.descriptors(), "transports": self.transports()}


def column(value, width):
    return f"{value:>{width}}"


def print_row(time, row, figures=None):
    cells = [column(time, 8), column(f"{row['memory'] / 2**20:.1f}", 9), column(row["descriptors"], 6), column(row["transports"], 11)]
    if figures:
        latency = figures.get("latency") or {"p99": 0}
        cells += [column(figures["listeners"], 10), column(figures["left"], 6), column(figures["host"]["lives"], 6),
                  column(figures["received"], 10), column(figures["recovered"], 9), column(figures["lost"], 6),
                  column(f"{figures['lostPercent']:.4f}", 8), column(figures["wrong"] + figures["refused"], 6), column(f"{latency['p99']:.1f}", 7),
                  column(figures["stalls"], 7)]
    print("".join(cells))


def run(minutes, listeners, folder):
    server = start(folder, PARTY_ROLE="listener", PARTY_SECRET=SECRET, LOG_LEVEL="debug", LOG_FORMAT="json",
                   # Who left without a word counts until the server notices.
                   PARTY_MAX_LISTENERS_PER_ADDRESS=listeners + 100)
    watched = Watched(server)
    try:
        before = watched.row()
        command = [BINARY.parent / "party-load", server.url, "--host", "--listeners", listeners, "--hold", minutes * 60, "--loss", LOSS_PERCENT,
                   "--host-loss", LOSS_PERCENT, "--churn", LEAVINGS_PER_MINUTE, "--host-reload", HOST_RELOAD_SECONDS, "--first-sequence-number", FIRST_SEQUENCE_NUMBER,
                   "--first-timestamp", FIRST_TIMESTAMP, "--json", "--progress-seconds", INTERVAL]
        print("".join(column(name, width) for name, width in (
            ("", 8), ("MiB", 9), ("fds", 6), ("transports", 11), ("listeners", 10), ("left", 6), ("lives", 6), ("packets", 10), ("repaired", 9),
            ("lost", 6), ("lost %", 8), ("wrong", 6), ("p99 ms", 7), ("stalls", 7))))
        print_row("before", before)
        rows, told, figures = [], [], None
        environment = {**os.environ, "PARTY_SECRET": SECRET}
        with subprocess.Popen(map(str, command), stdout=subprocess.PIPE, env=environment, text=True) as load:
            try:
                for line in load.stdout:
                    figures = json.loads(line)
                    told.append(figures)
                    if figures["phase"] == "holding":
                        rows.append((figures["seconds"], watched.row()))
                        print_row(f"{figures['seconds']:.0f} s", rows[-1][1], figures)
            finally:
                load.terminate()
        if load.returncode != 0 or not figures or figures["phase"] != "done":
            return [f"party-load ended with status {load.returncode}"]
        # The media thread's next word comes within ten seconds.
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and watched.transports() > 0:
            time.sleep(1)
        after = watched.row()
        print_row("after", after, figures)
        return judge(before, after, rows, told)
    finally:
        ended = server.stop()
        if ended != 0:
            print(f"the server ended with status {ended}")


def undisturbed_loss(told):
    """Percent of the packets that were lost while the machine had time for party-load; None when it never had."""
    received = lost = 0
    for earlier, later in zip(told, told[1:]):
        if later["stalls"] == earlier["stalls"]:
            received += later["received"] - earlier["received"]
            lost += later["lost"] - earlier["lost"]
    return 100 * lost / (received + lost) if received else None


def judge(before, after, rows, told):
    """What is wrong, in words."""
    figures = told[-1]
    warm = [row for seconds, row in rows if seconds >= min(WARM_UP_SECONDS, rows[-1][0] / 2)]
    share = max(1, min(5, len(warm) // 2))
    begin, end = ({name: statistics.median(row[name] for row in part) for name in warm[0]} for part in (warm[:share], warm[-share:]))
    for name, unit in (("memory", 2**20), ("descriptors", 1), ("transports", 1)):
        print(f"{name:>12}: {begin[name] / unit:.1f} at the start, {end[name] / unit:.1f} at the end (medians of {share} after "
              f"{min(WARM_UP_SECONDS, rows[-1][0] / 2):.0f} s), {after[name] / unit:.1f} when all are gone")
    wrong = []
    if end["memory"] - begin["memory"] > MEMORY_BYTES:
        wrong.append(f"memory has grown by {(end['memory'] - begin['memory']) / 2**20:.1f} MiB")
    if after["descriptors"] - before["descriptors"] > DESCRIPTORS:
        wrong.append(f"{after['descriptors'] - before['descriptors']} descriptors are left over")
    if after["transports"] > 0:
        wrong.append(f"{after['transports']} transports are left over")
    lost = undisturbed_loss(told)
    print(f"{'loss':>12}: {figures['lostPercent']:.4f} %; {'?' if lost is None else f'{lost:.4f}'} % where party-load was not kept waiting itself")
    if lost is None or lost > LOST_PERCENT:
        wrong.append("the machine was too busy to tell what is lost" if lost is None else f"{lost:.4f} % of the packets are lost")
    if figures["wrong"] or figures["refused"]:
        wrong.append(f"{figures['wrong']} packets are not what was sent, {figures['refused']} did not open")
    if figures["failed"] or figures["dropped"]:
        wrong.append(f"{figures['failed']} listeners did not get in, {figures['dropped']} were dropped: {figures['reasons']}")
    return wrong


def main():
    parser = argparse.ArgumentParser(prog="script/soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", type=float, nargs="?", default=30)
    parser.add_argument("--listeners", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dmp-soak-") as folder:
        wrong = run(options.minutes, options.listeners, pathlib.Path(folder))
    for line in wrong:
        print(f"error: {line}")
    print("no growth, no loss" if not wrong else f"{len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
