"""Signalling without media: shapes, rights, take-over, grace, limits, garbage."""

import json
import os
import random
import time

import pytest
import requests
from websockets.exceptions import ConnectionClosed

from party_server import SECRET, token
from signaling import DTLS, RTP_CAPABILITIES, RTP_PARAMETERS, TRACK, Refused, offer


# Shapes that the original's clients rely on (party-protocol.md §3, §4, §7)


def test_an_original_host_and_listener(server):
    with server.socket() as host, server.socket() as listener:
        host.send("createSession")
        created = host.expect("sessionCreated")
        codec = created["routerRtpCapabilities"]["codecs"][0]
        assert (codec["mimeType"], codec["clockRate"], codec["channels"], codec["preferredPayloadType"]) == ("audio/opus", 48000, 2, 100)
        assert codec["parameters"]["stereo"] == 1 and codec["parameters"]["maxaveragebitrate"] == 128000
        assert host.expect("listenerCount")["count"] == 0

        listener.send("join")
        joined = listener.expect("joined")
        assert joined["sessionId"] == created["sessionId"]
        assert joined["currentTrack"] is None and joined["isPlaying"] is False and joined["currentTime"] == 0 and joined["duration"] == 0
        assert joined["listenerCount"] == 1 and joined["hostAway"] is False and joined["rtpTimestamp"] is None and "sdp" not in joined
        assert host.expect("listenerCount")["count"] == 1
        assert listener.expect("listenerCount")["count"] == 1

        listener.send("createConsumerTransport")
        transport = listener.expect("consumerTransportCreated")
        assert set(transport) == {"type", "id", "iceParameters", "iceCandidates", "dtlsParameters"}
        assert transport["iceParameters"]["iceLite"] is True
        candidate = transport["iceCandidates"][0]
        assert (candidate["ip"], candidate["address"], candidate["port"], candidate["protocol"], candidate["type"]) == (
            "127.0.0.1", "127.0.0.1", server.media_port, "udp", "host")
        assert transport["dtlsParameters"]["role"] in ("auto", "server")
        assert transport["dtlsParameters"]["fingerprints"][-1]["algorithm"] == "sha-256"

        listener.send("consume", rtpCapabilities=RTP_CAPABILITIES)
        error = listener.expect("error")
        assert (error["message"], error["code"]) == ("No producer available", "no_producer")

        host.send("createProducerTransport")
        host.expect("producerTransportCreated")
        host.send("connectTransport", dtlsParameters=DTLS)
        assert host.expect("transportConnected") == {"type": "transportConnected"}
        host.send("produce", kind="audio", rtpParameters=RTP_PARAMETERS)
        produced = host.expect("produced")
        assert listener.expect("producerAvailable") == {"type": "producerAvailable"}

        listener.send("consume", rtpCapabilities=RTP_CAPABILITIES)
        consumed = listener.expect("consumed")
        assert consumed["producerId"] == produced["producerId"] and consumed["kind"] == "audio" and consumed["consumerId"]
        parameters = consumed["rtpParameters"]
        assert parameters["codecs"][0]["payloadType"] == 100 and parameters["codecs"][0]["parameters"]["sprop-stereo"] == 1
        assert parameters["encodings"][0]["ssrc"] and parameters["rtcp"]["cname"] and parameters["mid"] == "0"
        listener.send("connectTransport", dtlsParameters=DTLS)
        listener.expect("transportConnected")
        listener.send("connectTransport", dtlsParameters=DTLS)
        assert listener.expect("error")["code"] == "already_connected"
        listener.send("resumeConsumer")
        assert listener.expect("consumerResumed") == {"type": "consumerResumed"}

        host.send("nowPlaying", track=TRACK)
        news = listener.expect("nowPlaying")
        assert news["track"] == TRACK and news["isPlaying"] is True and news["rtpTimestamp"] is None
        host.send("position", currentTime=12.5, duration=None)
        assert listener.expect("position") == {"type": "position", "currentTime": 12.5, "duration": 180, "rtpTimestamp": None}
        host.send("pause")
        assert listener.expect("pause") == {"type": "pause", "rtpTimestamp": None}
        host.send("resume")
        listener.expect("resume")
        status = server.status()
        assert status == {"active": True, "sessionId": created["sessionId"], "currentTrack": TRACK, "isPlaying": True, "currentTime": 12.5,
                          "duration": 180, "listenerCount": 1, "hostAway": False}

        host.send("endSession")
        assert listener.expect("sessionEnded") == {"type": "sessionEnded"}
        host.expect("sessionEnded")
    assert server.status() == {"active": False, "sessionId": None, "currentTrack": None, "isPlaying": False, "currentTime": 0, "duration": 0,
                               "listenerCount": 0, "hostAway": False}


