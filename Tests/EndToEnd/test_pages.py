"""The site's pages in a real browser on the demo's library: what they show, what they say when there is nothing or an error, and what one
can do on them by mouse and by keyboard."""

import re

import pytest
import requests
from playwright.sync_api import expect

from test_party import start_party, wait_state

PHONE, DESK = 360, 1440
# Path, heading, and the API it lives on.
PAGES = [
    ("/", "Home", "/api/releases/latest"), ("/browse", "Browse", "/api/artists"), ("/timeline", "Timeline", "/api/timeline/decades"),
    ("/playlists", "Playlists", "/api/playlists"), ("/favorites", "Favorites", "/api/favorites"), ("/statistics", "Statistics", "/api/stats"),
]
OWNER_ONLY = ["/explore", "/playlists", "/playlists/x", "/favorites", "/party"]


def api(url, method="GET", **options):
    answer = requests.request(method, url, timeout=20, **options)
    answer.raise_for_status()
    return answer.json()


def is_api(path):
    return lambda url: re.match(r"https?://[^/]+([^?]*)", url)[1] == path


@pytest.fixture
def host(demo_sites):
    """The host's site, without playlists and favourites."""
    host = demo_sites[0]
    for playlist in api(f"{host}/api/playlists"):
        api(f"{host}/api/playlists/{playlist['slug']}", "DELETE")
    ids = api(f"{host}/api/favorites/ids")
    for track in ids["tracks"]:
        api(f"{host}/api/favorites/tracks/{track}", "DELETE")
    for favorite in api(f"{host}/api/favorites")["releases"]:
        api(f"{host}/api/favorites/releases/{favorite['release']['id']}", "DELETE")
    return host


def some_tracks(host, number):
    tracks = []
    for release in api(f"{host}/api/releases/latest?limit=100"):
        tracks += api(f"{host}/api/releases/{release['id']}/tracks")["tracks"]
    return tracks[:number]


def make_playlist(host, name, number):
    slug = api(f"{host}/api/playlists", "POST", json={"name": name})["playlist"]["slug"]
    tracks = some_tracks(host, number)
    for track in tracks:
        api(f"{host}/api/playlists/{slug}/tracks", "POST", json={"trackId": track["id"]})
    return slug, [track["title"] for track in tracks]


def titles(page):
    return page.locator(".tracks tbody .title > span").all_inner_texts()


def kept_titles(host, slug):
    return [entry["track"]["title"] for entry in api(f"{host}/api/playlists/{slug}")["tracks"]]


def wait_for_order(page, host, slug, wanted):
    """The page shows the order at once, and the server is told."""
    assert titles(page) == wanted
    for _ in range(100):
        if kept_titles(host, slug) == wanted:
            return
        page.wait_for_timeout(100)
    assert kept_titles(host, slug) == wanted


# Every page

@pytest.mark.parametrize("path, heading, _", [*PAGES, ("/explore", "Explore", ""), ("/party", "Music Party", ""), ("/party-status", "Party status", ""), ("/party-debug", "Party debug", "")])
def test_heading_title_and_width(host, page, path, heading, _):
    phone = page(host + path, width=PHONE, height=780)
    expect(phone.get_by_role("heading", level=1, name=heading)).to_be_attached()
    expect(phone).to_have_title("DMP" if path == "/" else re.compile(rf"^({heading}|Party) – DMP$"))
    phone.wait_for_load_state("networkidle")
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE
    current = phone.locator("dmp-bottom-nav [aria-current]")
    expect(current).to_have_count(1)


@pytest.mark.parametrize("path, heading, source", PAGES)
def test_a_failure_can_be_tried_again(host, page, path, heading, source):
    browser_page = page("about:blank")
    browser_page.route(is_api(source), lambda route: route.fulfill(status=503, json={"error": True, "code": "database_unavailable", "message": "x"}))
    browser_page.goto(host + path)
    alert = browser_page.get_by_role("alert").filter(has_text="not reachable").first
    expect(alert).to_be_visible()
    browser_page.unroute_all(behavior="wait")
    alert.get_by_role("button", name="Try again").click()
    expect(alert).to_have_count(0)
    expect(browser_page.get_by_text("not reachable")).to_have_count(0)


