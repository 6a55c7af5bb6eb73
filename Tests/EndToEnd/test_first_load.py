"""What a first visit of `/` costs: requests, bytes of the site's own code, and nobody else's server. And that the site can be installed."""

import struct
import urllib.parse

import pytest
import requests

from party_fixture import launch

MOST_REQUESTS = 25
MOST_BYTES_OF_CODE = 60 * 1024
CODE = ("/", ".js", ".css", ".webmanifest")


@pytest.fixture(scope="module")
def browser(playwright):
    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def sites(demo_folder, demo_sites, start_dmp):
    """Addresses by role. A third server shows the same library without a party."""
    host, listener = demo_sites
    folder = demo_folder / "data/demo"
    alone = start_dmp(DMP_DATA_DIR=folder, IMAGE_DIR=folder / "images", MUSIC_DIR=folder / "music").wait_for_catalog()
    return {"off": alone.url, "host": host, "listener": listener}


def compressed_size(url):
    """Bytes of the body as a browser gets it."""
    answer = requests.get(url, headers={"accept-encoding": "gzip, br"}, stream=True, timeout=10)
    assert answer.status_code == 200 and answer.headers.get("content-encoding") in ("gzip", "br"), url
    return len(answer.raw.read(decode_content=False))


@pytest.mark.parametrize("role", ["off", "host", "listener"])
def test_a_first_visit(browser, sites, role):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(sites[role] + "/")
    page.locator(".shelf .cover img").first.wait_for()
    page.wait_for_load_state("networkidle")
    # A browser without a window does not fetch these two.
    links = page.locator('link[rel="manifest"], link[rel="icon"]').evaluate_all("links => links.map(link => link.href)")
    asked += [link for link in links if not link.startswith("data:")]
    boxes = page.locator(".cover img").evaluate_all("images => images.map(image => image.getBoundingClientRect().toJSON())")
    context.close()

    code = [url for url in asked if urllib.parse.urlsplit(url).path.endswith(CODE)]
    size = sum(map(compressed_size, code))
    print(f"{role}: {len(asked)} requests, {size / 1024:.1f} KB of code in {len(code)} files")
    assert len(asked) <= MOST_REQUESTS, "\n".join(asked)
    assert size <= MOST_BYTES_OF_CODE
    assert [url for url in asked if not url.startswith(sites[role] + "/")] == []
    assert len(asked) == len(set(asked)), "something is asked for twice"
    # Covers that are not in sight wait.
    assert boxes and all(box["top"] < 900 + 200 and box["left"] < 1440 for box in boxes)


def test_covers_come_when_they_are_near(browser, sites):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(sites["off"] + "/")
    shelf = page.locator('[data-section="latest"]')
    shelf.locator(".cover img").first.wait_for()
    last = shelf.locator(".card").last.locator(".cover")
    assert last.locator("img").count() == 0
    shelf.get_by_role("button", name="Latest Additions: on").click()
    last.locator("img").wait_for()
    page.close()


def test_it_can_be_installed(browser, sites):
    page = browser.new_page()
    page.goto(sites["host"] + "/")
    manifest_url = page.locator('link[rel="manifest"]').evaluate("link => link.href")
    assert page.locator('meta[name="theme-color"]').get_attribute("content") == "#000000"
    touch_icon = page.locator('link[rel="apple-touch-icon"]').evaluate("link => link.href")
    # What the browser itself says against it.
    devtools = page.context.new_cdp_session(page)
    assert devtools.send("Page.getAppManifest")["errors"] == []
    problems = {error["errorId"] for error in devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert problems <= {"in-incognito"}
    page.close()

    manifest = requests.get(manifest_url, timeout=10).json()
    assert manifest["display"] == "standalone" and manifest["start_url"] == "/"
    pictures = {(icon["sizes"], icon.get("purpose", "any")): icon["src"] for icon in manifest["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= pictures.keys()
    for (sizes, _), source in [*pictures.items(), (("180x180", ""), touch_icon)]:
        picture = requests.get(urllib.parse.urljoin(manifest_url, source), timeout=10)
        assert picture.status_code == 200
        if sizes != "any":
            assert struct.unpack(">II", picture.content[16:24]) == tuple(map(int, sizes.split("x")))
            assert len(picture.content) < 16_000
