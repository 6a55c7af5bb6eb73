"""A bad network between this machine and a network namespace: `with Link(loss=0.1, delay=30, jitter=30) as link:`, then start what lives
behind it with `link.prefix` before its command. It reaches servers here under `link.here`; they have to listen there.

Two TUN devices, one of them in the namespace, and this file as a process between them, which holds packets back, loses some and passes the
others on: kernels do without sch_netem more often than without TUN. It needs root."""

import contextlib
import fcntl
import heapq
import json
import os
import random
import select
import struct
import subprocess
import sys
import threading
import time

# linux/if_tun.h
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
UDP = 17
LONGEST_QUEUE = 20_000


class Link:
    """`loss` is a fraction, `delay`, `jitter` and `deviation` are milliseconds; each holds for both directions. A packet is held back for
    `delay`, what is evenly spread over `jitter`, and what is normally spread with `deviation`. `no_udp` loses what is UDP."""

    def __init__(self, **impairment):
        self.impairment = impairment
        # Of RFC 2544's block for tests, so that no real network is hidden; two runs at once shall not meet.
        third, fourth = random.randrange(256), random.randrange(64) * 4
        self.here, self.there = f"198.18.{third}.{fourth + 1}", f"198.18.{third}.{fourth + 2}"
        self.namespace = f"dmp{third:02x}{fourth:02x}-{os.getpid()}"
        self.prefix = ["ip", "netns", "exec", self.namespace]
        self.device = f"dmp{third:02x}{fourth:02x}"
        self.counted = {}

    def __enter__(self):
        run("ip", "netns", "add", self.namespace)
        try:
            self.process = subprocess.Popen(
                [sys.executable, __file__, f"{self.device}a", f"{self.device}b"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            assert self.process.stdout.readline() == "ready\n"
            self.change(**self.impairment)
            run("ip", "link", "set", f"{self.device}b", "netns", self.namespace)
            run("ip", "address", "add", f"{self.here}/30", "dev", f"{self.device}a")
            run("ip", "link", "set", f"{self.device}a", "up")
            for command in [["link", "set", "lo", "up"], ["address", "add", f"{self.there}/30", "dev", f"{self.device}b"],
                            ["link", "set", f"{self.device}b", "up"], ["route", "add", "default", "via", self.here]]:
                run("ip", "-n", self.namespace, *command)
        except BaseException:
            self.__exit__()
            raise
        return self

    def change(self, **impairment):
        """Another network from now on; what is not named stays."""
        self.impairment |= impairment
        self.process.stdin.write(json.dumps(self.impairment) + "\n")
        self.process.stdin.flush()

    def __exit__(self, *_):
        """`counted` then says how many packets were passed on and how many lost."""
        if getattr(self, "process", None):
            self.process.stdin.close()
            with contextlib.suppress(ValueError):
                self.counted = json.loads(self.process.stdout.read())
            self.process.wait()
        subprocess.run(["ip", "netns", "delete", self.namespace], check=False)


def run(*command):
    subprocess.run(command, check=True)


def open_device(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def is_udp(packet):
    return packet[0] >> 4 == 4 and packet[9] == UDP or packet[0] >> 4 == 6 and packet[6] == UDP


def pass_on(devices):
    """Until standard input ends. Packets of one direction are not put in another order: jitter is a queue that grows and shrinks."""
    impairment, done = {}, threading.Event()

    def obey():
        for line in sys.stdin:
            impairment.update(json.loads(line))
        done.set()

    threading.Thread(target=obey, daemon=True).start()
    waiting, number, last = [], 0, [0.0, 0.0]
    counted = {"passed": 0, "lost": 0}
    while not done.is_set():
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, target, packet = heapq.heappop(waiting)
            with contextlib.suppress(OSError):
                os.write(devices[target], packet)
                counted["passed"] += 1
        timeout = min(max(waiting[0][0] - time.monotonic(), 0), 0.2) if waiting else 0.2
        for device in select.select(devices, [], [], timeout)[0]:
            source = devices.index(device)
            with contextlib.suppress(BlockingIOError):
                while packet := os.read(device, 65_536):
                    lost = random.random() < impairment.get("loss", 0) or impairment.get("no_udp") and is_udp(packet)
                    if lost or len(waiting) >= LONGEST_QUEUE:
                        counted["lost"] += 1
                        continue
                    held = impairment.get("delay", 0) + random.uniform(0, 1) * impairment.get("jitter", 0)
                    held = max(0, random.gauss(held, impairment.get("deviation", 0)))
                    last[source] = max(last[source], time.monotonic() + held / 1000)
                    number += 1
                    heapq.heappush(waiting, (last[source], number, 1 - source, packet))
    print(json.dumps(counted), flush=True)


if __name__ == "__main__":
    ends = [open_device(name) for name in sys.argv[1:3]]
    print("ready", flush=True)
    pass_on(ends)
