"""The catalog's contract (dmp-api.md) on a database with the awkward rows that real ones have."""

import contextlib
import datetime
import hashlib
import os
import random
import threading
import urllib.parse

import pytest
import requests
from catalog_library import json
from servers import wait_until


def test_artists(server):
    answer = json(server, "/api/artists")
    assert list(answer) == ["items", "total", "page", "pageSize", "hasMore"]
    assert [item["slug"] for item in answer["items"]] == ["100-wool", "a-b", "ada-underwood", "zed"]
    assert answer["items"][2] == {
        "id": "a1", "name": "Ada Ünderwood", "slug": "ada-underwood", "image": "ada-underwood.jpg", "imageUrl": None,
        "averageMatchScore": 0.92, "totalPlayCount": 40, "totalTracks": 3}
    assert (answer["total"], answer["page"], answer["pageSize"], answer["hasMore"]) == (4, 1, 48, False)


@pytest.mark.parametrize("query, slugs", [
    ("sort=playCount", ["a-b", "ada-underwood", "100-wool", "zed"]),
    ("sort=score", ["ada-underwood", "a-b", "zed", "100-wool"]),
    ("sort=recent", ["zed", "a-b", "100-wool", "ada-underwood"]),
    ("sort=nonsense", ["100-wool", "a-b", "ada-underwood", "zed"]),
    ("letter=A", ["a-b", "ada-underwood"]),
    ("letter=ad", ["ada-underwood"]),
    ("letter=%23", ["100-wool"]),
    ("letter=_", []),
    ("search=%25", ["100-wool"]),
    ("search=A_B", ["a-b"]),
    ("search=%20ünder%20", ["ada-underwood"]),
    ("search=ada+ünderwood+", ["ada-underwood"]),
    ("search=ada%2Bünderwood", []),
    ("search=100%", ["100-wool"]),
    ("search", ["100-wool", "a-b", "ada-underwood", "zed"]),
    ("search=&genre=", ["100-wool", "a-b", "ada-underwood", "zed"]),
    ("genre=Ambient", ["100-wool", "ada-underwood"]),
    ("genre=ambient", []),
    ("minScore=50", ["a-b", "ada-underwood"]),
    ("maxScore=50", ["a-b", "zed"]),
    ("minScore=nonsense", ["100-wool", "a-b", "ada-underwood", "zed"]),
    ("genre=Ambient&minScore=10&letter=a", ["ada-underwood"]),
    ("search=a&search=zed", ["a-b", "ada-underwood"]),
])
def test_artist_filters(server, query, slugs):
    answer = json(server, "/api/artists?" + query)
    assert [item["slug"] for item in answer["items"]] == slugs
    assert answer["total"] == len(slugs)


@pytest.mark.parametrize("query, page, size, count", [
    ("page=2&pageSize=3", 2, 3, 1), ("page=-3&pageSize=-1", 1, 1, 1), ("page=x&pageSize=9999", 1, 100, 4), ("page=0&pageSize=0", 1, 48, 4),
    ("page=%202%20&pageSize=+3", 2, 3, 1), ("page=1%200&pageSize=2", 1, 2, 2), ("page=2&page=1&pageSize=3", 2, 3, 1), ("page[]=2&pageSize=3", 1, 3, 3),
    ("page=1e300", 1_000_000, 48, 0), ("page=1.9&pageSize=2.5", 1, 2, 2), ("page=NaN&pageSize=inf", 1, 48, 4), ("page=99999999999999999999", 1_000_000, 48, 0),
])
def test_artist_pages(server, query, page, size, count):
    answer = json(server, "/api/artists?" + query)
    assert (answer["page"], answer["pageSize"], len(answer["items"])) == (page, size, count)
    assert answer["hasMore"] == (page * size < 4)


