"""Explore and single tracks: dmp-api.md, explore, and section 5 put right (4, 14, 21). Scores are tested in Tests/CatalogTests."""

import collections

import pytest
import requests
from catalog_library import NOW, inserter, json, send
from psycopg.types.json import Jsonb

PLAYER_TRACK = ["id", "title", "artist", "album", "duration", "artistSlug", "releaseImage", "releaseImageUrl", "localReleaseId"]


def explore(server, status=200, **body):
    return send(server, "POST", "/api/tracks/explore", body, status)


def seen(server, count=60, **body):
    return {explore(server, **body)["id"] for _ in range(count)}


def test_answer(server):
    # All tracks of the library are of 1994.
    track = explore(server, era=3, excludeIds=["k2", "k3", "k4", "k5", "k6"])
    assert list(track) == PLAYER_TRACK
    assert track == {"id": "k1", "title": "Quay", "artist": "Ada Ünderwood", "album": "Harbour", "duration": 61, "artistSlug": "ada-underwood",
                     "releaseImage": "/img/releases/r1.jpg", "releaseImageUrl": None, "localReleaseId": "r1"}
    track = explore(server, era=3, excludeIds=["k1", "k2", "k4", "k5", "k6"])
    assert track["title"] == "Unknown" and track["releaseImageUrl"] == "https://s3.example/r2.jpg"
    assert explore(server, era=3, excludeIds=["k1", "k2", "k3", "k4", "k6"])["localReleaseId"] is None
    assert seen(server, era=3) == {"k1", "k2", "k3", "k4", "k5", "k6"}
    assert explore(server, excludeIds="k1", energy=None, era=3)["id"]


def test_filters(server):
    assert explore(server, 404)["message"] == "No tracks found"  # 1994 is more than ten years before 2005
    assert explore(server, era=4)["id"] and explore(server, era=2)["id"]
    assert explore(server, 404, era=1)["message"] == "No tracks found"
    assert explore(server, 404, era=3, excludeIds=["k1", "k2", "k3", "k4", "k5", "k6"])["message"] == "No tracks found"
    with server.sql() as sql:
        sql.execute("""UPDATE "LocalReleaseTrack" SET "playCount" = 3 WHERE "id" <> 'k6'""")
        sql.execute("""UPDATE "LocalReleaseTrack" SET "year" = NULL WHERE "id" = 'k5'""")
        try:
            assert seen(server, 20, era=3, familiarity=9) == {"k6"}
            assert seen(server, 20, era=9) == {"k5"}
        finally:
            sql.execute("""UPDATE "LocalReleaseTrack" SET "playCount" = 0, "year" = 1994""")


@pytest.mark.parametrize("body", [
    {"energy": "5"}, {"era": [1]}, {"sound": {}}, {"familiarity": True}, {"excludeIds": [1]}, {"excludeIds": ["a\0"]}, {"excludeIds": ["x"] * 1001}, {"excludeIds": [None]},
])
def test_wrong_fields(server, body):
    assert explore(server, 400, **body)["code"] == "bad_request"


def test_bodies(server):
    for body in [b"", b"{", b"null", b"[]", b"1", b"[" * 10_000, b"\xff"]:
        answer = requests.post(server.url + "/api/tracks/explore", data=body, headers={"content-type": "application/json"}, timeout=20)
        assert answer.status_code == 400 and answer.json()["code"] == "bad_request", body
    explore(server, 413, excludeIds=["x" * 200] * 1000)
    assert explore(server, era=3, excludeIds=["k1"] + ["x" * 36] * 999)["id"] != "k1"


def test_strange_tags(server):
    """Tags that are no object, no numbers, or out of range."""
    with server.sql() as sql:
        for metadata in ["null", "[1, 2]", '"text"', "7", '{"IntegerBpm": "fast", "MOOD_HAPPY": "-12"}', '{"IntegerBpm": 120, "MOOD_HAPPY": 50.5, "MOOD_SAD": null}',
                         '{"IntegerBpm": "1e999", "MOOD_HAPPY": {"a": 1}, "MOOD_ACOUSTIC": "NaN"}', r'{"IntegerBpm": "1\t2", "MOOD_SAD": "\t"}', None]:
            sql.execute("""UPDATE "LocalReleaseTrack" SET "metadata" = %s""", [metadata])
            assert explore(server, era=3)["id"] and json(server, "/api/tracks/k1")["replayGain"] is None
        sql.execute("""UPDATE "LocalReleaseTrack" SET "metadata" = '{}'""")


