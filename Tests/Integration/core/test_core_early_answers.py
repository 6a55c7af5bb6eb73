"""What is answered from the event loop is what the router answers: status, headers, body, and the order of the answers.

A request with an `If-Range` of its own takes the router's way, and means nothing without a range (RFC 9110 section 13.1.5).
"""

import itertools
import json
import re
import shutil
import socket

import pytest
from core_checks import SCRIPT
from servers import wait_until

PATHS = ["/", "/index.html", "/app.js", "/app.js?x=1", "/pixel.png", "/empty.txt", "/small.json", "/large.json", "/styles/t%C3%A4st%20file.css", "//app.js", "/./app.js", "/app.js/", "/APP.JS", "/nothing", "/nothing.js", "/img/old.png", "/api/modules", "/api/modules/", "/api/openapi.json", "/api/nothing",
         "/api/playlists", "/browse", "/.secret", "/../outside.txt", "http://other/app.js", "/app%2Ejs", "/" + "a" * 9000]
EARLY = ["/", "/index.html", "/app.js", "/pixel.png", "/empty.txt", "/small.json", "/large.json", "/api/modules", "/api/openapi.json"]
ACCEPT = [None, "identity", "gzip", "br", "gzip, br", "gzip;q=0", "*;q=0.5, br;q=0", "GZIP", "", "x" * 300]
ROUTER = ("If-Range", '"router"')


def request(method, path, headers, version="HTTP/1.1"):
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"{method} {path} {version}\r\nHost: x\r\n{lines}\r\n".encode()


class Connection:
    """Reads answers one by one from a connection that stays open."""

    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        self.bytes = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def more(self):
        chunk = self.socket.recv(65536)
        self.bytes += chunk
        return bool(chunk)

    def answer(self, method="GET"):
        """Status line, headers by lower-case name, body."""
        while b"\r\n\r\n" not in self.bytes:
            assert self.more(), f"closed within a head: {self.bytes!r}"
        head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        status, *lines = head.decode().split("\r\n")
        headers = [tuple(line.split(": ", 1)) for line in lines]
        names = [name.lower() for name, _ in headers]
        assert len(set(names)) == len(names), "no header comes twice"
        fields = dict(zip(names, (value for _, value in headers)))
        length = 0 if method == "HEAD" or " 304 " in status else int(fields["content-length"])
        while len(self.bytes) < length:
            assert self.more(), "closed within a body"
        body, self.bytes = self.bytes[:length], self.bytes[length:]
        return status, headers, fields, body

    def ask(self, method, path, headers, **options):
        self.send(request(method, path, headers, **options))
        return self.answer(method)


