"""The library that the catalog's tests ask about: small, with the awkward rows that real ones have. And what they ask it with."""

import datetime

import requests

ARTISTS = [
    # id, name, slug, image, score, plays, tracks
    ("a1", "Ada Ünderwood", "ada-underwood", "ada-underwood.jpg", 0.92, 40, 3),
    ("a2", "100% Wool", "100-wool", None, None, 5, 2),
    ("a3", "a_b", "a-b", None, 0.5, 40, 1),
    ("a4", "Zed", "zed", None, 0.0, 0, 0),
]
NOW = datetime.datetime(2026, 3, 2, 12, 34, 56, 789000)


def day(number):
    return NOW + datetime.timedelta(days=number)


def inserter(sql):
    """`insert(table, column=value, …)` over a connection."""

    def insert(table, **columns):
        names = ", ".join(f'"{name}"' for name in columns)
        sql.execute(f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(["%s"] * len(columns))})', list(columns.values()))

    return insert


def fill(sql):
    insert = inserter(sql)
    for number, (id, name, slug, image, score, plays, tracks) in enumerate(ARTISTS):
        insert("Artist", id=id, name=name, slug=slug, image=image, averageMatchScore=score, totalPlayCount=plays, totalTracks=tracks,
               totalFileSize=9_007_199_254_740_993, createdAt=day(number), updatedAt=NOW)
    for id, name in [("g1", "Ambient"), ("g2", "Dub"), ("g3", "Nobody's")]:
        insert("Genre", id=id, name=name)
    for artist, genre in [("a1", "g2"), ("a1", "g1"), ("a2", "g1")]:
        insert("_ArtistGenres", A=artist, B=genre)
    insert("ArtistUrl", id="u1", type="discogs", url="https://example.org/ada", artistId="a1", updatedAt=NOW)
    insert("ReleaseType", id="t1", name="Album", slug="album", updatedAt=NOW)
    insert("MusicBrainzRelease", id="m1", title="Harbour (official)", artistId="a1", typeId="t1", year=1994, musicbrainzId="mb-1", status="COMPLETE", updatedAt=NOW)
    insert("MusicBrainzRelease", id="m2", title="Never Found", artistId="a1", typeId="t1", year=None, status="MISSING", updatedAt=NOW)
    insert("MusicBrainzRelease", id="m3", title="Wool Together", artistId="a2", typeId="t1", year=2001, status="INCOMPLETE", updatedAt=NOW)
    for number in range(3):
        insert("MusicBrainzReleaseTrack", id=f"mt{number}", title=f"T{number}", releaseId="m1", updatedAt=NOW)
    # Two editions of one MusicBrainz release, one unmatched release, one that matches another artist's.
    releases = [
        ("r1", "Harbour", 1994, "a1", "m1", "COMPLETE", "/img/releases/r1.jpg", None, day(1)),
        ("r2", "Harbour (remaster)", None, "a1", "m1", "COMPLETE", None, "https://s3.example/r2.jpg", None),
        ("r3", "Demos", None, "a1", None, "UNKNOWN", None, None, day(2)),
        ("r4", "", 2001, "a2", "m3", "INCOMPLETE", None, None, None),
    ]
    for number, (id, title, year, artist, match, status, image, url, played) in enumerate(releases):
        insert("LocalRelease", id=id, title=title, year=year, artistId=artist, releaseId=match, matchStatus=status, image=image, imageUrl=url,
               lastPlayedAt=played, createdAt=day(number), updatedAt=NOW)
    tracks = [
        ("k1", "Quay", "Ada/01.opus", "r1", 1, 2, 61), ("k2", "Pier 100%", "Ada/02.mp3", "r1", 1, 1, None), ("k3", None, "Ada/missing.opus", "r2", None, None, 5),
        ("k4", "Wool Track", "../../etc/passwd", "r4", 1, 1, 9), ("k5", "Loose", "out/passwd", None, None, None, 9), ("k6", "Empty", "Ada/empty.flac", "r3", 1, 1, 0),
    ]
    for id, title, path, release, disc, number, duration in tracks:
        insert("LocalReleaseTrack", id=id, title=title, artist="Ada Ünderwood", album="Harbour", year=1994, genre="Dub", duration=duration, filePath=path,
               localReleaseId=release, discNumber=disc, trackNumber=number, updatedAt=NOW, metadata="{}")
    # Ada is featured on the other artist's release; her own releases have no TrackArtist rows, as in older databases.
    insert("TrackArtist", id="ta1", trackId="k4", artistId="a1", role="FEATURED")


def json(server, path, status=200, **options):
    """The JSON answer to a GET."""
    answer = server.get(path, **options)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    return answer.json()


def send(server, method, path, body=None, status=200, **options):
    """The JSON answer to any other method; `body` is sent as JSON. Every client's mistake has the error body with a code."""
    answer = requests.request(method, server.url + path, json=body, timeout=20, **options)
    assert answer.status_code == status, (method, path, body, answer.status_code, answer.text)
    assert answer.headers["content-type"].startswith("application/json")
    value = answer.json()
    if status >= 400:
        assert value["error"] is True and value["statusCode"] == status and value["message"] == value["statusMessage"] and value["code"], value
    return value
