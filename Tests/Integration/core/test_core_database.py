"""The server and its database: created, away, back again, embedded."""

import os
import signal

import pytest
import requests
from servers import wait_until


def health(server):
    answer = server.get("/api/health")
    return answer.status_code, answer.json()


def test_away_at_the_start(start):
    server = start()
    assert server.get("/").status_code == 200
    answer = server.get("/api/artists")
    assert answer.status_code == 503 and answer.json()["code"] == "database_unavailable" and int(answer.headers["retry-after"]) > 0
    status, body = health(server)
    assert status == 503 and body["status"] == "degraded" and body["database"]["status"] == "unavailable" and body["database"]["message"]
    assert isinstance(body["uptimeSeconds"], int) and body["version"]
    # What the driver says names hosts and users: that is for the log.
    assert "nonexistent" not in server.get("/api/health").text + answer.text


@pytest.mark.parametrize("sleeps", [False, True])
def test_lost_and_found(cluster, start, sleeps):
    """Asleep meanwhile, the server finds Postgres' last words and the connections' end at the same time: it hears of both but once."""
    server = start(DATABASE_URL=cluster.url(cluster.create("lost"))).wait_for_catalog()
    assert server.get("/api/artists").status_code == 200 and health(server)[0] == 200
    if sleeps:
        server.process.send_signal(signal.SIGSTOP)
    cluster.stop()
    server.process.send_signal(signal.SIGCONT)
    try:
        wait_until(lambda: server.get("/api/artists").status_code == 503, what="503")
        assert health(server)[0] == 503
        assert server.get("/app.js").status_code == 200
    finally:
        cluster.start()
    wait_until(lambda: server.get("/api/artists").status_code == 200, what="recovery")
    assert health(server) == (200, health(server)[1]) and health(server)[1]["database"]["status"] == "ok"


def test_schema_comes_with_a_database_that_was_away(cluster, start):
    cluster.stop()
    try:
        server = start(DATABASE_URL=cluster.url("late"))
    finally:
        cluster.start()
    cluster.create("late")
    wait_until(lambda: server.get("/api/artists").status_code == 200, what="schema")


def test_prisma_parameters(cluster, start):
    name = cluster.create("prisma")
    server = start(DATABASE_URL=cluster.url(name) + "&schema=music&connection_limit=2&pool_timeout=3")
    assert server.get("/api/artists").status_code == 200
    assert "pool_timeout" in server.log and "schema" not in [line for line in server.log.splitlines() if "DATABASE_URL" in line][0]
    with cluster.connect(name) as connection:
        assert connection.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'Artist'").fetchall() == [("music",)]


@pytest.mark.parametrize("url", ["mysql://root@localhost/x", "postgresql://[::1/x", "nonsense"])
def test_no_url(start, url):
    server = start(wait=False, DATABASE_URL=url)
    assert server.process.wait(20) == 1
    assert "dmp: DATABASE_URL: " in server.log


def test_secret_stays_secret(start):
    server = start(DATABASE_URL="postgresql://me:hunter2secret@127.0.0.1:1/dmp", LOG_LEVEL="trace")
    assert server.get("/api/artists").status_code == 503
    assert "hunter2secret" not in server.log + server.get("/api/health").text


def test_embedded(start, tmp_path):
    """Without DATABASE_URL the server brings its own, on a unix socket alone, and takes it along when it goes."""
    data = tmp_path / "data"
    os.chmod(tmp_path, 0o755)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == os.getuid() and str(parent).startswith("/tmp/pytest"):
            os.chmod(parent, 0o755)
    server = start(DATABASE_URL="", DMP_DATA_DIR=data)
    assert server.get("/api/artists").json()["total"] == 0
    assert health(server)[0] == 200
    pid = int((data / "postgres/data/postmaster.pid").read_text().splitlines()[0])
    assert not tcp_listeners(pid)
    assert server.stop() == 0
    assert not is_running(pid)
    # Killed, it leaves the database behind; the next one adopts it.
    server = start(DATABASE_URL="", DMP_DATA_DIR=data)
    pid = int((data / "postgres/data/postmaster.pid").read_text().splitlines()[0])
    server.stop(signal.SIGKILL)
    server = start(DATABASE_URL="", DMP_DATA_DIR=data)
    assert server.get("/api/artists").status_code == 200
    assert server.stop() == 0
    assert not is_running(pid)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def tcp_listeners(pid):
    inodes = {os.readlink(f"/proc/{pid}/fd/{name}")[8:-1] for name in os.listdir(f"/proc/{pid}/fd") if "socket" in os.readlink(f"/proc/{pid}/fd/{name}")}
    with open(f"/proc/{pid}/net/tcp") as four, open(f"/proc/{pid}/net/tcp6") as six:
        return [line for line in (*four, *six) if line.split()[3] == "0A" and line.split()[9] in inodes]


def test_large_json_is_compressed(cluster, start):
    name = cluster.create("compressed")
    server = start(DATABASE_URL=cluster.url(name))
    with cluster.connect(name) as connection:
        connection.execute('INSERT INTO "Genre" (id, name) SELECT \'g\' || n, \'Genre number \' || n FROM generate_series(1, 500) n')
    plain = server.get("/api/genres", headers={"Accept-Encoding": "identity"})
    assert plain.headers["vary"] == "accept-encoding" and "content-encoding" not in plain.headers and len(plain.json()) == 500
    with requests.get(server.url + "/api/genres", headers={"Accept-Encoding": "gzip"}, stream=True, timeout=10) as packed:
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) == len(packed.raw.read(decode_content=False)) < len(plain.content) / 3
    assert server.get("/api/genres", headers={"Accept-Encoding": "gzip"}).json() == plain.json()
    head = requests.head(server.url + "/api/genres", headers={"Accept-Encoding": "gzip"}, timeout=10)
    assert head.status_code == 200 and head.content == b""
    small = server.get("/api/stats", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in small.headers
