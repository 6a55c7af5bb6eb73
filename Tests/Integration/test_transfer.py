"""From home to the server for listeners: `dmp export` and `dmp import` between two real servers."""

import gzip
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile

import psycopg
import pytest
from servers import BINARY, ROOT, wait_until

sys.path.insert(0, str(ROOT / "Tests/Integration/catalog"))
from catalog_library import NOW, fill, inserter  # noqa: E402

PICTURE = bytes(range(256)) * 300
SECRET = {"secret folder", "Ada/01.opus", "playlist of mine", "2026-07-07"}
ROUTES = [
    "/api/artists", "/api/artists?sort=playCount", "/api/artists?sort=recent&order=desc", "/api/artists?letter=a", "/api/artists/ada-underwood",
    "/api/artists/ada-underwood/tracks", "/api/artists/100-wool", "/api/artists/100-wool/tracks", "/api/artists/zed", "/api/genres",
    "/api/releases/latest", "/api/releases/last-played", "/api/releases/r1/tracks", "/api/releases/r2/tracks", "/api/releases/r3/tracks",
    "/api/releases/r4/tracks", "/api/releases/m1/tracks", "/api/search?q=a", "/api/search?q=harbour", "/api/timeline/decades",
    "/api/timeline/1990", "/api/timeline/2000", "/api/stats", "/api/tracks/k1", "/api/tracks/k4", "/img/artists/ada-underwood.jpg",
    "/img/releases/r1.jpg",
]


def run(command, file, folder, *options, binary=BINARY, stdin=None, **environment):
    """`dmp export` or `dmp import`; its result, with standard output and error as bytes."""
    variables = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    variables |= {"DMP_DATA_DIR": str(folder)} | environment
    return subprocess.run([binary, command, str(file), *options], env=variables, cwd=folder, input=stdin, capture_output=True, timeout=120)


def succeed(*arguments, **options):
    result = run(*arguments, **options)
    assert result.returncode == 0, result.stderr.decode()
    return result


def refused(*arguments, **options):
    """The one line of an import that changes nothing."""
    result = run(*arguments, **options)
    assert result.returncode == 1, (result.returncode, result.stderr)
    lines = result.stderr.decode().splitlines()
    assert lines[-1].startswith("dmp: "), lines
    return lines[-1]


@pytest.fixture(scope="module")
def home(cluster, start_dmp, tmp_path_factory):
    """The owner's server, with files, playlists and favourites that nobody else is to know."""
    folder = tmp_path_factory.mktemp("home")
    database = cluster.create("transfer_home")
    for name in ["artists/ada-underwood.jpg", "releases/r1.jpg", "artists/nobody.jpg"]:
        (folder / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "images" / name).write_bytes(name.encode() + PICTURE)
    server = start_dmp(folder=folder, DATABASE_URL=cluster.url(database)).wait_for_catalog()
    with cluster.connect(database) as sql:
        fill(sql)
        insert = inserter(sql)
        insert("Playlist", id="p", name="playlist of mine", slug="mine", updatedAt=NOW)
        insert("PlaylistTrack", id="pt", playlistId="p", trackId="k1", position=0)
        insert("FavoriteTrack", id="ft", trackId="k1", updatedAt=NOW)
        insert("FavoriteRelease", id="fr", releaseId="m1", updatedAt=NOW)
        # A favourite without a match has a row that stands in for it.
        insert("ReleaseType", id="tu", name="Unmatched", slug="unmatched", updatedAt=NOW)
        insert("MusicBrainzRelease", id="unmatched-r3", title="Demos", artistId="a1", typeId="tu", updatedAt=NOW)
        sql.execute("""UPDATE "LocalRelease" SET "releaseId" = 'unmatched-r3' WHERE "id" = 'r3'""")
        sql.execute("""UPDATE "LocalRelease" SET "folderPath" = 'secret folder'""")
        sql.execute("""UPDATE "LocalReleaseTrack" SET "lastPlayedAt" = '2026-07-07', "playCount" = 3, "metadata" = '{"a": "tab\\t line\\n \\\\ ünïcode"}' WHERE "id" = 'k1'""")
        sql.execute("""INSERT INTO "Statistics" ("id", "artists", "plays", "updatedAt") VALUES ('main', 4, 3, now())""")
    server.database = cluster.url(database)
    return server


@pytest.fixture(scope="module")
def file(home, tmp_path_factory):
    file = tmp_path_factory.mktemp("file") / "catalog.dmp"
    result = succeed("export", file, home.folder, DATABASE_URL=home.database)
    assert "4 artists, 4 releases, 6 tracks and 2 pictures" in result.stderr.decode()
    assert not list(file.parent.glob("*.unfinished"))
    return file


