"""A folder of real files in seven formats, with broken ones among them: indexed, browsed, played, changed, indexed again."""

import contextlib
import os
import shutil
import signal

import pytest
import requests
from music_files import tag
from servers import BINARY, wait_until

def prepare(library):
    """A database with the schema, and nothing in it."""
    assert library.run("--dry-run").returncode == 0


def test_seven_formats_are_browsed_and_played(library, start_dmp):
    library.folder.add_library()
    summary, _ = library.index()
    assert summary == {"files": 12, "new": 12, "changed": 0, "moved": 0, "unchanged": 0, "removed": 0, "covers": 5, "unreadable": 0}

    tracks = library.tracks()
    first = tracks["Halden Quay/Slack Water/01.mp3"]
    assert {key: first[key] for key in first if key not in ("filePath", "id", "localReleaseId")} == {
        "title": "First Tide", "artist": "Halden Quay feat. Mira Sol & Otto", "albumArtist": "Halden Quay", "album": "Slack Water", "year": 1998,
        "genre": "Ambient / Dub, Techno", "duration": 3, "position": "1", "trackNumber": 1, "discNumber": 1, "playCount": 0,
        "metadata": {"BPM": "121", "IntegerBpm": "121", "MOOD_HAPPY": "33", "REPLAYGAIN_TRACK_GAIN": "-7.03 dB"}}
    raw = tracks["Raw Artist/Raw Album/05 - Raw Song.aac"]
    assert [raw[key] for key in ("title", "artist", "album", "trackNumber", "duration")] == ["Raw Song", "Raw Artist", "Raw Album", 5, 3]
    assert all(track["duration"] == 3 and len(track["id"]) == 24 for track in tracks.values())
    discs = [tracks[f"Björk & Co/Two Discs/CD{disc}/1.flac"] for disc in (1, 2)]
    assert [disc["discNumber"] for disc in discs] == [1, 2] and discs[0]["localReleaseId"] == discs[1]["localReleaseId"]
    assert discs[0]["metadata"]["IntegerBpm"] == "99" and discs[0]["genre"] == "Rock / Pop"
    assert tracks["Apple Person - Apples.m4a"]["metadata"]["REPLAYGAIN_TRACK_GAIN"] == "+1.25 dB"
    with library.sql() as sql:
        credits = set(sql.execute('''SELECT k."title", a."name", t."role"::text FROM "TrackArtist" t JOIN "Artist" a ON a."id" = t."artistId"
                                     JOIN "LocalReleaseTrack" k ON k."id" = t."trackId" WHERE k."title" IN ('First Tide', 'Disc 1', 'Hit 1')'''))
        assert credits == {
            ("First Tide", "Halden Quay", "PRIMARY"), ("First Tide", "Halden Quay", "ALBUM_ARTIST"), ("First Tide", "Mira Sol", "FEATURED"),
            ("First Tide", "Otto", "FEATURED"), ("Disc 1", "Björk", "PRIMARY"), ("Disc 1", "Björk", "ALBUM_ARTIST"), ("Disc 1", "Otto", "PRIMARY"),
            ("Hit 1", "Singer 1", "PRIMARY"), ("Hit 1", "Various Artists", "ALBUM_ARTIST")}
        assert dict(sql.execute('SELECT "name", "slug" FROM "Artist"'))["Кино"] == "kino"
        # One spelling of a genre, whoever writes it how.
        assert {row[0] for row in sql.execute('SELECT "name" FROM "Genre"')} in (
            {"Ambient", "Dub", "Techno", "Rock", "Pop"}, {"Ambient", "Dub", "Techno", "rock", "Pop"})
        folders = dict(sql.execute('SELECT "title", "folderPath" FROM "LocalRelease"'))
        assert folders["Slack Water"] == "Halden Quay/Slack Water" and folders["Apples"] is None
        statistics = sql.execute('''SELECT "artists", "tracks", "releases", "playtime", "releasesWithCoverArt", "lastScanStartedAt" <= "lastScanEndedAt"
                                    FROM "Statistics"''').fetchall()
        assert statistics == [(12, 12, 8, 36, 5, True)]
        assert sql.execute('SELECT DISTINCT "matchStatus"::text, "releaseId" FROM "LocalRelease"').fetchall() == [("UNKNOWN", None)]

    server = start_dmp(**library.environment).wait_for_catalog()
    artist = server.get("/api/artists/halden-quay").json()
    assert artist["totalTracks"] == 2 and sorted(genre["name"] for genre in artist["genres"]) == ["Ambient", "Dub", "Techno"]
    covers = {release["title"]: release for release in server.get("/api/releases/latest").json()}
    for title, kind in [("Slack Water", "jpeg"), ("Two Discs", "png"), ("Apples", "jpeg"), ("Группа крови", "jpeg"), ("Opus Magnum", "png")]:
        release = covers[title]
        assert release["image"].startswith(f"/img/releases/{release['id']}.")
        picture = server.get(release["image"])
        assert picture.headers["content-type"] == f"image/{kind}"
        assert picture.content == (library.folder.jpeg if kind == "jpeg" else library.folder.png)
    for path, track in tracks.items():
        file = (library.music / path).read_bytes()
        part = server.get(f"/api/audio/{track['id']}", headers={"Range": f"bytes=100-{len(file) // 2}"})
        assert part.status_code == 206 and part.content == file[100:len(file) // 2 + 1]
        assert part.headers["content-type"].startswith("audio/")


def test_bad_files_stop_nothing(library):
    library.folder.add_library()
    unreadable, readable = library.folder.add_awkward()
    summary, text = library.index()
    assert summary["new"] == 12 + len(readable) and summary["unreadable"] == len(unreadable)
    for path in unreadable:
        assert f"  {path}: " in text
    tracks = library.tracks()
    assert set(readable) <= set(tracks) and not set(unreadable) & set(tracks)
    absurd = tracks["odd/absurd.mp3"]
    assert absurd["title"] == "t" * 500 and absurd["artist"] == "x [31m İ" and absurd["album"] == 'quote " back \\ slash'
    assert len(absurd["metadata"]) <= 200 and all(len(value) <= 2000 for value in absurd["metadata"].values())
    assert tracks["odd/flac inside.mp3"]["duration"] == 3
    # Again: nothing has changed, and the bad ones are named again.
    before = library.everything()
    summary, _ = library.index()
    assert summary["unchanged"] == 12 + len(readable) and summary["new"] == summary["changed"] == summary["removed"] == 0
    assert summary["unreadable"] == len(unreadable)
    assert library.everything() == before


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_files_without_permission_are_reported(library):
    library.folder.add("a/1.mp3", title="One")
    library.folder.add("b/2.mp3", title="Two")
    library.index()
    (library.music / "a/1.mp3").chmod(0)
    (library.music / "b").chmod(0)
    try:
        os.utime(library.music / "a/1.mp3", (1, 1))
        summary, _ = library.index()
        assert summary["unreadable"] == 2 and summary["removed"] == 0 and len(library.tracks()) == 2
    finally:
        (library.music / "b").chmod(0o755)


def test_changes_keep_what_belongs_to_a_track(library, start_dmp):
    library.folder.add_library()
    library.index()
    server = start_dmp(**library.environment).wait_for_catalog()
    tracks = library.tracks()

    def post(path, **options):
        return requests.post(server.url + path, timeout=10, **options)

    moved, renamed, changed, deleted = (
        "Halden Quay/Slack Water/01.mp3", "Opus/one.opus", "Waves/one.wav", "Vorbis/one.ogg")
    slug = post("/api/playlists", json={"name": "Keep"}).json()["playlist"]["slug"]
    for path in (moved, renamed, changed):
        assert post(f"/api/tracks/{tracks[path]['id']}/play").ok
        assert post(f"/api/favorites/tracks/{tracks[path]['id']}").ok
        assert post(f"/api/playlists/{slug}/tracks", json={"trackId": tracks[path]["id"]}).ok

    (library.music / "Elsewhere").mkdir()
    shutil.move(library.music / moved, library.music / "Elsewhere/tide.mp3")
    shutil.move(library.music / renamed, library.music / "Opus/eins.opus")
    tag(library.music / changed, title="Wave One, again", artist="Zed", album="Waves", tracknumber="7")
    os.unlink(library.music / deleted)
    library.folder.add("Newcomer/N.flac", title="N", artist="Newcomer", album="New")
    summary, _ = library.index()
    assert {word: summary[word] for word in ("new", "changed", "moved", "removed", "unchanged")} == {
        "new": 1, "changed": 1, "moved": 2, "removed": 1, "unchanged": 8}

    now = library.tracks()
    for old, new in [(moved, "Elsewhere/tide.mp3"), (renamed, "Opus/eins.opus"), (changed, changed)]:
        assert now[new]["id"] == tracks[old]["id"] and now[new]["playCount"] == 1
    assert now["Elsewhere/tide.mp3"]["localReleaseId"] == tracks[moved]["localReleaseId"]
    assert now[changed]["title"] == "Wave One, again" and now[changed]["trackNumber"] == 7
    assert len(server.get(f"/api/playlists/{slug}").json()["tracks"]) == 3
    assert len(server.get("/api/favorites/ids").json()["tracks"]) == 3
    # The release of the deleted file, its artist and its cover are gone.
    assert server.get("/api/artists/kino").status_code == 404
    assert not list((library.images / "releases").glob(f"{tracks[deleted]['localReleaseId']}.*"))
    # The latest is served from its new place.
    assert server.get(f"/api/audio/{tracks[moved]['id']}").content == (library.music / "Elsewhere/tide.mp3").read_bytes()
    before = library.everything()
    assert library.index()[0]["unchanged"] == 12
    assert library.everything() == before


def test_whole_library_moves_into_a_folder(library):
    library.folder.add_library()
    library.index()
    ids = {track["id"] for track in library.tracks().values()}
    everything = [entry for entry in library.music.iterdir()]
    (library.music / "Inner").mkdir()
    for entry in everything:
        shutil.move(entry, library.music / "Inner")
    summary, _ = library.index()
    # The untagged file is found by its name, time and size.
    assert summary["moved"] == 12 and summary["removed"] == summary["new"] == 0
    assert {track["id"] for track in library.tracks().values()} == ids


def test_matches_survive(library):
    library.folder.add_library()
    library.index()
    with library.sql() as sql:
        sql.execute("""INSERT INTO "ReleaseType" ("id", "name", "slug", "updatedAt") VALUES ('t', 'Album', 'album', now())""")
        sql.execute("""INSERT INTO "MusicBrainzRelease" ("id", "title", "artistId", "typeId", "musicbrainzId", "status", "updatedAt")
                       SELECT 'm-' || "title", "title", "artistId", 't', 'mb', 'COMPLETE', now() FROM "LocalRelease" """)
        sql.execute("""UPDATE "LocalRelease" SET "releaseId" = 'm-' || "title", "matchStatus" = 'COMPLETE', "image" = NULL,
                       "imageUrl" = 'https://s3.example/' || "id" """)
        sql.execute("""INSERT INTO "FavoriteRelease" ("id", "releaseId", "updatedAt") VALUES ('f', 'm-Slack Water', now())""")
    assert library.index("--all")[0]["changed"] == 12
    with library.sql() as sql:
        rows = sql.execute("""SELECT "title", "releaseId", "matchStatus"::text, "image", "imageUrl" <> '' FROM "LocalRelease" """).fetchall()
        assert len(rows) == 8 and all(row[1:] == ("m-" + row[0], "COMPLETE", None, True) for row in rows)
        assert sql.execute('SELECT count(*) FROM "FavoriteRelease"').fetchone() == (1,)
    # A release whose files are gone is missing then, and its artist stays as long as one of them is a favourite.
    shutil.rmtree(library.music / "Halden Quay")
    library.index()
    assert library.value("""SELECT "status"::text FROM "MusicBrainzRelease" WHERE "id" = 'm-Slack Water'""") == "MISSING"
    assert library.value("""SELECT count(*) FROM "Artist" WHERE "slug" = 'halden-quay'""") == 1


@contextlib.contextmanager
def held_after_first_batch(library):
    """An indexer at work that waits before its second batch, however quick it is; and it goes on afterwards."""
    for number in range(1_500):
        folder = library.music / f"{number // 100:02}"
        folder.mkdir(exist_ok=True)
        os.link(library.folder.tones / "tone.mp3", folder / f"{number}.mp3")
    prepare(library)
    with library.sql() as sql:
        sql.execute("""CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                       IF EXISTS (SELECT FROM "LocalReleaseTrack") THEN PERFORM pg_advisory_xact_lock(99); END IF; RETURN NULL; END $$""")
        sql.execute("""CREATE TRIGGER hold BEFORE INSERT ON "LocalReleaseTrack" FOR EACH STATEMENT EXECUTE FUNCTION hold()""")
        sql.execute("SELECT pg_advisory_lock(99)")
        process = library.start()
        locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        wait_until(lambda: sql.execute(locks + " AND NOT granted").fetchone()[0] == 1, what="the second batch")
        yield process
        sql.execute("SELECT pg_advisory_unlock(99)")
        wait_until(lambda: sql.execute(locks).fetchone()[0] == 0, what="the indexer's end")
        sql.execute('DROP TRIGGER hold ON "LocalReleaseTrack"')


def test_goes_on_after_a_kill(library):
    with held_after_first_batch(library) as process:
        other = library.run()
        assert other.returncode == 1 and "being indexed already" in other.stderr
        process.kill()
        process.wait()
    written = len(library.tracks())
    assert 0 < written < 1_500
    summary, _ = library.index()
    assert summary["unchanged"] == written and summary["new"] == 1_500 - written
    assert library.value('SELECT "totalTracks" FROM "Artist"') == 1_500


def test_goes_on_after_a_signal(library):
    with held_after_first_batch(library) as process:
        process.send_signal(signal.SIGINT)
    assert process.wait(30) == 1 and process.stderr.read().endswith("dmp: stopped\n")
    written = len(library.tracks())
    assert 0 < written < 1_500
    assert library.index()[0]["new"] == 1_500 - written


def test_unmounted_disks_wipe_nothing(library):
    library.folder.add_library()
    library.index()
    before = library.everything()
    library.music.rename(library.music.with_name("away"))
    done = library.run()
    assert done.returncode == 1 and "there is no folder" in done.stderr and "mounted" in done.stderr
    library.music.mkdir()
    done = library.run()
    assert done.returncode == 1 and "knows 12 files" in done.stderr and "--prune-all" in done.stderr
    # A wrong folder: what is in it comes in, and what was known stays.
    library.folder.add("other.mp3", title="Other")
    summary, text = library.index()
    assert summary["new"] == 1 and summary["removed"] == 0 and "None of the 12 files" in text
    os.unlink(library.music / "other.mp3")
    library.folder.add("more.mp3", title="More", artist="More")
    shutil.rmtree(library.music)
    library.music.with_name("away").rename(library.music)
    assert library.index()[0]["removed"] == 1
    after = library.everything()
    assert after["LocalReleaseTrack"] == before["LocalReleaseTrack"]
    shutil.rmtree(library.music)
    library.music.mkdir()
    assert library.index("--prune-all")[0]["removed"] == 12
    assert library.everything() == {table: [] for table in before}
    assert not list((library.images / "releases").iterdir())


def test_covers_that_come_later(library):
    library.folder.add("A/B/1.mp3", title="One", artist="A", album="B")
    assert library.index()[0]["covers"] == 0
    (library.music / "A/B/front.png").write_bytes(library.folder.png)
    assert library.index()[0]["covers"] == 1
    image = library.value('SELECT "image" FROM "LocalRelease"')
    stored = library.images / image.removeprefix("/img/")
    assert stored.read_bytes() == library.folder.png
    stored.unlink()
    assert library.index()[0]["covers"] == 1 and stored.exists()
    (library.music / "A/B/cover.jpg").write_bytes(b"no picture")
    assert library.index()[0]["covers"] == 0


def test_first_start_indexes_while_it_serves(library, start_dmp):
    library.folder.add_library()
    (library.music / "broken.flac").write_bytes(b"")
    server = start_dmp(**library.environment, INDEX_ON_START="empty").wait_for_catalog()
    wait_until(lambda: server.get("/api/stats").json()["tracks"] == 12, what="the first indexing")
    wait_until(lambda: "music folder indexed" in server.log, what="its line in the log")
    assert "broken.flac" in server.log
    assert server.stop() == 0
    os.unlink(library.music / "Opus/one.opus")
    again = start_dmp(**library.environment, INDEX_ON_START="empty").wait_for_catalog()
    assert again.stop() == 0 and "indexing" not in again.log
    always = start_dmp(**library.environment, INDEX_ON_START="always").wait_for_catalog()
    wait_until(lambda: "music folder indexed" in always.log, what="its line in the log")
    assert len(library.tracks()) == 11


def test_a_first_run_that_was_ended_is_taken_up(library, start_dmp):
    library.folder.add_library()
    library.index()
    with library.sql() as sql:
        sql.execute('UPDATE "Statistics" SET "lastScanEndedAt" = NULL')
        sql.execute("""DELETE FROM "LocalReleaseTrack" WHERE "filePath" LIKE 'Hits/%'""")
    start_dmp(**library.environment, INDEX_ON_START="empty").wait_for_catalog()
    wait_until(lambda: len(library.tracks()) == 12, what="the rest")


def test_dry_run_changes_nothing(library):
    library.folder.add_library()
    prepare(library)
    before = library.everything()
    done = library.run("--dry-run")
    assert done.returncode == 0 and "12 new or moved" in done.stdout
    assert library.everything() == before and not library.images.exists()


def test_errors_say_what_to_do(library, tmp_path):
    file = library.folder.add("1.mp3", title="One")
    for arguments, environment, words in [
        ([], {"MUSIC_DIR": ""}, "MUSIC_DIR: is not set"),
        ([file], {}, "there is no folder"),
        ([tmp_path / "nowhere"], {}, "there is no folder"),
        ([], {"DATABASE_URL": "postgresql://dmp@localhost/none?host=/nowhere"}, "the database is not available"),
        ([], {"IMAGE_DIR": "/proc/nowhere"}, "IMAGE_DIR"),
    ]:
        done = library.run(*arguments, **environment)
        assert done.returncode == 1 and words in done.stderr.splitlines()[-1], done.stderr
    assert "EXAMPLES" in library.run("--help").stdout


def test_a_build_without_taglib_says_so(library, tmp_path):
    library.folder.add("1.mp3", title="One")
    for name in ("dmp", "libGatewayKit.so"):
        os.symlink(BINARY.parent / name, tmp_path / name) if name == "dmp" else shutil.copy(BINARY.parent / name, tmp_path / name)
    shutil.copy(BINARY, tmp_path / "program")
    done = library.run(binary=tmp_path / "program")
    assert done.returncode == 1 and "install libtag1-dev and build again" in done.stderr
