"""Pictures of every page of a running demo, at a phone's width and a desk's: `script/screenshots HOST_URL [LISTENER_URL]`."""

import argparse

import requests
from playwright.sync_api import sync_playwright

from party_fixture import NO_GESTURE_NEEDED, SCREENSHOTS, launch

SIZES = {360: 780, 1440: 900}


def playlist_with_tracks(host):
    """A playlist to look at; made once."""
    for playlist in requests.get(f"{host}/api/playlists", timeout=10).json():
        if playlist["trackCount"]:
            return playlist["slug"]
    slug = requests.post(f"{host}/api/playlists", json={"name": "Evening, slowly", "description": "For the end of long days."}, timeout=10).json()["playlist"]["slug"]
    for release in requests.get(f"{host}/api/releases/latest?limit=6", timeout=10).json():
        for track in requests.get(f"{host}/api/releases/{release['id']}/tracks", timeout=10).json()["tracks"][:2]:
            requests.post(f"{host}/api/playlists/{slug}/tracks", json={"trackId": track["id"]}, timeout=10).raise_for_status()
    return slug


def some_favorites(host):
    for release in requests.get(f"{host}/api/releases/latest?limit=5", timeout=10).json():
        requests.post(f"{host}/api/favorites/releases/{release['id']}", timeout=10).raise_for_status()
        for track in requests.get(f"{host}/api/releases/{release['id']}/tracks", timeout=10).json()["tracks"][:2]:
            requests.post(f"{host}/api/favorites/tracks/{track['id']}", timeout=10).raise_for_status()


def pages(host):
    artist = requests.get(f"{host}/api/artists", timeout=10).json()["items"][0]["slug"]
    playlist = playlist_with_tracks(host)
    some_favorites(host)
    return {
        "home": "/", "browse": "/browse", "artist": f"/artist/{artist}", "artist-list": f"/artist/{artist}?view=list", "explore": "/explore", "timeline": "/timeline",
        "playlists": "/playlists", "playlist": f"/playlists/{playlist}", "favorites": "/favorites", "favorite-tracks": "/favorites?tab=tracks",
        "statistics": "/statistics", "party": "/party", "party-status": "/party-status", "party-debug": "/party-debug", "not-found": "/nowhere",
    }


def take(browser, site, name, paths):
    for width, height in SIZES.items():
        context = browser.new_context(viewport={"width": width, "height": height}, has_touch=width < 640, reduced_motion="reduce")
        page = context.new_page()
        page.goto(site)
        page.wait_for_load_state("networkidle")
        if name == "host":
            # Something plays, so that the bar is there.
            page.locator("[data-play-release]").first.dispatch_event("click")
            page.get_by_role("button", name="Pause").first.wait_for()
        for title, path in paths.items():
            page.goto(site + path)
            page.wait_for_timeout(700)
            target = SCREENSHOTS / f"{name}-{title}-{width}.png"
            page.screenshot(path=target)
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            print(target.name, f"OVERFLOWS by {overflow} px" if overflow > 0 else "")
        context.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("listener", nargs="?")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = launch(playwright, NO_GESTURE_NEEDED)
        paths = pages(options.host)
        take(browser, options.host, "host", paths)
        if options.listener:
            shown = ["home", "browse", "artist", "timeline", "statistics", "party-status", "party-debug"]
            take(browser, options.listener, "listener", {title: paths[title] for title in shown})
        browser.close()


if __name__ == "__main__":
    main()
