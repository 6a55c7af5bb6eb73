"""A library that is large enough to be searched in memory; and answers that are kept until somebody writes."""

import os
import subprocess

import pytest
from servers import BINARY, wait_until


@pytest.fixture(scope="module")
def large(cluster, start_dmp):
    database = cluster.create("large")
    subprocess.run([BINARY, "db", "fill", "--size", "0.025"], env={**os.environ, "DATABASE_URL": cluster.url(database)}, check=True, timeout=300)
    server = start_dmp(DATABASE_URL=cluster.url(database)).wait_for_catalog()
    wait_until(lambda: "search index built" in server.log, what="index built")
    server.sql = cluster.connect(database)
    yield server
    server.sql.close()


def expected(sql, text):
    """Ids as the contract says: artists, releases, tracks."""
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"

    def ids(statement):
        return [row[0] for row in sql.execute(statement, [pattern] * statement.count("%s")).fetchall()]

    return (
        ids('SELECT "id" FROM "Artist" WHERE "name" ILIKE %s ORDER BY "averageMatchScore" DESC NULLS LAST, "name", "id" LIMIT 5'),
        ids('SELECT r."id" FROM "LocalRelease" r LEFT JOIN "MusicBrainzRelease" m ON m."id" = r."releaseId" '
            'WHERE r."title" ILIKE %s OR m."title" ILIKE %s ORDER BY r."createdAt" DESC, r."id" LIMIT 5'),
        ids('SELECT "id" FROM "LocalReleaseTrack" WHERE "title" ILIKE %s ORDER BY "title", "id" LIMIT 5'))


def found(server, text):
    answer = server.get("/api/search", params={"q": text}).json()
    return tuple([item["id"] for item in answer[kind]] for kind in ("artists", "releases", "tracks"))


@pytest.mark.parametrize("text", ["th", "an", "love", "LOVE NIGHT", "the r", "zq", "né", "RÖ", "100%", "a_", "(live", "nothing at all like this", "deluxe", "  "])
def test_search_in_memory_answers_as_the_database_would(large, text):
    assert found(large, text) == expected(large.sql, text)


@pytest.mark.parametrize("text", ["th", "an", "bröto", "100", "nobody is called this"])
@pytest.mark.parametrize("page", [1, 2])
def test_search_among_artists(large, text, page):
    answer = large.get("/api/artists", params={"search": text, "page": page, "pageSize": 10}).json()
    names = [row[0] for row in large.sql.execute('SELECT "slug" FROM "Artist" WHERE "name" ILIKE %s ORDER BY "slug"', [f"%{text}%"]).fetchall()]
    assert [item["slug"] for item in answer["items"]] == names[10 * (page - 1):10 * page]
    assert answer["total"] == len(names) and answer["hasMore"] == (10 * page < len(names))
    sorted_ = large.get("/api/artists", params={"search": text, "page": page, "pageSize": 10, "sort": "playCount", "minScore": 10}).json()
    rows = large.sql.execute(
        'SELECT "slug" FROM "Artist" WHERE "name" ILIKE %s AND "averageMatchScore" >= 0.1 ORDER BY "totalPlayCount" DESC, "slug"', [f"%{text}%"]).fetchall()
    assert [item["slug"] for item in sorted_["items"]] == [row[0] for row in rows][10 * (page - 1):10 * page]


def test_search_follows_the_database(large):
    track = large.sql.execute('SELECT "id" FROM "LocalReleaseTrack" ORDER BY "id" LIMIT 1').fetchone()[0]
    large.sql.execute(
        'INSERT INTO "LocalReleaseTrack" ("id", "title", "filePath", "updatedAt") VALUES (%s, %s, %s, now())', ["unheard", "Xylophonic Quux", "x/y.flac"])
    wait_until(lambda: found(large, "phonic qu")[2] == ["unheard"], what="the new track is found")
    large.sql.execute('DELETE FROM "LocalReleaseTrack" WHERE "id" = %s', ["unheard"])
    assert found(large, "phonic qu")[2] == [], "at once: rows come from the database"
    assert large.get(f"/api/tracks/{track}").status_code == 200


@pytest.mark.parametrize("path", ["/api/genres", "/api/artists?page=3&sort=recent", "/api/stats", "/api/timeline/decades", "/api/releases/latest?limit=3", "/api/favorites/ids", "/api/search?q=love"])
@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_kept_answers_are_validated(large, path, coding):
    first = large.get(path, headers={"accept-encoding": coding})
    again = large.get(path, headers={"accept-encoding": coding})
    assert first.status_code == again.status_code == 200
    assert first.content == again.content and first.headers["etag"] == again.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers.get("content-encoding") == again.headers.get("content-encoding")
    unchanged = large.get(path, headers={"accept-encoding": coding, "if-none-match": f'"other", W/{first.headers["etag"]}'})
    assert unchanged.status_code == 304 and unchanged.content == b"" and unchanged.headers["etag"] == first.headers["etag"]


def test_a_kept_answer_never_outlives_a_change(large):
    artist = large.sql.execute('SELECT "slug" FROM "Artist" ORDER BY "slug" LIMIT 1').fetchone()[0]
    for number in range(20):
        large.sql.execute('UPDATE "Artist" SET "totalPlayCount" = %s WHERE "slug" = %s', [1_000_000 + number, artist])
        answer = large.get(f"/api/artists/{artist}")
        assert answer.json()["totalPlayCount"] == 1_000_000 + number
        assert large.get(f"/api/artists/{artist}", headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    # What a transaction has changed and not committed is nobody's yet.
    with large.sql.transaction():
        large.sql.execute('UPDATE "Artist" SET "totalPlayCount" = 7 WHERE "slug" = %s', [artist])
        assert large.get(f"/api/artists/{artist}").json()["totalPlayCount"] == 1_000_019
    assert large.get(f"/api/artists/{artist}").json()["totalPlayCount"] == 7


def test_chance_is_not_kept(large):
    assert len({large.get("/api/tracks/random").json()["id"] for _ in range(8)}) > 1
    assert "etag" not in large.get("/api/tracks/random").headers
