"""What an owner is told of the live part: `dmp doctor`, and the same on `/party-status` through `/api/party/examination`."""

import os
import socket
import subprocess
import time

import pytest
import requests
from network_namespace import Namespace
from party_server import SECRET, token
from servers import BINARY, ROOT, free_port

EXAMINATION = "/api/party/examination"


@pytest.fixture
def doctor(tmp_path):
    """Lines of `dmp doctor` with these settings, and its status."""

    def run(prefix=(), **environment):
        variables = {"PATH": os.environ["PATH"], "DMP_DATA_DIR": str(tmp_path), "PUBLIC_DIR": str(ROOT / "public"), "PORT": str(free_port()),
                     "PARTY_ENABLED": "true", "PARTY_ROLE": "listener", "PARTY_SECRET": SECRET, "PARTY_ANNOUNCED_ADDRESS": "127.0.0.1",
                     **{name: str(value) for name, value in environment.items()}}
        variables = {name: value for name, value in variables.items() if value}
        done = subprocess.run([*prefix, BINARY, "doctor"], env=variables, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout.splitlines()

    return run


def about(lines, word):
    return [line for line in lines if word in line]


def test_doctor_tries_the_media_port(doctor):
    port = free_port()
    status, lines = doctor(RTC_MIN_PORT=port, RTC_MAX_PORT=port)
    assert status == 0, lines
    assert about(lines, f"ok      Party: port {port} at 127.0.0.1 is reached from here over UDP and TCP")
    # Either protocol alone is no use to the other.
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as taken:
            taken.bind(("0.0.0.0", port))
            if kind == socket.SOCK_STREAM:
                taken.listen()
            status, lines = doctor(RTC_MIN_PORT=port, RTC_MAX_PORT=port)
            assert status == 1 and about(lines, f"BROKEN  modules: no port of {port}–{port} is free for both UDP and TCP; set RTC_MIN_PORT"), lines


def test_doctor_sees_a_firewall(doctor):
    with Namespace() as machine:
        own = {"prefix": machine.prefix, "PARTY_ANNOUNCED_ADDRESS": machine.addresses[0], "RTC_MIN_PORT": 10_000}
        assert about(doctor(**own)[1], f"ok      Party: port 10000 at {machine.addresses[0]} is reached from here over UDP and TCP")
        machine.block_udp()
        status, lines = doctor(**own)
        assert status == 1 and about(lines, "cannot be reached over UDP → a firewall of this machine is in the way"), lines


def test_doctor_looks_at_the_addresses_that_browsers_get(doctor):
    # Reserved for examples (RFC 5737): nobody has it.
    _, lines = doctor(PARTY_ANNOUNCED_ADDRESS="192.0.2.77")
    assert about(lines, "advice  Party: port") and about(lines, "open UDP and TCP"), lines
    _, lines = doctor(PARTY_SECRET="")
    assert about(lines, "advice  Party: PARTY_SECRET is not set")


def test_doctor_asks_for_the_web_port(doctor, start_party):
    server = start_party()
    assert about(doctor(PORT=server.port, HOST="127.0.0.1")[1], f"ok      port: 127.0.0.1 port {server.port}: a server of ours runs there")
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0)
        status, lines = doctor(PORT=other.getsockname()[1], HOST="127.0.0.1")
        assert status == 1 and about(lines, "is taken by another program"), lines
    assert about(doctor(HOST="192.0.2.77")[1], "BROKEN  port: 192.0.2.77")


def test_doctor_asks_the_listener_server(doctor, start_party):
    server = start_party()
    asked = {"PARTY_ROLE": "host", "PARTY_ANNOUNCED_ADDRESS": ""}
    status, lines = doctor(**asked, PARTY_URL=server.url)
    assert status == 0 and about(lines, f"ok      Party: {server.url} answers"), lines
    begin = time.monotonic()
    status, lines = doctor(**asked, PARTY_URL=f"http://127.0.0.1:{free_port()}")
    assert status == 1 and about(lines, "cannot be reached from here"), lines
    assert time.monotonic() - begin < 9, "a refused connection is an answer"
    # Encrypted and spoken to in the clear: the line tells of the connection, and that it may be the certificate.
    status, lines = doctor(**asked, PARTY_URL=server.url.replace("http:", "https:"))
    assert status == 1 and about(lines, "it may be the certificate"), lines
    assert doctor(**asked, PARTY_URL="")[0] == 1


def test_the_owner_sees_both_servers(start_party):
    listener = start_party(PARTY_SECRET=SECRET)
    host = start_party(PARTY_ROLE="host", PARTY_SECRET=SECRET, PARTY_URL=listener.url)
    answer = requests.post(host.url + EXAMINATION, headers={"Origin": host.url}, timeout=60)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    here, there = answer.json()["here"], answer.json()["listenerServer"]
    for findings in (here, there):
        subjects = {finding["subject"] for finding in findings}
        assert {"settings", "database", "data folder", "Party"} <= subjects
        assert all(finding["level"] in ("fine", "advice", "broken") and finding["message"] for finding in findings)
    assert any(finding["message"] == f"{listener.url} answers" for finding in here)
    assert any(f"media port {listener.media_port}" in finding["message"] for finding in there)
    assert any("is reached from here over TCP" in finding["message"] for finding in there), "the running port is tried, too"


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://stranger.example"}, {"Origin": "{own}", "Sec-Fetch-Site": "cross-site"}])
def test_other_pages_see_nothing_of_the_host(start_party, headers):
    host = start_party(PARTY_ROLE="host", PARTY_SECRET=SECRET, PARTY_URL="http://127.0.0.1:9")
    headers = {name: value.replace("{own}", host.url) for name, value in headers.items()}
    answer = requests.post(host.url + EXAMINATION, headers=headers, timeout=60)
    assert answer.status_code == 403 and answer.json()["code"] == "foreign_origin"


def test_strangers_see_nothing_of_the_listener_server(start_party):
    server = start_party(PARTY_SECRET=SECRET)

    def proof(secret, when, text="examination {}"):
        return f"DMP {when} {token(text.format(when), secret)}"

    now = int(time.time())
    wrong = [None, "", "DMP", "DMP  ", f"DMP {now}", proof("another secret", now), proof(SECRET, now - 3600), proof(SECRET, now + 3600),
             proof(SECRET, now, "{}"), f"DMP 99999999999999999999 {token('examination 99999999999999999999')}",
             f"DMP -9223372036854775808 {token('examination -9223372036854775808')}", "DMP " + "9" * 10_000]
    for field in wrong:
        answer = requests.get(server.url + EXAMINATION, headers={"Authorization": field} if field is not None else {}, timeout=60)
        assert answer.status_code == 401 and answer.json()["code"] == "not_owner" and "findings" not in answer.text, field
        assert requests.post(server.url + EXAMINATION, timeout=60).status_code == 403, "stream mode"
    right = requests.get(server.url + EXAMINATION, headers={"Authorization": proof(SECRET, now)}, timeout=60)
    assert right.status_code == 200 and right.json()["here"]
    # Without a secret nobody can prove anything.
    assert requests.get(start_party().url + EXAMINATION, headers={"Authorization": proof("", now)}, timeout=60).status_code == 401


def test_the_secrets_must_agree(start_party):
    listener = start_party(PARTY_SECRET="another secret")
    host = start_party(PARTY_ROLE="host", PARTY_SECRET=SECRET, PARTY_URL=listener.url)
    there = requests.post(host.url + EXAMINATION, headers={"Origin": host.url}, timeout=60).json()["listenerServer"]
    assert [finding["level"] for finding in there] == ["advice"] and "PARTY_SECRET" in there[0]["message"]
