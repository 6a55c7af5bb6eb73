"""`script/bench http`: requests per second of the server beside nginx with the same bytes, the time to its first answer, its memory, and
what a listener server costs while nothing happens.

Each server has the first processor for itself and the load generator the others; rounds alternate, since other work on the machine comes
and goes, and medians are compared. nginx serves from files in the page cache, with one worker, `sendfile` and `open_file_cache`: as fast as
configuration makes it. Neither writes a line for each request. The time of a processor that a request takes of each says more than rates
do while others use the machine.
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import requests
from servers import BINARY, ROOT, Cluster, Server, free_port, wait_until

CLIENTS = 32
FILE_BYTES = 20_000
# Of the route that is measured: nginx serves its answer as a file. The first reads no database, the second asks it whether what is kept
# still holds.
ROUTES = {"JSON, no database": "/api/modules", "JSON, catalog": "/api/stats"}
SERVER_CORE, LOAD_CORES = {0}, set(range(1, os.cpu_count() or 1)) or {0}
TARGETS = {"file of 20 KB": 1.0, "JSON, no database": 0.6, "JSON, catalog": 0.6}
TARGET_START, TARGET_MEGABYTES, TARGET_IDLE = 300, 60, 0.5
IDLE_SECONDS = 20


@contextlib.contextmanager
def processors(cores):
    """Processes that are started within run on these alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Nginx:
    """One worker that serves a folder."""

    def __init__(self, root, folder):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        configuration = folder / "nginx.conf"
        configuration.write_text(f"""
            daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
            {'user root;' if os.geteuid() == 0 else ''}
            events {{ worker_connections 1024; }}
            http {{
                access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; default_type application/json;
                types {{ text/javascript js; }}
                open_file_cache max=100 inactive=1h; open_file_cache_valid 1h;
                client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
                uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
                server {{ listen 127.0.0.1:{self.port}; root {root}; }}
            }}""")
        self.process = subprocess.Popen([self.program(folder), "-p", folder, "-c", configuration, "-e", folder / "error.log"])
        wait_until(self.answers, what="nginx answers")

    @staticmethod
    def program(folder):
        """Debian's, unpacked and not installed, since its package starts a server on port 80."""
        if installed := shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"):
            return installed
        subprocess.run(["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", "nginx"], cwd=folder, check=True)
        subprocess.run(["dpkg-deb", "-x", *folder.glob("nginx_*.deb"), folder / "nginx"], check=True)
        return folder / "nginx/usr/sbin/nginx"

    def answers(self):
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(self.url, timeout=5) is not None

    def stop(self):
        self.process.terminate()
        self.process.wait()


def processor_seconds(pid):
    """That a process and its children have run (proc_pid_schedstat(5))."""
    total, waiting = 0, [pid]
    while waiting:
        for task in pathlib.Path(f"/proc/{waiting.pop()}/task").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread may end
                total += int((task / "schedstat").read_text().split()[0])
                waiting += [int(child) for child in (task / "children").read_text().split()]
    return total / 1e9


