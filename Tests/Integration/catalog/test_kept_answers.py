"""Answers that are kept are those that the database would give, whichever way they are given: from the event loop or by the router.

A request with an `If-Range` of its own takes the router's way (core/test_core_early_answers.py).
"""

import concurrent.futures
import re
import socket

import pytest
import requests

PATHS = ["/api/stats", "/api/genres", "/api/artists?page=1", "/api/artists", "/api/search?q=ada", "/api/favorites", "/api/playlists", "/api/artists/ada-underwood",
         "/api/timeline/decades"]
ROUTER = {"If-Range": '"router"'}


def comparable(answer):
    volatile = ("date", "x-request-id")
    assert set(volatile) <= {name.lower() for name in answer.headers}
    return answer.status_code, [item for item in answer.headers.items() if item[0].lower() not in volatile], answer.content


@pytest.mark.parametrize("accept", ["identity", "gzip", "gzip, br", ""])
def test_both_ways_are_the_same(server, accept):
    with requests.Session() as session:
        for path in PATHS:
            headers = {"Accept-Encoding": accept}
            kept = [session.get(server.url + path, headers=headers, timeout=20) for _ in range(3)]
            routed = session.get(server.url + path, headers=headers | ROUTER, timeout=20)
            assert kept[-1].headers["x-request-id"][:12] != routed.headers["x-request-id"][:12], "the router was not asked"
            routed = comparable(routed)
            assert [comparable(answer) for answer in kept] == [routed] * 3, path
            assert comparable(session.head(server.url + path, headers=headers, timeout=20)) == comparable(session.head(server.url + path, headers=headers | ROUTER, timeout=20))
            if tag := kept[0].headers.get("etag"):
                conditional = headers | {"If-None-Match": f"W/{tag}"}
                answer = session.get(server.url + path, headers=conditional, timeout=20)
                assert answer.status_code == 304 and comparable(answer) == comparable(session.get(server.url + path, headers=conditional | ROUTER, timeout=20))


def test_an_answer_is_never_older_than_its_request(server):
    """Whoever wrote, and however many ask at the same time."""
    def name():
        return server.get("/api/artists/zed").json()["name"]

    with server.sql() as sql, concurrent.futures.ThreadPoolExecutor(8) as pool:
        before = name()
        for number in range(50):
            sql.execute('UPDATE "Artist" SET "name" = %s WHERE "slug" = \'zed\'', [f"Zed {number}"])
            sql.commit()
            assert set(pool.map(lambda _: name(), range(16))) == {f"Zed {number}"}
        sql.execute('UPDATE "Artist" SET "name" = %s WHERE "slug" = \'zed\'', [before])


def test_pipelined_answers_keep_their_order(server):
    """What waits for the database holds what comes behind it, answered at once or not."""
    paths = ["/api/stats", "/api/modules", "/api/genres", "/api/artists/nobody", "/", "/api/stats", "/api/tracks/random", "/api/stats"]
    for path in paths:
        server.get(path, headers={"Accept-Encoding": "identity"})
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        data = b"".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in paths * 50)
        data += b"GET /api/genres HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            sent = pool.submit(connection.sendall, data)
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
            sent.result()
    heads = [match.group(0) for match in re.finditer(rb"HTTP/1\.1 (200|404) .*?\r\n\r\n", received, re.DOTALL)]
    expected = [server.get(path, headers={"Accept-Encoding": "identity"}) for path in paths]
    assert len(heads) == len(paths) * 50 + 1
    for index, head in enumerate(heads[:-1]):
        answer = expected[index % len(paths)]
        assert head.startswith(b"HTTP/1.1 %d " % answer.status_code), index
        if tag := answer.headers.get("etag"):
            assert tag.encode() in head, index
