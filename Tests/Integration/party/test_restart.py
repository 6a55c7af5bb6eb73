"""A party outlives its server: killed and started again, it waits for its host, and listeners join anew."""

import json
import stat
import time

import pytest

from party_server import SECRET, token
from signaling import COVER, TRACK, offer


def kept(server):
    return json.loads((server.data_folder / "party.json").read_text())


def wait_until_kept(server, condition):
    deadline = time.monotonic() + 10
    while True:
        try:
            if condition(kept(server)):
                return
        except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
            pass  # none yet, or the odd one
        assert time.monotonic() < deadline
        time.sleep(0.1)


def wait_until_gone(server):
    deadline = time.monotonic() + 10
    while (server.data_folder / "party.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_killed_server_has_its_party_again(start_party):
    server = start_party()
    host, listener = server.socket(), server.socket()
    created = host.host()
    key = listener.join(sdp=offer("recvonly"))["listenerKey"]
    host.send("nowPlaying", track=TRACK)
    host.request("cover", trackId=TRACK["id"], jpeg=COVER)
    host.send("position", currentTime=42.5, duration=180)
    wait_until_kept(server, lambda party: party["currentTime"] == 42.5 and party["attendance"]["history"]["points"])
    points = host.request("listenerHistory")["points"]
    assert stat.S_IMODE((server.data_folder / "party.json").stat().st_mode) == 0o600
    text = (server.data_folder / "party.json").read_text()
    assert created["hostKey"] not in text and key not in text
    server.kill()
    server.launch()

    status = server.status()
    assert (status["active"], status["hostAway"], status["sessionId"]) == (True, True, created["sessionId"])
    # Covers were in memory alone.
    assert status["currentTrack"] == {**TRACK, "coverPath": None}
    assert (status["isPlaying"], status["currentTime"], status["duration"]) == (True, 42.5, 180)
    back, again = server.socket(), server.socket()
    joined = again.join(sdp=offer("recvonly"), listenerKey=key)
    assert joined["listenerKey"] != key and joined["hostAway"] is True and 0 < joined["graceSeconds"] <= 60
    assert joined["sessionId"] == created["sessionId"]
    returned = back.host(hostKey=created["hostKey"])
    assert (returned["sessionId"], returned["hostKey"]) == (created["sessionId"], created["hostKey"])
    again.expect("hostBack")
    figures = back.expect("partyStatistics")
    assert (figures["listeners"], figures["peak"], figures["total"]) == (1, 1, 2)
    assert back.request("listenerHistory")["points"][0] == points[0]
    assert server.status()["hostAway"] is False
    back.request("endSession")
    wait_until_gone(server)
    server.close_sockets()
    server.kill()
    server.launch()
    assert server.status()["active"] is False


def test_a_party_that_ended_just_before_its_server_is_not_there_again(start_party):
    server = start_party()
    host = server.socket()
    host.host()
    wait_until_kept(server, lambda party: True)
    host.request("endSession")
    assert server.stop() == 0
    assert not (server.data_folder / "party.json").exists()
    server.close_sockets()
    server.launch()
    assert server.status()["active"] is False


def test_only_the_host_gets_it_back(start_party):
    server = start_party(PARTY_SECRET=SECRET)
    host = server.socket()
    created = host.host(token=token(host.request("hostChallenge")["nonce"]))
    wait_until_kept(server, lambda party: party["id"] == created["sessionId"])
    server.kill()
    server.launch()
    with server.socket() as thief, server.socket() as owner, server.socket() as key_holder:
        assert thief.refusal("createSession") == "token_required"
        assert thief.refusal("createSession", hostKey="0" * 64) == "token_required"
        assert thief.refusal("createSession", hostKey=kept(server)["hostKeyHash"]) == "token_required"
        # A token does, from a device that has no key.
        assert owner.host(token=token(owner.request("hostChallenge")["nonce"]))["sessionId"] == created["sessionId"]
        # And the key still does.
        assert key_holder.host(hostKey=created["hostKey"])["hostKey"] == created["hostKey"]
        owner.expect("takenOver")
        key_holder.request("endSession")


def test_a_ban_outlives_the_server(start_party):
    server = start_party(TRUSTED_PROXIES="127.0.0.1")
    away = {"X-Forwarded-For": "2001:db8::7"}
    host, unwanted = server.socket(), server.socket(additional_headers=away)
    key = host.host()["hostKey"]
    unwanted.join()
    host.request("removeListener", listenerId=host.request("listListeners")["listeners"][0]["listenerId"], ban=True)
    wait_until_kept(server, lambda party: len(party["banned"]) == 1)
    server.kill()
    server.launch()
    # The same household, another address of it (RFC 6177).
    for address in ("2001:db8::7", "2001:db8::8"):
        with server.socket(additional_headers={"X-Forwarded-For": address}) as same:
            assert same.refusal("join") == "banned"
    with server.socket() as host:
        host.host(hostKey=key)
        host.request("endSession")


def test_a_party_that_is_over_is_forgotten(start_party):
    server = start_party(PARTY_HOST_GRACE_SECONDS=30)
    server.socket().host()
    wait_until_kept(server, lambda party: True)
    server.kill()
    party = kept(server)
    (server.data_folder / "party.json").write_text(json.dumps({**party, "hostLastSeen": party["hostLastSeen"] - 60}))
    server.launch()
    assert server.status()["active"] is False


@pytest.mark.parametrize("content", [
    b"", b"{", b"null", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000, b" " * 300_000,
    {"id": "x"}, {"hostKeyHash": "z" * 64}, {"currentTime": -1}, {"currentTime": "1"}, {"duration": 1e300}, {"hostLastSeen": -2**63},
    {"hostLastSeen": 2**63 - 1}, {"hostLastSeen": 2**70}, {"currentTrack": {"title": "x" * 2_000}}, {"currentTrack": 7}, {"banned": [7]},
    {"banned": ["x"] * 2_001},
    *({"attendance": {"peak": 1, "total": 2, "history": {"stepSeconds": 1, "points": []}, **odd}} for odd in (
        {"peak": -1}, {"peak": 3}, {"total": 2**62}, {"history": {"stepSeconds": 0, "points": []}}, {"history": {"stepSeconds": 2**62, "points": []}},
        {"history": {"stepSeconds": 1, "points": [{"seconds": 2**62, "listeners": 1}]}},
        {"history": {"stepSeconds": 1, "points": [{"seconds": 1, "listeners": 1}] * 2}},
        {"history": {"stepSeconds": 1, "points": [{"seconds": second, "listeners": 1} for second in range(241)]}}))])
def test_an_odd_file_is_ignored(start_party, content):
    server = start_party()
    server.kill()
    right = {"id": "0b0c9f6e-5d3c-4a86-9a54-3f0d6a4de5b1", "hostKeyHash": "0" * 64, "hostLastSeen": int(time.time()), "currentTrack": None,
             "isPlaying": False, "currentTime": 0, "duration": 0, "banned": [],
             "attendance": {"peak": 1, "total": 2, "history": {"stepSeconds": 1, "points": [{"seconds": 1, "listeners": 1}]}}}
    path = server.data_folder / "party.json"
    path.write_text(json.dumps(right))
    server.launch()
    assert server.status()["sessionId"] == right["id"], "the test's own file is wrong"
    server.kill()
    path.write_bytes(content if isinstance(content, bytes) else json.dumps({**right, **content}).encode())
    server.launch()
    assert server.status()["active"] is False
    # And a new party replaces it.
    host = server.socket()
    created = host.host()
    wait_until_kept(server, lambda party: party["id"] == created["sessionId"])
    host.request("endSession")


def test_a_file_that_is_none(start_party, tmp_path):
    server = start_party()
    server.kill()
    (tmp_path / "elsewhere").write_text("{}")
    (server.data_folder / "party.json").symlink_to(tmp_path / "elsewhere")
    server.launch()
    assert server.status()["active"] is False
    assert "party.json is not as we write it" in server.log