@pytest.fixture
def target(cluster, tmp_path):
    """A database of this test's own with the schema, and a folder for pictures."""
    name = f"transfer_{abs(hash(tmp_path)) % 10**9}"
    cluster.create(name)

    class Target:
        folder = tmp_path
        url = cluster.url(name)

        def connect(self):
            return cluster.connect(name)

        def take(self, file, *options, **more):
            return succeed("import", file, self.folder, *options, DATABASE_URL=self.url, **more)

        def refuse(self, file, *options, **more):
            return refused("import", file, self.folder, *options, DATABASE_URL=self.url, **more)

        def rows(self, statement):
            with self.connect() as sql:
                return sql.execute(statement).fetchall()

        def state(self):
            """All that an import may change."""
            tables = ["Artist", "LocalRelease", "LocalReleaseTrack", "MusicBrainzRelease", "TrackArtist", "PlaylistTrack", "FavoriteTrack", "Statistics"]
            pictures = {path.relative_to(tmp_path): path.read_bytes() for path in (tmp_path / "images").rglob("*") if path.is_file()}
            return [self.rows(f'SELECT * FROM "{table}" ORDER BY "id"') for table in tables], pictures

    yield Target()


def answers(server):
    return {route: (answer.status_code, answer.content) for route in ROUTES for answer in [server.get(route)]}


def test_listener_shows_what_home_shows(home, file, target, start_dmp):
    """Imported while the listener's server runs, which shows the new catalog at once."""
    listener = start_dmp(folder=target.folder, DATABASE_URL=target.url, PARTY_ENABLED="true", PARTY_ROLE="listener").wait_for_catalog()
    assert listener.get("/api/artists").json()["items"] == []
    target.take(file)
    at_home, there = answers(home), answers(listener)
    for route in ROUTES:
        assert there[route] == at_home[route], route
    assert all(status == 200 for route, (status, _) in there.items() if not route.startswith("/api/releases/m"))
    assert listener.get("/img/artists/nobody.jpg").status_code == 404, "a picture that no row names stays home"


def test_file_says_nothing_of_paths_and_of_the_owner(file):
    content = gzip.decompress(file.read_bytes())
    for text in SECRET:
        assert text.encode() not in content, text
    for text in ["Ada Ünderwood", "Harbour (remaster)", "ünïcode"]:
        assert text.encode() in content, text


def test_file_is_a_tar(file):
    with tarfile.open(file) as tar:
        names = tar.getnames()
        manifest = json.load(tar.extractfile("manifest.json"))
    assert names[0] == "manifest.json" and names[-1] == "end.json"
    assert {"pictures/artists/ada-underwood.jpg", "pictures/releases/r1.jpg"} <= set(names)
    assert {table["name"]: table["rows"] for table in manifest["tables"]}["LocalReleaseTrack"] == 6


def test_through_a_pipe(home, file, target):
    exported = succeed("export", "-", home.folder, DATABASE_URL=home.database).stdout
    with tarfile.open(fileobj=io.BytesIO(exported)) as piped, tarfile.open(file) as other:
        assert piped.getnames() == other.getnames()
    target.take("-", stdin=exported)
    assert target.rows('SELECT count(*) FROM "LocalReleaseTrack"') == [(6,)]
    assert (target.folder / "images/releases/r1.jpg").read_bytes().endswith(PICTURE)


def test_again_keeps_what_users_made(file, target):
    target.take(file)
    with target.connect() as sql:
        insert = inserter(sql)
        insert("Playlist", id="p", name="Here", slug="here", updatedAt=NOW)
        insert("LocalReleaseTrack", id="gone", filePath="gone", updatedAt=NOW)
        for position, track in enumerate(["k2", "gone"]):
            insert("PlaylistTrack", id=track, playlistId="p", trackId=track, position=position)
            insert("FavoriteTrack", id=track, trackId=track, updatedAt=NOW)
        insert("FavoriteRelease", id="f", releaseId="m1", updatedAt=NOW)
        sql.execute("""UPDATE "Artist" SET "image" = 'old.jpg', "slug" = 'zed' || "id", "name" = 'Old'""")
        (target.folder / "images/artists/old.jpg").write_bytes(b"old")
        (target.folder / "images/artists/not-ours.jpg").write_bytes(b"not ours")
    target.take(file)
    assert target.rows('SELECT "name" FROM "Artist" ORDER BY 1') == [("100% Wool",), ("Ada Ünderwood",), ("Zed",), ("a_b",)]
    assert target.rows('SELECT "trackId" FROM "PlaylistTrack"') == [("k2",)]
    assert target.rows('SELECT "trackId" FROM "FavoriteTrack"') == [("k2",)]
    assert target.rows('SELECT "releaseId" FROM "FavoriteRelease"') == [("m1",)]
    artists = target.folder / "images/artists"
    assert sorted(os.listdir(artists)) == ["ada-underwood.jpg", "not-ours.jpg"], "only pictures of the old catalog go"