def test_artist(server):
    answer = json(server, "/api/artists/ada-underwood")
    assert list(answer) == ["id", "name", "slug", "image", "imageUrl", "musicbrainzId", "averageMatchScore", "totalPlayCount", "totalTracks", "totalFileSize",
                            "lastSyncedAt", "genres", "urls", "releases"]
    assert answer["totalFileSize"] == "9007199254740993"
    assert [genre["name"] for genre in answer["genres"]] == ["Ambient", "Dub"]
    assert answer["urls"] == [{"id": "u1", "type": "discogs", "url": "https://example.org/ada"}]
    shown = [(release["id"], release["type"], release["localReleaseId"], release["trackCount"], release["localTrackCount"]) for release in answer["releases"]]
    assert shown == [
        ("m1", "Album", "r1", 3, 2), ("r2", "Album", "r2", 3, 1), ("m2", "Album", None, 0, 0),
        ("r3", "Unmatched", "r3", 0, 1), ("r4", "Appears On", "r4", 0, 1)]
    assert answer["releases"][0] == {
        "id": "m1", "title": "Harbour (official)", "year": 1994, "type": "Album", "typeSlug": "album", "musicbrainzId": "mb-1", "status": "COMPLETE",
        "image": "/img/releases/r1.jpg", "imageUrl": None, "trackCount": 3, "localTrackCount": 2, "isMusicBrainz": True, "localReleaseId": "r1"}
    assert [release["isMusicBrainz"] for release in answer["releases"]] == [True, True, True, False, False]


@pytest.mark.parametrize("path", ["nobody", "%00", "a%00b", "%ff%fe", "'; DROP TABLE \"Artist\"; --", "x" * 5000, "%2e%2e"])
def test_unknown_artist(server, path):
    answer = json(server, f"/api/artists/{path}", 404)
    assert answer["error"] is True and answer["statusCode"] == 404 and answer["message"] and "url" in answer and "statusMessage" in answer
    assert server.get(f"/api/artists/{path}/tracks").status_code == 404


def test_artist_tracks(server):
    tracks = json(server, "/api/artists/ada-underwood/tracks")
    assert [track["id"] for track in tracks] == ["k6", "k2", "k4", "k1", "k3"]
    assert tracks[1] == {
        "id": "k2", "title": "Pier 100%", "artist": "Ada Ünderwood", "albumArtist": None, "album": "Harbour", "year": 1994, "genre": "Dub", "duration": None,
        "trackNumber": 1, "discNumber": 1, "playCount": 0, "localReleaseId": "r1"}


def test_file_paths_stay_here(server):
    for path in ["/api/artists/ada-underwood/tracks", "/api/releases/r1/tracks", "/api/search?q=Pier", "/api/tracks/random"]:
        assert "filePath" not in server.get(path).text


def test_genres(server):
    assert json(server, "/api/genres") == [
        {"id": "g1", "name": "Ambient", "artistCount": 2}, {"id": "g2", "name": "Dub", "artistCount": 1}, {"id": "g3", "name": "Nobody's", "artistCount": 0}]


def test_latest(server):
    answer = json(server, "/api/releases/latest?limit=3")
    assert [release["id"] for release in answer] == ["r4", "r3", "r2"]
    assert answer[0] == {
        "id": "r4", "title": "Wool Together", "releaseType": "Album", "year": 2001, "image": None, "imageUrl": None,
        "artist": {"id": "a2", "name": "100% Wool", "slug": "100-wool"}, "createdAt": "2026-03-05T12:34:56.789Z", "musicBrainzId": "m3"}
    assert len(json(server, "/api/releases/latest?limit=-5")) == 1
    assert len(json(server, "/api/releases/latest?limit=2.7")) == 2
    assert len(json(server, "/api/releases/latest?limit=bogus")) == 4


def test_last_played(server):
    answer = json(server, "/api/releases/last-played")
    assert [release["id"] for release in answer] == ["r3", "r1"]
    assert answer[1]["lastPlayedAt"] == "2026-03-03T12:34:56.789Z"
    assert list(answer[0]) == ["id", "title", "releaseType", "year", "image", "imageUrl", "artist", "lastPlayedAt", "playCount", "musicBrainzId"]
    assert answer[0]["releaseType"] is None


def test_release_tracks(server):
    for id in ["r1", "m1"]:
        answer = json(server, f"/api/releases/{id}/tracks")
        assert answer["release"] == {
            "id": "r1", "title": "Harbour", "image": "/img/releases/r1.jpg", "imageUrl": None, "artistName": "Ada Ünderwood", "artistSlug": "ada-underwood"}
        assert [track["id"] for track in answer["tracks"]] == ["k2", "k1"]
    for id in ["unknown", "%00", "m2"]:
        assert json(server, f"/api/releases/{id}/tracks") == {"release": None, "tracks": []}


