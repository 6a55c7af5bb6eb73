"""What the host sees and does while its party runs: figures each second, its listeners, removal and ban, covers."""

import base64
import hashlib
import time

import pytest
import requests

from servers import wait_until
from signaling import COVER, TRACK, offer

JPEG = base64.b64decode(COVER)


def test_figures_each_second(server):
    with server.socket() as host, server.socket() as one, server.socket() as two:
        host.host()
        one.join()
        two.join()
        deadline = time.monotonic() + 5
        while (figures := host.expect("partyStatistics"))["listeners"] != 2:
            assert time.monotonic() < deadline
        assert figures == {"type": "partyStatistics", "listeners": 2, "peak": 2, "total": 2, "bitrate": None, "hostLink": None, "worst": None, "median": None}
        two.close()
        while (figures := host.expect("partyStatistics"))["listeners"] != 1:
            assert time.monotonic() < deadline
        assert (figures["peak"], figures["total"]) == (2, 2)
        with server.socket() as three:
            three.join()
            while (figures := host.expect("partyStatistics"))["listeners"] != 2:
                assert time.monotonic() < deadline
            assert (figures["peak"], figures["total"]) == (2, 3)
        # Nobody else gets them.
        assert one.refusal("bogus") == "unknown_type"
        assert not any(message["type"] == "partyStatistics" for message in one.news)


def test_the_list_of_listeners(server):
    with server.socket() as host, server.socket() as one, server.socket() as two:
        host.host()
        keys = [one.join(sdp=offer("recvonly"))["listenerKey"], two.join()["listenerKey"]]
        listed = host.request("listListeners")["listeners"]
        assert len(listed) == 2
        assert all(set(entry) == {"listenerId", "seconds", "loss", "jitter", "roundTripTime"} for entry in listed)
        ids = [entry["listenerId"] for entry in listed]
        assert not set(ids) & set(keys) and "127.0.0.1" not in ids
        # The newest first.
        host.request("removeListener", listenerId=ids[0])
        assert two.expect("removed")["banned"] is False
        assert two.expect_closed() == 4003
        assert [entry["listenerId"] for entry in host.request("listListeners")["listeners"]] == ids[1:]
        assert server.status()["listenerCount"] == 1
        assert host.refusal("removeListener", listenerId=ids[0]) == "unknown_listener"
        # Removed and not banned: it may come again, as somebody new.
        with server.socket() as again:
            assert again.join(listenerKey=keys[1])["listenerKey"] != keys[1]


def test_a_banned_listener_stays_away(start_party):
    server = start_party(TRUSTED_PROXIES="127.0.0.1")
    away, other = {"X-Forwarded-For": "198.51.100.7"}, {"X-Forwarded-For": "198.51.100.8"}
    with server.socket() as host, server.socket(additional_headers=away) as unwanted:
        host.host()
        key = unwanted.join()["listenerKey"]
        id = host.request("listListeners")["listeners"][0]["listenerId"]
        assert host.request("removeListener", listenerId=id, ban=True)["listenerId"] == id
        assert unwanted.expect("removed")["banned"] is True
        assert unwanted.expect_closed() == 4003
        with server.socket(additional_headers=away) as same_address, server.socket(additional_headers=other) as same_key, \
                server.socket(additional_headers=other) as another:
            assert same_address.refusal("join") == "banned"
            assert same_key.refusal("join", listenerKey=key) == "banned"
            another.join()
        host.request("endSession")
        # For this party alone.
        host.host()
        with server.socket(additional_headers=away) as forgiven:
            forgiven.join()
        host.request("endSession")


def test_how_many_listened(server):
    with server.socket() as host, server.socket() as listener:
        host.host()
        listener.join()
        deadline = time.monotonic() + 5
        points = []
        while not any(count == 1 for _, count in points):
            assert time.monotonic() < deadline
            time.sleep(0.2)
            points = host.request("listenerHistory")["points"]
        assert len(points) <= 240 and points == sorted(points)


# Covers


def now_playing(host, **fields):
    host.send("nowPlaying", track={**TRACK, **fields})


