"""The site's files from memory: conditional requests, ranges, codings, deep links, and nothing that lies outside."""

import gzip

import pytest
import requests
from core_checks import raw
from core_checks import SCRIPT


@pytest.fixture(scope="module")
def server(start):
    return start()


def get(server, path, **headers):
    return server.get(path, headers={"Accept-Encoding": "identity"} | {name.replace("_", "-"): value for name, value in headers.items()})


def test_file(server):
    answer = get(server, "/app.js")
    assert answer.status_code == 200 and answer.text == SCRIPT
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["etag"].startswith('"')
    assert "content-encoding" not in answer.headers


def test_name_with_blank_and_accent(server):
    assert get(server, "/styles/t%C3%A4st%20file.css").text == "body{}\n"


def test_empty_file(server):
    answer = get(server, "/empty.txt")
    assert answer.status_code == 200 and answer.content == b"" and answer.headers["content-length"] == "0"
    assert get(server, "/empty.txt", Range="bytes=0-").status_code == 416


def test_head(server):
    answer = requests.head(server.url + "/app.js", headers={"Accept-Encoding": "identity"}, timeout=10)
    assert answer.status_code == 200 and answer.headers["content-length"] == str(len(SCRIPT)) and answer.content == b""
    # The next request on the same connection is read rightly, so no body was sent.
    assert raw(server, b"HEAD /app.js HTTP/1.1\r\nHost: x\r\n\r\nGET /empty.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").count(b"HTTP/1.1 200") == 2


def test_etag_is_matched_weakly_and_in_lists(server):
    tag = get(server, "/app.js").headers["etag"]
    for condition in [tag, "W/" + tag, f'"other", {tag}', "*"]:
        answer = get(server, "/app.js", If_None_Match=condition)
        assert answer.status_code == 304 and answer.content == b"" and answer.headers["etag"] == tag, condition
    for condition in ['"other"', tag[:-1], "", tag.strip('"')]:
        assert get(server, "/app.js", If_None_Match=condition).status_code == 200, condition


@pytest.mark.parametrize("header, first, last", [
    ("bytes=0-9", 0, 9), ("bytes=5-5", 5, 5), ("bytes=100-", 100, None), ("bytes=-7", -7, None), ("bytes=0-999999999", 0, None), ("bytes=-999999999", 0, None),
])
def test_range(server, header, first, last):
    answer = get(server, "/app.js", Range=header)
    expected = SCRIPT.encode()[first:None if last is None else last + 1]
    begin = first if first >= 0 else len(SCRIPT) + first
    assert answer.status_code == 206 and answer.content == expected
    assert answer.headers["content-range"] == f"bytes {begin}-{begin + len(expected) - 1}/{len(SCRIPT)}"
    assert answer.headers["content-length"] == str(len(expected))


@pytest.mark.parametrize("header", [f"bytes={len(SCRIPT)}-", "bytes=-0", "bytes=99999999999999999999-"])
def test_range_that_cannot_be(server, header):
    answer = get(server, "/app.js", Range=header)
    assert answer.status_code == 416 and answer.headers["content-range"] == f"bytes */{len(SCRIPT)}" and answer.content == b""


@pytest.mark.parametrize("header", ["bytes=", "bytes=a-b", "bytes=9-5", "bytes=0-1,5-6", "lines=0-1", "bytes=--1", "bytes=1", "bytes=+1-2"])
def test_range_that_is_none(server, header):
    answer = get(server, "/app.js", Range=header)
    assert answer.status_code == 200 and answer.text == SCRIPT


def test_if_range(server):
    tag = get(server, "/app.js").headers["etag"]
    assert get(server, "/app.js", Range="bytes=0-1", If_Range=tag).status_code == 206
    assert get(server, "/app.js", Range="bytes=0-1", If_Range='"other"').status_code == 200
    assert get(server, "/app.js", Range="bytes=0-1", If_Range="W/" + tag).status_code == 200
    assert get(server, "/app.js", Range="bytes=0-1", If_Range="Wed, 21 Oct 2015 07:28:00 GMT").status_code == 200


def test_range_is_of_the_file_itself(server):
    answer = get(server, "/app.js", Range="bytes=0-9", Accept_Encoding="gzip, br")
    assert answer.content == SCRIPT.encode()[:10] and "content-encoding" not in answer.headers


