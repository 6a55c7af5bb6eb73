"""Playlists: dmp-api.md, Playlists, with rename and reorder, and section 5 put right (13, 14, 18)."""

import concurrent.futures
import datetime
import re

import pytest
import requests
from catalog_library import inserter, json, send

TRACK = {"id": "k1", "title": "Quay", "trackNumber": 2, "duration": 61, "release": {
    "id": "r1", "title": "Harbour", "year": 1994, "image": "/img/releases/r1.jpg", "imageUrl": None,
    "artist": {"id": "a1", "name": "Ada Ünderwood", "slug": "ada-underwood"}}}
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(autouse=True)
def no_playlists(server):
    with server.sql() as sql:
        sql.execute('DELETE FROM "Playlist"')


def create(server, name, **fields):
    return send(server, "POST", "/api/playlists", {"name": name, **fields})["playlist"]


def add(server, slug, *tracks):
    return [send(server, "POST", f"/api/playlists/{slug}/tracks", {"trackId": track})["playlistTrack"] for track in tracks]


def tracks(server, slug):
    return [entry["track"]["id"] for entry in json(server, f"/api/playlists/{slug}")["tracks"]]


def positions(server, slug):
    return [entry["position"] for entry in json(server, f"/api/playlists/{slug}")["tracks"]]


