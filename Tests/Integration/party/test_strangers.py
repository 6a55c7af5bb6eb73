"""What a stranger, a listener or a reader of the log must not learn, and what no default must give away (SECURITY.md)."""

import json
import os
import subprocess
import time

import pytest
import requests
from websockets.sync.client import connect

from party_server import SECRET, token
from servers import BINARY
from signaling import TRACK, offer

ADDRESS = "203.0.113.77"


@pytest.fixture
def behind_a_proxy(start_party):
    return start_party(PARTY_SECRET=SECRET, TRUSTED_PROXIES="127.0.0.1", PARTY_HOST_GRACE_SECONDS=1)


def proved_host(socket):
    challenge = socket.request("hostChallenge")
    return socket.host(token=token(challenge["nonce"]))


def public_answers(server):
    """Everything that anyone may read of a server over HTTP."""
    paths = ["/", "/party", "/party-status", "/api/party/status", "/api/health", "/api/modules", "/api/openapi.json"]
    return [requests.get(server.url + path, timeout=10) for path in paths]


def test_what_gives_rights_is_shown_to_nobody_else(behind_a_proxy):
    """Streams were taken over with keys out of a status page (broadcast-box#301, ant-media#6659)."""
    server = behind_a_proxy
    with server.socket() as host, server.socket() as listener, server.socket() as other:
        created = proved_host(host)
        host.request("publish", sdp=offer("sendonly"))
        host.send("nowPlaying", track=TRACK)
        joined = listener.join(sdp=offer("recvonly"))
        told = json.dumps([other.join(), host.request("listListeners"), listener.expect("listenerCount")])
        published = "".join(answer.text + str(answer.headers) for answer in public_answers(server))
        for secret in [created["hostKey"], joined["listenerKey"], SECRET]:
            assert secret not in told + published + server.log
        assert created["hostKey"] not in json.dumps(joined) and joined["listenerKey"] not in json.dumps(created)
        # The passwords of media connections: each in its own answer alone.
        password = next(line for line in joined["sdp"].splitlines() if line.startswith("a=ice-pwd:")).removeprefix("a=ice-pwd:")
        assert password not in told + published + server.log
        # The session's id is public, and grants nothing.
        assert created["sessionId"] in published
        assert other.refusal("createSession", hostKey=created["sessionId"]) == "wrong_role"


def test_listeners_addresses_are_shown_to_nobody(behind_a_proxy):
    server = behind_a_proxy
    with server.socket() as host, server.socket(additional_headers={"X-Forwarded-For": ADDRESS}) as listener, server.socket() as other:
        proved_host(host)
        listener.join(sdp=offer("recvonly"))
        other.join()
        seen = [host.request("listListeners"), host.request("listenerHistory"), other.request("join")]
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline and not any(message["type"] == "partyStatistics" for message in seen):
            seen.append(host.read())
        listener.close()
        assert host.expect("listenerCount")
        text = json.dumps(seen + host.news + other.news) + "".join(answer.text for answer in public_answers(server)) + server.log
        assert ADDRESS not in text


def test_nothing_sets_a_cookie(behind_a_proxy):
    """What no browser sends by itself no foreign page can use (CWE-1385)."""
    server = behind_a_proxy
    answers = public_answers(server)
    answers.append(requests.options(server.url + "/api/party/status", headers={"Origin": "https://elsewhere.example"}, timeout=10))
    assert all("set-cookie" not in answer.headers and "access-control-allow-credentials" not in answer.headers for answer in answers)
    with connect(server.websocket_url, additional_headers={"Cookie": "hostKey=x; token=y"}) as socket:
        assert "set-cookie" not in socket.response.headers


@pytest.mark.parametrize("fields", [{"token": ""}, {"token": "0" * 64}, {"hostKey": ""}, {"token": "true", "hostKey": "true"}, {"hostKey": None, "token": None}],
                         ids=str)
def test_the_presence_of_a_proof_proves_nothing(behind_a_proxy, fields):
    """AzuraCast took any header of the right name (GHSA-4fm3-ggg2-c6qx)."""
    with behind_a_proxy.socket() as stranger:
        stranger.request("hostChallenge")
        assert stranger.refusal("createSession", **fields) in ("token_required", "token_invalid")
        assert stranger.refusal("nowPlaying", track=TRACK) in ("no_session", "wrong_role")
    assert not behind_a_proxy.status()["active"]


@pytest.mark.parametrize("secret", ["x", "1234567"])
def test_a_weak_secret_stops_the_start(tmp_path, secret):
    """No fallback, and none that merely looks like one (Navidrome CVE-2023-51442)."""
    environment = {"PATH": os.environ["PATH"], "PORT": "0", "DMP_DATA_DIR": str(tmp_path), "PARTY_ENABLED": "true", "PARTY_ROLE": "listener",
                   "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "PARTY_SECRET": secret}
    ended = subprocess.run([BINARY, "serve"], env=environment, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert ended.returncode != 0 and "PARTY_SECRET" in ended.stdout + ended.stderr


def test_a_hostile_title_stays_one_line_of_text(behind_a_proxy):
    """Titles go to listeners as JSON, cannot end a line of the log, and are cut at a length."""
    title = "</script><img src=x onerror=alert(1)>\r\nSet-Cookie: a=b\u2028\u0000\"'"
    server = behind_a_proxy
    with server.socket() as host, server.socket() as listener:
        proved_host(host)
        listener.join()
        host.send("nowPlaying", track={**TRACK, "title": title})
        assert listener.expect("nowPlaying")["track"]["title"] == title
        answer = requests.get(server.url + "/api/party/status", timeout=10)
        assert answer.headers["content-type"].startswith("application/json") and answer.headers["x-content-type-options"] == "nosniff"
        assert answer.json()["currentTrack"]["title"] == title and "set-cookie" not in answer.headers
        assert host.refusal("nowPlaying", track={**TRACK, "title": "x" * 1_001}) == "invalid_message"
    assert "onerror" not in server.log
