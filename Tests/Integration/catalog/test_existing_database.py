"""A database that the original has made, by either version of Prisma, works as it is: every route answers by contract, and nothing in it
changes but the rows that a request is about."""

import datetime
import pathlib
import re
import urllib.parse

import pytest
import requests
from catalog_library import NOW, inserter, json, send
from psycopg.types.json import Jsonb
from shapes import SHAPES, check

DDL = (pathlib.Path(__file__).parent / "prisma6.sql").read_text()
AWKWARD = "50%_\\ „Ünï“ 日本 'quoted' \"too\" </script> 👩‍👩‍👧‍👦"


def prisma5(ddl):
    """Join tables have a unique index in place of a primary key."""
    for table in ["_ArtistGenres", "_ReleaseGenres"]:
        ddl, count = re.subn(rf',\s*CONSTRAINT "{table}_AB_pkey" PRIMARY KEY \("A", "B"\)\s*\);', f');\nCREATE UNIQUE INDEX "{table}_AB_unique" ON "{table}" ("A", "B");', ddl)
        assert count == 1
    return ddl


def fill(sql):
    """Rows as the original's programs leave them: `TrackArtist` is empty."""
    insert = inserter(sql)
    artists = [
        ("cartist1", AWKWARD, "50-uni", "50-uni.jpg", None, None), ("cartist2", "Nobody", "nobody", None, "https://s3.example/artists/nobody.jpg", 0.5),
        ("cartist3", "", "", "/img/artists/empty.jpg", None, 1.0), ("cartist4", "99 Red", "99-red", "https://cdn.example/99.jpg", "", 0.0),
    ]
    for id, name, slug, image, url, score in artists:
        insert("Artist", id=id, name=name, slug=slug, image=image, imageUrl=url, averageMatchScore=score, totalFileSize=2**60, updatedAt=NOW)
    insert("ArtistUrl", id="curl", type="official homepage", url="javascript:alert(1)", artistId="cartist1", updatedAt=NOW)
    for number, name in enumerate(["Hip Hop / Rap", AWKWARD, ""]):
        insert("Genre", id=f"cgenre{number}", name=name)
        insert("_ArtistGenres", A="cartist1", B=f"cgenre{number}")
    insert("ReleaseType", id="ctype", name="Album", slug="album", updatedAt=NOW)
    releases = [("cmb1", AWKWARD, "cartist1", 1999, "COMPLETE"), ("cmb2", "Editions", "cartist1", None, "EXTRA_TRACKS"), ("cmb3", "Missing", "cartist1", 0, "MISSING"),
                ("cmb4", "Another's", "cartist2", 2001, "INCOMPLETE")]
    for id, title, artist, year, status in releases:
        insert("MusicBrainzRelease", id=id, title=title, artistId=artist, typeId="ctype", year=year, status=status, musicbrainzId=f"mbid-{id}", updatedAt=NOW)
    insert("MusicBrainzReleaseTrack", id="cmbtrack", title="T", releaseId="cmb1", updatedAt=NOW)
    local = [
        ("clocal1", AWKWARD, "cartist1", "cmb1", 1999, "clocal1.jpg", None), ("clocal2", "Editions", "cartist1", "cmb2", None, "/img/releases/clocal2.jpg", None),
        ("clocal3", "Editions (Deluxe)", "cartist1", "cmb2", 0, None, "https://s3.example/releases/clocal3.jpg"), ("clocal4", "Unknown Album", "cartist1", None, None, None, None),
        ("clocal5", "Appears", "cartist1", "cmb4", -1, "https://cdn.example/5.jpg", None), ("clocal6", "", "cartist3", None, 2**31 - 1, None, None),
        ("clocal7", "x" * 500, "cartist4", None, 2025, None, None),
    ]
    for id, title, artist, match, year, image, url in local:
        insert("LocalRelease", id=id, title=title, artistId=artist, releaseId=match, year=year, image=image, imageUrl=url, totalDuration=None, updatedAt=NOW,
               lastPlayedAt=NOW if match else None)
    for number, (release, title, duration, metadata) in enumerate([
        ("clocal1", AWKWARD, 200, {"IntegerBpm": "120", "MOOD_HAPPY": "-3"}), ("clocal1", None, None, None), ("clocal2", "", 0, []), ("clocal3", "Deluxe", -1, "text"),
        ("clocal4", "Loose", 2**31 - 1, {}), ("clocal5", "Guest", 7, {"REPLAYGAIN_TRACK_GAIN": "-7.03 dB"}), (None, "Nowhere", 1, None), ("clocal6", "S", 3, 7)]):
        insert("LocalReleaseTrack", id=f"ctrack{number}", title=title, duration=duration, localReleaseId=release, filePath=f"Private Folder/{number} %_\\.flac",
               year=None if number % 2 else 1999, genre="Hip Hop / Rap, Folk" if number else None, metadata=None if metadata is None else Jsonb(metadata), updatedAt=NOW)
    insert("Playlist", id="cplaylist", name="Old", slug="old", description=AWKWARD, image="unused.jpg", updatedAt=NOW)
    for number in range(8):
        insert("PlaylistTrack", id=f"centry{number}", playlistId="cplaylist", trackId=f"ctrack{number}", position=number * 3)
    insert("FavoriteRelease", id="cfav1", releaseId="cmb2", updatedAt=NOW)
    insert("FavoriteRelease", id="cfav2", releaseId="cmb3", createdAt=NOW, updatedAt=NOW)
    insert("FavoriteTrack", id="cfav3", trackId="ctrack6", updatedAt=NOW)
    insert("Settings", slskUsername="user", slskPassword="secret", updatedAt=NOW)
    insert("Statistics", artists=4, plays=0, playtime=2**40, updatedAt=NOW)


