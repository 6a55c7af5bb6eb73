"""The server's end: connections drained, sockets told, nothing left behind, and a second signal that does not wait."""

import asyncio
import signal
import socket
import threading
import time

import pytest
import requests
import websockets


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_idle(start, number):
    server = start()
    # A kept connection does not hold it up.
    session = requests.Session()
    assert session.get(server.url + "/app.js", timeout=10).status_code == 200
    begin = time.monotonic()
    assert server.stop(number) == 0
    assert time.monotonic() - begin < 5
    assert "stopped" in server.log
    with pytest.raises(ConnectionError), socket.create_connection(("127.0.0.1", server.port), timeout=1):
        pass


def test_websockets_are_told(start):
    server = start(MODULES="Smallest")

    async def main():
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/smallest") as socket:
            await socket.send("x")
            assert await socket.recv() == "x"
            server.process.send_signal(signal.SIGTERM)
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), 10)
            assert closed.value.rcvd.code == 1001

    asyncio.run(main())
    assert server.process.wait(15) == 0


def test_websocket_has_time_to_answer(start):
    from test_core_websocket import handshake

    server = start(MODULES="Smallest")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(handshake())
        assert connection.recv(4096).startswith(b"HTTP/1.1 101 ")
        server.process.send_signal(signal.SIGTERM)
        assert connection.recv(4096)[:1] == b"\x88"
        time.sleep(0.5)
        assert server.process.poll() is None
        # The same code in return, masked by zeros.
        connection.sendall(b"\x88\x82\0\0\0\0" + (1001).to_bytes(2))
        assert connection.recv(4096) == b""
    assert server.process.wait(15) == 0


def test_websocket_that_does_not_answer_is_no_obstacle(start):
    from test_core_websocket import handshake

    server = start(MODULES="Smallest")
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(handshake())
        connection.recv(4096)
        assert server.stop() == 0


def test_request_in_progress_is_answered(start):
    server = start(MODULES="Smallest")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"POST /api/smallest HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.sendall(b"cd")
        answer = b""
        while chunk := connection.recv(4096):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"abcd")
    assert server.process.wait(15) == 0


def test_stalled_request_has_an_end(start):
    server = start(MODULES="Smallest")
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"POST /api/smallest HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
        time.sleep(0.5)
        assert server.stop(seconds=15) == 0


def test_second_signal(start):
    server = start(MODULES="Smallest")
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"POST /api/smallest HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        begin = time.monotonic()
        assert server.stop(signal.SIGINT) == 130
        assert time.monotonic() - begin < 2


def test_port_in_use(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = start(wait=False, PORT=taken.getsockname()[1])
        assert server.process.wait(20) == 1
        assert "dmp: PORT: the port is in use" in server.log


def test_under_load(start):
    """Requests that were accepted are answered in full; later ones are refused, and none is cut."""
    server = start()
    failures, stop = [], threading.Event()

    def load():
        with requests.Session() as session:
            while not stop.is_set():
                try:
                    answer = session.get(server.url + "/app.js", timeout=10)
                    if answer.status_code != 200:
                        failures.append(answer.status_code)
                except requests.ConnectionError as error:
                    # Refused, or a kept connection that was closed while it was idle.
                    if "IncompleteRead" in str(error):
                        failures.append(error)
                    return

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    assert server.stop() == 0
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
