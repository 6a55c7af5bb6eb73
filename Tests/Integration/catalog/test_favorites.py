"""Favourites: dmp-api.md, Favourites, by both kinds of release id, and section 5 put right (5, 14, 18, 19)."""

import concurrent.futures

import pytest
import requests
from catalog_library import json, send

ADA = {"id": "a1", "name": "Ada Ünderwood", "slug": "ada-underwood"}


@pytest.fixture(autouse=True)
def no_favorites(server):
    with server.sql() as sql:
        sql.execute('DELETE FROM "FavoriteRelease"')
        sql.execute('DELETE FROM "FavoriteTrack"')
        sql.execute("""DELETE FROM "MusicBrainzRelease" WHERE "id" LIKE 'unmatched-%'""")


def favorite(server, kind, id, method="POST", status=200):
    return send(server, method, f"/api/favorites/{kind}/{id}", status=status)["message"]


def test_tracks(server):
    assert json(server, "/api/favorites") == {"releases": [], "tracks": []}
    assert json(server, "/api/favorites/ids") == {"releases": [], "tracks": []}
    assert send(server, "POST", "/api/favorites/tracks/k1") == {"success": True, "message": "Track favorited"}
    assert favorite(server, "tracks", "k1") == "Already favorited"
    assert favorite(server, "tracks", "k5") == "Track favorited"
    answer = json(server, "/api/favorites")
    assert [list(entry) for entry in answer["tracks"]] == [["id", "createdAt", "track"]] * 2
    assert [entry["track"]["id"] for entry in answer["tracks"]] == ["k5", "k1"]
    assert answer["tracks"][1]["track"] == {"id": "k1", "title": "Quay", "trackNumber": 2, "duration": 61, "release": {
        "id": "r1", "title": "Harbour", "year": 1994, "image": "/img/releases/r1.jpg", "imageUrl": None, "artist": ADA}}
    assert json(server, "/api/favorites/ids") == {"releases": [], "tracks": ["k1", "k5"]}
    assert favorite(server, "tracks", "k1", "DELETE") == "Track unfavorited"
    assert favorite(server, "tracks", "k1", "DELETE", 404) == "Not a favorite"
    for id in ["nothing", "r1", "%00", "x" * 5000]:
        assert favorite(server, "tracks", id, "POST", 404) == favorite(server, "tracks", id, "DELETE", 404) == "Track not found"


@pytest.mark.parametrize("add", ["m1", "r1", "r2"])
@pytest.mark.parametrize("remove", ["m1", "r1", "r2"])
def test_release_by_any_of_its_ids(server, add, remove):
    assert favorite(server, "releases", add) == "Release favorited"
    assert favorite(server, "releases", remove) == "Already favorited"
    answer = json(server, "/api/favorites")
    assert [entry["release"] for entry in answer["releases"]] == [
        {"id": "r1", "title": "Harbour (official)", "releaseType": "Album", "year": 1994, "image": "/img/releases/r1.jpg", "imageUrl": None, "artist": ADA}]
    assert list(answer["releases"][0]) == ["id", "createdAt", "release"]
    assert json(server, "/api/favorites/ids")["releases"] == ["m1", "r1", "r2"]
    assert favorite(server, "releases", remove, "DELETE") == "Release unfavorited"
    assert favorite(server, "releases", add, "DELETE", 404) == "Not a favorite"
    assert json(server, "/api/favorites/ids")["releases"] == []


def test_what_the_list_gives_can_be_removed(server):
    for id in ["m1", "m2", "m3", "r3"]:
        favorite(server, "releases", id)
    shown = [entry["release"]["id"] for entry in json(server, "/api/favorites")["releases"]]
    assert shown == ["r3", "r4", "m2", "r1"]
    for id in shown:
        favorite(server, "releases", id, "DELETE")
    assert json(server, "/api/favorites")["releases"] == []


def test_release_that_is_not_there_locally(server):
    favorite(server, "releases", "m2")
    assert json(server, "/api/favorites")["releases"][0]["release"] == {
        "id": "m2", "title": "Never Found", "releaseType": "Album", "year": None, "image": None, "imageUrl": None, "artist": ADA}
    assert json(server, "/api/favorites/ids")["releases"] == ["m2"]


def test_unknown_releases(server):
    for id in ["nothing", "k1", "%00", "%ff", "x" * 5000, "unmatched-r3"]:
        assert favorite(server, "releases", id, "POST", 404) == favorite(server, "releases", id, "DELETE", 404) == "Release not found"
    assert favorite(server, "releases", "r3", "DELETE", 404) == "Not a favorite"


def rows(server):
    with server.sql() as sql:
        return [sql.execute(f'SELECT * FROM "{table}" ORDER BY "id"').fetchall() for table in ["MusicBrainzRelease", "LocalRelease", "FavoriteRelease"]]


