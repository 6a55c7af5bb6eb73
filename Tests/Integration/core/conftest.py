"""A site of its own, and servers that need no database, for the tests of the core."""

import shutil

import pytest
from core_checks import INDEX, SCRIPT
from servers import BINARY


@pytest.fixture(scope="session")
def public(tmp_path_factory):
    folder = tmp_path_factory.mktemp("public")
    (folder / "index.html").write_text(INDEX)
    (folder / "app.js").write_text(SCRIPT)
    (folder / "styles").mkdir()
    (folder / "styles/täst file.css").write_text("body{}\n")
    (folder / "pixel.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(200)))
    (folder / "empty.txt").write_text("")
    (folder / ".secret").write_text("hidden")
    (folder / "img").mkdir()
    (folder / "img/old.png").write_bytes(b"old")
    (folder.parent / "outside.txt").write_text("outside")
    return folder


@pytest.fixture(scope="module")
def start(start_dmp, public):
    """`start_dmp` with the site above and a database that is away."""

    def start(**environment):
        environment.setdefault("PUBLIC_DIR", public)
        environment.setdefault("DATABASE_URL", "postgresql://dmp@localhost/dmp?host=/nonexistent")
        return start_dmp(**environment)

    return start


@pytest.fixture
def binaries(tmp_path):
    """The binary and its kit in a folder of their own, where modules may be missing or strange."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ["dmp", "libGatewayKit.so"]:
        shutil.copy2(BINARY.resolve().parent / name, folder / name)
    return folder
