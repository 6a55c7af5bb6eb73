"""What one client may ask for: connections and requests a minute, counted by its network, behind a trusted proxy too."""

import json
import time

import pytest
import requests
from websockets.exceptions import InvalidStatus


def refusal_of_socket(server, headers):
    """The answer's status, code and Retry-After; None when the socket opens."""
    try:
        server.socket(additional_headers=headers).close()
    except InvalidStatus as refused:
        return refused.response.status_code, json.loads(refused.response.body)["code"], refused.response.headers["retry-after"]
    return None


def forwarded(address):
    return {"X-Forwarded-For": address}


@pytest.mark.parametrize("one, same, another", [("198.51.100.1", "198.51.100.1", "198.51.100.2"),
                                                 ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")])
def test_new_connections(start_party, one, same, another):
    server = start_party(PARTY_CONNECTIONS_PER_MINUTE=10, TRUSTED_PROXIES="127.0.0.1")
    answers = [refusal_of_socket(server, forwarded(one)) for _ in range(10)]
    assert answers == [None] * 10
    # A second may have passed since the first.
    answers = [refusal_of_socket(server, forwarded(same)) for _ in range(10)]
    status, code, retry_after = next(answer for answer in answers if answer)
    assert (status, code) == (429, "too_many_requests") and 1 <= int(retry_after) <= 6
    assert refusal_of_socket(server, forwarded(another)) is None
    # Whoever is not trusted cannot speak for others.
    server = start_party(PARTY_CONNECTIONS_PER_MINUTE=10)
    answers = [refusal_of_socket(server, forwarded(f"198.51.100.{number}")) for number in range(20)]
    assert any(answers)


def test_a_forgotten_proxy_is_told_of_once(start_party):
    def warnings(server):
        return server.log.count("that TRUSTED_PROXIES does not name")

    server = start_party()
    for _ in range(3):
        requests.get(server.url + "/api/party/status", headers=forwarded("198.51.100.1"), timeout=5)
    assert warnings(server) == 0, "a program that speaks for itself alone"
    for number in range(10):
        refusal_of_socket(server, forwarded(f"198.51.100.{number}"))
    assert warnings(server) == 1
    assert "198.51.100." not in server.log
    trusting = start_party(TRUSTED_PROXIES="127.0.0.1")
    for number in range(10):
        requests.get(trusting.url + "/api/party/status", headers=forwarded(f"198.51.100.{number}"), timeout=5)
    assert warnings(trusting) == 0


def test_open_connections(start_party):
    server = start_party(PARTY_MAX_LISTENERS=1, PARTY_MAX_LISTENERS_PER_ADDRESS=300, PARTY_CONNECTIONS_PER_MINUTE=1_000)
    for _ in range(257):
        server.socket()
    status, code, retry_after = refusal_of_socket(server, {})
    assert (status, code) == (503, "too_many_connections") and int(retry_after) > 0


def test_requests(start_party):
    server = start_party(MAX_REQUESTS_PER_SECOND=5, TRUSTED_PROXIES="127.0.0.1")
    session = requests.Session()

    def status(address):
        return session.get(server.url + "/api/party/status", headers=forwarded(address), timeout=5)

    deadline = time.monotonic() + 20
    answers = [status("198.51.100.1")]
    while answers[-1].status_code == 200:
        assert time.monotonic() < deadline
        answers.append(status("198.51.100.1"))
    refused = answers[-1]
    assert len(answers) > 50, "a page with its pictures comes at once"
    assert refused.status_code == 429 and refused.headers["retry-after"] == "1" and refused.json()["code"] == "too_many_requests"
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert status("198.51.100.2").status_code == 200
    time.sleep(1.1)
    assert status("198.51.100.1").status_code == 200


def test_pages_never_meet_the_limit(start_party):
    """The default of a listener server: thirty visits of a page with a hundred pictures, at once, from one address."""
    server = start_party()
    session = requests.Session()
    assert all(session.get(server.url + "/api/party/status", timeout=5).status_code == 200 for _ in range(3_000))


def test_an_owners_own_site_has_no_limit(start_party):
    server = start_party(PARTY_ROLE="host", PARTY_URL="http://127.0.0.1:1")
    paths = requests.get(server.url + "/api/openapi.json", timeout=5).json()["paths"]
    assert "429" not in paths["/api/party/status"]["get"]["responses"]


def test_the_limit_is_described(start_party):
    paths = requests.get(start_party().url + "/api/openapi.json", timeout=5).json()["paths"]
    assert all("429" in operation["responses"] for path in paths.values() for operation in path.values())
