"""Party servers for these tests: the real binary in either role, on free ports, with media on loopback."""

import hashlib
import hmac
import os
import pathlib
import socket
import subprocess
import time

import requests

from servers import BINARY, free_port
from signaling import Socket

SECRET = "correct horse battery staple"


class Server:
    def __init__(self, settings, port, media_port, log):
        self._settings = settings
        self.data_folder = pathlib.Path(settings["DMP_DATA_DIR"])
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.websocket_url = f"ws://127.0.0.1:{port}/_ws"
        self.media_port = media_port
        self._log = log
        self._sockets = []
        self.launch()

    def launch(self):
        """Also after it was killed: with the same settings and folder."""
        with self._log.open("a") as output:
            self.process = subprocess.Popen([BINARY, "serve"], env=self._settings, stdout=output, stderr=output, cwd=self._log.parent)
        deadline = time.monotonic() + 30
        while True:
            try:
                self.status()
                return
            except requests.ConnectionError:
                assert self.is_running(), f"the server ended: {self.log}"
                assert time.monotonic() < deadline, f"the server does not answer: {self.log}"
                time.sleep(0.05)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """As `systemctl stop` does. Returns how it ended, 0 for well."""
        if self.is_running():
            self.process.terminate()
        return self.process.wait(30)

    @property
    def log(self):
        return self._log.read_text()

    def status(self):
        return requests.get(self.url + "/api/party/status", timeout=5).json()

    def socket(self, **options):
        self._sockets.append(Socket(self, **options))
        return self._sockets[-1]

    def close_sockets(self):
        while self._sockets:
            self._sockets.pop().close()

    def cpu_seconds(self):
        """User and system time of the process so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def is_running(self):
        return self.process.poll() is None


def start(folder, **environment):
    port, media_port = free_port(), free_port()
    log = folder / f"server-{port}.log"
    # What pages look like is not these tests' business.
    site = folder / "public"
    site.mkdir(exist_ok=True)
    (site / "index.html").write_text("<!doctype html><title>DMP</title><!--dmp:configuration-->")
    settings = {
        "PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": str(port), "DMP_DATA_DIR": str(folder / f"data-{port}"), "PARTY_ENABLED": "true",
        "PUBLIC_DIR": str(site), "RTC_MIN_PORT": str(media_port), "RTC_MAX_PORT": str(media_port), "PARTY_ANNOUNCED_ADDRESS": "127.0.0.1",
        # No database is needed here: this one never answers, and the site serves all the same.
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        **{name: str(value) for name, value in environment.items()},
    }
    return Server(settings, port, media_port, log)


def token(nonce, secret=SECRET):
    return hmac.new(secret.encode(), nonce.encode(), hashlib.sha256).hexdigest()