@pytest.mark.parametrize("path, source, answer, words", [
    ("/playlists", "/api/playlists", [], "No playlists yet"),
    ("/favorites", "/api/favorites", {"releases": [], "tracks": []}, "No favorite releases yet"),
    ("/favorites?tab=tracks", "/api/favorites", {"releases": [], "tracks": []}, "No favorite tracks yet"),
    ("/timeline", "/api/timeline/decades", [], "No releases with year information found"),
    ("/browse", "/api/artists", {"items": [], "total": 0, "page": 1, "pageSize": 48, "hasMore": False}, "No artists found"),
    ("/", "/api/releases/latest", [], "The library is empty."),
])
def test_emptiness_has_words(host, page, path, source, answer, words):
    browser_page = page("about:blank")
    browser_page.route(is_api(source), lambda route: route.fulfill(json=answer))
    browser_page.goto(host + path)
    expect(browser_page.get_by_text(words)).to_be_visible()


def test_what_does_not_exist(host, page):
    browser_page = page(host + "/playlists/no-such-list")
    expect(browser_page.get_by_role("heading", name="Playlist not found")).to_be_visible()
    browser_page.get_by_role("link", name="All playlists").click()
    expect(browser_page.get_by_text("No playlists yet")).to_be_visible()
    browser_page.goto(host + "/artist/no-such-artist")
    expect(browser_page.get_by_role("heading", name="Artist not found")).to_be_visible()


# Playlists

def test_life_of_a_playlist(host, page):
    browser_page = page(host + "/playlists")
    browser_page.get_by_role("button", name="Create your first playlist").click()
    dialog = browser_page.get_by_role("dialog", name="New playlist")
    expect(dialog.get_by_label("Name")).to_be_focused()
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("alert").or_(dialog.locator("input:invalid"))).to_be_visible()
    dialog.get_by_label("Name").fill("Night Drive")
    dialog.get_by_label("Description").fill("Slow & low <b>")
    dialog.get_by_role("button", name="Create").click()
    expect(browser_page.get_by_role("heading", level=1, name="Night Drive")).to_be_visible()
    expect(browser_page.get_by_text("No tracks in this playlist yet")).to_be_visible()
    expect(browser_page.get_by_text("Slow & low <b>")).to_be_visible()
    expect(browser_page).to_have_title("Night Drive – DMP")

    # Another of the same name is refused in the dialog, which stays.
    browser_page.goto(host + "/playlists")
    browser_page.get_by_role("button", name="New playlist").click()
    browser_page.get_by_label("Name").fill("night drive")
    browser_page.get_by_role("button", name="Create").click()
    expect(browser_page.get_by_role("alert")).to_contain_text("already exists")
    browser_page.keyboard.press("Escape")
    expect(browser_page.get_by_role("dialog")).to_have_count(0)

    browser_page.get_by_role("link", name="Night Drive").click()
    browser_page.get_by_role("button", name="Edit").click()
    browser_page.get_by_label("Name").fill("Day Drive")
    browser_page.get_by_role("button", name="Save").click()
    expect(browser_page).to_have_url(host + "/playlists/day-drive")
    expect(browser_page.get_by_role("heading", level=1, name="Day Drive")).to_be_visible()
    browser_page.reload()
    expect(browser_page.get_by_role("heading", level=1, name="Day Drive")).to_be_visible()

    browser_page.get_by_role("button", name="Delete").click()
    browser_page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert len(api(f"{host}/api/playlists")) == 1
    browser_page.get_by_role("button", name="Delete").click()
    browser_page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(browser_page.get_by_text("No playlists yet")).to_be_visible()
    assert api(f"{host}/api/playlists") == []


def test_tracks_are_moved_by_keyboard(host, page):
    slug, order = make_playlist(host, "Keys", 5)
    browser_page = page(f"{host}/playlists/{slug}")
    browser_page.get_by_role("button", name=f"Move {order[0]}").focus()
    browser_page.keyboard.press("ArrowDown")
    browser_page.keyboard.press("ArrowDown")
    order.insert(2, order.pop(0))
    expect(browser_page.locator("dmp-track-table [role=status]")).to_have_text(f"{order[2]}: 3 of 5 tracks")
    expect(browser_page.get_by_role("button", name=f"Move {order[2]}")).to_be_focused()
    browser_page.keyboard.press("End")
    order.append(order.pop(2))
    browser_page.get_by_role("button", name=f"Move {order[1]}").focus()
    browser_page.keyboard.press("Home")
    order.insert(0, order.pop(1))
    wait_for_order(browser_page, host, slug, order)
    # Without a handle, too: by the menu.
    browser_page.get_by_role("button", name=f"More: {order[3]}").click()
    browser_page.get_by_role("menuitem", name="Move up").click()
    order.insert(2, order.pop(3))
    wait_for_order(browser_page, host, slug, order)


