"""Party servers for the tests of this folder."""

import time

import pytest

from party_server import start


@pytest.fixture
def start_party(tmp_path):
    """Starts a listener server (or `PARTY_ROLE="host"`) with further settings."""
    servers = []

    def run(**environment):
        servers.append(start(tmp_path, **{"PARTY_ROLE": "listener", **environment}))
        return servers[-1]

    yield run
    for server in servers:
        server.close_sockets()
        assert server.is_running(), f"a server has crashed: {server.log[-4000:]}"
        assert server.stop() == 0, f"a server did not stop cleanly: {server.log[-4000:]}"


@pytest.fixture(scope="module")
def open_server(tmp_path_factory):
    """A listener server without a secret, shared by a module's tests; each begins and ends without a party."""
    server = start(tmp_path_factory.mktemp("party"), PARTY_ROLE="listener", PARTY_HOST_GRACE_SECONDS=1, PARTY_MAX_LISTENERS_PER_ADDRESS=400,
                   PARTY_CONNECTIONS_PER_MINUTE=100_000)
    yield server
    assert server.is_running(), f"the server has crashed: {server.log[-4000:]}"
    assert server.stop() == 0


@pytest.fixture
def server(open_server):
    yield open_server
    open_server.close_sockets()
    deadline = time.monotonic() + 10
    while open_server.status()["active"]:
        assert time.monotonic() < deadline, "the party does not end with its host"
        time.sleep(0.1)