def rate(url, seconds, pid):
    """Requests per second that wrk counts, and microseconds of a processor for each."""
    before = processor_seconds(pid)
    with processors(LOAD_CORES):
        done = subprocess.run(["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "-H", "Accept-Encoding: identity", url],
                              capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        sys.exit(f"{url}:\n{done.stdout}")
    answered = int(done.stdout.split(" requests in ")[0].split()[-1])
    return float(done.stdout.split("Requests/sec:")[1].split()[0]), 1e6 * (processor_seconds(pid) - before) / answered


def first_answer(scratch, environment):
    """Milliseconds from the start of the process to a 200 of the catalog."""
    begin = time.monotonic()
    server = Server(scratch, environment)
    session = requests.Session()
    try:
        while time.monotonic() - begin < 30:
            with contextlib.suppress(requests.ConnectionError):
                if session.get(f"{server.url}/api/genres", timeout=5).status_code == 200:
                    return 1000 * (time.monotonic() - begin)
            time.sleep(0.001)
    finally:
        session.close()
        server.stop()
    sys.exit(f"no answer within 30 s:\n{server.log}")


def idle_percent(scratch, environment):
    """Of one processor, that a listener server takes which has no party and no visitors."""
    server = Server(scratch, {**environment, "PARTY_ENABLED": "true", "PARTY_ROLE": "listener"}).wait().wait_for_catalog()
    try:
        time.sleep(3)
        before = processor_seconds(server.process.pid)
        time.sleep(IDLE_SECONDS)
        return 100 * (processor_seconds(server.process.pid) - before) / IDLE_SECONDS
    finally:
        server.stop()


def resident_megabytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main():
    parser = argparse.ArgumentParser(prog="script/bench http", description="Measures the web server beside nginx.")
    parser.add_argument("--seconds", type=int, default=4, help="for each server, route and round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()

    scratch = pathlib.Path(tempfile.mkdtemp(prefix="dmp-bench-"))
    scratch.chmod(0o755)  # Postgres and nginx' worker may run as another user
    running = contextlib.ExitStack()
    with running:
        running.callback(shutil.rmtree, scratch, ignore_errors=True)
        cluster = Cluster(scratch / "postgres")
        running.callback(cluster.stop, "fast")
        database = cluster.create("site")
        environment = {"DATABASE_URL": cluster.url(database)}
        subprocess.run([BINARY, "db", "fill", "--size", "0.001"], cwd=scratch, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **environment, "DMP_DATA_DIR": str(scratch)})
        site, files = scratch / "public", scratch / "files"
        shutil.copytree(ROOT / "public", site)
        (site / "twenty.js").write_text("/" * FILE_BYTES)
        files.mkdir()
        shutil.copy(site / "twenty.js", files)

        with processors(SERVER_CORE):
            server = Server(scratch, {**environment, "PUBLIC_DIR": site, "LOG_LEVEL": "warning"}).wait().wait_for_catalog()
            running.callback(server.stop)
            nginx = Nginx(files, scratch)
            running.callback(nginx.stop)
        paths = {"file of 20 KB": ("/twenty.js", "/twenty.js")}
        for name, path in ROUTES.items():
            (files / path.rsplit("/", 1)[1]).write_bytes(server.get(path).content)
            paths[name] = (path, "/" + path.rsplit("/", 1)[1])
        idle = resident_megabytes(server.process.pid)

        print(f"{os.cpu_count()} processors, one for the server; {CLIENTS} clients, median of {options.rounds} rounds of {options.seconds} s\n")
        print(f"{'':24}{'bytes':>8}{'dmp/s':>9}{'nginx/s':>9}{'ratio':>7}{'target':>8}{'dmp µs':>9}{'nginx µs':>10}{'ratio':>7}")
        for name, (ours, theirs) in paths.items():
            rounds = [rate(server.url + ours, options.seconds, server.process.pid) + rate(nginx.url + theirs, options.seconds, nginx.process.pid)
                      for _ in range(options.rounds)]
            mine, my_cost, reference, its_cost = (statistics.median(column) for column in zip(*rounds))
            ratio = statistics.median(a / b for a, _, b, _ in rounds)
            cost_ratio = statistics.median(b / a for _, a, _, b in rounds)
            print(f"{name:24}{len(server.get(ours).content):>8}{mine:>9.0f}{reference:>9.0f}{ratio:>7.2f}{'≥ ' + format(TARGETS[name], '.1f'):>8}"
                  f"{my_cost:>9.1f}{its_cost:>10.1f}{cost_ratio:>7.2f}{'  *' if ratio < TARGETS[name] else ''}", flush=True)
        start = statistics.median(first_answer(scratch, {**environment, "PUBLIC_DIR": site}) for _ in range(options.rounds))
        print(f"\nfirst answer of the catalog {start:.0f} ms after the start of the process (target {TARGET_START})")
        print(f"resident {idle:.0f} MB after the start, {resident_megabytes(server.process.pid):.0f} MB after these rounds (target {TARGET_MEGABYTES})")
        print(f"idle listener server {idle_percent(scratch, environment):.2f} % of a processor (target {TARGET_IDLE})")


if __name__ == "__main__":
    main()