def test_unmatched_release(server):
    """It can be a favourite, looks the same everywhere meanwhile, and its rows are as before afterwards."""
    pages = ["/api/artists/ada-underwood", "/api/releases/latest", "/api/releases/last-played", "/api/search?q=demos", "/api/releases/r3/tracks"]
    before, shown = rows(server), [json(server, page) for page in pages]
    assert favorite(server, "releases", "r3") == "Release favorited"
    assert favorite(server, "releases", "r3") == "Already favorited"
    with server.sql() as sql:
        placeholder = sql.execute("""SELECT m."title", m."artistId", m."musicbrainzId", m."status"::text, t."name", t."slug" FROM "MusicBrainzRelease" m
                                     JOIN "ReleaseType" t ON t."id" = m."typeId" WHERE m."id" = 'unmatched-r3'""").fetchone()
        assert placeholder == ("Demos", "a1", None, "UNKNOWN", "Unmatched", "unmatched")
        assert sql.execute("""SELECT "releaseId" FROM "LocalRelease" WHERE "id" = 'r3'""").fetchone() == ("unmatched-r3",)
    assert [json(server, page) for page in pages] == shown
    release = next(release for release in json(server, "/api/artists/ada-underwood")["releases"] if release["id"] == "r3")
    assert (release["type"], release["typeSlug"], release["localReleaseId"], release["isMusicBrainz"]) == ("Unmatched", "unmatched", "r3", False)
    assert json(server, "/api/favorites")["releases"][0]["release"] == {
        "id": "r3", "title": "Demos", "releaseType": None, "year": None, "image": None, "imageUrl": None, "artist": ADA}
    assert json(server, "/api/favorites/ids")["releases"] == ["r3", "unmatched-r3"]
    assert favorite(server, "releases", "r3", "DELETE") == "Release unfavorited"
    assert rows(server) == before
    assert favorite(server, "releases", "r3") == "Release favorited"
    assert favorite(server, "releases", "unmatched-r3", "DELETE") == "Release unfavorited"
    assert rows(server) == before


def test_unmatched_release_with_a_namesake(server):
    """A MusicBrainz release of the same artist and title, which only nobody has matched, is taken; it stays matched."""
    with server.sql() as sql:
        sql.execute("""UPDATE "LocalRelease" SET "title" = 'Never Found' WHERE "id" = 'r3'""")
        try:
            assert favorite(server, "releases", "r3") == "Release favorited"
            assert json(server, "/api/favorites/ids")["releases"] == ["m2", "r3"]
            assert favorite(server, "releases", "r3", "DELETE") == "Release unfavorited"
            assert sql.execute("""SELECT "releaseId" FROM "LocalRelease" WHERE "id" = 'r3'""").fetchone() == ("m2",)
        finally:
            sql.execute("""UPDATE "LocalRelease" SET "title" = 'Demos', "releaseId" = NULL WHERE "id" = 'r3'""")


@pytest.mark.parametrize("change", [
    """UPDATE "MusicBrainzRelease" SET "musicbrainzId" = 'found' WHERE "id" = 'unmatched-r3'""",
    """INSERT INTO "MusicBrainzReleaseTrack" ("id", "title", "releaseId", "updatedAt") VALUES ('found', 'found', 'unmatched-r3', now())""",
])
def test_a_placeholder_that_has_become_a_match_stays(server, change):
    favorite(server, "releases", "r3")
    with server.sql() as sql:
        sql.execute(change)
        assert favorite(server, "releases", "r3", "DELETE") == "Release unfavorited"
        assert sql.execute("""SELECT "releaseId" FROM "LocalRelease" WHERE "id" = 'r3'""").fetchone() == ("unmatched-r3",)


def test_a_type_of_the_same_name(server):
    with server.sql() as sql:
        sql.execute("""DELETE FROM "ReleaseType" WHERE "slug" = 'unmatched'""")
        sql.execute("""INSERT INTO "ReleaseType" ("id", "name", "slug", "updatedAt") VALUES ('own', 'Unmatched', 'other-slug', now())""")
        favorite(server, "releases", "r3")
        assert sql.execute("""SELECT "typeId" FROM "MusicBrainzRelease" WHERE "id" = 'unmatched-r3'""").fetchone() == ("own",)
        favorite(server, "releases", "r3", "DELETE")
        sql.execute("""DELETE FROM "ReleaseType" WHERE "id" = 'own'""")


@pytest.mark.parametrize("kind, ids", [("tracks", ["k1"]), ("releases", ["m1", "r1", "r2"]), ("releases", ["r3"]), ("releases", ["r3", "unmatched-r3"])])
def test_at_once(server, kind, ids):
    def all_at_once(method, count=32):
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            answers = pool.map(lambda n: requests.request(method, f"{server.url}/api/favorites/{kind}/{ids[n % len(ids)]}", timeout=30), range(count))
            return [(answer.status_code, answer.json()["message"]) for answer in answers]

    with server.sql() as sql:
        sql.execute("""DELETE FROM "ReleaseType" WHERE "slug" = 'unmatched'""")
    word = "Track" if kind == "tracks" else "Release"
    answers = all_at_once("POST")
    # The placeholder's own id is unknown until the placeholder is there.
    known = [answer for answer in answers if answer != (404, "Release not found") or "unmatched-r3" not in ids]
    assert known.count((200, f"{word} favorited")) == 1 and set(known) <= {(200, f"{word} favorited"), (200, "Already favorited")}
    answers = all_at_once("DELETE")
    assert answers.count((200, f"{word} unfavorited")) == 1 and {status for status, _ in answers} <= {200, 404}
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        mixed = pool.map(lambda n: requests.request(["POST", "DELETE"][n % 2], f"{server.url}/api/favorites/{kind}/{ids[n // 2 % len(ids)]}", timeout=30), range(64))
        assert {answer.status_code for answer in mixed} <= {200, 404}
