"""A party server on one processor and `party-load` on the others, for `script/bench media` and `script/bench join`."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time

from servers import BINARY, ROOT

sys.path.append(str(ROOT / "Tests/Integration/party"))
from party_server import start  # noqa: E402

SERVER_CORE, LOAD_CORES = {0}, set(range(1, os.cpu_count() or 1)) or {0}
PARTY_LOAD = BINARY.parent / "party-load"


@contextlib.contextmanager
def processors(cores):
    """Processes that are started within run on these alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def party_server(folder, workers=1):
    """On one processor with one media worker; with more workers on all processors."""
    with processors(SERVER_CORE if workers == 1 else SERVER_CORE | LOAD_CORES):
        server = start(folder, PARTY_ROLE="listener", LOG_LEVEL="warning", PARTY_WORKERS=workers, PARTY_MAX_LISTENERS=100_000,
                       PARTY_MAX_LISTENERS_PER_ADDRESS=100_000, PARTY_CONNECTIONS_PER_MINUTE=1_000_000)
    try:
        yield server
    finally:
        server.stop()


class PartyLoad:
    """One run of it; iterates over its figures as they come, until it is left."""

    def __init__(self, server, *arguments):
        command = [PARTY_LOAD, server.url, "--json", "--pid", server.process.pid, *arguments]
        with processors(LOAD_CORES):
            self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)

    def __iter__(self):
        return map(json.loads, self.process.stdout)

    def until(self, phase):
        for figures in self:
            if figures["phase"] == phase:
                return figures
        sys.exit("party-load ended before its time")

    def holding(self, seconds):
        """Its next figures after so many seconds, while all listeners are there."""
        begin = time.monotonic()
        for figures in self:
            if figures["phase"] != "holding":
                break
            if time.monotonic() - begin >= seconds:
                return figures
        sys.exit("party-load ended before its time")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def cpu_seconds(pid, thread_prefix=""):
    """Of the threads with such a name, as the scheduler counts them (schedstat is in nanoseconds)."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if (task / "comm").read_text().startswith(thread_prefix):
                total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def marked(value, target, text, most=True):
    """The text, with a star where the target is missed."""
    return text + ("*" if (value > target if most else value < target) else "")
