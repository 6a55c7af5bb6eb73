"""/api/openapi.json: it describes every route, and what it says is true of the server."""

import collections
import json
import os
import pathlib
import subprocess
import sys
import urllib.parse

import jsonschema
import openapi_spec_validator
import pytest
import referencing
import referencing.jsonschema
import requests
from core_checks import raw
from openapi_library import fill, fill_awkwardly
from servers import free_port

METHODS = {"get", "head", "post", "put", "patch", "delete", "options"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    for path in ["music/Ada/01.opus", "images/releases/cm7harbour.jpg", "images/artists/cm7harbour.jpg"]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(bytes(range(256)) * 4000)
    return folder


@pytest.fixture(scope="module")
def database(cluster):
    return cluster.create("openapi")


@pytest.fixture(scope="module")
def host(cluster, database, start_dmp, folders):
    """A full site."""
    return start_dmp(
        DATABASE_URL=cluster.url(database), MUSIC_DIR=folders / "music", IMAGE_DIR=folders / "images", PARTY_ENABLED="true", PARTY_ROLE="host",
        PARTY_URL="https://party.test", PARTY_SECRET="a secret of the test").wait_for_catalog()


@pytest.fixture(scope="module")
def listener(cluster, database, start_dmp, folders, host):
    port = free_port()
    return start_dmp(
        DATABASE_URL=cluster.url(database), MUSIC_DIR=folders / "music", IMAGE_DIR=folders / "images", PARTY_ENABLED="true", PARTY_ROLE="listener",
        RTC_MIN_PORT=port, RTC_MAX_PORT=port, MODULES="Smallest").wait_for_catalog()


@pytest.fixture
def library(cluster, database, host):
    with cluster.connect(database) as sql:
        fill(sql)


@pytest.fixture
def awkward_library(cluster, database, host):
    with cluster.connect(database) as sql:
        fill(sql)
        fill_awkwardly(sql)


class Description:
    """A server's document."""

    def __init__(self, server):
        self.json = server.get("/api/openapi.json").json()
        resource = referencing.Resource.from_contents(self.json, default_specification=referencing.jsonschema.DRAFT202012)
        self.registry = referencing.Registry().with_resource("urn:dmp", resource)

    def operations(self):
        """(path, method, operation) of every operation."""
        for path, item in self.json["paths"].items():
            for method, operation in item.items():
                assert method in METHODS
                yield path, method, operation

    def check(self, value, *pointer):
        """That `value` has the schema at `pointer`."""
        steps = "/".join(urllib.parse.quote(step.replace("~", "~0").replace("/", "~1")) for step in pointer)
        jsonschema.Draft202012Validator({"$ref": f"urn:dmp#/{steps}"}, registry=self.registry).validate(value)

    def check_answer(self, path, answer):
        method, status = answer.request.method.lower(), str(answer.status_code)
        assert status in self.json["paths"][path][method]["responses"], f"{method} {path}: {status} is not described"
        self.check(answer.json(), "paths", path, method, "responses", status, "content", "application/json", "schema")


def example_of(path, operation):
    """The address that an operation's examples make."""
    parameters = operation.get("parameters", [])
    for parameter in parameters:
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", parameter["example"])
    query = {parameter["name"]: parameter["example"] for parameter in parameters if parameter["in"] == "query"}
    return path + ("?" + urllib.parse.urlencode(query) if query else "")


# The document


@pytest.fixture(scope="module", params=["host", "listener"])
def server(request):
    return request.getfixturevalue(request.param)


def test_is_valid(server):
    openapi_spec_validator.validate(server.get("/api/openapi.json").json())


def test_is_compressed_and_kept(server):
    answer = server.get("/api/openapi.json")
    assert answer.headers["content-encoding"] in ("gzip", "br") and answer.headers["vary"] == "accept-encoding"
    assert server.get("/api/openapi.json", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert requests.head(server.url + "/api/openapi.json", timeout=10).headers["etag"] == answer.headers["etag"]


def test_every_route_is_described(server):
    """Start-up compares the modules' routes with their descriptions; a unit test does it for the core's."""
    assert "description is wrong" not in server.log


def test_describes_this_server(start, host, listener):
    def described(server):
        return {f"{method} {path}" for path, method, _ in Description(server).operations()}

    off = described(start())
    assert "get /api/artists/{slug}" in off and "get /api/openapi.json" in off
    party = {"get /api/party/status", "options /api/party/status"}
    assert described(host) - off == party | {"post /api/party/host-token", "post /api/party/examination"}
    assert described(listener) - off == party | {"get /api/party/cover/{hash}", "get /api/party/examination", "get /api/smallest", "post /api/smallest"}
    assert off - described(listener) == set()


def is_refused(operation):
    """Described as one that never succeeds: 403, or 429 to who asks too often."""
    return set(operation["responses"]) <= {"403", "429"}


def test_stream_mode_is_described(host, listener, library):
    refused = 0
    for path, method, operation in Description(listener).operations():
        if "/smallest" in path:
            continue
        answer = requests.request(method, listener.url + example_of(path, operation), json={}, timeout=10)
        assert (answer.status_code == 403) == is_refused(operation), f"{method} {path}"
        refused += answer.status_code == 403
    assert refused > 15
    # What changes something there is refused to other sites' pages alone.
    assert all("403" not in operation["responses"] or "/party/" in path or method.lower() != "get"
               for path, method, operation in Description(host).operations())


def test_examples_fit_their_schemas(server):
    description, count = Description(server), 0
    for path, method, operation in description.operations():
        here = ("paths", path, method)
        for number, parameter in enumerate(operation.get("parameters", [])):
            description.check(parameter["example"], *here, "parameters", str(number), "schema")
        contents = [((*here, "responses", status, "content"), response.get("content", {})) for status, response in operation["responses"].items()]
        if "requestBody" in operation:
            contents.append(((*here, "requestBody", "content"), operation["requestBody"]["content"]))
        for pointer, content in contents:
            for media_type, media in content.items():
                if "schema" not in media:
                    continue
                examples = [media["example"]] if "example" in media else [example["value"] for example in media["examples"].values()]
                assert examples
                for example in examples:
                    description.check(example, *pointer, media_type, "schema")
                    count += 1
    assert count > 30


def test_examples_are_true(host, library):
    """The examples of what is read are what the server answers about the library that they speak of."""
    volatile = {"/api/health", "/api/modules", "/api/openapi.json", "/api/party/status"}
    count = 0
    for path, method, operation in Description(host).operations():
        content = operation["responses"].get("200", {}).get("content", {})
        if (method == "get" or path == "/api/tracks/explore") and path not in volatile and "application/json" in content:
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
            answer = requests.request(method, host.url + example_of(path, operation), json=body, timeout=10)
            assert answer.json() == content["application/json"]["example"], path
            count += 1
    assert count > 10


@pytest.mark.parametrize("ids", [
    {"slug": "bare", "id": "cm7pier", "decade": "-1"}, {"slug": "oldplaylist", "id": "untitled", "decade": "0"}, {"slug": "ada-underwood", "id": "second"},
    {"slug": "nobody", "id": "nobody", "decade": "x"}, {"slug": "%00", "id": "%ff", "decade": "%00"}, {"slug": "cm7ada", "id": "nothing", "decade": "9" * 99},
])
def test_awkward_rows_fit_the_schemas(server, awkward_library, ids):
    description = Description(server)
    for path, method, operation in description.operations():
        if method != "get" or path in ("/api/audio/{id}", "/img/artists/{name}", "/img/releases/{name}", "/api/smallest"):
            continue
        address = path
        for name, value in ({"decade": "1990"} | ids).items():
            address = address.replace("{" + name + "}", value)
        for query in ["", "?q=har", "?page=x&limit=-1&minScore=", "?search=%00&q=%00&page=%00&limit=%00&year=%00", "?letter=%ff&year=%ff&q=%zz&page=%"]:
            description.check_answer(path, server.get(address + query))


def test_unavailable_database_is_described(start):
    server = start(MUSIC_DIR="/tmp")
    description = Description(server)
    for path, method, operation in description.operations():
        if "503" in operation["responses"]:
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
            answer = requests.request(method, server.url + example_of(path, operation), json=body, timeout=10)
            assert answer.status_code == 503, f"{method} {path}"
            if method != "head":
                description.check_answer(path, answer)


# The server, held to the document by a client that has read nothing else


def run_schemathesis(server, database_url, folder, *options):
    """Runs schemathesis with all of its checks: examples, boundaries of every schema, and what is drawn from them, the same in every run."""
    answers = folder / "answers"
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "openapi_hooks", "OPENAPI_DATABASE": database_url, "OPENAPI_ANSWERS": str(answers), "NO_COLOR": "1",
        "PYTHONPATH": str(pathlib.Path(__file__).parent)}
    run = subprocess.run(
        [pathlib.Path(sys.executable).parent / "schemathesis", "run", server.url + "/api/openapi.json", "--checks", "all", "--phases",
         "examples,coverage,fuzzing", "--max-examples", "20", "--seed", "1", "--generation-deterministic", "--header", "Origin: " + server.url, *options],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=400)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    # It leaves out the document itself.
    reached = collections.defaultdict(set, {"GET /api/openapi.json": {200}})
    for line in answers.read_text().splitlines():
        status, operation = line.split(" ", 1)
        reached[operation].add(int(status))
    return reached


def test_schemathesis_on_a_full_site(cluster, database, host, awkward_library, tmp_path):
    reached = run_schemathesis(host, cluster.url(database), tmp_path)
    for path, method, operation in Description(host).operations():
        statuses = reached[f"{method.upper()} {path}"]
        assert statuses & {200, 204}, f"{method} {path} never succeeded: {statuses}"
        assert not [status for status in statuses if status >= 500]


def test_schemathesis_on_a_listener(cluster, database, listener, awkward_library, tmp_path):
    # Whatever might change something is refused before it is asked whether there is such a route: 403, not 405.
    reached = run_schemathesis(listener, cluster.url(database), tmp_path, "--exclude-checks", "unsupported_method")
    for path, method, operation in Description(listener).operations():
        statuses = reached[f"{method.upper()} {path}"]
        if is_refused(operation):
            assert 403 in statuses and not statuses & {200, 204}, f"{method} {path}: {statuses}"
        else:
            # No party has left a cover here, and only the owner's other server gets in.
            expected = {404} if "/party/cover/" in path else {401} if path == "/api/party/examination" else {200, 204}
            assert statuses & expected, f"{method} {path}: {statuses}"


# What is no request of the document at all


def check_error(answer, status, code):
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode()), head
    assert b"content-type: application/json" in head.lower()
    error = json.loads(body)
    assert (error["error"], error["statusCode"], error["code"]) == (True, status, code)