def test_sdp_in_one_round_trip(server):
    with server.socket() as host, server.socket() as listener:
        host.host()
        published = host.request("publish", sdp=offer("sendonly"))
        assert "a=recvonly" in published["sdp"] and "a=setup:passive" in published["sdp"] and "a=ice-lite" in published["sdp"]
        assert f"127.0.0.1 {server.media_port} typ host" in published["sdp"]
        assert "stereo=1" in published["sdp"] and "maxaveragebitrate=128000" in published["sdp"]
        joined = listener.join(sdp=offer("recvonly"))
        assert "a=sendonly" in joined["sdp"] and "a=ssrc:" in joined["sdp"]
        assert listener.refusal("consume", rtpCapabilities=RTP_CAPABILITIES) == "no_transport"
        assert listener.refusal("connectTransport", dtlsParameters=DTLS) == "already_connected"
        # A second party's producer is the same to clients.
        again = host.request("publish", sdp=offer("sendonly"))
        assert again["producerId"] == published["producerId"]


@pytest.mark.parametrize("sdp", ["", "v=0", "v=0\r\n" * 50, offer("recvonly"), offer("sendonly").replace("opus", "speex"), "x" * 30_000])
def test_offers_that_cannot_be_answered(server, sdp):
    with server.socket() as host:
        host.host()
        assert host.refusal("publish", sdp=sdp) == "sdp_invalid"
        assert host.request("publish", sdp=offer("sendonly"))["sdp"]


def test_a_bad_offer_does_not_join(server):
    with server.socket() as host, server.socket() as listener:
        host.host()
        assert listener.refusal("join", sdp="nonsense") == "sdp_invalid"
        assert server.status()["listenerCount"] == 0


# Rights


def test_token_flow(start_party):
    server = start_party(PARTY_SECRET=SECRET)
    with server.socket() as host, server.socket() as thief:
        assert host.refusal("createSession") == "token_required"
        challenge = host.request("hostChallenge")
        assert challenge["tokenRequired"] is True
        # A nonce is good on its own socket only.
        assert thief.refusal("createSession", token=token(challenge["nonce"])) == "nonce_unknown"
        created = host.host(token=token(challenge["nonce"]))
        # And once.
        with server.socket() as other:
            assert other.refusal("createSession", token=token(challenge["nonce"])) == "nonce_unknown"
            nonce = other.request("hostChallenge")["nonce"]
            assert other.refusal("createSession", token=token(nonce, "another secret")) == "token_invalid"
            assert other.refusal("createSession", token=token(nonce)) == "nonce_unknown"
            assert other.refusal("createSession", hostKey=created["hostKey"][:-1] + "x") == "token_required"
            assert other.refusal("createSession") == "token_required"
        # With a valid token the party moves to another device.
        with server.socket() as phone:
            moved = phone.host(token=token(phone.request("hostChallenge")["nonce"]))
            assert moved["sessionId"] == created["sessionId"]
            host.expect("takenOver")
            assert host.refusal("publish", sdp=offer("sendonly")) == "wrong_role"
            phone.request("endSession")
    for secret in (SECRET, created["hostKey"]):
        assert secret not in server.log


