"""A backend behind the site (`UPSTREAM_URL`): what goes there, what does not, and what becomes of both sides when one is slow or gone."""

import asyncio
import contextlib
import hashlib
import http.client
import json
import pathlib
import random
import socket
import struct
import subprocess
import sys
import threading

import aiohttp
import pytest
import requests
import websockets
from core_checks import INDEX, frame, handshake, raw
from servers import free_port, wait_until

CHUNK = bytes(range(256)) * 256


class Backend:
    def __init__(self, port=0):
        self.process = subprocess.Popen([sys.executable, pathlib.Path(__file__).with_name("backend.py"), str(port)], stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def seen(self):
        return requests.get(self.url + "/seen", timeout=10).json()

    def stop(self):
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def running(port=0):
    backend = Backend(port)
    try:
        yield backend
    finally:
        backend.stop()


@pytest.fixture(scope="module")
def backend():
    with running() as backend:
        yield backend


@pytest.fixture(scope="module")
def server(start, backend):
    return start(UPSTREAM_URL=backend.url, MODULES="Smallest")


@pytest.fixture(autouse=True)
def still_serves(request):
    yield
    if "server" in request.fixturenames:
        server = request.getfixturevalue("server")
        assert server.get("/app.js").status_code == 200 and server.process.poll() is None


def headers_of(description):
    headers = {}
    for name, value in description["headers"]:
        headers.setdefault(name.lower(), []).append(value)
    return headers


def memory(server):
    """Resident bytes of the server."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) << 10


# MARK: What goes where


def test_the_site_stays_the_sites(server):
    for path in ["/", "/browse", "/artist/x", "/app.js", "/styles/t%C3%A4st%20file.css", "/party", "/party-status", "/api/modules"]:
        assert "X-Backend" not in server.get(path).headers, path
    assert server.get("/api/artists").status_code == 503, "the database is away, and the catalog is ours nevertheless"
    assert server.get("/api/smallest").text.startswith("Hello")


@pytest.mark.parametrize("path", ["/downloader", "/deep/er/link", "/missing.js", "/api/nothing", "/img/old.png", "/artist/a/b", "//double//slash", "/a/../b", "/a/./b",
                                  "/%61?b=%62&c[]=1|2", "/?".replace("/?", "/x?"), "/semi;colon=1/@:!$&'()*+,=", "/%E2%99%A5?q=%00"])
def test_everything_else_goes_to_the_backend(server, path):
    answer = raw(server, f"GET {path} HTTP/1.1\r\nHost: music.test\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200 ") and b"X-Backend: yes" in answer
    # Only what RFC 3986 does not allow is encoded on the way.
    expected = path.replace("[", "%5B").replace("]", "%5D").replace("|", "%7C")
    assert f'"target": "{expected}"'.encode() in answer, answer


def test_targets_that_are_none(server):
    for path in ["/%", "/%zz", "/a%2", "/x?%"]:
        assert raw(server, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()).startswith(b"HTTP/1.1 400 "), path


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "POST", "PROPFIND"])
def test_methods(server, method):
    body = None if method in ("GET", "HEAD", "OPTIONS") else b"a body"
    answer = requests.request(method, server.url + "/anything", data=body, timeout=10)
    assert answer.status_code == 200 and answer.headers["X-Backend"] == "yes"
    if method == "HEAD":
        assert answer.content == b"" and int(answer.headers["Content-Length"]) > 100
    else:
        assert answer.json()["method"] == method and answer.json()["length"] == len(body or b"")


def test_methods_of_connections_are_not_passed_on(server):
    assert raw(server, b"TRACE /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 501 ")


def test_headers_on_the_way_there(server):
    request = ("GET /x HTTP/1.1\r\nHost: music.test:81\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy-Authorization: Basic x\r\n"
               "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 1\r\nForwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\n"
               "Cookie: a=1; b=2\r\nAccept: a\r\nAccept: b\r\nSec-WebSocket-Accept: forged\r\nUpgrade-Insecure-Requests: 1\r\n\r\n")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request.encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        headers = headers_of(json.loads(answer.read()))
    assert headers["host"] == ["music.test:81"]
    assert headers["x-forwarded-for"] == ["127.0.0.1"] and headers["x-real-ip"] == ["127.0.0.1"]
    assert headers["x-forwarded-host"] == ["music.test:81"] and headers["x-forwarded-proto"] == ["http"]
    assert headers["cookie"] == ["a=1; b=2"] and headers["accept"] == ["a", "b"] and "upgrade-insecure-requests" in headers
    assert headers["via"][0].startswith("1.1 dmp-")
    assert not {"x-hop", "keep-alive", "te", "proxy-authorization", "forwarded", "x-forwarded-port", "sec-websocket-accept"} & headers.keys()
    assert "content-length" not in headers and "transfer-encoding" not in headers


def test_a_trusted_proxy_is_believed(start, backend):
    server = start(UPSTREAM_URL=backend.url, TRUSTED_PROXIES="127.0.0.1,10.0.0.0/8")
    sent = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9, 10.0.0.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "music.test"}
    headers = headers_of(server.get("/x", headers=sent).json())
    # What the first trusted proxy was told by the client itself is not passed on.
    assert headers["x-forwarded-for"] == ["203.0.113.9, 10.0.0.7, 127.0.0.1"] and headers["x-real-ip"] == ["203.0.113.9"]
    assert headers["x-forwarded-proto"] == ["https"] and headers["x-forwarded-host"] == ["music.test"]


def test_answers_come_back_as_they_are(server):
    redirect = server.get("/various/redirect", allow_redirects=False)
    assert redirect.status_code == 302 and redirect.headers["Location"] == "/elsewhere"
    with requests.get(server.url + "/various/gzip", stream=True, timeout=10) as packed:
        assert packed.headers["Content-Encoding"] == "gzip" and packed.raw.read(decode_content=False)[:2] == b"\x1f\x8b"
    page = server.get("/various/cookies")
    assert len(page.raw.headers.getlist("Set-Cookie")) == 2
    assert page.headers["Content-Security-Policy"] == "default-src 'self' 'unsafe-inline'" and "X-Frame-Options" not in page.headers
    assert page.headers["X-Content-Type-Options"] == "nosniff" and "Cache-Control" not in page.headers
    hop = server.get("/various/hop")
    assert "X-Secret-Hop" not in hop.headers and hop.headers["X-Stays"] == "1"
    assert server.get("/various/unchanged").status_code == 304 and server.get("/various/none").status_code == 204
    assert "Content-Security-Policy" not in server.get("/downloader").headers, "the backend says none"
    assert "default-src 'none'" in server.get("/").headers["Content-Security-Policy"]


def test_one_connection_for_both(server):
    with requests.Session() as session:
        for _ in range(5):
            assert session.get(server.url + "/x").headers["X-Backend"] == "yes"
            assert session.get(server.url + "/app.js").status_code == 200
            assert session.post(server.url + "/x", data=b"1" * 100_000).json()["length"] == 100_000
            assert session.get(server.url + "/various/none").status_code == 204


# MARK: Streams


def body(chunks):
    digest = hashlib.sha256()
    for _ in range(chunks):
        digest.update(CHUNK)
    return digest.hexdigest()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_upload_arrives_whole_and_is_not_kept(server, chunked):
    chunks = 4_800  # 300 MB
    parts = (CHUNK for _ in range(chunks))
    before = memory(server)
    highest = [0]

    class Reader:
        def __len__(self):
            return chunks * len(CHUNK)

        def read(self, size=-1):
            highest[0] = max(highest[0], memory(server))
            return next(parts, b"")

    def generator():
        for number, part in enumerate(parts):
            if number % 50 == 0:
                highest[0] = max(highest[0], memory(server))
            yield part

    answer = requests.put(server.url + "/upload", data=generator() if chunked else Reader(), timeout=120)
    assert answer.status_code == 200 and answer.json()["length"] == chunks * len(CHUNK) and answer.json()["sha256"] == body(chunks)
    assert highest[0] - before < 30 << 20, f"{(highest[0] - before) >> 20} MB were held"


def test_a_large_download_waits_for_its_reader(server, backend):
    """1 GB for a client that reads a little and then nothing: neither side gets ahead of it."""
    before = memory(server)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"GET /big?chunks=16384 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        received, highest = 0, 0
        while received < 100 << 20:
            received += len(connection.recv(1 << 20))
        left = backend.seen()["left"]
        # It reads no more; the backend is still in the middle.
        for _ in range(20):
            highest = max(highest, memory(server))
            assert server.get("/app.js").status_code == 200
        assert highest - before < 30 << 20, f"{(highest - before) >> 20} MB were held"
    # The client is gone: so is the backend's request.
    wait_until(lambda: backend.seen()["left"] == left + 1, what="the backend learns that nobody reads")


def test_a_large_download_arrives_whole(server):
    digest = hashlib.sha256()
    with requests.get(server.url + "/big?chunks=3200", stream=True, timeout=60) as answer:
        assert int(answer.headers["Content-Length"]) == 3200 * len(CHUNK)
        for part in answer.iter_content(1 << 20):
            digest.update(part)
    assert digest.hexdigest() == body(3200)


def test_first_bytes_come_before_the_last_are_sent(server):
    with requests.get(server.url + "/slow", stream=True, timeout=20) as answer:
        lines = answer.iter_lines(chunk_size=1)
        assert next(lines) == b"first"
        assert server.get("/release").status_code == 200
        assert next(lines) == b"last"


def test_bytes_of_a_request_go_on_as_they_come(server):
    """More time than a request of ours has: the client's pauses count, not the whole."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        for _ in range(10):
            connection.sendall(b"5\r\nhello\r\n")
        connection.sendall(b"0\r\n\r\n")
        answer = b""
        while part := connection.recv(65536):
            answer += part
        assert b'"length": 50' in answer


def test_a_client_that_asks_first(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"hello")
        answer = b""
        while part := connection.recv(65536):
            answer += part
        assert answer.startswith(b"HTTP/1.1 200 ") and b'"length": 5' in answer


@pytest.mark.parametrize("framing", [b"Content-Length: 1000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nffff\r\n"])
def test_half_an_upload_is_not_a_whole_one(server, backend, framing):
    begun, broken = backend.seen()["begun"], backend.seen()["broken"]
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\n" + framing + b"x" * 1000)
        wait_until(lambda: backend.seen()["begun"] == begun + 1, what="the body's begin arrives")
    wait_until(lambda: backend.seen()["broken"] == broken + 1, what="the backend sees a broken body")


def test_an_answer_before_the_bodys_end(server):
    """The rest of the body is in nobody's way: the connection's next request is answered."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n")
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 413 ")
        connection.sendall(b"x" * 10_000_000 + b"GET /empty.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        while part := connection.recv(65536):
            answer += part
        assert answer.count(b"HTTP/1.1 200 ") == 1


@pytest.mark.parametrize("data", [
    b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
    b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
])
def test_unclear_lengths(server, data):
    """What requests are smuggled by is refused, and no second request comes out of it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(65536):
                answer += part
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    assert b"smuggled" not in answer and b"X-Backend" not in answer


# MARK: When a side fails


def test_the_client_leaves(server, backend):
    seen = backend.seen()
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    connection.sendall(b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")
    wait_until(lambda: backend.seen()["opened"] == seen["opened"] + 1, what="the backend is asked")
    connection.close()
    wait_until(lambda: backend.seen()["left"] == seen["left"] + 1, what="the backend's request ends")


def test_a_silent_backend(start, backend):
    server = start(UPSTREAM_URL=backend.url, UPSTREAM_TIMEOUT_SECONDS=1)
    answer = server.get("/hang")
    assert answer.status_code == 504 and answer.json()["code"] == "upstream_unavailable" and "UPSTREAM_TIMEOUT_SECONDS" in answer.json()["message"]


def test_a_broken_answer_is_not_a_whole_one(server):
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        requests.get(server.url + "/half", timeout=10)


def test_no_backend(start):
    server = start(UPSTREAM_URL=f"http://127.0.0.1:{free_port()}")
    answer = server.get("/downloader")
    assert answer.status_code == 502 and answer.json()["code"] == "upstream_unavailable" and "UPSTREAM_URL" in answer.json()["message"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    page = server.get("/downloader", headers={"Accept": "text/html,*/*"})
    assert page.status_code == 502 and page.headers["Content-Type"].startswith("text/html") and "<h1>" in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert requests.post(server.url + "/x", data=b"x" * 5_000_000, timeout=20).status_code == 502
    assert server.get("/").status_code == 200 and server.get("/api/modules").status_code == 200
    assert "upstream failed" in server.log


def test_killed_in_the_middle_and_back(start):
    with running() as backend:
        server = start(UPSTREAM_URL=backend.url)
        port = backend.port
        assert server.get("/x").status_code == 200
        with requests.get(server.url + "/big?chunks=16384", stream=True, timeout=20) as answer:
            answer.raw.read(1 << 20)
            backend.stop()
            with pytest.raises(Exception):
                while answer.raw.read(1 << 20):
                    pass
                raise ConnectionError  # a length that was not kept is an error to this client only sometimes
        assert server.get("/x").status_code == 502
    with running(port):
        assert server.get("/x").status_code == 200


def test_a_backend_that_is_this_server(start):
    port = free_port()
    server = start(PORT=port, UPSTREAM_URL=f"http://127.0.0.1:{port}")
    answer = server.get("/round")
    assert answer.status_code == 508 and answer.json()["code"] == "upstream_loop"


def test_garbage_instead_of_http(start):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def talk():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(b"\x16\x03\x01 this is no HTTP\r\n\r\n" * 10)

        threading.Thread(target=talk, daemon=True).start()
        server = start(UPSTREAM_URL=f"http://127.0.0.1:{listener.getsockname()[1]}")
        assert server.get("/x").status_code == 502


@pytest.mark.parametrize("value", ["ws://x", "http://x/path", "http://user:pass@x", "http://x:0", "http://x:99999", "http://[::1", "x:3000", "http://"])
def test_wrong_urls(start, value):
    server = start(wait=False, UPSTREAM_URL=value)
    assert server.process.wait(20) == 1
    assert "dmp: UPSTREAM_URL: " in server.log


# MARK: WebSockets


def dialogue(server, talk, path="/socket", **options):
    async def main():
        async with websockets.connect(f"ws://127.0.0.1:{server.port}{path}", max_size=None, **options) as connection:
            return await asyncio.wait_for(talk(connection), 30)

    return asyncio.run(main())


def test_websocket(server):
    async def talk(connection):
        for message in ["text ♥", "", b"bytes\x00\xff", b"", "x" * 200_000, b"\x00" * 5_000_000]:
            await connection.send(message)
            assert await connection.recv() == message
        await (await connection.ping(b"payload"))
        return connection.subprotocol

    assert dialogue(server, talk, subprotocols=["chat"]) == "chat"


def test_a_websocket_that_speaks_first(server):
    for _ in range(20):
        assert dialogue(server, lambda connection: connection.recv(), path="/socket?greeting") == "at once"


def test_close_codes(server, backend):
    async def by_backend(connection):
        await connection.send("close")
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await connection.recv()
        return closed.value.rcvd.code, closed.value.rcvd.reason

    assert dialogue(server, by_backend) == (4002, "as you wish")

    async def by_client(connection):
        await connection.close(3001, "bye")
        return connection.close_code is not None

    closed = backend.seen()["closed"]
    assert dialogue(server, by_client)
    wait_until(lambda: backend.seen()["closed"] == closed + 1 and backend.seen()["code"] == 3001, what="the backend sees the code")


def test_a_side_of_a_websocket_vanishes(server, backend):
    async def backend_vanishes(connection):
        await connection.send("vanish")
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await connection.recv()
        return closed.value.rcvd

    assert dialogue(server, backend_vanishes) is None
    closed = backend.seen()["closed"]

    async def client_vanishes(connection):
        connection.transport.abort()

    dialogue(server, client_vanishes)
    wait_until(lambda: backend.seen()["closed"] == closed + 1, what="the backend's socket ends")


def test_a_websocket_that_nobody_reads_is_held(server):
    """The echo stops where its reader does, and with it the sender."""
    before = memory(server)

    with socket.create_connection(("127.0.0.1", server.port), timeout=2) as connection:
        connection.sendall(handshake("/socket"))
        connection.recv(4096)
        sent, data = 0, frame(2, b"x" * 100_000)
        with pytest.raises(TimeoutError):
            while sent < 500_000_000:
                connection.sendall(data)
                sent += len(data)
        assert memory(server) - before < 30 << 20


def test_a_refused_handshake(server):
    with pytest.raises(websockets.InvalidStatus) as refused:
        dialogue(server, None, path="/socket?refuse")
    assert refused.value.response.status_code == 403 and refused.value.response.body == b"not you"
    with pytest.raises(websockets.InvalidStatus) as refused:
        dialogue(server, None, path="/no-socket")
    assert refused.value.response.status_code == 200


def test_own_websockets_stay_own(server):
    async def talk(connection):
        await connection.send("who")
        return await connection.recv()

    assert dialogue(server, talk, path="/smallest").startswith("127.0.0.1")


def test_a_handshake_without_a_backend(start):
    server = start(UPSTREAM_URL=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(websockets.InvalidStatus) as refused:
        dialogue(server, None)
    assert refused.value.response.status_code == 502


def test_a_stop_ends_tunnels(start, backend):
    server = start(UPSTREAM_URL=backend.url)

    async def main():
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/socket") as connection:
            await connection.send("x")
            await connection.recv()
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            with pytest.raises(websockets.ConnectionClosed):
                await asyncio.wait_for(connection.recv(), 10)
            assert await stopping == 0

    asyncio.run(main())


# MARK: Stream mode


@pytest.fixture(scope="module")
def listener(start, backend):
    port = free_port()
    return start(UPSTREAM_URL=backend.url, PARTY_ENABLED="true", PARTY_ROLE="listener", RTC_MIN_PORT=port, RTC_MAX_PORT=port, MODULES="Smallest")


@pytest.mark.parametrize("path", [
    "/api/audio/1", "/API/audio/1", "//api/audio/1", "/api//audio/1", "/x/../api/audio/1", "/./api/audio/1", "/%61pi/audio/1", "/%2561pi/audio/1", "/%252561pi/audio/1",
    "/api%2faudio/1", "/x/..%2fapi/audio/1", "/x/%2e%2e/api/audio/1", "/x/..;/api/audio/1", "/api;v=1/audio/1", "/\\api\\audio\\1", "/x\\..\\api/audio/1", "/api./audio/1",
    "/api%00/audio/1", "/base/api/audio/1", "/api/download/1", "/api", "/api/", "/api/nothing", "http://x/api/nothing", "/%EF%BD%81pi/audio/1", "/api%20/audio/1",
    "/api%09/audio/1", "/.%00./api/audio/1", "/x/_ws", "/x//api/tracks/explore", "/api?x=/..", "/a%0d%0aGET%20/api/audio/1",
])
def test_stream_mode_holds_for_the_backend(listener, path):
    for method in ["GET", "HEAD", "OPTIONS"]:
        answer = raw(listener, f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 403 "), (method, answer[:200])
        assert b'"stream_mode"' in answer or method == "HEAD"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "TRACE"])
def test_stream_mode_changes_nothing_at_the_backend(listener, method):
    for path in ["/x", "/", "/downloader", "/api/x"]:
        answer = requests.request(method, listener.url + path, timeout=10)
        assert answer.status_code in (403, 501) and "X-Backend" not in answer.headers


def test_stream_mode_reads_the_backends_pages(listener):
    answer = listener.get("/downloader/page.html?q=api", headers={"X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/api/audio/1"})
    assert answer.headers["X-Backend"] == "yes"
    assert not {"x-http-method-override", "x-original-url"} & headers_of(answer.json()).keys()
    assert requests.get(listener.url + "/x", data=b"with a body", timeout=10).status_code == 403
    with pytest.raises(websockets.InvalidStatus) as refused:
        dialogue(listener, None)
    assert refused.value.response.status_code == 403


def test_many_at_once(server):
    """More than one connection's worth, both ways, with WebSockets among them."""
    async def main():
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            async def one(number):
                data = CHUNK * (number % 20)
                async with session.post(server.url + f"/x/{number}", data=data) as answer:
                    return (await answer.json())["length"] == len(data)

            async def echo(number):
                async with session.ws_connect(server.url + "/socket") as connection:
                    await connection.send_str(str(number))
                    return (await connection.receive()).data == str(number)

            return await asyncio.gather(*(one(number) for number in range(200)), *(echo(number) for number in range(50)))

    assert all(asyncio.run(main()))


def test_clients_that_vanish_leave_nothing_behind(start):
    """At any moment of any kind of request: no connection to the backend outlives its client."""
    requests_ = [
        b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /big?chunks=400 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /half HTTP/1.1\r\nHost: x\r\n\r\n" * 3,
        handshake("/socket?greeting"), handshake("/socket") + frame(1, b"hi"), handshake("/socket?refuse"), handshake("/socket") + bytes(300),
        b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n" + bytes(200_000), b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n" * 20,
        b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n" + bytes(65_536) + b"\r\n5\r\nab",
        b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\nExpect: 100-continue\r\n\r\n" + bytes(100_000),
    ]
    with running() as backend:
        server = start(UPSTREAM_URL=backend.url)
        files = pathlib.Path(f"/proc/{server.process.pid}/fd")
        before = len(list(files.iterdir()))

        def vanish(seed):
            chance = random.Random(seed)
            for _ in range(120):
                data = chance.choice(requests_)
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=chance.random() * 0.2 + 0.001) as connection:
                    if chance.random() < 0.5:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.sendall(data[:chance.randrange(1, len(data))] if chance.random() < 0.3 else data)
                    for _ in range(chance.randrange(3)):
                        connection.recv(65536)

        threads = [threading.Thread(target=vanish, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait_until(lambda: len(list(files.iterdir())) <= before + 2, what="connections are closed")


def test_index_is_not_touched(server):
    assert INDEX.split("<!--")[0] in server.get("/").text