def test_tracks_are_dragged(host, page):
    slug, order = make_playlist(host, "Mouse", 5)
    browser_page = page(f"{host}/playlists/{slug}")
    handle = browser_page.get_by_role("button", name=f"Move {order[3]}")
    target = browser_page.locator("tr[data-index='1']")
    handle.hover()
    browser_page.mouse.down()
    box = target.bounding_box()
    browser_page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2 + 30)
    browser_page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
    expect(target).to_have_class(re.compile("drop-above"))
    browser_page.mouse.up()
    order.insert(1, order.pop(3))
    wait_for_order(browser_page, host, slug, order)


def test_a_removed_track_comes_back(host, page):
    slug, order = make_playlist(host, "Undo", 4)
    browser_page = page(f"{host}/playlists/{slug}")
    browser_page.get_by_role("button", name=f"More: {order[1]}").click()
    browser_page.get_by_role("menuitem", name="Remove from this playlist").click()
    wait_for_order(browser_page, host, slug, [order[0], *order[2:]])
    expect(browser_page.locator("[data-facts]")).to_contain_text("3 tracks")
    browser_page.get_by_role("button", name="Undo").click()
    wait_for_order(browser_page, host, slug, order)


def test_a_refused_change_is_taken_back(host, page):
    slug, order = make_playlist(host, "Refused", 3)
    browser_page = page(f"{host}/playlists/{slug}")
    expect(browser_page.locator(".tracks tbody tr")).to_have_count(3)
    browser_page.route("**/api/playlists/*/tracks/*", lambda route: route.fulfill(status=500, json={"message": "x"}))
    browser_page.get_by_role("button", name=f"Move {order[0]}").press("End")
    expect(browser_page.locator(".toast-error")).to_be_visible()
    expect(browser_page.locator(".tracks tbody .title > span").first).to_have_text(order[0])


def test_a_playlist_is_played(host, page):
    slug, order = make_playlist(host, "Play", 3)
    browser_page = page(f"{host}/playlists/{slug}")
    browser_page.get_by_role("button", name="Play all").click()
    bar = browser_page.locator("dmp-player-bar")
    expect(bar).to_contain_text(order[0])
    browser_page.locator("tr[data-index='2'] .row-play").click()
    expect(bar).to_contain_text(order[2])
    expect(browser_page.get_by_role("button", name=f"Pause {order[2]}")).to_be_attached()
    cover = bar.locator(".cover img")
    expect(cover).to_have_attribute("src", re.compile("^/img/releases/"))


def test_tracks_are_added_from_menus(host, page):
    slug, order = make_playlist(host, "Collected", 1)
    release = api(f"{host}/api/releases/latest?limit=2")[1]
    tracks = [track["title"] for track in api(f"{host}/api/releases/{release['id']}/tracks")["tracks"]]
    browser_page = page(host)
    browser_page.get_by_role("button", name=f"More: {release['title']}").first.click()
    browser_page.get_by_role("menuitem", name="Add to playlist…").click()
    browser_page.get_by_role("menuitem", name="Collected").click()
    expect(browser_page.locator("#toasts")).to_contain_text("Collected")
    browser_page.goto(f"{host}/playlists/{slug}")
    expect(browser_page.locator(".tracks tbody tr")).to_have_count(1 + len(tracks))
    assert titles(browser_page) == order + tracks

    # One track into a list that is made for it, by keyboard alone.
    browser_page.goto(f"{host}/artist/{release['artist']['slug']}?release={release['id']}")
    browser_page.locator(".tracks [data-track-menu]").first.press("Enter")
    expect(browser_page.get_by_role("menuitem", name="Play", exact=True)).to_be_focused()
    browser_page.keyboard.press("a")
    browser_page.keyboard.press("a")
    expect(browser_page.get_by_role("menuitem", name="Add to playlist…")).to_be_focused()
    browser_page.keyboard.press("Enter")
    expect(browser_page.get_by_role("menuitem", name="New playlist…")).to_be_focused()
    browser_page.keyboard.press("Enter")
    browser_page.get_by_label("Name").fill("Made for it")
    browser_page.keyboard.press("Enter")
    expect(browser_page.get_by_role("dialog")).to_have_count(0)
    expect(browser_page.locator("#toasts")).to_contain_text("Made for it")
    assert kept_titles(host, "made-for-it") == tracks[:1]


