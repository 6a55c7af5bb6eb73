"""`script/bench catalog` on a small library, so that it goes on working. What it measures is not looked at."""

import os
import subprocess
import sys
import tempfile

from servers import BINARY, ROOT


def test_the_catalog_benchmark_runs():
    # Not below pytest's own folder, which only its user may enter: Postgres runs as another user than root.
    with tempfile.TemporaryDirectory(prefix="dmp-bench-test-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        done = subprocess.run(
            [sys.executable, "-P", ROOT / "Tests/Benchmarks/catalog.py", "--size", "0.0001", "--seconds", "1", "--only", "s", "--folder", folder],
            env={**os.environ, "PYTHONPATH": str(ROOT / "Tests"), "DMP_BINARY": str(BINARY)}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    rows = {line[:24].strip(): line for line in done.stdout.splitlines()}
    assert "FAILED" not in done.stdout
    for route in ["artists, genre", "search, words", "stats", "tracks/random", "playlists"]:
        assert "MB" in rows[route] and "ms" in rows[route], done.stdout
    assert "highest memory" in done.stdout
