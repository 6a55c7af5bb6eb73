"""What a client may not do: too much, too slowly, or in no HTTP at all. Every answer is followed by a healthy one."""

import socket
import time

import pytest
import requests
from core_checks import raw


@pytest.fixture(scope="module")
def server(start):
    return start(MODULES="Smallest", REQUEST_TIMEOUT_SECONDS=2)


@pytest.fixture(autouse=True)
def still_serves(server):
    yield
    assert server.get("/app.js").status_code == 200
    assert server.process.poll() is None


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


def test_huge_header(server):
    assert status(raw(server, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n")) == 431


def test_huge_target(server):
    assert status(raw(server, b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")) in (414, 431)


def test_many_headers(server):
    lines = b"".join(b"X-%d: a\r\n" % number for number in range(200))
    assert status(raw(server, b"GET / HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n")) == 431


def test_announced_body(server):
    answer = raw(server, b"POST /api/smallest HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n", until_closed=False)
    assert status(answer) == 413 and b'"too_large"' in answer


def test_body_is_sent_in_full(server):
    answer = requests.post(server.url + "/api/smallest", data=b"x" * 1_000_000, timeout=10)
    assert answer.status_code == 413 and answer.json()["code"] == "too_large"


def test_chunked_body(server):
    def endless():
        for _ in range(64):
            yield b"x" * 16_384

    answer = requests.post(server.url + "/api/smallest", data=endless(), timeout=10)
    assert answer.status_code == 413 and answer.json()["code"] == "too_large"


def test_allowed_body(server):
    body = b"x" * 65_536
    assert requests.post(server.url + "/api/smallest", data=body, timeout=10).content == body


@pytest.mark.parametrize("data", [
    b"nonsense\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"\x00" * 100,
    b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n", b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET x HTTP/1.1\r\nHost: x\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"GET /\xff\xfe HTTP/1.1\r\nHost: \xff\r\n\r\n",
])
def test_no_http(server, data):
    answer = raw(server, data, seconds=15)
    assert answer == b"" or 400 <= status(answer) < 600 or status(answer) == 200, answer[:100]


def test_malformed_second_request(server):
    answer = raw(server, b"GET /empty.txt HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n", seconds=15)
    assert answer.count(b"HTTP/1.1 200 ") == 1 and answer.count(b"HTTP/1.1 400 ") == 1


def test_absolute_form(server):
    answer = raw(server, b"GET http://x/empty.txt?a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert status(answer) == 200
    assert status(raw(server, b"GET HTTP://x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) == 200


def test_pipelined(server):
    answer = raw(server, b"GET /empty.txt HTTP/1.1\r\nHost: x\r\n\r\n" * 20 + b"GET /empty.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 ") == 21


@pytest.mark.parametrize("begin, more", [
    (b"", b""), (b"GET / HTTP/1.1\r\nX: ", b"a"), (b"POST /api/smallest HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", b"a"),
    (b"GET /empty.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", b"a"),
])
def test_slow_client(server, begin, more):
    """A byte now and then does not keep a request alive."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
        connection.sendall(begin)
        connection.settimeout(0.3)
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            try:
                if more:
                    connection.sendall(more)
                if connection.recv(65536) == b"":
                    return
            except TimeoutError:
                continue
            except ConnectionError:
                return
        pytest.fail("the connection is still open")


def test_client_that_reads_nothing_is_no_burden(server):
    """Pipelined requests without end: back-pressure keeps their answers from piling up in memory."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=1) as connection:
        request = b"GET /app.js HTTP/1.1\r\nHost: x\r\nAccept-Encoding: identity\r\n\r\n" * 100
        try:
            for _ in range(2_000):
                connection.sendall(request)
        except (TimeoutError, ConnectionError):
            pass
        else:
            pytest.fail("all was taken: 200,000 answers of 10 KB are in memory")


def test_upgrade_to_something_else_is_ignored(server):
    answer = raw(server, b"GET /empty.txt HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n")
    assert status(answer) == 200


def test_connections_from_one_address_wait_for_a_place(start):
    server = start(MAX_CONNECTIONS=16)
    held = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(16)]
    for connection in held:  # each is certainly accepted, not only in the kernel's queue
        connection.sendall(b"GET /empty.txt HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    with socket.create_connection(("127.0.0.1", server.port), timeout=1) as late:
        late.sendall(b"GET /empty.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        with pytest.raises(TimeoutError):
            late.recv(100)
        for connection in held:
            connection.close()
        late.settimeout(10)
        assert late.recv(100).startswith(b"HTTP/1.1 200 ")


def test_errors(server):
    answer = server.get("/api/nothing?token=secret")
    assert answer.status_code == 404
    assert answer.json() == {"error": True, "url": server.url + "/api/nothing", "statusCode": 404, "statusMessage": "Not found", "message": "Not found",
                             "code": "not_found"}
    assert answer.text.startswith("{\n")
    assert answer.headers["cache-control"] == "no-cache"
    assert "secret" not in server.log
    assert requests.post(server.url + "/api/artists", timeout=10).status_code == 405
