"""The site inside a backend of one's own: Examples/Backend, which links nothing but the kit."""

import json
import subprocess

import pytest
import requests
from servers import BINARY, ROOT, free_port
from websockets.sync.client import connect

BACKEND = BINARY.parent / "Backend"


@pytest.fixture(scope="module")
def backend(cluster, start_dmp):
    media = free_port()
    database = cluster.create("backend")
    server = start_dmp(
        binary=BACKEND, DATABASE_URL=cluster.url(database), PARTY_ENABLED="true", PARTY_ROLE="listener", RTC_MIN_PORT=media, RTC_MAX_PORT=media + 20)
    return server.wait_for_catalog()


def test_own_route_answers_as_it_likes(backend):
    answer = backend.get("/shop")
    assert answer.text == "Records and tapes"
    assert "content-security-policy" not in answer.headers
    assert requests.head(backend.url + "/shop", timeout=5).status_code == 200


def test_own_route_behind_the_site_has_its_error_body(backend):
    answer = backend.get("/api/shop/1")
    assert answer.status_code == 404 and answer.json()["message"] == "Record not found" and answer.json()["code"] == "not_found"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_catalog_and_site(backend):
    assert backend.get("/api/artists").json()["items"] == []
    assert backend.get("/api/health").json()["status"] == "ok"
    page = backend.get("/artist/x")
    assert page.status_code == 200 and '"partyRole":"listener"' in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert backend.get("/app.js").text == (ROOT / "public/app.js").read_text()


def test_party(backend):
    assert {"name": "Party", "status": "loaded", "message": None} in backend.get("/api/modules").json()
    assert backend.get("/api/party/status").json()["active"] is False
    with connect(backend.url.replace("http", "ws") + "/_ws") as socket:
        socket.send(json.dumps({"type": "hostChallenge", "requestId": 7}))
        while (reply := json.loads(socket.recv(5))).get("requestId") != 7:
            pass
        assert reply["type"] == "hostChallenge" and reply["nonce"]


def test_stream_mode_holds_here_too(backend):
    assert requests.post(backend.url + "/api/tracks/x/play", timeout=5).status_code == 403


def test_one_kit_in_the_process(backend):
    with open(f"/proc/{backend.process.pid}/maps") as maps:
        images = {line.split()[-1] for line in maps if ".so" in line}
    assert len([image for image in images if "libGatewayKit" in image]) == 1
    symbols = subprocess.run(["nm", "-D", "--defined-only", BACKEND], capture_output=True, text=True).stdout
    assert "11Hummingbird" not in symbols, "the program holds no second Hummingbird"