def test_best_track_first(server):
    """Among many, tags decide: what fits is offered, what does not is not."""
    with server.sql() as sql:
        insert = inserter(sql)
        for number in range(200):
            fits = number % 5 == 0  # more than the best 15 %
            tags = '{"IntegerBpm": "150", "MOOD_HAPPY": "60", "MOOD_AGGRESSIVE": "90", "MOOD_AROUSAL": "90", "MOOD_RELAXED": "0", "MOOD_ACOUSTIC": "8", "MOOD_ELECTRONIC": "88"}'
            insert("LocalReleaseTrack", id=f"fit{number}" if fits else f"other{number}", filePath=f"explore/{number}", year=2022 if fits else 2012, genre="Folk",
                   metadata=tags if fits else None, updatedAt=NOW)
        assert {id[:3] for id in seen(server, 40, energy=8, era=8, familiarity=8, sound=8)} == {"fit"}
        sql.execute("""DELETE FROM "LocalReleaseTrack" WHERE "filePath" LIKE 'explore/%'""")


def test_every_part_of_a_large_library(server):
    """Not an arbitrary 500: tracks from everywhere, and one that is alone in fitting is found."""
    with server.sql() as sql:
        sql.execute("""INSERT INTO "LocalReleaseTrack" ("id", "filePath", "year", "updatedAt")
                       SELECT 'large' || n, repeat('folder/', 40) || n, 1965, now() FROM generate_series(0, 59999) n""")
        sql.execute("""UPDATE "LocalReleaseTrack" SET "year" = 1985 WHERE "id" = 'large43210'""")
        tenths = collections.Counter(int(explore(server, era=0)["id"].removeprefix("large")) // 6000 for _ in range(200))
        assert len(tenths) == 10 and max(tenths.values()) < 60, tenths
        assert explore(server, era=2, excludeIds=["k1", "k2", "k3", "k4", "k5", "k6"])["id"] == "large43210"
        assert explore(server, 404, era=9)["message"] == "No tracks found"
        tenths = collections.Counter(int(track[5:]) // 6000 for track in (json(server, "/api/tracks/random")["id"] for _ in range(200)) if track.startswith("large"))
        assert len(tenths) == 10 and max(tenths.values()) < 60, tenths
        sql.execute("""DELETE FROM "LocalReleaseTrack" WHERE "id" LIKE 'large%'""")


# GET /api/tracks/:id


def test_track(server):
    track = json(server, "/api/tracks/k1")
    assert list(track) == PLAYER_TRACK + ["replayGain"] and track["title"] == "Quay" and track["replayGain"] is None
    assert json(server, "/api/tracks/k3")["title"] == "Unknown"
    for id in ["nothing", "%00", "x" * 5000]:
        assert json(server, f"/api/tracks/{id}", 404)["message"] == "Track not found"


@pytest.mark.parametrize("tags, gain", [
    ({"REPLAYGAIN_TRACK_GAIN": "-7.03 dB", "REPLAYGAIN_TRACK_PEAK": "0.988", "REPLAYGAIN_ALBUM_GAIN": "-6.5 dB", "REPLAYGAIN_ALBUM_PEAK": "1.02"},
     [-7.03, 0.988, -6.5, 1.02]),
    ({"replaygain_track_gain": " +3.5dB", "ReplayGain_Album_Peak": "1"}, [3.5, None, None, 1]),
    ({"R128_TRACK_GAIN": "-256", "r128_album_gain": "512"}, [4, None, 7, None]),
    ({"R128_TRACK_GAIN": "-256", "REPLAYGAIN_TRACK_GAIN": "-1 dB"}, [-1, None, None, None]),
    ({"REPLAYGAIN_TRACK_GAIN": "0 dB"}, [0, None, None, None]),
    ({"REPLAYGAIN_TRACK_GAIN": "loud", "R128_TRACK_GAIN": "1.5", "REPLAYGAIN_ALBUM_GAIN": "", "OTHER": "1"}, None),
    ({"REPLAYGAIN_TRACK_GAIN": "9" * 400, "REPLAYGAIN_TRACK_PEAK": "1e400", "R128_TRACK_GAIN": "9" * 40}, None),
    ({"REPLAYGAIN_TRACK_GAIN": "-7", "xREPLAYGAIN_ALBUM_GAIN": "-3", "REPLAYGAIN_TRACK_GAIN ": "-9"}, [-7, None, None, None]),
    ({"REPLAYGAIN_TRACK_GAIN": -4.5}, [-4.5, None, None, None]), ({"REPLAYGAIN_TRACK_GAIN": None}, None), ({}, None),
])
def test_replay_gain(server, tags, gain):
    with server.sql() as sql:
        sql.execute("""UPDATE "LocalReleaseTrack" SET "metadata" = %s WHERE "id" = 'k1'""", [Jsonb(tags)])
    names = ["trackGain", "trackPeak", "albumGain", "albumPeak"]
    assert json(server, "/api/tracks/k1")["replayGain"] == (gain and dict(zip(names, gain)))