@pytest.mark.parametrize("sort", ["name", "playCount", "score", "recent"])
def test_pages_neither_repeat_nor_skip(server, sort):
    """Although all rows are equal in what they are sorted by."""
    with server.sql() as sql:
        sql.execute("""INSERT INTO "Artist" ("id", "name", "slug", "averageMatchScore", "totalPlayCount", "createdAt", "updatedAt")
                       SELECT 'same' || n, 'Same', 'same-' || n, 0.5, 7, '2026-01-01', now() FROM generate_series(1, 40) n""")
        pages = [json(server, f"/api/artists?search=Same&sort={sort}&pageSize=7&page={page}") for page in range(1, 7)]
        found = [artist["id"] for page in pages for artist in page["items"]]
        assert len(found) == len(set(found)) == pages[0]["total"] == 40
        assert [page["hasMore"] for page in pages] == [True] * 5 + [False]
        sql.execute("""DELETE FROM "Artist" WHERE "id" LIKE 'same%'""")


def test_unscored_artists_come_last_in_search(server):
    with server.sql() as sql:
        sql.execute("""INSERT INTO "Artist" ("id", "name", "slug", "averageMatchScore", "updatedAt")
                       VALUES ('n1', 'Needle', 'n1', NULL, now()), ('n2', 'Needle', 'n2', 0, now()), ('n3', 'Needle', 'n3', 0.9, now())""")
        assert [artist["id"] for artist in json(server, "/api/search?q=needle")["artists"]] == ["n3", "n2", "n1"]
        sql.execute("""DELETE FROM "Artist" WHERE "name" = 'Needle'""")


def test_search(server):
    assert json(server, "/api/search?q=a") == json(server, "/api/search") == {"artists": [], "releases": [], "tracks": []}
    answer = json(server, "/api/search?q=harbour")
    assert [release["id"] for release in answer["releases"]] == ["r2", "r1"]
    assert answer["artists"] == []
    answer = json(server, "/api/search?q=0%25")
    assert [artist["slug"] for artist in answer["artists"]] == ["100-wool"]
    assert [track["id"] for track in answer["tracks"]] == ["k2"]
    assert answer["tracks"][0] == {
        "id": "k2", "title": "Pier 100%", "trackNumber": 1, "duration": None,
        "release": {"id": "r1", "title": "Harbour", "year": 1994, "image": "/img/releases/r1.jpg", "imageUrl": None,
                    "artist": {"id": "a1", "name": "Ada Ünderwood", "slug": "ada-underwood"}}}
    assert json(server, "/api/search?q=loose")["tracks"][0]["release"] is None
    assert json(server, "/api/search?q=" + "x" * 201, 400)["statusCode"] == 400
    assert json(server, "/api/search?q=a%00b", 400)["statusCode"] == 400


def test_stats(server):
    answer = json(server, "/api/stats")
    assert answer["artists"] == 0 and answer["lastScanEndedAt"] is None
    with server.sql() as sql:
        sql.execute("""INSERT INTO "Statistics" ("id", "artists", "playtime", "lastScanEndedAt", "updatedAt")
                       VALUES ('main', 4, 9000000000, '2026-01-01 10:00:00.5', now())""")
        plays = sql.execute('SELECT sum("playCount") FROM "LocalReleaseTrack"').fetchone()[0]
    answer = json(server, "/api/stats")
    assert (answer["artists"], answer["playtime"], answer["plays"], answer["lastScanEndedAt"]) == (4, 9_000_000_000, plays, "2026-01-01T10:00:00.500Z")
    assert list(answer) == ["artists", "tracks", "releases", "genres", "playtime", "plays", "artistsSyncedWithMusicbrainz", "releasesSyncedWithMusicbrainz",
                            "artistsWithCoverArt", "releasesWithCoverArt", "lastScanStartedAt", "lastScanEndedAt"]
    # The truth, whatever the row says less.
    assert requests.post(server.url + "/api/tracks/k5/play", timeout=20).status_code == 200
    assert json(server, "/api/stats")["plays"] == plays + 1
    with server.sql() as sql:
        sql.execute("""UPDATE "Statistics" SET "plays" = 1000""")
    assert json(server, "/api/stats")["plays"] == 1000


