"""`script/bench join`: how many listeners a second get in, all of them hearing.

The server has the first processor for itself and `party-load` the others. A party runs, and so many come in one moment, each with its WebSocket,
ICE, DTLS and first packet of sound. The server's processor time for each is what limits the rate in the long run; the time until the last one
hears has the generator's own work in it. Beside it, in each round, the server's half of a DTLS handshake by OpenSSL alone
(`bare_handshake.c`), which no join can do without.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

from party_load import SERVER_CORE, PartyLoad, cpu_seconds, marked, party_server

TARGET, BARE_HANDSHAKES = 1_500, 1_000


def bare_milliseconds(folder):
    program = pathlib.Path(folder) / "bare_handshake"
    if not program.exists():
        source = pathlib.Path(__file__).with_name("bare_handshake.c")
        subprocess.run(["cc", "-O2", "-o", program, source, "-lssl", "-lcrypto"], check=True)
    ran = subprocess.run([program, str(BARE_HANDSHAKES), str(min(SERVER_CORE))], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)["microseconds"] / 1000


def main():
    parser = argparse.ArgumentParser(prog="script/bench join", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listeners", type=int, default=1_000, help="that come at once")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--protocol", choices=("sdp", "mediasoup"), default="sdp")
    options = parser.parse_args()
    print(f"{os.cpu_count()} processors, one for the server; {options.listeners} join at once, by {options.protocol}; * misses the target of {TARGET}/s")
    print(f"{'round':>6} {'heard':>6} {'server ms each':>15} {'DTLS alone':>11} {'joins/s of a core':>18} {'joins/s seen':>13} {'join p95 ms':>12} {'generator ms each':>18}")
    rounds = []
    with tempfile.TemporaryDirectory(prefix="dmp-bench-") as programs:
        for number in range(1, options.rounds + 1):
            with tempfile.TemporaryDirectory(prefix="dmp-bench-") as folder, party_server(pathlib.Path(folder)) as server, \
                    PartyLoad(server, "--host", "--listeners", 1, "--hold", 600) as host:
                host.until("holding")
                before = cpu_seconds(server.process.pid)
                with PartyLoad(server, "--listeners", options.listeners, "--ramp", 0, "--hold", 3, "--progress-seconds", 60, "--protocol", options.protocol) as load:
                    load.until("holding")
                    used, generator = cpu_seconds(server.process.pid) - before, cpu_seconds(load.process.pid)
                    heard = load.until("done")
            whole = heard["joined"] == options.listeners and heard["failed"] == heard["dropped"] == 0 and heard["least"] > 0
            bare = bare_milliseconds(programs)
            each = 1000 * used / options.listeners
            rounds.append((each, bare, 1000 / each, 1000 * options.listeners / heard["firstPacket"]["most"]))
            print(f"{number:6} {'all' if whole else heard['joined']:>6} {each:15.3f} {bare:11.3f} {1000 / each:18.0f} {rounds[-1][3]:13.0f} {heard['join']['p95']:12.0f} "
                  f"{1000 * generator / options.listeners:18.3f}", flush=True)
    each, bare, rate, seen = map(statistics.median, zip(*rounds))
    print(f"{'median':>6} {'':6} {each:15.3f} {bare:11.3f} {marked(rate, TARGET, f'{rate:.0f}', most=False):>18} {seen:13.0f}")


if __name__ == "__main__":
    main()
