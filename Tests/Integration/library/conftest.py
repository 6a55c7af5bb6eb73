"""`dmp index` over folders of real files, and what of it a server shows."""

import os
import pathlib
import subprocess

import pytest
from music_files import MusicFolder, make_tones
from servers import BINARY

TRACKS = """
    SELECT k."filePath", k."id", k."title", k."artist", k."albumArtist", k."album", k."year", k."genre", k."duration", k."position",
        k."trackNumber", k."discNumber", k."metadata", k."playCount", k."localReleaseId"
    FROM "LocalReleaseTrack" k ORDER BY k."filePath"
"""


class Library:
    """A folder of music, a database, and an image store."""

    def __init__(self, folder, cluster, tones, name):
        self.music = folder / "music"
        self.music.mkdir()
        self.images = folder / "images"
        self.data = folder / "data"
        self.folder = MusicFolder(self.music, tones)
        self.cluster, self.name = cluster, cluster.create(name)

    @property
    def environment(self):
        return {"DATABASE_URL": self.cluster.url(self.name), "MUSIC_DIR": str(self.music), "IMAGE_DIR": str(self.images), "DMP_DATA_DIR": str(self.data)}

    def command(self, *arguments, binary=BINARY, **environment):
        clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        return [binary, "index", *map(str, arguments)], clean | self.environment | environment

    def start(self, *arguments, **environment):
        command, variables = self.command(*arguments, **environment)
        return subprocess.Popen(command, env=variables, cwd=self.music.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *arguments, **options):
        command, variables = self.command(*arguments, **options)
        return subprocess.run(command, env=variables, cwd=self.music.parent, capture_output=True, text=True, timeout=300)

    def index(self, *arguments):
        """Runs it, and gives its summary as {word: number}."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        numbers = [part.strip().split() for part in done.stdout.splitlines()[0].rstrip(".").replace(":", ",").replace(";", ",").split(",")]
        return {word: int(number) for number, word in numbers}, done.stdout

    def sql(self):
        return self.cluster.connect(self.name)

    def tracks(self):
        """Rows by path."""
        with self.sql() as sql:
            cursor = sql.execute(TRACKS)
            names = [column.name for column in cursor.description]
            return {row[0]: dict(zip(names, row)) for row in cursor}

    def value(self, statement, *values):
        with self.sql() as sql:
            return sql.execute(statement, values).fetchone()[0]

    def everything(self):
        """Every row of the catalog, without the statistics' times."""
        tables = ["Artist", "LocalRelease", "LocalReleaseTrack", "TrackArtist", "Genre", "_ArtistGenres", "MusicBrainzRelease", "FavoriteTrack", "PlaylistTrack"]
        with self.sql() as sql:
            return {table: sql.execute(f'SELECT to_jsonb(t) FROM "{table}" t ORDER BY 1').fetchall() for table in tables}


@pytest.fixture(scope="session")
def tones(tmp_path_factory):
    return make_tones(tmp_path_factory.mktemp("tones"))


@pytest.fixture
def library(tmp_path, cluster, tones, request):
    return Library(pathlib.Path(tmp_path), cluster, tones, "library_" + request.node.name.split("[")[0])