def test_ten_thousand_tracks(host, page):
    """Only what the window shows is in the page, and its end is there at once."""
    track = some_tracks(host, 1)[0]
    nested = {"id": "", "title": "", "trackNumber": 1, "duration": 60, "release": None}
    entries = [{"id": f"e{n}", "position": n, "addedAt": "2026-01-01T00:00:00.000Z", "track": {**nested, "id": f"{track['id']}-{n}", "title": f"Track {n}"}} for n in range(10_000)]
    answer = {"id": "p", "name": "Enormous", "slug": "enormous", "description": None, "createdAt": "", "updatedAt": "", "tracks": entries}
    browser_page = page("about:blank")
    browser_page.route("**/api/playlists/enormous", lambda route: route.fulfill(json=answer))
    browser_page.route("**/api/playlists/enormous/tracks/*", lambda route: route.fulfill(json={"success": True}))
    browser_page.goto(f"{host}/playlists/enormous")
    rows = browser_page.locator(".tracks tbody tr[data-index]")
    expect(rows.first).to_contain_text("Track 0")
    assert rows.count() < 200
    browser_page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(browser_page.locator("tr[data-index='9999']")).to_be_in_viewport()
    assert rows.count() < 200
    expect(browser_page.locator("table")).to_have_attribute("aria-rowcount", "10001")
    expect(browser_page.locator("tr[data-index='9999']")).to_have_attribute("aria-rowindex", "10001")
    # The row keeps the focus over the whole way.
    browser_page.locator("tr[data-index='9999'] [data-grip]").press("Home")
    expect(browser_page.locator("tr[data-index='0'] [data-grip]")).to_be_focused()
    expect(browser_page.locator("tr[data-index='0']")).to_contain_text("Track 9999")
    expect(browser_page.locator("tr[data-index='0']")).to_be_in_viewport()
    # Away and back: where one was.
    browser_page.evaluate("scrollTo(0, 280000)")
    row = browser_page.locator("tr[data-index='5000']")
    expect(row).to_be_in_viewport()
    browser_page.locator("dmp-sidebar").get_by_role("link", name="Statistics").click()
    expect(browser_page.get_by_role("heading", level=1, name="Statistics")).to_be_visible()
    browser_page.go_back()
    expect(row).to_be_in_viewport()


# Favourites

def test_favorite_releases(host, page):
    release = api(f"{host}/api/releases/latest?limit=1")[0]
    browser_page = page(host)
    heart = browser_page.locator("[data-section=latest]").get_by_role("button", name=f"Favorite: {release['title']}")
    expect(heart).to_have_attribute("aria-pressed", "false")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")
    browser_page.locator("dmp-sidebar").get_by_role("link", name="Favorites").click()
    expect(browser_page.get_by_role("tab", name="Releases 1")).to_have_attribute("aria-selected", "true")
    expect(browser_page.locator("#favorites .card")).to_have_count(1)
    # On the artist's page it is known as well, by whichever of its ids.
    browser_page.goto(f"{host}/artist/{release['artist']['slug']}?release={release['id']}")
    expect(browser_page.locator(".release").filter(has=browser_page.locator("details[open]")).locator("[data-favorite=releases]")).to_have_attribute("aria-pressed", "true")
    browser_page.goto(f"{host}/favorites")
    browser_page.locator("#favorites [data-favorite]").click()
    expect(browser_page.get_by_text("No favorite releases yet")).to_be_visible()
    browser_page.get_by_role("button", name="Undo").click()
    expect(browser_page.locator("#favorites .card")).to_have_count(1)
    browser_page.reload()
    expect(browser_page.locator("#favorites .card")).to_have_count(1)