@pytest.mark.parametrize("accept, coding", [
    ("gzip", "gzip"), ("gzip, br", "br"), ("br;q=0, gzip;q=0.5", "gzip"), ("GZIP", "gzip"), ("*", "br"), ("identity", None), ("gzip;q=0", None), ("deflate", None),
    ("gzip;q=nonsense", None), ("*;q=0", None),
])
def test_coding(server, accept, coding):
    with requests.get(server.url + "/app.js", headers={"Accept-Encoding": accept}, stream=True, timeout=10) as answer:
        assert answer.headers.get("content-encoding") == coding
        body = answer.raw.read(decode_content=False)
        assert len(body) == int(answer.headers["content-length"])
        if coding == "gzip":
            assert gzip.decompress(body).decode() == SCRIPT
        if coding:
            assert len(body) < len(SCRIPT) / 4
            tag = answer.headers["etag"]
            assert tag != get(server, "/app.js").headers["etag"], "each coding is a representation of its own"
            assert server.get("/app.js", headers={"Accept-Encoding": accept, "If-None-Match": tag}).status_code == 304


def test_what_is_packed_already_is_not_compressed(server):
    answer = server.get("/pixel.png", headers={"Accept-Encoding": "gzip, br"})
    assert "content-encoding" not in answer.headers and "vary" not in answer.headers


@pytest.mark.parametrize("path, status", [
    ("/", 200), ("/?x=1", 200), ("/index.html", 200), ("/browse", 200), ("/browse/", 200), ("/artist/some-one", 200), ("/artist/%E2%99%A5", 200),
    ("/explore", 200), ("/timeline", 200), ("/playlists", 200), ("/playlists/x", 200), ("/favorites", 200), ("/statistics", 200), ("/party", 404),
    ("/party-status", 404), ("/party-debug", 404), ("/artist", 404), ("/artist/a/b", 404), ("/nothing", 404), ("/deep/er/link", 404),
])
def test_deep_links(server, path, status):
    answer = get(server, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8" and 'id="dmp-configuration"' in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    if status == 404:
        # The page of an unknown address is never "not modified".
        assert get(server, path, If_None_Match=answer.headers["etag"]).status_code == 404


@pytest.mark.parametrize("path", ["/missing.js", "/styles/missing.css", "/img/old.png", "/.secret", "/img/releases/missing.png"])
def test_unknown_files_are_not_the_page(server, path):
    answer = get(server, path)
    assert answer.status_code == 404 and answer.headers["content-type"].startswith("application/json") and answer.json()["code"] == "not_found"


@pytest.mark.parametrize("target", [
    "/../outside.txt", "/%2e%2e/outside.txt", "/styles/../../outside.txt", "/styles/..%2f..%2foutside.txt", "//etc/passwd", "/..\\outside.txt",
    "/img/../../outside.txt", "/img/releases/..%2f..%2f..%2foutside.txt", "/img/releases/%2e%2e/outside.txt", "/img/releases/%00", "/%00", "/%ff", "/%", "/./app.js",
])
def test_no_way_out(server, target):
    answer = raw(server, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 "), answer[:200]
    assert b"outside" not in answer.split(b"\r\n\r\n", 1)[1] or b'"url"' in answer


def test_methods(server):
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]:
        assert requests.request(method, server.url + "/app.js", timeout=10).status_code == 404, method


def test_policy(server):
    policy = get(server, "/").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    assert get(server, "/api/modules").headers["content-security-policy"].startswith("default-src 'none'")
    assert get(server, "/").headers["x-frame-options"] == "DENY"


def test_a_page_that_is_kept_keeps_its_policy(server):
    """A 304 replaces the headers of the page that the browser has: one with a closed policy would break it."""
    page = get(server, "/")
    unchanged = get(server, "/", If_None_Match=page.headers["etag"])
    assert unchanged.status_code == 304
    assert unchanged.headers.get("content-security-policy") in (None, page.headers["content-security-policy"])


def test_pictures(start, tmp_path):
    (tmp_path / "releases").mkdir()
    (tmp_path / "artists").mkdir()
    (tmp_path / "releases/r 1.png").write_bytes(b"\x89PNG" + bytes(500))
    (tmp_path / "artists/evil.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    (tmp_path / "artists/notes.txt").write_text("not a picture")
    (tmp_path / "secret.png").write_bytes(b"above")
    (tmp_path / "artists/out.png").symlink_to("/etc/hostname")
    server = start(IMAGE_DIR=tmp_path)
    answer = server.get("/img/releases/r%201.png")
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/png" and len(answer.content) == 504
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert server.get("/img/releases/r%201.png", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert server.get("/img/releases/r%201.png", headers={"Range": "bytes=1-3"}).content == b"PNG"
    assert requests.head(server.url + "/img/releases/r%201.png", timeout=10).headers["content-length"] == "504"
    for path in ["/img/artists/evil.svg", "/img/artists/notes.txt", "/img/artists/..%2fsecret.png", "/img/artists/out.png", "/img/secret.png", "/img/releases/"]:
        assert server.get(path).status_code == 404, path


def test_no_site(start, tmp_path):
    server = start(wait=False, PUBLIC_DIR=tmp_path)
    assert server.process.wait(20) == 1
    assert f"dmp: PUBLIC_DIR: there is no index.html in {tmp_path}" in server.log
