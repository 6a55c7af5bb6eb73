"""`dmp doctor`, `dmp db tune`, `dmp db fill`: on databases as the original makes them."""

import os
import subprocess
import tempfile

import pytest
from servers import BINARY, ROOT


@pytest.fixture
def dmp(tmp_path):
    """Runs a command to its end: (status, standard output, standard error)."""

    def run(*arguments, **environment):
        clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        variables = {**clean, "DMP_DATA_DIR": str(tmp_path), "PUBLIC_DIR": str(ROOT / "public"), **{name: str(value) for name, value in environment.items()}}
        done = subprocess.run([BINARY, *arguments], cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture(scope="module")
def library(cluster):
    """A database with an invented library of 1,000 tracks."""
    name = cluster.create("filled")
    subprocess.run([BINARY, "db", "fill", "--size", "0.001"], env={**os.environ, "DATABASE_URL": cluster.url(name)}, check=True, timeout=120)
    return name


def scalar(sql, statement):
    return sql.execute(statement).fetchone()[0]


def test_fill_makes_a_plausible_library(cluster, library):
    with cluster.connect(library) as sql:
        assert scalar(sql, 'SELECT count(*) FROM "Artist"') == 20
        assert scalar(sql, 'SELECT count(*) FROM "LocalRelease"') == 100
        assert scalar(sql, 'SELECT count(*) FROM "LocalReleaseTrack"') == 1000
        assert 50 <= scalar(sql, 'SELECT count(*) FROM "LocalRelease" WHERE "releaseId" IS NOT NULL') <= 90
        assert scalar(sql, 'SELECT count(*) FROM "LocalRelease" WHERE "year" IS NULL') > 0
        assert scalar(sql, 'SELECT count(*) FROM "TrackArtist" WHERE role = \'FEATURED\'') > 0
        assert scalar(sql, 'SELECT count(*) FROM "LocalReleaseTrack" WHERE metadata ? \'MOOD_HAPPY\'') > 300
        # Indexes and foreign keys are as they were.
        assert scalar(sql, "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated") == 18
        assert scalar(sql, "SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'") == 57


def test_fill_gives_the_same_library_each_time(cluster, library, dmp):
    other = cluster.create("filled_again")
    assert dmp("db", "fill", "--size", "0.001", DATABASE_URL=cluster.url(other))[0] == 0
    for table in ["Artist", "LocalRelease", "LocalReleaseTrack", "TrackArtist", "MusicBrainzRelease", "PlaylistTrack"]:
        digest = f'SELECT md5(string_agg(to_jsonb(t)::text, \'\' ORDER BY "id")) FROM (SELECT * FROM "{table}") t'
        if table in ("TrackArtist", "PlaylistTrack"):
            digest = digest.replace("SELECT *", 'SELECT "id", "trackId"')
        if table == "MusicBrainzRelease":
            digest = digest.replace("SELECT *", 'SELECT "id", "title", "year", "status"')
        with cluster.connect(library) as first, cluster.connect(other) as second:
            assert scalar(first, digest) == scalar(second, digest), table


def test_fill_leaves_another_library_alone(cluster, library, dmp):
    status, _, errors = dmp("db", "fill", "--size", "0.001", DATABASE_URL=cluster.url(library))
    assert status == 1 and "another library" in errors
    with cluster.connect(library) as sql:
        assert scalar(sql, 'SELECT count(*) FROM "LocalReleaseTrack"') == 1000


def test_doctor_suggests_what_tune_creates(cluster, library, dmp, tmp_path):
    database = cluster.create("to_tune")
    url = cluster.url(database)
    assert dmp("db", "fill", "--size", "0.001", DATABASE_URL=url)[0] == 0
    status, output, _ = dmp("doctor", DATABASE_URL=url)
    assert status == 0, output
    suggestions = [line for line in output.splitlines() if " indexes:" in line]
    assert len(suggestions) == 10 and all("advice" in line and "CREATE INDEX CONCURRENTLY" in line for line in suggestions)
    indexes = "SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'"
    with cluster.connect(database) as sql:
        assert scalar(sql, indexes) == 57, "doctor changes nothing"
        status, dry, _ = dmp("db", "tune", "--dry-run", DATABASE_URL=url)
        assert status == 0 and dry.count("CREATE INDEX CONCURRENTLY") == 10 and "CREATE EXTENSION" in dry
        assert scalar(sql, indexes) == 57, "a dry run changes nothing"
        # The same index under another name counts; one that an interruption left behind is made again.
        sql.execute('CREATE INDEX "mine" ON "LocalRelease" ("createdAt" DESC, "id")')
        sql.execute('CREATE INDEX "Artist_createdAt_idx" ON "Artist" ("createdAt" DESC, "slug")')
        sql.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = '\"Artist_createdAt_idx\"'::regclass")
        status, _, errors = dmp("db", "tune", DATABASE_URL=url)
        assert status == 0, errors
        assert scalar(sql, indexes) == 57 + 10
        assert scalar(sql, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0
        assert [line for line in dmp("doctor", DATABASE_URL=url)[1].splitlines() if " indexes:" in line] == ["ok      indexes: all there"]
        assert "is there" in dmp("db", "tune", DATABASE_URL=url)[2]
        sql.execute("SET enable_seqscan = off")
        plan = "\n".join(row[0] for row in sql.execute('EXPLAIN SELECT * FROM "LocalRelease" ORDER BY "year", "title", "id" LIMIT 5').fetchall())
        assert "LocalRelease_year_idx" in plan
        plan = "\n".join(row[0] for row in sql.execute('EXPLAIN SELECT * FROM "LocalReleaseTrack" WHERE "title" ILIKE \'%thunder%\'').fetchall())
        assert "LocalReleaseTrack_title_trgm_idx" in plan


def test_the_embedded_database_has_every_suggested_index(dmp):
    # Not below pytest's own folder, which only its user may enter: Postgres runs as another user than root.
    with tempfile.TemporaryDirectory(prefix="dmp-embedded-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        status, _, errors = dmp("db", "fill", "--size", "0.0001", DMP_DATA_DIR=folder)
        assert status == 0, errors
        status, output, _ = dmp("doctor", DMP_DATA_DIR=folder)
    assert status == 0 and "ok      indexes: all there" in output


def test_doctor_finds_what_is_broken(cluster, library, dmp, tmp_path):
    def broken(**environment):
        status, output, _ = dmp("doctor", **environment)
        found = [line for line in output.splitlines() if line.startswith("BROKEN")]
        assert status == (1 if found else 0), output
        return "\n".join(found)

    assert broken() == ""
    assert "PORT" in broken(PORT="x")
    assert "database:" in broken(DATABASE_URL="postgresql://dmp@127.0.0.1:1/none")
    assert "MUSIC_DIR" in broken(MUSIC_DIR=tmp_path / "none")
    assert "20 of 20 files" in broken(DATABASE_URL=cluster.url(library), MUSIC_DIR=tmp_path)
    assert "site files" in broken(PUBLIC_DIR=tmp_path)
    assert "libNone.so" in broken(MODULES="None")
    lacking = cluster.create("lacking")
    assert dmp("db", "fill", "--size", "0.0001", DATABASE_URL=cluster.url(lacking))[0] == 0
    with cluster.connect(lacking) as sql:
        sql.execute('ALTER TABLE "LocalRelease" DROP COLUMN "lastPlayedAt"')
    assert '"LocalRelease" lacks "lastPlayedAt"' in broken(DATABASE_URL=cluster.url(lacking))


def test_doctor_makes_no_tables_in_an_empty_database(cluster, dmp):
    empty = cluster.create("empty_for_doctor")
    status, output, _ = dmp("doctor", DATABASE_URL=cluster.url(empty))
    assert status == 0 and "makes the tables" in output
    with cluster.connect(empty) as sql:
        assert scalar(sql, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