def test_a_token_without_a_secret_here(server):
    with server.socket() as host:
        challenge = host.request("hostChallenge")
        assert challenge["tokenRequired"] is False
        assert host.refusal("createSession", token=token(challenge["nonce"])) == "no_secret"


def test_host_token_route(start_party):
    host = start_party(PARTY_ROLE="host", PARTY_URL="https://party.example", PARTY_SECRET=SECRET)
    route = host.url + "/api/party/host-token"
    nonce = "0123456789abcdef" * 4
    own = {"Origin": host.url}
    answer = requests.post(route, json={"nonce": nonce}, headers=own, timeout=5)
    assert answer.status_code == 200 and answer.json() == {"token": token(nonce)}
    assert "access-control-allow-origin" not in answer.headers
    port = host.url.rsplit(":", 1)[1]
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {**own, "Sec-Fetch-Site": "cross-site"},
                    # DNS rebinding: the stranger's name, pointed at this machine.
                    {"Origin": f"http://evil.example:{port}", "Host": f"evil.example:{port}"}):
        answer = requests.post(route, json={"nonce": nonce}, headers=headers, timeout=5)
        assert answer.status_code == 403 and answer.json()["code"] == "foreign_origin", headers
    for body in ("", "{", "[]", "{}", '{"nonce":7}', '{"nonce":"short"}', json.dumps({"nonce": "g" * 64}), json.dumps({"nonce": nonce + "\n"})):
        assert requests.post(route, data=body, headers=own, timeout=5).status_code == 400, body
    assert requests.post(route, data="x" * 10_000, headers=own, timeout=5).status_code == 413


def test_host_server_has_no_party(start_party):
    host = start_party(PARTY_ROLE="host", PARTY_URL="http://127.0.0.1:1")
    assert host.status()["active"] is False
    answer = requests.post(host.url + "/api/party/host-token", json={"nonce": "0" * 64}, headers={"Origin": host.url}, timeout=5)
    assert answer.status_code == 404 and answer.json()["code"] == "no_secret"
    assert requests.get(host.url + "/_ws", timeout=5).status_code == 404
    assert udp_sockets(host.process.pid) == set()


def test_listener_server_has_one_udp_port_and_no_token_route(server):
    assert udp_sockets(server.process.pid) == {server.media_port}
    assert requests.post(server.url + "/api/party/host-token", json={"nonce": "0" * 64}, headers={"Origin": server.url}, timeout=5).status_code in (403, 404, 405)


def udp_sockets(pid):
    """Local ports of the process's UDP sockets."""
    inodes = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            inodes.add(os.readlink(f"/proc/{pid}/fd/{name}"))
        except FileNotFoundError:
            pass
    ports = set()
    for table in ("udp", "udp6"):
        for line in open(f"/proc/net/{table}").readlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in inodes:
                ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    return ports


def test_status_is_open_to_any_page(server):
    answer = requests.get(server.url + "/api/party/status", headers={"Origin": "https://host.example"}, timeout=5)
    assert answer.headers["access-control-allow-origin"] == "*" and answer.headers["cache-control"] == "no-store"
    preflight = requests.options(server.url + "/api/party/status", timeout=5,
                                 headers={"Origin": "https://host.example", "Access-Control-Request-Method": "GET"})
    assert preflight.status_code == 204 and preflight.headers["access-control-allow-origin"] == "*"


def test_a_foreign_page_may_host_and_not_listen(server):
    with server.socket(origin="https://host.example") as host, server.socket(origin="https://evil.example") as evil:
        host.host()
        assert host.request("publish", sdp=offer("sendonly"))["sdp"]
        assert evil.refusal("join") == "foreign_origin"
        assert evil.refusal("join", sdp=offer("recvonly")) == "foreign_origin"
        for origin in (None, server.url):
            with server.socket(origin=origin) as listener:
                listener.join()
    with server.socket(origin="null") as sandboxed:
        assert sandboxed.refusal("join") == "foreign_origin"