def test_play_counts_once_everywhere(server):
    with server.sql() as sql:
        def counts():
            return sql.execute("""SELECT k."playCount", r."totalPlayCount", a."totalPlayCount" FROM "LocalReleaseTrack" k JOIN "LocalRelease" r ON r."id" = k."localReleaseId"
                                  JOIN "Artist" a ON a."id" = r."artistId" WHERE k."id" = 'k1'""").fetchone()
        before = counts()
        threads = [threading.Thread(target=lambda: requests.post(server.url + "/api/tracks/k1/play", timeout=20)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counts() == tuple(number + 20 for number in before)
        played, updated = sql.execute("""SELECT "lastPlayedAt", "updatedAt" FROM "LocalReleaseTrack" WHERE "id" = 'k1'""").fetchone()
        assert played == updated
        assert abs((played - datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)).total_seconds()) < 60
    assert requests.post(server.url + "/api/tracks/k5/play", timeout=20).json() == {"ok": True}
    assert requests.post(server.url + "/api/tracks/nothing/play", timeout=20).status_code == 404
    assert requests.post(server.url + "/api/tracks/%00/play", timeout=20).status_code == 404


def test_random_gives_every_track(server):
    seen = {}
    for _ in range(150):
        track = json(server, "/api/tracks/random")
        seen[track["id"]] = track
    assert set(seen) == {"k1", "k2", "k3", "k4", "k5", "k6"}
    assert seen["k3"]["title"] == "Unknown" and seen["k2"]["duration"] == 0
    assert seen["k1"] == {"id": "k1", "title": "Quay", "artist": "Ada Ünderwood", "album": "Harbour", "duration": 61, "artistSlug": "ada-underwood",
                          "releaseImage": "/img/releases/r1.jpg", "releaseImageUrl": None, "localReleaseId": "r1"}


def test_random_of_nothing(cluster, start_dmp):
    answer = start_dmp(DATABASE_URL=cluster.url(cluster.create("empty"))).wait_for_catalog().get("/api/tracks/random")
    assert answer.status_code == 204 and answer.content == b""


def audio(server, track, method="GET", **headers):
    return requests.request(method, f"{server.url}/api/audio/{track}", headers={name.replace("_", "-"): value for name, value in headers.items()}, timeout=20)


def test_audio(server, music):
    whole = (music / "Ada/01.opus").read_bytes()
    answer = audio(server, "k1")
    assert answer.status_code == 200 and answer.headers["content-type"] == "audio/ogg" and answer.headers["accept-ranges"] == "bytes"
    assert hashlib.sha256(answer.content).digest() == hashlib.sha256(whole).digest()
    tag = answer.headers["etag"]
    assert audio(server, "k2").headers["content-type"] == "audio/mpeg"

    head = audio(server, "k1", "HEAD")
    assert head.status_code == 200 and head.headers["content-length"] == str(len(whole)) and head.content == b""

    for header, start, end in [("bytes=0-0", 0, 1), ("bytes=1000-400000", 1000, 400_001), ("bytes=1023990-", 1_023_990, len(whole)),
                               ("bytes=-500", len(whole) - 500, len(whole)), ("bytes=1023999-99999999", 1_023_999, len(whole))]:
        answer = audio(server, "k1", Range=header)
        assert answer.status_code == 206 and answer.content == whole[start:end]
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(whole)}"
    answer = audio(server, "k1", Range="bytes=1024000-")
    assert answer.status_code == 416 and answer.headers["content-range"] == "bytes */1024000"
    assert audio(server, "k1", Range="bytes=5-1").status_code == 200
    assert audio(server, "k1", Range="bytes=0-1,4-5").content == whole
    assert audio(server, "k1", If_None_Match=tag).status_code == 304
    assert audio(server, "k1", Range="bytes=0-1", If_Range=tag).status_code == 206
    assert audio(server, "k1", Range="bytes=0-1", If_Range='"other"').status_code == 200
    assert audio(server, "k6").content == b"" and audio(server, "k6").headers["content-length"] == "0"


@pytest.mark.parametrize("track, message", [("k3", "Audio file not found on disk"), ("k4", "Audio file not found on disk"), ("k5", "Audio file not found on disk"),
                                            ("nothing", "Track not found"), ("%00", "Track not found")])
def test_audio_that_is_not_there(server, track, message):
    answer = audio(server, track)
    assert answer.status_code == 404 and answer.json()["message"] == message


