"""A server over the library of catalog_library.py, one database for each module of tests."""

import pytest
from catalog_library import fill


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    folder = tmp_path_factory.mktemp("music")
    (folder / "Ada").mkdir()
    (folder / "Ada/01.opus").write_bytes(bytes(range(256)) * 4000)
    (folder / "Ada/02.mp3").write_bytes(b"mp3!")
    (folder / "Ada/empty.flac").write_bytes(b"")
    (folder / "out").symlink_to("/etc")
    return folder


@pytest.fixture(scope="module")
def server(cluster, start_dmp, music, request):
    database = cluster.create(request.module.__name__)
    server = start_dmp(DATABASE_URL=cluster.url(database), MUSIC_DIR=music).wait_for_catalog()
    with cluster.connect(database) as sql:
        fill(sql)
    server.sql = lambda: cluster.connect(database)
    server.database_url = cluster.url(database)
    return server
