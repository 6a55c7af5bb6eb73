"""WebSockets (RFC 6455) with a client that others wrote, against the echo of the smallest module."""

import asyncio
import contextlib
import http.client
import os
import pathlib
import socket
import struct
import time

import pytest
import websockets
from core_checks import frame, handshake, raw
from servers import wait_until


@pytest.fixture(scope="module")
def server(start):
    return start(MODULES="Smallest", TRUSTED_PROXIES="127.0.0.1")


def run(server, dialogue, **options):
    async def main():
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/smallest", **options) as socket:
            return await asyncio.wait_for(dialogue(socket), 20)

    return asyncio.run(main())


def close_code(server, send, **options):
    """The code with which the server closes after `send`."""
    async def dialogue(socket):
        try:
            await send(socket)
            while True:
                await socket.recv()
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    return run(server, dialogue, **options)


def test_echo(server):
    async def dialogue(socket):
        for message in ["text ♥", "", b"bytes", b"", "x" * 16_000, b"\x00" * 10_000]:
            await socket.send(message)
            assert await socket.recv() == message
        await socket.send(["fragments ", "of ", "one"])
        assert await socket.recv() == "fragments of one"
        await socket.send([b"x" * 16_000] * 4)
        assert await socket.recv() == b"x" * 64_000
        await socket.send(["x"] * 20_000)
        assert await socket.recv() == "x" * 20_000
        await (await socket.ping(b"payload"))

    run(server, dialogue)


def test_many_messages_keep_their_order(server):
    async def dialogue(socket):
        async def send():
            for number in range(2_000):
                await socket.send(str(number))

        sending = asyncio.create_task(send())
        assert [await socket.recv() for _ in range(2_000)] == [str(number) for number in range(2_000)]
        await sending

    run(server, dialogue)


def test_clean_close_from_either_side(server):
    async def by_client(socket):
        await socket.close(3001, "bye")
        return socket.close_code

    assert run(server, by_client) == 3001
    assert close_code(server, lambda socket: socket.send("close")) == 4000


def test_limits(server):
    assert close_code(server, lambda socket: socket.send(b"x" * 20_000)) == 1009
    assert close_code(server, lambda socket: socket.send([b"x" * 10_000] * 8)) == 1009
    assert close_code(server, lambda socket: socket.send([b"x"] * 70_000)) == 1009


def talk(server, *frames):
    """Sends raw frames; gives the code of the server's close."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(handshake() + b"".join(frames))
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        head, _, rest = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 ")
        position = rest.rfind(b"\x88")
        return struct.unpack("!H", rest[position + 2:position + 4])[0] if position >= 0 and len(rest) >= position + 4 else None


@pytest.mark.parametrize("frames, code", [
    ([frame(1, b"\xff\xfe")], 1007), ([frame(0, b"continuation of nothing")], 1002), ([frame(1, b"a", fin=False), frame(1, b"b")], 1002),
    ([frame(9, b"x" * 126)], 1002), ([frame(9, b"", fin=False)], 1002), ([frame(8, struct.pack("!H", 1000))], 1000), ([frame(3, b"reserved")], 1002),
    ([frame(1, b"x", reserved=0x40)], 1002), ([frame(1, b"unmasked", mask=b"")], 1002),
])
def test_protocol_errors(server, frames, code):
    assert talk(server, *frames) == code


def test_bytes_behind_the_handshake_are_frames(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(handshake() + frame(1, b"at once"))
        answer = b""
        while b"at once" not in answer:
            chunk = connection.recv(65536)
            assert chunk, answer
            answer += chunk


def test_garbage_after_the_handshake(server):
    for _ in range(200):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(handshake() + os.urandom(300))
            assert connection.recv(65536).startswith(b"HTTP/1.1 101 ")
    assert server.process.poll() is None and server.get("/api/modules").status_code == 200


@pytest.mark.parametrize("connection", ["Upgrade\t", "Upgrade\t, keep-alive", "keep-alive, \tUpgrade", "Upgrade"])
@pytest.mark.parametrize("behind", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody", b"\r\n\r\n"])
def test_requests_behind_the_handshake(server, connection, behind):
    """Two parsers read the head, and need not agree on where HTTP ends: no request may reach the handler of frames."""
    assert raw(server, handshake(Connection=connection) + behind).startswith((b"HTTP/1.1 101 ", b"HTTP/1.1 400 "))
    assert server.process.poll() is None and server.get("/api/modules").status_code == 200


def test_rest_of_a_frame_that_is_too_large(server):
    """It is read, so that the connection ends by the close frame and not by a reset."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(handshake())
        assert connection.recv(65536).startswith(b"HTTP/1.1 101 ")
        large = frame(2, b"x" * 200_000)
        connection.sendall(large[:20])
        assert connection.recv(4)[:1] == b"\x88"
        connection.sendall(large[20:])
        assert connection.recv(1) == b""


def ask(connection, path):
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    response = http.client.HTTPResponse(connection)
    response.begin()
    response.read()
    assert response.status == 200