def test_audio_without_music_dir(start_dmp, server):
    other = start_dmp(DATABASE_URL=server.database_url).wait_for_catalog()
    answer = other.get("/api/audio/k1")
    assert answer.status_code == 500 and answer.json()["message"] == "MUSIC_DIR not configured"


def test_abandoned_downloads_leave_nothing_open(server):
    def open_files():
        folder, count = f"/proc/{server.process.pid}/fd", 0
        for name in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                count += "Ada/01.opus" in os.readlink(f"{folder}/{name}")
        return count

    for _ in range(30):
        answer = requests.get(server.url + "/api/audio/k1", stream=True, timeout=20)
        next(answer.iter_content(1000))
        answer.close()
    wait_until(lambda: open_files() == 0, what="files closed")


ROUTES = ["/api/artists", "/api/artists/{}", "/api/artists/{}/tracks", "/api/genres", "/api/releases/latest", "/api/releases/last-played", "/api/releases/{}/tracks",
          "/api/search", "/api/stats", "/api/timeline/decades", "/api/timeline/{}", "/api/timeline/1990", "/api/audio/{}", "/api/tracks/random", "/api/tracks/{}",
          "/api/tracks/{}/play", "/api/playlists", "/api/playlists/{}", "/api/favorites", "/api/favorites/ids", "/api/favorites/tracks/{}", "/api/{}"]
READS = {"/api/artists": ["page", "pageSize", "letter", "search", "genre", "minScore", "maxScore", "sort"], "/api/search": ["q"],
         "/api/timeline/1990": ["year", "page", "limit"],
         "/api/releases/latest": ["limit"], "/api/releases/last-played": ["limit"]}
PARAMETERS = sum(READS.values(), [])
STRANGE = ["", "0", "-1", "1e308", "-1e308", "1e-400", "5e-324", "NaN", "-Infinity", "0x1p1023", "9" * 40, "-" + "9" * 40, str(2**31), str(2**63), str(-(2**63)),
           "\0", "a\0b", b"\xff\xfe", b"\xc3(", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", "\\", "\\\\\\", "%", "%\u0301", "\\\u0301", "\u202e\ufeff", "👩‍👩‍👧‍👦" * 20,
           "e" + "\u0301" * 300, "'", '"', "$1", "{1,2}", "[]", "\r\n\r\n", "..", "../../etc/passwd", "a" * 201, "a" * 4000, "İ", "٣"]


def assert_no_failure(server, target):
    """Neither an error of the server nor a body that is no JSON."""
    answer = server.get(target, allow_redirects=False)
    assert answer.status_code in (200, 204, 400, 404, 405, 414), (target, answer.status_code, answer.text)
    if answer.headers.get("content-type", "").startswith("application/json"):
        answer.json()


@pytest.mark.parametrize("route", ROUTES)
def test_strange_values(server, route):
    for value in STRANGE:
        value = urllib.parse.quote(value, safe="")
        assert_no_failure(server, route.format(value))
        query = "&".join(f"{name}={value}&{name}={value}&{name}[]={value}" for name in PARAMETERS if len(value) < 400)
        assert_no_failure(server, f"{route.format('r1')}?{query}")
    # One at a time: a value that is refused hides the ones after it.
    for name in READS.get(route, []):
        for value in STRANGE:
            assert_no_failure(server, f"{route}?{name}={urllib.parse.quote(value, safe='')}")


def test_random_bytes(server):
    source = random.Random(1)
    for _ in range(300):
        path = source.choice(ROUTES).format(urllib.parse.quote(source.randbytes(source.randrange(1, 60)), safe=""))
        query = "&".join(f"{source.choice(PARAMETERS)}={urllib.parse.quote(source.randbytes(source.randrange(60)), safe='')}" for _ in range(source.randrange(4)))
        assert_no_failure(server, f"{path}?{query}")


@pytest.mark.parametrize("path", ["/api/artists", "/api/artists/ada-underwood", "/api/releases/latest", "/api/search?q=harbour", "/api/stats"])
def test_head(server, path):
    head, get = requests.head(server.url + path, timeout=20), server.get(path)
    assert head.status_code == get.status_code == 200 and head.content == b""
    assert head.headers["content-type"] == get.headers["content-type"]
    assert requests.head(server.url + "/api/artists/nobody", timeout=20).status_code == 404