def test_favorite_tracks_by_keyboard(host, page):
    release = api(f"{host}/api/releases/latest?limit=1")[0]
    track = api(f"{host}/api/releases/{release['id']}/tracks")["tracks"][0]
    browser_page = page(f"{host}/artist/{release['artist']['slug']}?release={release['id']}")
    heart = browser_page.locator(f"tr[data-track='{track['id']}'] [data-favorite]")
    heart.press("Enter")
    expect(heart).to_have_attribute("aria-pressed", "true")
    browser_page.goto(f"{host}/favorites")
    browser_page.get_by_role("tab", name="Releases").press("ArrowRight")
    expect(browser_page.get_by_role("tab", name="Tracks 1")).to_be_focused()
    expect(browser_page).to_have_url(f"{host}/favorites?tab=tracks")
    expect(browser_page.locator(".tracks")).to_contain_text(track["title"])
    # By the menu it goes again, and the focus stays where one is.
    more = browser_page.get_by_role("button", name=f"More: {track['title']}")
    more.press("Enter")
    expect(browser_page.get_by_role("menuitem", name="Play", exact=True)).to_be_focused()
    browser_page.keyboard.press("Escape")
    expect(more).to_be_focused()
    more.press("Enter")
    expect(browser_page.get_by_role("menuitem", name="Play", exact=True)).to_be_focused()
    browser_page.keyboard.press("r")
    expect(browser_page.get_by_role("menuitem", name="Remove from favorites")).to_be_focused()
    browser_page.keyboard.press("Enter")
    expect(browser_page.get_by_text("No favorite tracks yet")).to_be_visible()
    browser_page.reload()
    expect(browser_page.get_by_text("No favorite tracks yet")).to_be_visible()


# Timeline

def test_timeline(host, page):
    decades = api(f"{host}/api/timeline/decades")
    assert len(decades) >= 3
    browser_page = page(f"{host}/timeline")
    newest = browser_page.get_by_role("group", name="Decade").get_by_role("button").first
    expect(newest).to_have_text(f"{decades[0]['decade']}s {decades[0]['count']}")
    expect(newest).to_have_attribute("aria-pressed", "true")
    expect(browser_page.locator(".card:not([aria-hidden])")).to_have_count(decades[0]["count"])
    oldest = decades[-1]
    browser_page.get_by_role("button", name=f"{oldest['decade']}s").click()
    answer = api(f"{host}/api/timeline/{oldest['decade']}")
    headings = browser_page.locator(".year-shelf h2")
    expect(headings).to_have_text([str(year["year"]) for year in answer["years"]])
    year = answer["years"][-1]
    browser_page.get_by_role("group", name="Year").get_by_role("button", name=str(year["year"])).click()
    expect(headings).to_have_text([str(year["year"])])
    expect(browser_page.locator(".card:not([aria-hidden])")).to_have_count(year["count"])
    expect(browser_page).to_have_url(f"{host}/timeline?decade={oldest['decade']}&year={year['year']}")
    browser_page.reload()
    expect(headings).to_have_text([str(year["year"])])


def test_timeline_loads_more_and_comes_back(host, page):
    cards = [{"id": f"r{n}", "title": f"Release {n}", "releaseType": None, "year": 1990 + n // 60, "image": None, "imageUrl": None,
              "artist": {"id": "a", "name": "A", "slug": "a"}} for n in range(130)]

    def answer(route):
        number = int(re.search(r"page=(\d+)", route.request.url)[1])
        route.fulfill(json={"releases": cards[(number - 1) * 50:number * 50], "total": 130, "page": number, "hasMore": number < 3,
                            "years": [{"year": 1990, "count": 60}, {"year": 1991, "count": 60}, {"year": 1992, "count": 10}]})

    browser_page = page("about:blank")
    browser_page.route("**/api/timeline/decades", lambda route: route.fulfill(json=[{"decade": 1990, "count": 130}]))
    browser_page.route("**/api/timeline/1990?*", answer)
    browser_page.goto(f"{host}/timeline")
    browser_page.get_by_role("button", name="Load more").click()
    expect(browser_page.locator(".card")).to_have_count(100)
    browser_page.get_by_role("button", name="Load more").click()
    expect(browser_page.locator(".card")).to_have_count(130)
    expect(browser_page.locator(".year-shelf h2")).to_have_text(["1990", "1991", "1992"])
    expect(browser_page.get_by_role("button", name="Load more")).to_have_count(0)
    last = browser_page.locator(".card").last
    last.scroll_into_view_if_needed()
    browser_page.locator("dmp-sidebar").get_by_role("link", name="Home", exact=True).click()
    expect(browser_page.get_by_role("heading", name="Latest Additions")).to_be_visible()
    browser_page.go_back()
    expect(last).to_be_in_viewport()


