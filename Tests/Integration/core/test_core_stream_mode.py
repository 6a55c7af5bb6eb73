"""Stream mode at the server: nothing can be changed, and no spelling of a path or method gets past."""

import pytest
import requests
from core_checks import raw
from servers import free_port


@pytest.fixture(scope="module")
def server(start):
    port = free_port()
    return start(PARTY_ENABLED="true", PARTY_ROLE="listener", RTC_MIN_PORT=port, RTC_MAX_PORT=port, MODULES="Smallest")


def refused(server, method, target, *headers):
    lines = "".join(f"{line}\r\n" for line in ("Host: x", "Connection: close", "Content-Length: 0", *headers))
    answer = raw(server, f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode())
    return answer.startswith(b"HTTP/1.1 403 ") and (b'"stream_mode"' in answer or method == "HEAD")


@pytest.mark.parametrize("path", [
    "/api/audio/1", "/api/audio", "/api/audio/", "//api//audio//1", "/api/AUDIO/1", "/API/audio/1", "/api/%61udio/1", "/%61pi/audio/1", "/api/%2561udio/1",
    "/api/audio/1?x=1", "/api/audio/1/", "/api/playlists", "/api/playlists/x/tracks", "/api/favorites", "/api/Favorites/tracks/1", "/api/tracks/explore",
    "/api/tracks/explore/", "/api\\audio\\1", "http://x/api/audio/1",
])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_closed_with_every_method(server, path, method):
    assert refused(server, method, path)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/api/tracks/1/play", "/api/nothing/yet", "/", "/api/modules", "//api/tracks/1/play", "/api/smallest/../tracks/1/play"])
def test_nothing_changes(server, path, method):
    assert refused(server, method, path)


def test_methods_have_one_spelling(server):
    for method in ["post", "Get", "PO ST"]:
        assert raw(server, f"{method} /api/tracks/1/play HTTP/1.1\r\nHost: x\r\n\r\n".encode()).startswith(b"HTTP/1.1 400 ")


def test_no_override(server):
    for header in ["X-HTTP-Method-Override: POST", "X-Method-Override: POST", "X-HTTP-Method: POST"]:
        assert requests.get(server.url + "/api/tracks/1/play", headers=dict([header.split(": ")]), timeout=10).status_code == 405
    assert refused(server, "POST", "/api/tracks/1/play", "X-HTTP-Method-Override: GET")


def test_the_rest_is_open(server):
    # 503: the database is away, and the request got as far as asking it.
    for path in ["/api/artists", "/api/tracks/random", "/api/search?q=audio", "/api/releases/audio/tracks", "/api/artists/playlists", "/api/tracks/k1",
                 "/api/timeline/decades", "/api/timeline/1990", "/api/stats"]:
        assert server.get(path).status_code == 503, path
    assert server.get("/").status_code == 200 and server.get("/artist/audio").status_code == 200


def test_modules_answer_for_themselves(server):
    assert requests.post(server.url + "/api/smallest", data=b"x", timeout=10).status_code == 200
    assert server.get("/api/party/status").status_code == 200
    assert requests.options(server.url + "/api/party/status", timeout=10).status_code == 204


def test_a_host_is_not_in_stream_mode(start):
    server = start(PARTY_ENABLED="true", PARTY_ROLE="host", PARTY_URL="http://party.test")
    assert requests.post(server.url + "/api/tracks/1/play", timeout=10).status_code == 503
    assert server.get("/api/audio/1").status_code == 503
