"""Timeline: dmp-api.md, decades and a decade, and section 5 put right (9, 11, 12, 20)."""

import pytest
from catalog_library import NOW, inserter, json


@pytest.fixture(scope="module", autouse=True)
def years(server):
    """On top of the library's: 1994, 2001 and two releases without a year."""
    with server.sql() as sql:
        insert = inserter(sql)
        for number, (title, year) in enumerate([("B", 1990), ("A", 1990), ("a%", 1999), ("Z", 1999), ("Zero", 0), ("Early", 7), ("New", 2025), ("Far", 2**31 - 1),
                                                ("Before", -3)]):
            insert("LocalRelease", id=f"y{number}", title=title, year=year, artistId="a2", updatedAt=NOW)


def titles(server, path):
    return [release["title"] for release in json(server, path)["releases"]]


def test_decades(server):
    assert json(server, "/api/timeline/decades") == [
        {"decade": 2147483640, "count": 1}, {"decade": 2020, "count": 1}, {"decade": 2000, "count": 1}, {"decade": 1990, "count": 5}, {"decade": 0, "count": 1},
        {"decade": -10, "count": 1}]


def test_decade(server):
    answer = json(server, "/api/timeline/1990s")
    assert answer == json(server, "/api/timeline/1990")
    assert list(answer) == ["releases", "total", "page", "hasMore", "years"]
    assert [(release["year"], release["title"]) for release in answer["releases"]] == [(1990, "A"), (1990, "B"), (1994, "Harbour"), (1999, "Z"), (1999, "a%")]
    assert answer["releases"][2] == {"id": "r1", "title": "Harbour", "releaseType": "Album", "year": 1994, "image": "/img/releases/r1.jpg", "imageUrl": None,
                                     "artist": {"id": "a1", "name": "Ada Ünderwood", "slug": "ada-underwood"}}
    assert (answer["total"], answer["page"], answer["hasMore"]) == (5, 1, False)
    assert answer["years"] == [{"year": 1990, "count": 2}, {"year": 1994, "count": 1}, {"year": 1999, "count": 2}]


def test_pages(server):
    first, second, last = [json(server, f"/api/timeline/1990?limit=2&page={page}") for page in (1, 2, 3)]
    assert [release["title"] for page in (first, second, last) for release in page["releases"]] == ["A", "B", "Harbour", "Z", "a%"]
    assert [page["hasMore"] for page in (first, second, last)] == [True, True, False]
    assert {page["total"] for page in (first, second, last)} == {5} and first["years"] == last["years"]
    assert titles(server, "/api/timeline/1990?page=9") == []
    assert len(titles(server, "/api/timeline/1990?limit=-3")) == 1 and len(titles(server, "/api/timeline/1990?limit=2.9&page=x")) == 2
    assert json(server, "/api/timeline/1990?page=1e300&limit=1e300")["hasMore"] is False


@pytest.mark.parametrize("query, found", [
    ("year=1990", ["A", "B"]), ("year=1994", ["Harbour"]), ("year=1991", []), ("year=2001", []), ("year=0", []), ("year=-3", []), ("year=", ["A", "B", "Harbour", "Z", "a%"]),
    ("year=99999999999999", []), ("year=1990&year=1994", ["A", "B"]),
])
def test_year(server, query, found):
    answer = json(server, f"/api/timeline/1990?{query}")
    assert [release["title"] for release in answer["releases"]] == found and answer["total"] == len(found)
    assert [entry["year"] for entry in answer["years"]] == [1990, 1994, 1999]


@pytest.mark.parametrize("path", ["nineties", "-1990", "%20", "s1990", "%D9%A1", "%00", "1990?year=abc", "1990?year=1990.5", "1990?year=1e3", "1990?year=9223372036854775808"])
def test_what_is_no_decade_or_year(server, path):
    answer = json(server, f"/api/timeline/{path}", 400)
    assert answer["code"] == "bad_request" and answer["message"] == ("Invalid year" if "?" in path else "Invalid decade")


def test_windows_of_ten_years(server):
    assert titles(server, "/api/timeline/1994") == ["Harbour", "Z", "a%", "Wool Together"]
    assert titles(server, "/api/timeline/0") == ["Early"]
    for decade in ["99999999999999999999999", "2147483647", "2147483640"]:
        assert titles(server, f"/api/timeline/{decade}") == ["Far"]
    assert titles(server, "/api/timeline/2147483630") == []