def test_party_url_is_an_own_origin(start_party):
    server = start_party(PARTY_URL="https://party.example")
    with server.socket() as host, server.socket(origin="https://party.example") as listener:
        host.host()
        listener.join()
        host.request("endSession")


# Life of a session


def test_host_away_and_back(server):
    with server.socket() as listener:
        host = server.socket()
        created = host.host()
        joined = listener.join(sdp=offer("recvonly"))
        host.request("publish", sdp=offer("sendonly"))
        host.send("nowPlaying", track=TRACK)
        listener.expect("nowPlaying")
        host.abandon()
        assert listener.expect("hostAway")["graceSeconds"] == 1
        assert server.status()["hostAway"] is True
        with server.socket() as back:
            again = back.host(hostKey=created["hostKey"])
            assert (again["sessionId"], again["hostKey"]) == (created["sessionId"], created["hostKey"])
            listener.expect("hostBack")
            assert server.status()["hostAway"] is False and server.status()["currentTrack"] == TRACK
            assert back.expect("listenerCount")["count"] == 1
            time.sleep(2.5)
            assert server.status()["active"], "a host that came back must not lose the party"
            assert joined["listenerKey"]
            back.request("endSession")
            listener.expect("sessionEnded")


def test_party_ends_when_its_host_stays_away(server):
    with server.socket() as listener:
        with server.socket() as host:
            host.host()
            listener.join()
        listener.expect("hostAway")
        listener.expect("sessionEnded")
        assert server.status()["active"] is False
        # A listener's old key means nothing to the next party, and the socket may go on.
        with server.socket() as host:
            host.host()
            listener.join()


def test_take_over_closes_the_old_host(server):
    with server.socket() as old, server.socket() as new, server.socket() as listener:
        created = old.host()
        old.request("publish", sdp=offer("sendonly"))
        listener.join()
        assert new.refusal("createSession") == "session_exists"
        assert new.refusal("createSession", hostKey="0" * 64) == "host_key_invalid"
        new.host(hostKey=created["hostKey"])
        old.expect("takenOver")
        for message, fields in (("publish", {"sdp": offer("sendonly")}), ("nowPlaying", {"track": TRACK}), ("endSession", {}),
                                ("createProducerTransport", {})):
            assert old.refusal(message, **fields) == "wrong_role"
        old.close()
        time.sleep(0.3)
        assert server.status()["hostAway"] is False, "the old host's end is not the new one's"
        new.send("nowPlaying", track=TRACK)
        listener.expect("nowPlaying")


def test_an_ended_party_leaves_no_ghosts(server):
    with server.socket() as host, server.socket() as listener, server.socket() as next_host:
        host.host()
        listener.join()
        host.request("endSession")
        listener.expect("sessionEnded")
        next_host.host()
        next_host.send("nowPlaying", track=TRACK)
        assert listener.refusal("createConsumerTransport") == "wrong_role"
        assert not any(message["type"] == "nowPlaying" for message in listener.news)
        host.close()
        time.sleep(0.3)
        assert server.status()["active"] and not server.status()["hostAway"]


def test_listeners_are_counted_once(server):
    with server.socket() as host, server.socket() as one, server.socket() as two:
        host.host()
        key = one.join()["listenerKey"]
        assert one.join()["listenerKey"] == key
        two.join()
        wait_for(lambda: server.status()["listenerCount"] == 2)
        with server.socket() as returned:
            assert returned.join(listenerKey=key)["listenerKey"] == key
            assert one.expect_closed() == 4001
            assert server.status()["listenerCount"] == 2
        wait_for(lambda: server.status()["listenerCount"] == 1)
        # Back within the grace time it is the same one.
        with server.socket() as returned:
            assert returned.join(listenerKey=key)["listenerKey"] == key
        with server.socket() as invented:
            assert invented.join(listenerKey="invented")["listenerKey"] != "invented"