def test_life_of_a_playlist(server):
    assert json(server, "/api/playlists") == []
    answer = send(server, "POST", "/api/playlists", {"name": "  Late Night: Dub & Co.\t", "description": "After 2", "slug": "ignored"})
    playlist = answer["playlist"]
    assert list(answer) == ["success", "playlist"] and answer["success"] is True
    assert list(playlist) == ["id", "name", "slug", "description", "createdAt", "updatedAt"]
    assert (playlist["name"], playlist["slug"], playlist["description"]) == ("Late Night: Dub & Co.", "late-night-dub-co", "After 2")
    assert DATE.fullmatch(playlist["createdAt"]) and playlist["createdAt"] == playlist["updatedAt"]
    made = datetime.datetime.fromisoformat(playlist["createdAt"])
    assert abs((made - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) < 60
    assert json(server, "/api/playlists/late-night-dub-co") == {**playlist, "tracks": []}

    answer = send(server, "POST", "/api/playlists/late-night-dub-co/tracks", {"trackId": "k1"})
    assert list(answer) == ["success", "message", "playlistTrack"] and answer["message"] == "Track added to playlist"
    assert list(answer["playlistTrack"]) == ["id", "position", "addedAt"] and answer["playlistTrack"]["position"] == 0
    add(server, "late-night-dub-co", "k5", "k3", "k4", "k2")
    shown = json(server, "/api/playlists/late-night-dub-co")
    assert shown["tracks"][0] == {**answer["playlistTrack"], "track": TRACK}
    assert [(entry["position"], entry["track"]["id"]) for entry in shown["tracks"]] == [(0, "k1"), (1, "k5"), (2, "k3"), (3, "k4"), (4, "k2")]
    assert shown["tracks"][1]["track"]["release"] is None
    assert shown["updatedAt"] == playlist["updatedAt"]

    assert json(server, "/api/playlists") == [{**playlist, "trackCount": 5, "coverImages": [
        {"image": "/img/releases/r1.jpg", "imageUrl": None}, {"image": None, "imageUrl": None},
        {"image": None, "imageUrl": "https://s3.example/r2.jpg"}, {"image": None, "imageUrl": None}]}]

    removed = {"success": True, "message": "Track removed from playlist"}
    assert send(server, "DELETE", "/api/playlists/late-night-dub-co/tracks/k5") == removed
    for track in ["k5", "nothing", "%00"]:
        assert send(server, "DELETE", f"/api/playlists/late-night-dub-co/tracks/{track}") == removed
    assert positions(server, "late-night-dub-co") == [0, 2, 3, 4]
    assert add(server, "late-night-dub-co", "k6")[0]["position"] == 5

    assert send(server, "DELETE", "/api/playlists/late-night-dub-co") == {"success": True, "message": "Playlist deleted"}
    assert json(server, "/api/playlists") == []
    with server.sql() as sql:
        assert sql.execute('SELECT count(*) FROM "PlaylistTrack"').fetchone() == (0,)


def test_newest_first(server):
    for name in ["one", "two", "three"]:
        create(server, name)
    assert [playlist["name"] for playlist in json(server, "/api/playlists")] == ["three", "two", "one"]


@pytest.mark.parametrize("name, slug", [
    ("Ünited 99%", "nited-99"), ("--a--", "a"), ("A_B/C", "a-b-c"), ("İ", "i"), ("K", "k"), ("é", "playlist-[0-9a-f]{8}"), ("日本語", "playlist-[0-9a-f]{8}"),
    ("👩‍👩‍👧‍👦", "playlist-[0-9a-f]{8}"), ("!", "playlist-[0-9a-f]{8}"), ("x" * 200, "x{200}"), ("İ" * 200, "(i-){99}i"), ("' OR \"1\"='1", "or-1-1"), ("..", "playlist-[0-9a-f]{8}"),
])
def test_every_name_has_an_address(server, name, slug):
    playlist = create(server, name)
    assert playlist["name"] == name and re.fullmatch(slug, playlist["slug"])
    add(server, playlist["slug"], "k1")
    assert json(server, f"/api/playlists/{playlist['slug']}")["name"] == name
    send(server, "DELETE", f"/api/playlists/{playlist['slug']}")
    assert create(server, name)["slug"] == playlist["slug"]


def test_names_without_letters_are_apart(server):
    assert len({create(server, name)["slug"] for name in ["日本", "日本語", "中文", "!", "?"]}) == 5


@pytest.mark.parametrize("body, message", [
    ({}, "Invalid playlist name"), ({"name": None}, "Invalid playlist name"), ({"name": ""}, "Invalid playlist name"), ({"name": " \n\t "}, "Invalid playlist name"),
    ({"name": 7}, "Invalid playlist name"), ({"name": ["a"]}, "Invalid playlist name"), ({"name": {"a": 1}}, "Invalid playlist name"),
    ({"name": True}, "Invalid playlist name"), ({"name": "a\0b"}, "Invalid playlist name"), ({"name": "x" * 201}, None), ({"name": "e" + "\u0301" * 200}, None),
    ({"name": "a", "description": 7}, "Invalid playlist description"), ({"name": "a", "description": ["x"]}, "Invalid playlist description"),
    ({"name": "a", "description": "a\0"}, "Invalid playlist description"), ({"name": "a", "description": "x" * 2001}, None),
    ([], None), ([{"name": "a"}], None), ("a", None), (1, None), (False, None),
])
def test_bodies_that_are_no_playlist(server, body, message):
    answer = send(server, "POST", "/api/playlists", body, 400)
    assert message is None or answer["message"] == message
    assert json(server, "/api/playlists") == []


BROKEN = [b"", b"{", b'{"name": "a"', b"nonsense", b"\xff\xfe", b'{"name": "\xff"}', b'{"name": "\\ud800"}', b"null", b'{"name": "a"} x', b"[" * 30_000,
          b'{"name": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", b'{"a": ' * 5_000 + b"1" + b"}" * 5_000, b"1e999", b'{"name": 1e999}', b"\0", b'{"name\0": "a"}']


@pytest.mark.parametrize("body", BROKEN)
def test_bodies_that_are_no_json(server, body):
    create(server, "there")
    for method, path in [("POST", "/api/playlists"), ("PATCH", "/api/playlists/there"), ("POST", "/api/playlists/there/tracks"),
                         ("PATCH", "/api/playlists/there/tracks/k1")]:
        for headers in [{"content-type": "application/json"}, {"content-type": "text/plain"}, {}]:
            answer = requests.request(method, server.url + path, data=body, headers=headers, timeout=20)
            assert answer.status_code == 400, (method, path, answer.text)
            assert answer.json()["code"] == "bad_request"


def test_bodies_that_are_too_large(server):
    create(server, "there")
    for method, path in [("POST", "/api/playlists"), ("PATCH", "/api/playlists/there"), ("POST", "/api/playlists/there/tracks")]:
        send(server, method, path, {"name": "a", "description": "x" * 100_000}, 413)
        # One that does not announce its size.
        answer = requests.request(method, server.url + path, data=(b"x" * 1000 for _ in range(100)), timeout=20)
        assert answer.status_code == 413 and answer.json()["code"] == "too_large"


def test_same_name_twice(server):
    create(server, "Same Name")
    assert send(server, "POST", "/api/playlists", {"name": "same  name!"}, 409)["message"] == "Playlist with this name already exists"


def test_descriptions(server):
    assert create(server, "a")["description"] is None
    assert create(server, "b", description=None)["description"] is None
    assert create(server, "c", description="")["description"] is None
    assert create(server, "d", description="ü" * 2000)["description"] == "ü" * 2000


def test_rename_and_describe(server):
    playlist = create(server, "First", description="Old")
    add(server, "first", "k1")
    answer = send(server, "PATCH", "/api/playlists/first", {"name": " Second  "})
    assert list(answer) == ["success", "playlist"]
    changed = answer["playlist"]
    assert (changed["id"], changed["name"], changed["slug"], changed["description"]) == (playlist["id"], "Second", "second", "Old")
    assert changed["createdAt"] == playlist["createdAt"] and changed["updatedAt"] >= playlist["updatedAt"]
    assert server.get("/api/playlists/first").status_code == 404 and tracks(server, "second") == ["k1"]

    assert send(server, "PATCH", "/api/playlists/second", {"description": "New"})["playlist"]["description"] == "New"
    assert send(server, "PATCH", "/api/playlists/second", {"description": None})["playlist"]["description"] is None
    both = send(server, "PATCH", "/api/playlists/second", {"name": "SECOND", "description": "x"})["playlist"]
    assert (both["name"], both["slug"], both["description"]) == ("SECOND", "second", "x")

    create(server, "Third")
    assert send(server, "PATCH", "/api/playlists/third", {"name": "second"}, 409)["message"] == "Playlist with this name already exists"
    for body in [{}, {"name": None}, {"name": ""}, {"name": 1}, {"description": 1}, {"name": "ok", "description": []}, {"title": "x"}, {"name": "x" * 201},
                 {"description": "x" * 2001}, []]:
        send(server, "PATCH", "/api/playlists/third", body, 400)
    assert json(server, "/api/playlists/third")["name"] == "Third"


def test_reorder(server):
    create(server, "Order")
    entries = add(server, "order", "k1", "k2", "k3", "k4", "k5")
    answer = send(server, "PATCH", "/api/playlists/order/tracks/k4", {"position": 1})
    assert answer == {"success": True, "message": "Track moved", "playlistTrack": {**entries[3], "position": 1}}
    assert tracks(server, "order") == ["k1", "k4", "k2", "k3", "k5"]
    for track, position, order in [("k1", 4, "k4 k2 k3 k5 k1"), ("k1", 0, "k1 k4 k2 k3 k5"), ("k2", 2, "k1 k4 k2 k3 k5"), ("k4", 2, "k1 k2 k4 k3 k5"),
                                   ("k5", -7, "k5 k1 k2 k4 k3"), ("k5", 10**9, "k1 k2 k4 k3 k5"), ("k3", 1e300, "k1 k2 k4 k5 k3"), ("k3", 0.0, "k3 k1 k2 k4 k5")]:
        moved = send(server, "PATCH", f"/api/playlists/order/tracks/{track}", {"position": position})["playlistTrack"]
        assert tracks(server, "order") == order.split() and positions(server, "order") == [0, 1, 2, 3, 4]
        assert moved["position"] == order.split().index(track)
    # After removals have left gaps.
    send(server, "DELETE", "/api/playlists/order/tracks/k1")
    assert send(server, "PATCH", "/api/playlists/order/tracks/k5", {"position": 1})["playlistTrack"]["position"] == 1
    assert tracks(server, "order") == ["k3", "k5", "k2", "k4"] and positions(server, "order") == [0, 1, 2, 3]

    for body in [{}, {"position": None}, {"position": "1"}, {"position": 1.5}, {"position": True}, {"position": [1]}, []]:
        send(server, "PATCH", "/api/playlists/order/tracks/k5", body, 400)
    assert send(server, "PATCH", "/api/playlists/order/tracks/k1", {"position": 0}, 404)["message"] == "Track not found"
    assert send(server, "PATCH", "/api/playlists/order/tracks/%00", {"position": 0}, 404)["message"] == "Track not found"


def test_tracks_that_cannot_be_added(server):
    create(server, "List")
    add(server, "list", "k1")
    assert send(server, "POST", "/api/playlists/list/tracks", {"trackId": "k1"}, 409)["message"] == "Track already in playlist"
    assert send(server, "POST", "/api/playlists/list/tracks", {"trackId": "nothing"}, 404)["message"] == "Track not found"
    for body in [{}, {"trackId": None}, {"trackId": ""}, {"trackId": 1}, {"trackId": ["k2"]}, {"trackId": "k\0"}]:
        assert send(server, "POST", "/api/playlists/list/tracks", body, 400)["message"] == "Invalid track ID"
    assert tracks(server, "list") == ["k1"]


@pytest.mark.parametrize("slug", ["nothing", "%00", "%ff", "x" * 5000])
def test_unknown_playlist(server, slug):
    for method, path, body in [("GET", "", None), ("DELETE", "", None), ("PATCH", "", {"name": "a"}), ("POST", "/tracks", {"trackId": "k1"}),
                               ("DELETE", "/tracks/k1", None), ("PATCH", "/tracks/k1", {"position": 0})]:
        assert send(server, method, f"/api/playlists/{slug}{path}", body, 404)["message"] == "Playlist not found"


def test_a_full_playlist(server):
    playlist = create(server, "Full")
    with server.sql() as sql:
        sql.execute("""INSERT INTO "LocalReleaseTrack" ("id", "filePath", "updatedAt") SELECT 'many' || n, 'many/' || n, now() FROM generate_series(1, 10000) n""")
        sql.execute("""INSERT INTO "PlaylistTrack" ("id", "position", "playlistId", "trackId") SELECT 'entry' || n, n - 1, %s, 'many' || n
                       FROM generate_series(1, 9999) n""", [playlist["id"]])
        assert add(server, "full", "many10000")[0]["position"] == 9999
        assert "10000" in send(server, "POST", "/api/playlists/full/tracks", {"trackId": "k1"}, 409)["message"]
        assert send(server, "PATCH", "/api/playlists/full/tracks/many10000", {"position": 0})["playlistTrack"]["position"] == 0
        assert len(tracks(server, "full")) == 10_000 and positions(server, "full") == list(range(10_000))
        sql.execute("""DELETE FROM "LocalReleaseTrack" WHERE "id" LIKE 'many%'""")


def test_rows_of_older_versions(server):
    """An empty slug, positions that are there twice, and one that has no successor."""
    with server.sql() as sql:
        insert = inserter(sql)
        insert("Playlist", id="old", name="日本", slug="", updatedAt="2020-01-01")
        for number, (track, position) in enumerate([("k1", 3), ("k2", 3), ("k3", 2**31 - 1)]):
            insert("PlaylistTrack", id=f"e{number}", playlistId="old", trackId=track, position=position, createdAt=f"2020-01-0{number + 1}")
    assert json(server, "/api/playlists")[0]["slug"] == "old"
    assert tracks(server, "old") == ["k1", "k2", "k3"]
    assert add(server, "old", "k4")[0]["position"] == 2**31 - 1
    assert tracks(server, "old") == ["k1", "k2", "k3", "k4"]
    send(server, "PATCH", "/api/playlists/old/tracks/k4", {"position": 0})
    assert tracks(server, "old") == ["k4", "k1", "k2", "k3"] and positions(server, "old") == [0, 1, 2, 3]
    assert re.fullmatch("playlist-[0-9a-f]{8}", send(server, "PATCH", "/api/playlists/old", {"name": "日本"})["playlist"]["slug"])


# Races


def at_once(calls):
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        return list(pool.map(lambda call: call(), calls))


def statuses(server, requests_):
    """Statuses of requests (method, path, body) that are all sent at once."""
    return at_once([lambda item=item: requests.request(item[0], server.url + item[1], json=item[2], timeout=30).status_code for item in requests_])


def test_adding_at_once(server):
    create(server, "Race")
    with server.sql() as sql:
        sql.execute("""INSERT INTO "LocalReleaseTrack" ("id", "filePath", "updatedAt") SELECT 'race' || n, 'race/' || n, now() FROM generate_series(0, 15) n""")
        codes = statuses(server, [("POST", "/api/playlists/race/tracks", {"trackId": f"race{number % 16}"}) for number in range(64)])
        assert sorted(codes) == [200] * 16 + [409] * 48
        assert positions(server, "race") == list(range(16))
        # With removals and moves among them.
        mixed = []
        for number in range(16):
            mixed += [("DELETE", f"/api/playlists/race/tracks/race{number}", None), ("POST", "/api/playlists/race/tracks", {"trackId": f"race{number}"}),
                      ("PATCH", f"/api/playlists/race/tracks/race{15 - number}", {"position": number}), ("PATCH", "/api/playlists/race", {"description": str(number)})]
        assert set(statuses(server, mixed)) <= {200, 404, 409}
        found = positions(server, "race")
        assert len(found) == len(set(found))
        sql.execute("""DELETE FROM "LocalReleaseTrack" WHERE "id" LIKE 'race%'""")


def test_adding_while_things_go(server):
    """The track, or the playlist, is deleted at the same time."""
    with server.sql() as sql:
        for number in range(8):
            create(server, "Going")
            sql.execute("""INSERT INTO "LocalReleaseTrack" ("id", "filePath", "updatedAt") VALUES ('going', 'going', now())""")
            calls = [("POST", "/api/playlists/going/tracks", {"trackId": track}) for track in ["going", "k1", "going", "k2"]]
            calls.insert(number % 4, ("DELETE", "/api/playlists/going", None))
            delete = lambda: sql.execute("""DELETE FROM "LocalReleaseTrack" WHERE "id" = 'going'""").rowcount
            answers = at_once([delete, *[lambda item=item: requests.request(item[0], server.url + item[1], json=item[2], timeout=30).status_code for item in calls]])
            assert answers[0] == 1 and set(answers[1:]) <= {200, 404, 409}


def test_creating_and_renaming_at_once(server):
    assert sorted(statuses(server, [("POST", "/api/playlists", {"name": "Same"})] * 32)) == [200] + [409] * 31
    for number in range(16):
        create(server, f"Number {number}")
    codes = statuses(server, [("PATCH", f"/api/playlists/number-{number}", {"name": "Target"}) for number in range(16)])
    assert sorted(codes) == [200] + [409] * 15
    assert sorted(statuses(server, [("DELETE", "/api/playlists/target", None)] * 16)) == [200] + [404] * 15
