"""What every test over HTTP needs: a Postgres for the session, and servers that end with their module."""

import contextlib
import shutil
import subprocess

import pytest
from servers import BINARY, Cluster, Server


@pytest.fixture(scope="session")
def cluster():
    cluster = Cluster()
    yield cluster
    with contextlib.suppress(subprocess.CalledProcessError):
        cluster.stop()
    shutil.rmtree(cluster.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def start_dmp(tmp_path_factory):
    """`start_dmp(KEY=value, …)` starts a server and waits until it answers; all are stopped at the end of the module.

    `wait=False` does not wait, `arguments` are added to the command line, `folder` is working and data directory.
    """
    servers = []

    def start(*, wait=True, arguments=(), folder=None, binary=BINARY, **environment):
        server = Server(folder or tmp_path_factory.mktemp("dmp"), environment, arguments, binary)
        servers.append(server)
        return server.wait() if wait else server

    yield start
    for server in servers:
        if server.process.poll() is None:
            assert server.stop() == 0, f"dmp did not end well:\n{server.log}"
