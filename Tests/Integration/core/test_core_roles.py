"""Every row of the roles table (DESIGN, Roles): routes there or 404, UDP socket open or not, flags in the page."""

import json
import re

import pytest
import requests
from servers import free_port
from core_checks import modules, udp_ports

HANDSHAKE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}


def flags(server):
    page = server.get("/")
    assert page.status_code == 200
    return json.loads(re.search(r'<script type="application/json" id="dmp-configuration">(.*?)</script>', page.text).group(1))


def test_flags_have_exactly_the_contracts_keys(start):
    server = start(IMAGE_STORAGE="both")
    assert flags(server) == {
        "partyEnabled": False, "partyRole": "", "partyUrl": "", "streamMode": False, "imageStorage": "both",
        "version": server.get("/api/health").json()["version"],
    }


@pytest.mark.parametrize("environment", [{}, {"PARTY_ENABLED": "false", "PARTY_ROLE": "listener"}, {"PARTY_ENABLED": "TRUE", "PARTY_ROLE": "nonsense"},
                                         {"PARTY_ENABLED": "1", "PARTY_ROLE": "host", "PARTY_URL": "http://party.test"}])
def test_off(start, environment):
    server = start(**environment)
    assert modules(server)["Party"] == {"name": "Party", "status": "off", "message": None}
    assert flags(server)["partyEnabled"] is False and flags(server)["streamMode"] is False
    assert server.get("/api/party/status").status_code == 404
    assert server.get("/_ws").status_code == 404
    assert server.get("/_ws", headers=HANDSHAKE).status_code == 404
    assert requests.post(server.url + "/api/party/host-token", json={"nonce": "x"}).status_code == 404
    assert server.get("/party").status_code == 404
    assert udp_ports(server.process.pid) == set()
    # The module's image is not even mapped.
    with open(f"/proc/{server.process.pid}/maps") as maps:
        assert "libParty" not in maps.read()


def test_host(start):
    server = start(PARTY_ENABLED="true", PARTY_ROLE="host", PARTY_URL="https://party.test/x")
    assert modules(server)["Party"]["status"] == "loaded"
    assert flags(server) | {"version": ""} == {
        "partyEnabled": True, "partyRole": "host", "partyUrl": "https://party.test", "streamMode": False, "imageStorage": "local", "version": ""}
    policy = server.get("/").headers["content-security-policy"]
    assert "https://party.test" in policy and "wss://party.test" in policy
    status = server.get("/api/party/status")
    assert status.status_code == 200 and status.json()["active"] is False
    assert status.headers["access-control-allow-origin"] == "*"
    assert server.get("/_ws", headers=HANDSHAKE).status_code == 404
    assert server.get("/party").status_code == 200
    assert udp_ports(server.process.pid) == set()


def test_listener(start):
    port = free_port()
    server = start(PARTY_ENABLED="true", PARTY_ROLE="listener", RTC_MIN_PORT=port, RTC_MAX_PORT=port)
    assert modules(server)["Party"]["status"] == "loaded"
    assert flags(server)["streamMode"] is True and flags(server)["partyRole"] == "listener"
    assert server.get("/api/party/status").json()["active"] is False
    assert server.get("/_ws").status_code == 426
    assert server.get("/party-status").status_code == 200
    assert udp_ports(server.process.pid) == {port}


@pytest.mark.parametrize("environment, key", [
    ({"PARTY_ENABLED": "true"}, "PARTY_ROLE"), ({"PARTY_ENABLED": "true", "PARTY_ROLE": "off"}, "PARTY_ROLE"),
    ({"PARTY_ENABLED": "true", "PARTY_ROLE": "both"}, "PARTY_ROLE"), ({"PARTY_ENABLED": "true", "PARTY_ROLE": "host"}, "PARTY_URL"),
])
def test_a_wrong_role_stops_the_start_with_one_line(start, environment, key):
    server = start(wait=False, **environment)
    assert server.process.wait(20) == 1
    lines = [line for line in server.log.splitlines() if line.startswith("dmp: ")]
    assert len(lines) == 1 and lines[0].startswith(f"dmp: {key}: "), server.log
    if key == "PARTY_ROLE":
        assert "host or listener" in lines[0]


def test_host_without_its_module_is_a_plain_site(start, binaries):
    server = start(binary=binaries / "dmp", PARTY_ENABLED="true", PARTY_ROLE="host", PARTY_URL="http://party.test")
    assert modules(server)["Party"]["status"] == "failed"
    assert "libParty.so is missing" in modules(server)["Party"]["message"]
    assert flags(server)["partyEnabled"] is False


def test_listener_without_its_module_stays_closed(start, binaries):
    server = start(binary=binaries / "dmp", PARTY_ENABLED="true", PARTY_ROLE="listener")
    assert modules(server)["Party"]["status"] == "failed"
    assert flags(server)["streamMode"] is True
    assert requests.post(server.url + "/api/tracks/x/play").status_code == 403