def test_own_library_needs_a_word(file, target):
    target.take(file)
    with target.connect() as sql:
        sql.execute("""UPDATE "LocalReleaseTrack" SET "filePath" = 'Ada/01.opus' WHERE "id" = 'k1'""")
    before = target.state()
    assert "--replace" in target.refuse(file)
    assert target.state() == before
    target.take(file, "--replace")
    assert target.rows('SELECT DISTINCT "filePath" = "id" FROM "LocalReleaseTrack"') == [(True,)]


def test_pictures_on_s3_are_not_listed_for_deletion(file, target):
    target.take(file)
    with target.connect() as sql:
        sql.execute("""
            CREATE FUNCTION queue_release_image_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO "S3DeletionQueue" ("id", "objectKey") VALUES (gen_random_uuid()::text, 'releases/' || OLD."id" || '.jpg'); RETURN OLD; END $$;
            CREATE TRIGGER release_image_deletion_trigger BEFORE DELETE ON "LocalRelease" FOR EACH ROW EXECUTE FUNCTION queue_release_image_deletion();
            INSERT INTO "S3DeletionQueue" ("id", "objectKey") VALUES ('earlier', 'releases/x.jpg');
            """)
    target.take(file)
    assert target.rows('SELECT "id" FROM "S3DeletionQueue"') == [("earlier",)]


def repacked(file, change):
    """The file with other content and right checksums: `change(name, bytes)` gives (name, bytes), or None to leave it out."""
    out = io.BytesIO()
    with tarfile.open(file) as tar, tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as other:
        for member in tar.getmembers():
            changed = change(member.name, tar.extractfile(member).read())
            if changed:
                member.name, content = changed
                member.size = len(content)
                other.addfile(member, io.BytesIO(content))
    # As our own: two blocks at the end, and gzip's plain header.
    content = out.getvalue().rstrip(b"\0")
    content += bytes(-len(content) % 512) + bytes(1024)
    packed = bytearray(gzip.compress(content, mtime=0))
    packed[8], packed[9] = 0, 3
    return bytes(packed)


def test_wrong_files_are_refused(file, target, tmp_path):
    target.take(file)
    before = target.state()
    whole = file.read_bytes()

    def edit(name, edited):
        return lambda each, content: (each, edited(content)) if each == name else (each, content)

    def rename(name, other):
        return lambda each, content: (other if each == name else each, content)

    picture = "pictures/releases/r1.jpg"
    wrong = {
        "cut off": whole[: len(whole) // 2], "cut off at the end": whole[:-1], "altered": whole[:2000] + bytes(32) + whole[2032:],
        "with another checksum": whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:],
        "with more behind": whole + b"x", "text": b"hello", "empty": b"", "a dump": b"PGDMP" * 100,
        "without its end": repacked(file, lambda name, content: None if name == "end.json" else (name, content)),
        "without a picture": repacked(file, lambda name, content: None if name == picture else (name, content)),
        "without tracks": repacked(file, lambda name, content: None if "LocalReleaseTrack" in name else (name, content)),
        "a picture elsewhere": repacked(file, rename(picture, "pictures/releases/../../../../evil.jpg")),
        "a picture at a root": repacked(file, rename(picture, "/tmp/evil.jpg")),
        "a script as picture": repacked(file, rename(picture, "pictures/releases/evil.svg")),
        "another table": repacked(file, rename("rows/TrackArtist/000001.tsv", "rows/Settings/000001.tsv")),
        "more rows": repacked(file, edit("rows/Genre/000001.tsv", lambda rows: rows + b"g9\tMore\n")),
        "other rows": repacked(file, edit("rows/Genre/000001.tsv", lambda rows: rows.replace(b"\t", b"|"))),
        "an end in between": repacked(file, edit("rows/Genre/000001.tsv", lambda rows: b"\\.\n" + rows.split(b"\n", 1)[1])),
        "a number that is none": repacked(file, edit("rows/Artist/000001.tsv", lambda rows: rows.replace(b"\t40\t", b"\tforty\t"))),
        "a row that refers to nothing": repacked(file, edit("rows/TrackArtist/000001.tsv", lambda rows: rows.replace(b"\tk4\t", b"\tk99\t"))),
        "another version": repacked(file, edit("manifest.json", lambda text: text.replace(b'"version" : 1', b'"version" : 2'))),
        "another format": repacked(file, edit("manifest.json", lambda text: text.replace(b"dmp-catalog", b"other"))),
        "other columns": repacked(file, edit("manifest.json", lambda text: text.replace(b'"slug"', b'"filePath"'))),
    }
    (tmp_path / "same.dmp").write_bytes(repacked(file, lambda name, content: (name, content)))
    target.take(tmp_path / "same.dmp")
    assert target.state() == before, "repacking by itself makes nothing wrong"
    for what, content in wrong.items():
        (tmp_path / "wrong.dmp").write_bytes(content)
        line = target.refuse(tmp_path / "wrong.dmp")
        assert target.state() == before, (what, line)
        assert not list((target.folder / "images").rglob(".import-*")), what
    assert not (tmp_path / "evil.jpg").exists()
    assert "No such file" in target.refuse(tmp_path / "absent.dmp")