def test_a_cover_reaches_listeners(server):
    with server.socket() as host, server.socket() as listener:
        host.host()
        listener.join()
        now_playing(host, releaseId="of the host's own catalog")
        assert listener.expect("nowPlaying")["track"]["coverPath"] == TRACK["coverPath"]
        assert host.expect("coverWanted")["trackId"] == TRACK["id"]
        path = host.request("cover", trackId=TRACK["id"], jpeg=COVER)["coverPath"]
        assert path == "/api/party/cover/" + hashlib.sha256(JPEG).hexdigest()[:32]
        assert listener.expect("cover") == {"type": "cover", "trackId": TRACK["id"], "coverPath": path}
        answer = requests.get(server.url + path, timeout=5)
        assert answer.content == JPEG and answer.headers["content-type"] == "image/jpeg"
        assert "immutable" in answer.headers["cache-control"] and answer.headers["x-content-type-options"] == "nosniff"
        assert server.status()["currentTrack"]["coverPath"] == path
        with server.socket() as late:
            assert late.join()["currentTrack"]["coverPath"] == path
        # Once for each track.
        now_playing(host, id="8", coverPath=None)
        now_playing(host)
        listener.expect("nowPlaying")
        assert listener.expect("nowPlaying")["track"]["coverPath"] == path
        host.request("hostChallenge")
        assert not any(message["type"] == "coverWanted" for message in host.news)
        host.request("endSession")
    assert requests.get(server.url + path, timeout=5).status_code == 404, "a cover goes with its party"


def test_a_cover_of_this_catalog_needs_no_help(start_party, cluster):
    """The listener server shows the same library, as one that shares the host's database does."""
    database = cluster.create("party_covers")
    server = start_party(DATABASE_URL=cluster.url(database))
    wait_until(lambda: requests.get(server.url + "/api/genres", timeout=5).status_code == 200, what="catalog answers")
    with cluster.connect(database) as sql:
        sql.execute("""INSERT INTO "Artist" (id, name, slug, "updatedAt") VALUES ('a', 'Ada', 'ada', now())""")
        for release, image in ("with", "/img/releases/with.jpg"), ("without", None):
            sql.execute("""INSERT INTO "LocalRelease" (id, title, "artistId", image, "updatedAt") VALUES (%s, %s, 'a', %s, now())""",
                        [release, release, image])
    with server.socket() as host:
        host.host()
        now_playing(host, id="1", releaseId="with")
        # What is asked of the database about a track ends with the next one, so the answer about the first has to have time.
        time.sleep(1)
        for track, release in ("2", "without"), ("3", None), ("4", "of another catalog"):
            now_playing(host, id=track, releaseId=release)
            assert host.expect("coverWanted")["trackId"] == track
        now_playing(host, id="5", releaseId="with")
        time.sleep(1)
        host.request("endSession")
        assert not any(message["type"] == "coverWanted" for message in host.news)


@pytest.mark.parametrize("cover", [None, "", "https://s3.example/cover.jpg", "http://s3.example/cover.jpg"])
def test_covers_that_need_no_help(server, cover):
    with server.socket() as host:
        host.host()
        now_playing(host, coverPath=cover)
        time.sleep(0.3)
        host.request("hostChallenge")
        assert not any(message["type"] == "coverWanted" for message in host.news)


@pytest.mark.parametrize("jpeg", [
    "", "no base64!", base64.b64encode(b"GIF89a" + JPEG).decode(), base64.b64encode(JPEG + b"<script>").decode(), base64.b64encode(JPEG[:-2]).decode(),
    base64.b64encode(JPEG[:20]).decode(), base64.b64encode(JPEG + b"\0" * 30_000).decode(), base64.b64encode(b"\xff\xd8\xff\xd9").decode()])
def test_what_is_no_cover(server, jpeg):
    with server.socket() as host:
        host.host()
        now_playing(host)
        assert host.refusal("cover", trackId=TRACK["id"], jpeg=jpeg) == "cover_invalid"
        assert server.status()["currentTrack"] == TRACK


@pytest.mark.parametrize("hash", ["0" * 32, "x", "..%2f..%2fetc%2fpasswd", "0" * 4_000])
def test_covers_that_are_not_there(server, hash):
    answer = requests.get(f"{server.url}/api/party/cover/{hash}", timeout=5)
    assert answer.status_code == 404 and answer.json()["error"] is True