@pytest.mark.parametrize("target, status, code", [
    ("/api/artists/" + "a" * 9_000, 414, "uri_too_long"), ("/api/search?q=" + "a" * 9_000, 414, "uri_too_long"), ("/" + "a" * 9_000, 414, "uri_too_long"),
    ("/api/artists/" + "a" * 20_000, 431, "headers_too_large"), ("/api/artists/" + "a" * 4_000, 404, "not_found"),
    ("/api/search?q=" + "a" * 300, 400, "bad_request"), ("/api/search?q=%00a", 400, "bad_request"),
    ("/api/artists/%zz", 404, "not_found"), ("/api/artists/%", 404, "not_found"), ("/api/artists/%ff%fe", 404, "not_found"),
    ("/api/artists/%00", 404, "not_found"), ("/api/%zz", 404, "not_found"), ("/api/artists/../../etc/passwd", 404, "not_found"),
    ("/img/releases/%2e%2e%2fsecret.png", 404, "not_found"), ("api/artists", 400, "bad_request"), ("/api/art ists", 400, "bad_request"),
])
def test_strange_targets(host, target, status, code):
    check_error(raw(host, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()), status, code)


@pytest.mark.parametrize("target", ["/api/search?q=%zz", "/api/search?q=%ff", "/api/search?%", "/api/search?q", "/api/search?&&=&q=", "/api/artists?page=%zz"])
def test_strange_queries_find_nothing(host, target):
    assert raw(host, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("request_bytes, status, code", [
    (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", 431, "headers_too_large"),
    (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad_request"), (b"nonsense\r\n\r\n", 400, "bad_request"),
    (b"POST /api/playlists HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400, "bad_request"),
    (b"POST /api/playlists HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "bad_request"),
])
def test_no_http(host, request_bytes, status, code):
    check_error(raw(host, request_bytes), status, code)


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b"1", b'"text"', b"{}", b'{"name":1}', b'{"name":null}', b'{"name":"\\u0000"}', b'{"name":"\\ud800"}', b"\xff\xfe", b"\x00",
    b'{"name":"' + b"a" * 201 + b'"}', b"[" * 10_000, b'{"name":{"a":' * 4_000, b'{"name":' + b"9" * 400 + b"}",
])
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/json; charset=utf-16", "multipart/form-data", "\xff", ""])
def test_strange_bodies(host, library, body, content_type):
    answer = requests.post(host.url + "/api/playlists", data=body, headers={"Content-Type": content_type.encode("latin-1")}, timeout=10)
    assert answer.status_code == 400, answer.text
    Description(host).check_answer("/api/playlists", answer)


@pytest.mark.parametrize("method, path, allow", [
    ("POST", "/api/artists", "GET, HEAD"), ("PUT", "/api/playlists", "GET, HEAD, POST"), ("DELETE", "/api/artists/x", "GET, HEAD"),
    ("GET", "/api/tracks/x/play", "POST"), ("HEAD", "/api/favorites/tracks/x", "DELETE, POST"), ("OPTIONS", "/api/genres", "GET, HEAD"),
    ("TRACE", "/api/health", "GET, HEAD"), ("PROPFIND", "/api/playlists/x", "DELETE, GET, HEAD, PATCH"), ("POST", "/api/openapi.json", "GET, HEAD"),
    ("PUT", "/api/party/status", "GET, HEAD, OPTIONS"), ("GET", "/api/party/host-token", "POST"), ("POST", "/img/artists/x.png", "GET, HEAD"),
])
def test_wrong_methods(host, method, path, allow):
    answer = requests.request(method, host.url + path, timeout=10)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)
    assert method == "HEAD" or answer.json()["code"] == "method_not_allowed"


def test_unknown_paths_have_no_methods(host):
    for path in ["/api/nothing", "/api", "/api/artists/x/y", "/nothing"]:
        assert requests.post(host.url + path, timeout=10).status_code == 404


def test_a_bodyless_request_may_carry_one(host, library):
    answer = requests.post(host.url + "/api/tracks/cm7quay/play", data=b"x" * 1_000, timeout=10)
    assert answer.json() == {"ok": True}
    answer = requests.get(host.url + "/api/genres", data=b"x" * 1_000, timeout=10)
    assert answer.status_code == 200