@pytest.fixture(scope="module", params=["Prisma 5", "Prisma 6"])
def database(request, cluster):
    name = cluster.create(request.param.replace(" ", "-").lower())
    with cluster.connect(name) as sql:
        sql.execute(prisma5(DDL) if request.param == "Prisma 5" else DDL)
        fill(sql)
        # Where the server's host is: columns hold UTC all the same.
        sql.execute(f'ALTER DATABASE "{name}" SET timezone TO \'America/New_York\'')
    return name


def contents(cluster, database):
    """Every row of every table, and the schema: tables, columns, indexes, constraints, extensions, functions."""
    with cluster.connect(database) as sql:
        def rows(query):
            return sql.execute(query).fetchall()

        tables = [name for name, in rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")]
        found = {table: {row for row, in rows(f'SELECT t::text FROM "{table}" t')} for table in tables}
        found["schema"] = {str(row) for query in [
            "SELECT table_schema, table_name, column_name, data_type, column_default, is_nullable FROM information_schema.columns WHERE table_schema = 'public'",
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'", "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint",
            "SELECT extname FROM pg_extension", "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal", "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg%'",
        ] for row in rows(query)}
        return found


def changes(before, after):
    """Tables that differ, each with the rows that went and came."""
    assert before.keys() == after.keys()
    return {table: (before[table] - after[table], after[table] - before[table]) for table in before if before[table] != after[table]}


@pytest.fixture(scope="module")
def before(cluster, database):
    return contents(cluster, database)


@pytest.fixture(scope="module")
def server(cluster, database, before, start_dmp):
    return start_dmp(DATABASE_URL=cluster.url(database)).wait_for_catalog()


PATHS = {
    "slug": ["50-uni", "nobody", "99-red"], "release": ["clocal1", "clocal4", "cmb1", "cmb2", "cmb3", "nothing"], "q": ["50%", "_\\", "日本", "Editions", "x" * 50],
    "decade": ["1990s", "2000", "2020", "0"], "track": [f"ctrack{number}" for number in range(8)], "playlist": ["old"],
}


def targets(route):
    name = re.search(r"\{(\w+)\}", route)
    return [route.replace(name[0], urllib.parse.quote(value, safe="")) for value in PATHS[name[1]]] if name else [route]


@pytest.mark.parametrize("route", SHAPES)
def test_every_read_answers_by_contract(server, route):
    for target in targets(route):
        text = server.get(target).text
        check(json(server, target), SHAPES[route], target)
        assert "Private Folder" not in text and "secret" not in text and "filePath" not in text


def test_reading_changes_nothing(cluster, database, before, server):
    for route in SHAPES:
        for target in targets(route):
            assert server.get(target).status_code == 200
    for _ in range(10):
        send(server, "POST", "/api/tracks/explore", {"era": 3})
    assert changes(before, contents(cluster, database)) == {}


def test_what_the_owner_expects(server):
    artist = json(server, "/api/artists/50-uni")
    assert artist["name"] == AWKWARD and len(artist["genres"]) == 3 and artist["totalFileSize"] == str(2**60)
    shown = [(release["id"], release["type"], release["localReleaseId"], release["localTrackCount"]) for release in artist["releases"]]
    assert shown == [("clocal3", "Album", "clocal3", 1), ("cmb3", "Album", None, 0), ("cmb1", "Album", "clocal1", 2), ("cmb2", "Album", "clocal2", 1),
                     ("clocal4", "Unmatched", "clocal4", 1), ("clocal5", "Appears On", "clocal5", 1)]
    # All forms of `image`, as they are.
    assert {release["localReleaseId"]: (release["image"], release["imageUrl"]) for release in artist["releases"]} == {
        "clocal1": ("clocal1.jpg", None), "clocal2": ("/img/releases/clocal2.jpg", None), "clocal3": (None, "https://s3.example/releases/clocal3.jpg"),
        "clocal4": (None, None), "clocal5": ("https://cdn.example/5.jpg", None), None: (None, None)}
    assert {track["id"] for track in json(server, "/api/artists/50-uni/tracks")} == {f"ctrack{number}" for number in range(6)}
    assert [artist["slug"] for artist in json(server, "/api/artists?sort=score")["items"]] == ["", "nobody", "99-red", "50-uni"]
    assert [artist["slug"] for artist in json(server, "/api/artists?letter=%23")["items"]] == ["", "50-uni", "99-red"]
    assert json(server, "/api/artists?" + urllib.parse.urlencode({"search": "%_\\ „ünï"}))["total"] == 1
    assert json(server, "/api/artists?" + urllib.parse.urlencode({"genre": AWKWARD}))["total"] == 1
    assert [decade["decade"] for decade in json(server, "/api/timeline/decades")] == [2147483640, 2020, 1990, -10]
    assert [entry["release"]["id"] for entry in json(server, "/api/favorites")["releases"]] == ["clocal2", "cmb3"]
    assert json(server, "/api/favorites/ids") == {"releases": ["clocal2", "clocal3", "cmb2", "cmb3"], "tracks": ["ctrack6"]}
    assert [entry["position"] for entry in json(server, "/api/playlists/old")["tracks"]] == [0, 3, 6, 9, 12, 15, 18, 21]
    assert json(server, "/api/tracks/ctrack5")["replayGain"]["trackGain"] == -7.03
    track = json(server, "/api/tracks/ctrack1")
    assert (track["title"], track["artist"], track["album"], track["duration"]) == ("Unknown", "Unknown", "Unknown", 0)


def test_writing_changes_only_its_rows(cluster, database, before, server):
    def differences():
        return changes(before, contents(cluster, database))

    # What is made and taken back leaves nothing, however often it was done.
    for id in ["cmb1", "clocal1", "clocal5", "clocal5"]:
        send(server, "POST", f"/api/favorites/releases/{id}")
    send(server, "POST", "/api/favorites/tracks/ctrack1")
    assert set(differences()) == {"FavoriteRelease", "FavoriteTrack"}
    for id in ["clocal1", "cmb4"]:
        send(server, "DELETE", f"/api/favorites/releases/{id}")
    send(server, "DELETE", "/api/favorites/tracks/ctrack1")
    assert differences() == {}

    slug = send(server, "POST", "/api/playlists", {"name": "New"})["playlist"]["slug"]
    for track in ["ctrack1", "ctrack2", "ctrack6"]:
        send(server, "POST", f"/api/playlists/{slug}/tracks", {"trackId": track})
    send(server, "PATCH", f"/api/playlists/{slug}/tracks/ctrack6", {"position": 0})
    send(server, "PATCH", f"/api/playlists/{slug}", {"name": "Newer", "description": AWKWARD})
    went, came = zip(*differences().values())
    assert set(differences()) == {"Playlist", "PlaylistTrack"} and not any(went) and sum(map(len, came)) == 4
    with cluster.connect(database) as sql:
        # Times are UTC, whatever the database's zone.
        for table in ["Playlist", "PlaylistTrack"]:
            made = sql.execute(f'SELECT max("createdAt") FROM "{table}"').fetchone()[0]
            assert abs((made - datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)).total_seconds()) < 60
    send(server, "DELETE", "/api/playlists/newer")
    assert differences() == {}

    # What is refused changes nothing.
    for method, path, body, status in [
        ("POST", "/api/playlists", {"name": "Old"}, 409), ("POST", "/api/playlists", {}, 400), ("POST", "/api/playlists/old/tracks", {"trackId": "ctrack0"}, 409),
        ("POST", "/api/playlists/old/tracks", {"trackId": "nothing"}, 404), ("PATCH", "/api/playlists/old", {"name": ""}, 400), ("DELETE", "/api/playlists/nothing", None, 404),
        ("POST", "/api/favorites/releases/nothing", None, 404), ("DELETE", "/api/favorites/releases/clocal4", None, 404), ("POST", "/api/tracks/nothing/play", None, 404),
    ]:
        send(server, method, path, body, status)
    assert differences() == {}

    # An unmatched release: only the type of its placeholder stays.
    send(server, "POST", "/api/favorites/releases/clocal4")
    assert set(differences()) == {"FavoriteRelease", "MusicBrainzRelease", "LocalRelease", "ReleaseType"}
    send(server, "DELETE", "/api/favorites/releases/clocal4")
    assert set(differences()) == {"ReleaseType"}
    with cluster.connect(database) as sql:
        sql.execute("""DELETE FROM "ReleaseType" WHERE "slug" = 'unmatched'""")

    # A play: one row each, and in them only counters and times.
    with cluster.connect(database) as sql:
        def others(table, counters):
            return sql.execute(f"""SELECT to_jsonb(t) - %s::text[] FROM "{table}" t ORDER BY "id" """, [counters]).fetchall()

        counters = {"LocalReleaseTrack": ["playCount", "lastPlayedAt", "updatedAt"], "LocalRelease": ["totalPlayCount", "lastPlayedAt", "updatedAt"],
                    "Artist": ["totalPlayCount", "updatedAt"]}
        rest = {table: others(table, names) for table, names in counters.items()}
        for id in ["ctrack0", "ctrack6"]:
            send(server, "POST", f"/api/tracks/{id}/play")
        played = differences()
        assert {table: len(came) for table, (_, came) in played.items()} == {"LocalReleaseTrack": 2, "LocalRelease": 1, "Artist": 1}
        assert rest == {table: others(table, names) for table, names in counters.items()}