def wait_for(condition, timeout=5):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# Limits and garbage


def test_a_full_party(start_party):
    server = start_party(PARTY_MAX_LISTENERS=2)
    with server.socket() as host, server.socket() as one, server.socket() as two, server.socket() as three:
        host.host()
        one.join()
        two.join()
        assert three.refusal("join", sdp=offer("recvonly")) == "party_full"
        two.close()
        wait_for(lambda: server.status()["listenerCount"] == 1)
        three.join(sdp=offer("recvonly"))
        host.request("endSession")


def test_a_listener_has_one_transport(server):
    """A listener that asks again and again costs the server nothing."""
    with server.socket() as host, server.socket() as listener:
        host.host()
        listener.join()
        before = server.resident_bytes()
        for _ in range(100):
            listener.request("createConsumerTransport")
            time.sleep(0.05)
        assert server.resident_bytes() - before < 4_000_000


def test_a_flood_is_slowed_and_then_cut(server):
    with server.socket() as flooder, server.socket() as other:
        try:
            for _ in range(2_000):
                flooder.send("bogus")
        except ConnectionClosed:
            pass
        # For the flood, or for not reading the refusals; a connection that is cut with data under way may lose its close frame.
        assert flooder.expect_closed() in (1008, 1011, None)
        other.request("hostChallenge")


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "7", '"x"', "{}", '{"type":7}', '{"type":null}', "\x00", "[" * 50_000, '{"type":"' + "x" * 50_000 + '"}',
                                  '{"type":"join","requestId":{"a":1}}', '{"type":"nowPlaying","track":{"title":"' + "x" * 2_000 + '"}}',
                                  '{"type":"position","currentTime":1e999}', '{"type":"position","currentTime":-1e308,"duration":1e308}'])
def test_garbage_is_answered(server, text):
    with server.socket() as host:
        host.host()
        host.send_raw(text)
        host.request("hostChallenge")
        assert text.startswith('{"type":"position","currentTime":-1') or any(message["type"] == "error" for message in host.news), host.news


def test_binary_frames_and_oversize(server):
    with server.socket() as sender:
        sender.send_raw(b"\x00\x01")
        assert sender.expect("error")["code"] == "invalid_message"
        sender.send_raw("x" * 70_000)
        assert sender.expect_closed() == 1009


def test_random_messages_do_not_disturb_a_party(server):
    """Valid messages with random pieces changed, from strangers and listeners; the party goes on as if nothing were."""
    chance = random.Random(7)
    samples = [json.dumps({"type": type, **fields}) for type, fields in (
        ("createSession", {"token": "a" * 64, "hostKey": "b" * 64}), ("join", {"sdp": offer("recvonly")}), ("publish", {"sdp": offer("sendonly")}),
        ("connectTransport", {"dtlsParameters": DTLS}), ("produce", {"kind": "audio", "rtpParameters": RTP_PARAMETERS}),
        ("consume", {"rtpCapabilities": RTP_CAPABILITIES}), ("nowPlaying", {"track": TRACK}), ("position", {"currentTime": 1, "duration": 2}))]
    with server.socket() as host, server.socket() as listener:
        created = host.host()
        listener.join()
        for _ in range(12):
            with server.socket() as stranger:
                if chance.random() < 0.5:
                    stranger.join()
                for _ in range(40):
                    text = bytearray(chance.choice(samples).encode())
                    for _ in range(chance.randint(1, 6)):
                        position = chance.randrange(len(text))
                        text[position:position + chance.randint(0, 3)] = bytes(chance.randrange(32, 127) for _ in range(chance.randint(0, 3)))
                    stranger.send_raw(text.decode("utf-8", "replace"))
                try:
                    stranger.request("hostChallenge")
                except Refused:
                    pass
        assert server.status()["sessionId"] == created["sessionId"]
        host.send("nowPlaying", track=TRACK)
        assert listener.expect("nowPlaying")["track"] == TRACK