def comparable(answer):
    """Without what every answer has of its own, once that has its form."""
    status, headers, fields, body = answer
    assert re.fullmatch(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", fields["date"])
    assert re.fullmatch("[0-9a-f]{17,32}", fields["x-request-id"])
    # The order of headers means nothing (RFC 9110 section 5.3), but says where one of the ways has changed.
    if body.startswith(b"{"):
        body = json.loads(body)  # the members of errors come in any order
    return status, [(name, "…" if name in ("Date", "X-Request-Id") else value) for name, value in headers], body


def is_early(routed, answer):
    """Hummingbird's ids begin alike, and the others' otherwise."""
    return routed[2]["x-request-id"][:12] != answer[2]["x-request-id"][:12]


@pytest.fixture(scope="module")
def site(start, public, tmp_path_factory):
    folder = tmp_path_factory.mktemp("early") / "public"
    shutil.copytree(public, folder)
    (folder / "small.json").write_text('{"a":1}')
    (folder / "large.json").write_text(json.dumps([0] * 5000))
    (folder / "api").mkdir()
    (folder / "api/modules").write_text("a file in the place of a route")
    (folder / "api/playlists").write_text("a file in the place of a route")
    return folder


@pytest.fixture(scope="module", params=["off", "listener"])
def server(request, start, site):
    role = {"PARTY_ENABLED": "true", "PARTY_ROLE": "listener", "MAX_REQUESTS_PER_SECOND": "100000"} if request.param == "listener" else {}
    return start(PUBLIC_DIR=site, **role)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_path_and_coding(server, method):
    with Connection(server) as connection:
        for path, accept in itertools.product(PATHS, ACCEPT):
            headers = [] if accept is None else [("Accept-Encoding", accept)]
            early = connection.ask(method, path, headers)
            routed = connection.ask(method, path, headers + [ROUTER])
            assert comparable(early) == comparable(routed), (path, accept)
            assert is_early(routed, early) == (path in EARLY), (path, accept)
            if (tag := early[2].get("etag")) is None:
                continue
            for condition in [tag, f'"x", W/{tag}', "*", '"x"', "", "é"]:
                conditional = headers + [("If-None-Match", condition)]
                early = connection.ask(method, path, conditional)
                assert comparable(early) == comparable(connection.ask(method, path, conditional + [ROUTER])), (path, accept, condition)


@pytest.mark.parametrize("headers", [
    [("Range", "bytes=0-9")], [("Range", "bytes=0-9"), ("Accept-Encoding", "gzip")], [("range", "bytes=99999999-")],
    [("Accept-Encoding", "gzip;q=0"), ("Accept-Encoding", "br")], [("If-None-Match", '"x"'), ("If-None-Match", "*")], [("accept-ENCODING", "gzip")],
    [("X-Forwarded-For", "192.0.2.1, 192.0.2.2"), ("X-Forwarded-For", "nonsense")], [("Connection", "keep-alive")], [("Connection", "Keep-Alive, x")],
    [("Content-Length", "0")], [("Expect", "something")], [("Host", "y")], [("Cookie", "a=b; c=d")], [("X-HTTP-Method-Override", "DELETE")],
], ids=str)
def test_headers(server, headers):
    with Connection(server) as connection:
        for path in ["/app.js", "/api/modules"]:
            routed = comparable(connection.ask("GET", path, headers + ([] if any(name.lower() == "range" for name, _ in headers) else [ROUTER])))
            assert comparable(connection.ask("GET", path, headers)) == routed


@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS", "TRACE", "PURGE"])
def test_methods(server, method):
    with Connection(server) as connection:
        assert comparable(connection.ask(method, "/app.js", [])) == comparable(connection.ask(method, "/app.js", [ROUTER]))


def test_answers_come_in_the_order_of_requests(server):
    """Some of them at hand, some the router's, many at once, cut anywhere."""
    mixed = [("GET", "/app.js", []), ("GET", "/nothing", []), ("HEAD", "/app.js", []), ("GET", "/app.js", [ROUTER]), ("GET", "/api/modules", []), ("HEAD", "/browse", []),
             ("GET", "/empty.txt", []), ("GET", "/empty.txt", [ROUTER]), ("GET", "/pixel.png", [("Range", "bytes=0-3")]), ("GET", "/pixel.png", [])] * 20
    with Connection(server) as connection:
        expected = [comparable(connection.ask(*each)) for each in mixed[:10]]
        data = b"".join(request(*each) for each in mixed)
        for size in [len(data), 1000, 77]:
            for start in range(0, len(data), size):
                connection.send(data[start:start + size])
            for index, (method, _, _) in enumerate(mixed):
                assert comparable(connection.answer(method)) == expected[index % 10], (size, index)


def test_a_body_that_is_still_to_come_holds_the_next_answer(server):
    with Connection(server) as connection:
        connection.send(b"POST /api/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
        connection.send(b"a")
        connection.send(b"bcd" + request("GET", "/app.js", []))
        assert " 40" in connection.answer()[0]
        assert connection.answer()[3] == SCRIPT.encode()


def test_nothing_follows_the_last_answer(server):
    for last in [request("GET", "/nothing", [("Connection", "close")]), request("GET", "/app.js", [("Connection", "close")]),
                 request("GET", "/app.js", [], version="HTTP/1.0"), b"GET /app.js HTTP/1.1\r\nHost : x\r\n\r\n"]:
        with Connection(server) as connection:
            connection.send(request("GET", "/empty.txt", []) + last + request("GET", "/app.js", []))
            connection.answer()
            connection.answer()
            while connection.more():
                pass
            # What comes behind an HTTP/1.0 request may be refused, but not answered.
            assert b" 200 " not in connection.bytes, last


def test_a_client_that_has_said_all_gets_all(server, site):
    """It closes its side behind its requests; more is to be sent than the kernel takes at once."""
    with Connection(server) as connection:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.send(request("GET", "/app.js", []) * 200)
        connection.socket.shutdown(socket.SHUT_WR)
        for _ in range(200):
            assert connection.answer()[3] == SCRIPT.encode()
        assert not connection.more()


def test_a_client_that_takes_nothing_costs_little(server):
    def resident():
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{server.process.pid}/status").read()).group(1))

    with Connection(server) as connection:
        connection.ask("GET", "/app.js", [])
        before = resident()
        connection.socket.settimeout(2)
        data = request("GET", "/app.js", []) * 1000
        with pytest.raises(TimeoutError):
            for _ in range(2000):
                connection.send(data)
        assert resident() - before < 20_000
    assert server.get("/app.js").status_code == 200


def test_log_lines_are_the_same(start, site):
    server = start(PUBLIC_DIR=site, LOG_LEVEL="debug", LOG_FORMAT="json")
    with Connection(server) as connection:
        ids = [connection.ask("GET", path, headers)[2]["x-request-id"] for headers in [[], [ROUTER]] for path in ["/app.js", "/api/modules"]]
    lines = wait_until(lambda: [line for line in map(json.loads, filter(lambda line: line.startswith("{"), server.log.splitlines()))
                                if line.get("hb.request.id") in ids] or None, what="log lines")
    lines = wait_until(lambda: len(lines) >= 4 and lines or [json.loads(line) for line in server.log.splitlines() if any(each in line for each in ids)], what="log lines")
    by_id = {line["hb.request.id"]: {name: value for name, value in line.items() if name not in ("time", "ms", "hb.request.id")} for line in lines}
    assert by_id[ids[0]] == by_id[ids[2]] and by_id[ids[1]] == by_id[ids[3]]
    assert by_id[ids[0]]["level"] == "debug" and by_id[ids[1]]["level"] == "info" and by_id[ids[0]]["client"] == "127.0.0.1"


def test_requests_are_counted_for_the_limit(start, site):
    server = start(PUBLIC_DIR=site, MAX_REQUESTS_PER_SECOND="1")
    with Connection(server) as connection:
        statuses = [connection.ask("GET", "/app.js", [])[0] for _ in range(30)]
    assert " 200 " in statuses[0] and " 429 " in statuses[-1]
    assert sum(" 200 " in status for status in statuses) <= 20