def test_stream_mode_refuses_every_change(cluster, database, server, start_dmp):
    """On the same database: a party's public server shows it and changes nothing."""
    public = start_dmp(DATABASE_URL=cluster.url(database), PARTY_ENABLED="true", PARTY_ROLE="listener").wait_for_catalog()
    before = contents(cluster, database)
    for method, path, body in [
        ("POST", "/api/playlists", {"name": "x"}), ("GET", "/api/playlists", None), ("GET", "/api/playlists/old", None), ("PATCH", "/api/playlists/old", {"name": "x"}),
        ("DELETE", "/api/playlists/old", None), ("POST", "/api/playlists/old/tracks", {"trackId": "ctrack1"}), ("DELETE", "/api/playlists/old/tracks/ctrack1", None),
        ("PATCH", "/api/playlists/old/tracks/ctrack1", {"position": 0}), ("GET", "/api/favorites", None), ("GET", "/api/favorites/ids", None),
        ("POST", "/api/favorites/tracks/ctrack1", None), ("DELETE", "/api/favorites/tracks/ctrack6", None), ("POST", "/api/favorites/releases/cmb1", None),
        ("DELETE", "/api/favorites/releases/cmb2", None), ("POST", "/api/tracks/explore", {}), ("POST", "/api/tracks/ctrack1/play", None), ("GET", "/api/audio/ctrack1", None),
    ]:
        answer = requests.request(method, public.url + path, json=body, timeout=20)
        assert answer.status_code == 403 and answer.json()["code"] == "stream_mode", (method, path)
    for route, shape in SHAPES.items():
        if not route.startswith(("/api/playlists", "/api/favorites")):
            check(json(public, targets(route)[0]), shape, route)
    assert changes(before, contents(cluster, database)) == {}