def test_killed_import_leaves_the_old_catalog(file, target):
    """Killed while it waits for the rest of the file, and while it exchanges the catalog."""
    target.take(file)
    before = target.state()
    whole = file.read_bytes()
    variables = {"PATH": os.environ["PATH"], "DMP_DATA_DIR": str(target.folder), "DATABASE_URL": target.url}

    def sessions(condition):
        return target.rows(f"SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND {condition}")

    process = subprocess.Popen([BINARY, "import", "-"], env=variables, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdin.write(whole[:-200])
    process.stdin.flush()
    wait_until(lambda: sessions("backend_xid IS NOT NULL"), what="import has begun")
    process.kill()
    process.wait()
    wait_until(lambda: not sessions("backend_xid IS NOT NULL"), what="its transaction is gone")
    assert target.state()[0] == before[0]

    # A reader that stays in the way of nothing, and a writer that holds the exchange up until the kill.
    with psycopg.connect(target.url) as writer:
        writer.execute('UPDATE "LocalReleaseTrack" SET "playCount" = 77')
        process = subprocess.Popen([BINARY, "import", str(file)], env=variables, stderr=subprocess.DEVNULL)
        wait_until(lambda: sessions("wait_event_type = 'Lock'"), what="import waits for the writer")
        process.kill()
        process.wait()
        writer.rollback()
    wait_until(lambda: not sessions("query LIKE 'LOCK TABLE%'"), what="its transaction is gone")
    rows, pictures = target.state()
    assert rows == before[0]
    assert {path: content for path, content in pictures.items() if ".import-" not in str(path)} == before[1]
    target.take(file)
    assert target.state() == before, "the next one clears up"


def test_stopped_by_a_signal(file, target):
    variables = {"PATH": os.environ["PATH"], "DMP_DATA_DIR": str(target.folder), "DATABASE_URL": target.url}
    process = subprocess.Popen([BINARY, "import", "-"], env=variables, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(file.read_bytes()[:-200])
    process.stdin.flush()
    wait_until(lambda: target.rows("SELECT FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL"), what="import has begun")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 1
    assert process.stderr.read().decode().splitlines()[-1] == "dmp: stopped"
    assert target.rows('SELECT count(*) FROM "Artist"') == [(0,)]
    assert not list((target.folder / "images").rglob(".import-*"))


def test_unfinished_export_leaves_no_file(home, tmp_path):
    result = run("export", tmp_path / "absent/catalog.dmp", home.folder, DATABASE_URL=home.database)
    assert result.returncode == 1 and b"No such file" in result.stderr
    earlier = tmp_path / "catalog.dmp"
    earlier.write_bytes(b"earlier")
    result = run("export", earlier, home.folder, DATABASE_URL="postgresql://dmp@localhost/dmp?host=/nonexistent")
    assert result.returncode == 1 and b"not available" in result.stderr
    assert earlier.read_bytes() == b"earlier" and os.listdir(tmp_path) == ["catalog.dmp"]


def test_embedded_databases(tmp_path_factory, file):
    """Into an embedded database that nobody runs, and out of it while a server does."""
    # Postgres' user has to get through to it.
    folder = tmp_path_factory.mktemp("embedded")
    for parent in [folder, *folder.parents[:3]]:
        if parent.owner() == folder.owner() and str(parent).startswith("/tmp/"):
            parent.chmod(0o755)
    succeed("import", file, folder)
    assert not (folder / "postgres/data/postmaster.pid").exists(), "what was started for the command ends with it"
    from servers import Server

    server = Server(folder, {})
    try:
        server.wait().wait_for_catalog()
        assert len(server.get("/api/artists").json()["items"]) == 4
        succeed("export", folder / "again.dmp", folder)
        succeed("import", folder / "again.dmp", folder)
        assert (folder / "postgres/data/postmaster.pid").exists(), "the server's database runs on"
        assert server.get("/api/health").status_code == 200
        assert len(server.get("/api/artists").json()["items"]) == 4
    finally:
        server.stop()
    with tarfile.open(folder / "again.dmp") as again, tarfile.open(file) as first:
        assert again.getnames() == first.getnames()
    shutil.rmtree(folder, ignore_errors=True)