@pytest.mark.parametrize("path", ["/empty.txt", "/api/smallest"])
def test_after_other_requests_on_the_same_connection(server, path):
    """Reverse proxies keep connections and ask for the upgrade on one that has carried pages before. The second path's requests are
    answered by a task, which stays."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for _ in range(3):
            ask(connection, path)
        connection.sendall(handshake())
        assert connection.recv(65536).startswith(b"HTTP/1.1 101 ")
        connection.sendall(frame(1, b"still there"))
        assert b"still there" in connection.recv(65536)


def test_both_ways_give_the_same_answer(server):
    """From the event loop, and from the router when a task answers this connection's requests."""
    heads, request = [], handshake()
    for before in (None, "/api/smallest"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            if before:
                ask(connection, before)
            connection.sendall(request)
            lines = connection.recv(65536).decode().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines[1:] if line)
            assert headers.pop("X-Request-Id") and headers.pop("Date")
            heads.append((lines[0], headers))
    assert heads[0] == heads[1]


@pytest.mark.parametrize("request_, status", [
    (b"GET /smallest HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 426),
    (handshake("/nowhere"), 404), (handshake("/api/modules"), 200),
    (handshake(without=["Sec-WebSocket-Key"]), 400), (handshake(Sec_WebSocket_Key="short"), 400), (handshake(Sec_WebSocket_Version="8"), 400),
    (handshake(without=["Connection"]), 400), (handshake(Upgrade="h2c"), 400), (handshake().replace(b"GET", b"POST", 1), 405),
    # The answer to a handshake can't be brought along.
    (b"GET /smallest HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Accept: forged\r\nConnection: close\r\n\r\n", 426),
    (handshake(without=["Sec-WebSocket-Key"], Sec_WebSocket_Accept="forged"), 400),
])
def test_refused(server, request_, status):
    assert raw(server, request_).startswith(f"HTTP/1.1 {status} ".encode())


def test_the_module_learns_who_asks(server):
    async def dialogue(socket):
        await socket.send("who")
        return await socket.recv()

    assert run(server, dialogue, origin="https://other.test") == f"127.0.0.1 https://other.test 127.0.0.1:{server.port}"
    assert run(server, dialogue, additional_headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}) == f"198.51.100.7 - 127.0.0.1:{server.port}"


def test_places_of_one_address(server):
    """Four at once, as the module says; a closed one makes room, and other addresses are not concerned."""
    async def main():
        url = f"ws://127.0.0.1:{server.port}/smallest"
        for _ in range(3):
            sockets = [await websockets.connect(url) for _ in range(4)]
            with pytest.raises(websockets.InvalidStatus) as refused:
                await websockets.connect(url)
            assert refused.value.response.status_code == 429
            async with websockets.connect(url, additional_headers={"X-Forwarded-For": "203.0.113.9"}):
                pass
            for socket in sockets:
                await socket.close()
            for _ in range(100):
                try:
                    async with websockets.connect(url):
                        break
                except websockets.InvalidStatus:
                    await asyncio.sleep(0.05)
            # Handlers end a moment after their sockets.
            await asyncio.sleep(0.5)

    asyncio.run(main())


def test_silent_peer_is_dropped(server):
    begin = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
        connection.sendall(handshake())
        while connection.recv(65536):
            pass
    assert time.monotonic() - begin > 1, "it was given time for an answer"


def test_peer_that_answers_pings_stays(server):
    async def dialogue(socket):
        await asyncio.sleep(4)
        await socket.send("still here")
        return await socket.recv()

    assert run(server, dialogue, ping_interval=None) == "still here"


def test_sender_that_reads_nothing_is_held(server):
    """The echo waits for its reader, and with it the sender: nothing piles up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=1) as connection:
        connection.sendall(handshake())
        connection.recv(4096)
        sent, data = 0, frame(2, b"x" * 16_000)
        try:
            while sent < 200_000_000:
                connection.sendall(data)
                sent += len(data)
        except (TimeoutError, ConnectionError):
            return
        pytest.fail("200 MB were taken")


def test_reader_that_reads_nothing_is_cut(server):
    """What a module says unasked does not pile up, either: of 60 MB the kernel takes a few, and then it is enough."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(handshake() + frame(1, b"flood"))
        wait_until(lambda: not is_established(server.port, connection), what="the server has cut the connection")
        received = 0
        with contextlib.suppress(ConnectionError):
            while chunk := connection.recv(1 << 20):
                received += len(chunk)
    assert received < 40_000_000


def is_established(port, connection):
    """The server's end of it (proc(5), /proc/net/tcp)."""
    ends = [f":{port:04X}", f":{connection.getsockname()[1]:04X}"]
    lines = [line.split()[1:4] for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()]
    return any(state == "01" and local.endswith(ends[0]) and remote.endswith(ends[1]) for local, remote, state in lines)


def test_abrupt_end(server):
    for _ in range(20):
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(handshake())
        connection.close()
    assert server.get("/api/modules").status_code == 200