def test_an_older_answer_never_wins(host, page):
    decades = api(f"{host}/api/timeline/decades")
    first, second = decades[0]["decade"], decades[1]["decade"]
    held = []
    browser_page = page("about:blank")
    browser_page.route(f"**/api/timeline/{first}?*", lambda route: held.append(route))
    browser_page.goto(f"{host}/timeline")
    browser_page.get_by_role("button", name=f"{second}s").click()
    wanted = [str(year["year"]) for year in api(f"{host}/api/timeline/{second}")["years"]]
    expect(browser_page.locator(".year-shelf h2")).to_have_text(wanted)
    for route in held:
        route.continue_()
    browser_page.wait_for_load_state("networkidle")
    expect(browser_page.locator(".year-shelf h2")).to_have_text(wanted)
    expect(browser_page.get_by_role("button", name=f"{second}s")).to_have_attribute("aria-pressed", "true")


# Explore

def test_explore(host, page):
    browser_page = page(f"{host}/explore")
    energy = browser_page.get_by_label("I’m feeling")
    expect(energy).to_have_attribute("aria-valuetext", "Groovy")
    energy.press("ArrowRight")
    expect(energy).to_have_attribute("aria-valuetext", "Upbeat")
    expect(browser_page.locator("output[data-for=energy]")).to_have_text("Upbeat")
    with browser_page.expect_request("**/api/tracks/explore") as first:
        browser_page.get_by_role("button", name="Explore", exact=True).click()
    assert first.value.post_data_json == {"energy": 6, "era": 5, "familiarity": 4, "sound": 4, "excludeIds": []}
    result = browser_page.locator(".explore-result")
    title = result.get_by_role("heading").inner_text()
    expect(browser_page.locator("dmp-player-bar")).to_contain_text(title)
    with browser_page.expect_request(lambda request: request.url.endswith("/api/tracks/explore") and len(request.post_data_json["excludeIds"]) == 1):
        browser_page.get_by_role("button", name="Again").click()
    history = browser_page.locator("[data-history] [data-replay]")
    expect(history).to_have_count(1)
    expect(history).to_contain_text(title)
    history.click()
    expect(browser_page.locator("dmp-player-bar")).to_contain_text(title)

    browser_page.route("**/api/tracks/explore", lambda route: route.fulfill(status=404, json={"message": "No tracks found"}))
    browser_page.get_by_role("button", name="Explore", exact=True).click()
    expect(browser_page.get_by_role("alert")).to_contain_text("Move a slider")


# Statistics and search

def test_statistics(host, page):
    figures = api(f"{host}/api/stats")
    browser_page = page(f"{host}/statistics")
    for label, key in [("Artists", "artists"), ("Releases", "releases"), ("Tracks", "tracks"), ("Genres", "genres"), ("Total plays", "plays")]:
        tile = browser_page.locator(".tile").filter(has=browser_page.locator("dt", has_text=re.compile(f"^{label}$")))
        expect(tile.locator("dd")).to_have_text(f"{figures[key]:,}")
    expect(browser_page.locator("[data-scan]")).to_contain_text("Last scanned")


def test_search_hits_have_actions(host, page):
    release = api(f"{host}/api/releases/latest?limit=1")[0]
    browser_page = page(host)
    field = browser_page.get_by_role("combobox")
    field.fill(release["title"])
    row = browser_page.locator("[data-kind=releases][role=row]").first
    expect(row).to_contain_text(release["title"])
    row.locator("[data-more]").click()
    browser_page.get_by_role("menuitem", name="Add to favorites").click()
    expect(browser_page.locator("[data-section=latest]").get_by_role("button", name=f"Favorite: {release['title']}")).to_have_attribute("aria-pressed", "true")
    # The same by keyboard: down to the hit, right to its actions.
    field.fill(release["title"] + " ")
    expect(row).to_contain_text(release["title"])
    rows = browser_page.locator("dmp-search [role=row]").count()
    at = [browser_page.locator("dmp-search [role=row]").nth(n).get_attribute("data-kind") for n in range(rows)].index("releases")
    for _ in range(at + 1):
        field.press("ArrowDown")
    field.press("ArrowRight")
    field.press("Enter")
    expect(browser_page.get_by_role("menuitem", name="Remove from favorites")).to_be_visible()


# History

