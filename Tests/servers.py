"""The real binary on a free port, and a real Postgres of its own; both stop by process id. The fixtures are in conftest.py."""

import contextlib
import glob
import http.client
import os
import pathlib
import pwd
import random
import signal
import socket
import subprocess
import tempfile
import time

import psycopg
import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get("DMP_BINARY", ROOT / ".build/release/dmp"))


def free_port():
    """Free for TCP and for UDP (media uses both), and not of those that the kernel gives to whoever connects in the meantime."""
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("", port))
            udp.bind(("", port))
            return port


def wait_until(condition, seconds=30, what="condition"):
    """The first true value of `condition()`; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {seconds} s")
        time.sleep(0.05)


class Cluster:
    """A private Postgres on a unix socket. Postgres refuses root, so it runs as `postgres` there.

    `folder` keeps it for the next time; without one it is new."""

    def __init__(self, folder=None):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="dmp-pg-", dir="/tmp"))
        self.folder.mkdir(exist_ok=True)
        self.data = self.folder / "data"
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda path: int(path.split("/")[4]))
        if not found:
            pytest.fail("no Postgres server: apt-get install postgresql")
        self.bin = pathlib.Path(found[-1]).parent
        self.prefix, self.user = [], None
        if os.getuid() == 0:
            self.prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
            self.user = "postgres"
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.folder.chmod(0o755)
        if not self.data.exists():
            self.run("initdb", "-A", "trust", "-U", "dmp", "-E", "UTF8", "--locale=C.UTF-8", "-D", self.data)
        self.start()

    def run(self, program, *arguments):
        command = [*self.prefix, self.bin / program, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/tmp")

    def start(self):
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off -c max_connections=100"
        self.run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self, mode="immediate"):
        self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def url(self, database):
        return f"postgresql://dmp@localhost/{database}?host={self.folder}"

    def connect(self, database="postgres"):
        return psycopg.connect(host=str(self.folder), user="dmp", dbname=database, autocommit=True)

    def create(self, name):
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        return name


class Server:
    """One running `dmp serve`."""

    def __init__(self, folder, environment, arguments=(), binary=BINARY):
        self.port = int(environment.get("PORT") or free_port())
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = folder / f"dmp-{self.port}.log"
        self.folder = folder
        clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        variables = {**clean, "HOST": "127.0.0.1", "PORT": str(self.port), "DMP_DATA_DIR": str(folder), "PUBLIC_DIR": str(ROOT / "public"),
                     "INDEX_ON_START": "never"}  # tests write rows of their own beside the files
        variables |= {name: str(value) for name, value in environment.items()}
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([binary, "serve", *arguments], cwd=folder, env=variables, stdout=log, stderr=subprocess.STDOUT)

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait(self):
        def answers():
            if self.process.poll() is not None:
                pytest.fail(f"dmp ended with {self.process.returncode}:\n{self.log}")
            # Certainly closed afterwards, which requests leaves to the garbage collector: a test may count the server's connections.
            with contextlib.suppress(ConnectionError), contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
                connection.request("GET", "/api/modules")
                return connection.getresponse().read()

        wait_until(answers, what="dmp answers")
        return self

    def wait_for_catalog(self):
        """Until the database is there with its schema, which a server makes in an empty one after it has begun to answer."""
        wait_until(lambda: self.get("/api/genres").status_code == 200, what="catalog answers")
        return self

    def get(self, path, **options):
        return requests.get(self.url + path, timeout=20, **options)

    def stop(self, number=signal.SIGTERM, seconds=30):
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            pytest.fail(f"dmp did not stop on signal {number}:\n{self.log}")
