"""`dmp demo` on a library of its own: composed once for all tests of a run, started as often as they like."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import pytest

from servers import BINARY, ROOT, free_port, wait_until


class Demo:
    """One running `dmp demo`. A second one on the same folder finds the library."""

    def __init__(self, folder):
        self.folder = folder
        self.log_path = folder / "log"
        port = free_port()
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "DMP_DATA_DIR": str(folder / "data"), "PUBLIC_DIR": str(ROOT / "public")}
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [BINARY, "demo", "--port", str(port)], cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def urls(self, seconds=600):
        """Addresses of the host and of the listener site, once they are printed."""
        def printed():
            assert self.process.poll() is None, self.log
            return re.search(r"Host site: +(\S+)\s+Listener site: +(\S+)", self.log)

        return wait_until(printed, seconds, "two addresses").groups()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@pytest.fixture(scope="session")
def demo_folder():
    # Not below pytest's own folder, which only its user may enter: Postgres runs as another user than root.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dmp-demo-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def demo(demo_folder):
    demo = Demo(demo_folder)
    yield demo
    demo.stop()


@pytest.fixture(scope="module")
def demo_sites(demo):
    """Addresses of its host site and of its listener site."""
    return demo.urls()