def test_back_and_forward_restore_the_place(host, page):
    browser_page = page(f"{host}/browse", width=PHONE, height=600)
    last = browser_page.locator(".artist-card").last
    last.scroll_into_view_if_needed()
    before = browser_page.evaluate("scrollY")
    assert before > 0
    last.get_by_role("link").click()
    browser_page.locator(".artist-head h1").wait_for()
    name = browser_page.locator(".artist-head h1").inner_text()
    assert browser_page.evaluate("scrollY") == 0
    browser_page.go_back()
    expect(last).to_be_in_viewport()
    assert browser_page.evaluate("scrollY") == before
    browser_page.go_forward()
    expect(browser_page.get_by_role("heading", level=1, name=name)).to_be_visible()


def test_the_artist_pages_address_keeps_its_view(host, page):
    artist = api(f"{host}/api/artists")["items"][0]
    browser_page = page(f"{host}/artist/{artist['slug']}")
    browser_page.get_by_role("button", name="List", exact=True).click()
    rows = browser_page.locator(".tracks tbody tr[data-index]")
    expect(rows).to_have_count(artist["totalTracks"])
    title = titles(browser_page)[0]
    browser_page.get_by_label("Search tracks").fill(title)
    expect(browser_page).to_have_url(re.compile(r"view=list&search="))
    browser_page.get_by_role("link", name="Home", exact=True).first.click()
    expect(browser_page.get_by_role("heading", name="Latest Additions")).to_be_visible()
    browser_page.go_back()
    expect(browser_page.get_by_label("Search tracks")).to_have_value(title.lower())
    expect(rows.first).to_contain_text(title)


# Stream mode

@pytest.mark.parametrize("path", OWNER_ONLY)
def test_stream_mode_leads_home(demo_sites, page, path):
    asked = []
    browser_page = page("about:blank")
    browser_page.on("request", lambda request: asked.append(request.url))
    browser_page.goto(demo_sites[1] + path)
    expect(browser_page).to_have_url(demo_sites[1] + "/")
    expect(browser_page.get_by_role("heading", name="Latest Additions")).to_be_visible()
    browser_page.wait_for_load_state("networkidle")
    assert not [url for url in asked if re.search("/api/(playlists|favorites|tracks/explore)", url)]


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_stream_mode_offers_nothing_that_changes(demo_sites, page, width):
    listener = demo_sites[1]
    artist = api(f"{listener}/api/artists")["items"][0]["slug"]
    browser_page = page(listener, width=width)
    for path in ["/", "/browse", f"/artist/{artist}", f"/artist/{artist}?view=list", "/timeline", "/statistics"]:
        browser_page.goto(listener + path)
        browser_page.wait_for_load_state("networkidle")
        assert browser_page.locator("[data-favorite], [data-play-release], [data-release-menu], [data-track-menu], .row-play").count() == 0, path
    nav = browser_page.locator("dmp-bottom-nav" if width == PHONE else "dmp-sidebar")
    expect(nav.get_by_role("link", name="Timeline")).to_be_visible()
    for name in ["Explore", "Playlists", "Favorites", "Party"]:
        expect(nav.get_by_role("link", name=name, exact=True)).to_have_count(0)


def test_statistics_are_reached_on_a_phone(host, page):
    browser_page = page(host, width=PHONE, height=780)
    browser_page.get_by_role("button", name="More", exact=True).click()
    browser_page.get_by_role("menuitem", name="Statistics").click()
    expect(browser_page.get_by_role("heading", level=1, name="Statistics")).to_be_visible()
    expect(browser_page.get_by_role("dialog")).to_have_count(0)


def test_party_debug_opens_no_connection_of_its_own(demo_sites, page):
    host_url, listener_url = demo_sites
    host_page = page(host_url)
    host_page.locator("[data-play-release]").first.dispatch_event("click")
    start_party(host_page)
    sockets = []
    listener = page("about:blank")
    listener.on("websocket", lambda socket: sockets.append(socket.url))
    listener.goto(listener_url + "/party-debug")
    wait_state(listener, "dmp-listener-bar", "live")
    expect(listener.locator("[data-session]")).to_contain_text("live")
    expect(listener.locator("[data-media]")).to_contain_text("Packets received")
    expect(listener.locator("[data-journal]")).to_contain_text("joined")
    assert "listenerKey\":\"…" in listener.locator("[data-journal]").inner_text()
    assert len(sockets) == 1
    host_page.goto(host_url + "/party-debug")
    expect(host_page.locator("[data-session]")).to_contain_text("live")
    host_page.locator("dmp-sidebar").get_by_role("link", name="Party", exact=True).click()
    host_page.get_by_role("button", name="End Session").click()
    wait_state(listener, "dmp-listener-bar", "ended")
