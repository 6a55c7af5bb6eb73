"""Pages of other sites change nothing through a visitor's browser."""

import pytest
import requests


@pytest.fixture(scope="module")
def server(start):
    return start(PARTY_ENABLED="true", PARTY_ROLE="host", PARTY_URL="https://party.example", PARTY_SECRET="a-secret-of-tests", MODULES="Smallest")


def writing_routes(server):
    """Every route of the core that changes something, with a body that a form or a plain `fetch` sends without asking first."""
    paths = server.get("/api/openapi.json").json()["paths"]
    return [(method.upper(), path.replace("{", "").replace("}", ""), answers["responses"])
            for path, methods in paths.items() if not path.startswith(("/api/party", "/api/smallest"))
            for method, answers in methods.items() if method in ("post", "put", "patch", "delete")]


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
], ids=str)
def test_a_foreign_page_changes_nothing(server, headers):
    routes = writing_routes(server)
    assert len(routes) > 8
    for method, path, responses in routes:
        answer = requests.request(method, server.url + path, data=b"{}", headers={"Content-Type": "text/plain", **headers}, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin"), (method, path)
        assert "403" in responses, (method, path)


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, "own"], ids=str)
def test_own_pages_and_programs_are_served(server, headers):
    own = {"Origin": server.url} if headers == "own" else headers
    for method, path, _ in writing_routes(server):
        answer = requests.request(method, server.url + path, data=b"{}", headers={"Content-Type": "application/json", **own}, timeout=10)
        assert answer.status_code != 403, (method, path)


def test_reading_and_other_modules_are_not_concerned(server):
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert requests.get(server.url + "/api/health", headers=foreign, timeout=10).status_code in (200, 503)
    assert requests.get(server.url + "/", headers=foreign, timeout=10).status_code == 200
    assert requests.post(server.url + "/api/smallest", data=b"x", headers=foreign, timeout=10).status_code == 200
