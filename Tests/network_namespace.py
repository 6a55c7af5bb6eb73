"""A network of two: this machine and a namespace behind a cable. `with Namespace(["198.18.5.1"]) as there:` is reachable from here under
`there.addresses`, and reaches servers here under `there.here`. It needs root; no rule and no route of this machine is changed."""

import ipaddress
import os
import pathlib
import random
import shutil
import subprocess


class Namespace:
    """With an IPv4 or an IPv6 network, or both. What lives there is started with `prefix` before its command."""

    def __init__(self, ipv4=True, ipv6=False):
        # Of the blocks for tests (RFC 2544, RFC 5180), so that no real network is hidden; two runs at once shall not meet.
        number = random.randrange(1, 255)
        self.name = f"dmp-{number:02x}-{os.getpid()}"
        self.device = f"dmp{number:02x}{os.getpid() % 10_000}"
        self.prefix = ["ip", "netns", "exec", self.name]
        networks = [f"198.19.{number}.0/24"] if ipv4 else []
        networks += [f"2001:2:0:{number:x}::/64"] if ipv6 else []
        self.networks = [ipaddress.ip_network(network) for network in networks]
        self.here = [str(network[1]) for network in self.networks]
        self.addresses = [str(network[2]) for network in self.networks]

    def __enter__(self):
        self.command("netns", "add", self.name)
        try:
            peer = f"{self.device}p"
            self.command("link", "add", self.device, "type", "veth", "peer", "name", peer, "netns", self.name)
            for network, address in zip(self.networks, self.here):
                self.command("address", "add", f"{address}/{network.prefixlen}", "dev", self.device, *no_detection(network))
            self.command("link", "set", self.device, "up")
            self.inside("link", "set", "lo", "up")
            self.inside("link", "set", peer, "name", "eth0")
            self.inside("link", "set", "eth0", "up")
            for number in range(len(self.networks)):
                self.add_address(number, self.addresses[number])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "netns", "delete", self.name], check=False)
        subprocess.run(["ip", "link", "delete", self.device], check=False, stderr=subprocess.DEVNULL)

    def command(self, *arguments):
        subprocess.run(["ip", *arguments], check=True)

    def inside(self, *arguments):
        self.command("-n", self.name, *arguments)

    def add_address(self, number, address):
        network = self.networks[number]
        self.inside("address", "add", f"{address}/{network.prefixlen}", "dev", "eth0", *no_detection(network))
        self.inside("route", "replace", "default", "via", self.here[number], "dev", "eth0")

    def move(self):
        """As a phone that changes its network: new addresses, and the old ones are gone at once."""
        for number, network in enumerate(self.networks):
            old = self.addresses[number]
            self.addresses[number] = str(ipaddress.ip_address(old) + 1)
            self.inside("address", "delete", f"{old}/{network.prefixlen}", "dev", "eth0")
            self.add_address(number, self.addresses[number])

    def rules(self, family, chain):
        """Firewall rules of the namespace alone, in nft's language."""
        text = f"table {family} dmp {{\nchain out {{\n{chain}\n}}\n}}\n"
        subprocess.run([*self.prefix, "nft", "-f", "-"], input=text, text=True, check=True)

    def block_udp(self):
        self.rules("inet", "type filter hook output priority 0\nmeta l4proto udp drop")

    def translate(self, outside, inside):
        """1:1 NAT: what goes to the address `outside` arrives at `inside`, and answers come back from there."""
        self.rules("ip", f"type nat hook output priority -100\nip daddr {outside} dnat to {inside}")

    def chromium(self, folder: pathlib.Path):
        """A program for Playwright that starts Chromium there."""
        program = folder / "chromium"
        program.write_text(f'#!/bin/sh\nexec {" ".join(self.prefix)} {shutil.which("chromium")} "$@"\n')
        program.chmod(0o755)
        return program


def no_detection(network):
    """Else an IPv6 address cannot be used for its first two seconds."""
    return ["nodad"] if network.version == 6 else []
