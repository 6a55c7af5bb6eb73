"""The owner's player in a real browser: shuffle, explorer, skipping, the queue, hearts, playlists, keys, reload, tabs, and the gap between tracks."""

import re
import subprocess

import pytest
import requests
from playwright.sync_api import expect

from party_fixture import SCREENSHOTS, at_rest
from servers import wait_until

SECONDS = 4
# Title, frequency in Hz, release.
TRACKS = [("One", 300, "r1"), ("Two", 500, "r1"), ("Three", 700, "r1"), ("Four", 900, "r2")]
MOST_GAP_MILLISECONDS = 150

# How long the sound before the volume is silent at most, between the first and the last that is heard of it in so many seconds.
LISTEN = """async seconds => {
  const { player } = await import('/player/player.js');
  const stream = player.captureStream();
  const context = player.audioContext;
  const analyser = new AnalyserNode(context, { fftSize: 256 });
  new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(analyser);
  const samples = new Float32Array(256);
  let silentSince = null, longest = 0, heard = false;
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    analyser.getFloatTimeDomainData(samples);
    const isSilent = samples.every(sample => Math.abs(sample) < 0.001);
    const now = performance.now();
    if (!isSilent) {
      if (heard && silentSince !== null) longest = Math.max(longest, now - silentSince);
      heard = true;
      silentSince = null;
    } else silentSince ??= now;
    await new Promise(done => setTimeout(done, 2));
  }
  return heard ? longest : null;
}"""


@pytest.fixture(scope="module")
def site(cluster, start_dmp, tmp_path_factory):
    """Four short tones on two releases, and a track without a file."""
    music = tmp_path_factory.mktemp("tones")
    for title, hertz, _ in TRACKS:
        source = f"sine=frequency={hertz}:sample_rate=48000:duration={SECONDS}"
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-c:a", "flac", music / f"{title}.flac"], check=True)
    database = cluster.create("player")
    dmp = start_dmp(DATABASE_URL=cluster.url(database), MUSIC_DIR=music).wait_for_catalog()
    with cluster.connect(database) as sql:
        sql.execute("""INSERT INTO "Artist" ("id", "name", "slug", "totalTracks", "updatedAt") VALUES ('a1', 'Tone Works', 'tone-works', 5, now())""")
        for release, title in [("r1", "Rising"), ("r2", "High"), ("r3", "Lost")]:
            sql.execute("""INSERT INTO "LocalRelease" ("id", "title", "year", "artistId", "updatedAt") VALUES (%s, %s, 1999, 'a1', now())""", [release, title])
        for number, (title, _, release) in enumerate([*TRACKS, ("Missing", 0, "r3")], 1):
            gain = '{"REPLAYGAIN_TRACK_GAIN": "-12.04 dB", "REPLAYGAIN_TRACK_PEAK": "1.0"}' if title == "Two" else "{}"
            sql.execute(
                """INSERT INTO "LocalReleaseTrack" ("id", "title", "artist", "album", "duration", "filePath", "localReleaseId", "trackNumber", "metadata", "updatedAt")
                   VALUES (%s, %s, 'Tone Works', 'Rising', %s, %s, %s, %s, %s, now())""",
                [f"k{number}", title, SECONDS, f"{title}.flac", release, number, gain])
            sql.execute("""INSERT INTO "TrackArtist" ("id", "trackId", "artistId") VALUES (%s, %s, 'a1')""", [f"ta{number}", f"k{number}"])
    return dmp


@pytest.fixture
def player(site, page):
    """The artist's page with all tracks in a list, and nothing played yet."""
    opened = page(site.url + "/artist/tone-works")
    opened.get_by_role("button", name="List", exact=True).click()
    opened.get_by_role("button", name="Play One").wait_for()
    return opened


def play(page, title):
    page.get_by_role("button", name=f"Play {title}", exact=True).first.click()
    expect_track(page, title)


def expect_track(page, title):
    expect(page.locator("dmp-player-bar .bar-text b")).to_have_text(title, timeout=15_000)


def upcoming(page):
    return page.locator(".queue-row .hit-text b").all_inner_texts()


def state(page, expression):
    return page.evaluate(f"async () => {{ const {{ player }} = await import('/player/player.js'); return {expression}; }}")


def pause(page):
    page.get_by_role("button", name="Pause").last.click()


def test_nothing_is_shown_before_the_first_track(player):
    assert player.locator("dmp-player-bar").count() == 0
    play(player, "One")
    assert player.locator("dmp-player-bar").is_visible()


def test_tracks_follow_each_other_without_a_gap(player, site):
    order = []
    player.on("request", lambda request: order.append(request.url.rsplit("/", 2)[1]) if request.url.endswith("/play") else None)
    play(player, "One")
    gap = player.evaluate(LISTEN, 3 * SECONDS - 2)
    expect_track(player, "Three")
    # It does hear silence where there is some.
    pause = "import('/player/player.js').then(({ player }) => { setTimeout(() => player.pause(), 300); setTimeout(() => player.play(), 600); })"
    state(player, f"({pause}, null)")
    assert player.evaluate(LISTEN, 1.2) > 150
    assert order == ["k1", "k2", "k3"], "each is counted once, in its order"
    print(f"longest silence over two changes of track: {gap:.0f} ms")
    assert gap < MOST_GAP_MILLISECONDS


def test_replay_gain_is_behind_the_volume(player):
    level = """async () => {
      const { player } = await import('/player/player.js');
      const analyser = new AnalyserNode(player.audioContext, { fftSize: 8192 });
      new MediaStreamAudioSourceNode(player.audioContext, { mediaStream: player.captureStream() }).connect(analyser);
      await new Promise(done => setTimeout(done, 600));
      const samples = new Float32Array(8192);
      analyser.getFloatTimeDomainData(samples);
      return Math.max(...samples.map(Math.abs));
    }"""
    play(player, "One")
    state(player, "player.captureStream() && null")
    loud = player.evaluate(level)
    play(player, "Two")
    assert 0.2 < player.evaluate(level) / loud < 0.3, "-12 dB are a quarter"
    state(player, "(player.setReplayGain('off'), player.seek(0))")
    assert 0.9 < player.evaluate(level) / loud < 1.1


def test_shuffle_goes_round_and_fetches(player):
    play(player, "One")
    button = player.locator("dmp-player-bar [data-do=shuffle]")
    for mode in ["Release", "Artist", "Catalogue"]:
        button.click()
        expect(button.locator(".shuffle-label")).to_have_text(mode)
        if mode != "Catalogue":
            size = 3 if mode == "Release" else 5
            wait_until(lambda: player.wait_for_timeout(50) or state(player, "player.queue.length") == size, 10, f"{mode}: {size} tracks")
        expect_track(player, "One")
    with player.expect_response(lambda response: response.url.endswith("/api/tracks/random")):
        player.get_by_role("button", name="Next track").click()
    button.click()
    expect(button.locator(".shuffle-label")).to_have_count(0)
    expect(button).to_have_attribute("aria-pressed", "false")


def test_previous_goes_back_to_what_was_heard(player):
    play(player, "One")
    play(player, "Four")
    play(player, "Two")
    pause(player)
    for title in ["Four", "One"]:
        state(player, "player.seek(0)")
        player.get_by_role("button", name="Previous track").click()
        expect_track(player, title)


def test_the_explorer_goes_on_and_is_left(site, page):
    explore = page(site.url + "/explore")
    explore.locator("[data-find]").click()
    button = explore.locator("dmp-player-bar [data-do=shuffle]")
    expect(button.locator(".shuffle-label")).to_have_text("Explorer")
    with explore.expect_request(lambda request: request.url.endswith("/api/tracks/explore")) as asked:
        explore.get_by_role("button", name="Next track").click()
    body = asked.value.post_data_json
    # More than one where the explorer's first choice was the track whose file is missing.
    assert body["energy"] == 5 and len(body["excludeIds"]) == len(set(body["excludeIds"])) >= 1
    button.click()
    expect(button).to_have_attribute("aria-label", "Shuffle: off")


def test_a_missing_file_is_skipped_with_words(player):
    play(player, "One")
    state(player, "(player.clearQueue(), player.addToQueue([{...player.track, id: 'k5', title: 'Missing'}, {...player.track, id: 'k4', title: 'Four'}]))")
    player.get_by_role("button", name="Next track").click()
    expect(player.locator("#toasts")).to_contain_text("“Missing” was skipped: its file is missing")
    expect_track(player, "Four")
    assert state(player, "player.playing")


def test_many_failures_end_the_skipping(player):
    play(player, "One")
    state(player, "(player.clearQueue(), player.addToQueue(Array.from({ length: 9 }, () => ({ ...player.track, id: 'k5', title: 'Missing' }))))")
    player.get_by_role("button", name="Next track").click()
    expect(player.locator("#toasts")).to_contain_text("5 tracks in a row")
    assert not state(player, "player.playing")


def test_the_heart_toggles(player, site):
    play(player, "One")
    heart = player.locator("dmp-player-bar .heart")
    for pressed, kept in [("true", True), ("false", False)]:
        heart.click()
        expect(heart).to_have_attribute("aria-pressed", pressed)
        wait_until(lambda: ("k1" in site.get("/api/favorites/ids").json()["tracks"]) == kept, 5, "the server knows")


def test_add_to_playlist(player, site):
    play(player, "One")
    menu = player.locator("dmp-player-bar").get_by_role("button", name="Add to playlist")
    menu.click()
    player.get_by_role("menuitem", name="New playlist…").click()
    player.get_by_label("Name", exact=True).fill("Road")
    player.get_by_role("button", name="Create").click()
    expect(player.locator("#toasts")).to_contain_text("Added to “Road”.")
    menu.click()
    player.screenshot(path=SCREENSHOTS / "playlist-menu.png")
    player.get_by_role("menuitem", name="Road").click()
    expect(player.locator("#toasts")).to_contain_text("It is already in “Road”.")
    assert [entry["track"]["id"] for entry in site.get("/api/playlists/road").json()["tracks"]] == ["k1"]
    requests.delete(site.url + "/api/playlists/road", timeout=10).raise_for_status()


def test_the_queue_by_keyboard_and_pointer(player):
    play(player, "One")
    pause(player)
    player.locator("dmp-player-bar [data-do=queue]").click()
    before = upcoming(player)
    assert len(before) == 4
    grip = player.locator(".queue-grip").first
    grip.focus()
    player.keyboard.press("ArrowDown")
    assert upcoming(player) == [before[1], before[0], *before[2:]]
    # The focus stays on what was moved.
    player.keyboard.press("ArrowUp")
    assert upcoming(player) == before
    source, target = (player.locator(".queue-row").nth(index).bounding_box() for index in (0, 2))
    player.mouse.move(source["x"] + 10, source["y"] + 20)
    player.mouse.down()
    player.mouse.move(target["x"] + 10, target["y"] + 20, steps=4)
    player.mouse.up()
    assert upcoming(player) == [before[1], before[2], before[0], before[3]]
    player.get_by_role("button", name=f"Play {before[3]} next").click()
    assert upcoming(player)[0] == before[3]
    player.get_by_role("button", name=f"Remove {before[3]}").click()
    assert upcoming(player) == [before[1], before[2], before[0]]
    player.screenshot(path=SCREENSHOTS / "queue.png")
    player.get_by_role("button", name="Clear", exact=True).click()
    assert upcoming(player) == []


def test_keys_and_their_list(player):
    play(player, "One")
    player.locator("body").press("Space")
    wait_until(lambda: not state(player, "player.playing"), 5, "paused by Space")
    player.keyboard.press("m")
    assert state(player, "player.muted")
    player.keyboard.press("Shift+ArrowRight")
    expect_track(player, "Two")
    player.keyboard.press("s")
    expect(player.locator("dmp-player-bar .shuffle-label")).to_have_text("Release")
    player.keyboard.press("f")
    expect(player.locator("dmp-player-bar .heart")).to_have_attribute("aria-pressed", "true")
    player.keyboard.press("f")
    player.keyboard.press("?")
    dialog = player.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Add to playlist")
    player.keyboard.press("Escape")
    player.keyboard.press("/")
    expect(player.locator("dmp-search input")).to_be_focused()
    player.keyboard.type("s")
    expect(player.locator("dmp-player-bar .shuffle-label")).to_have_text("Release")


def test_the_help_is_there_before_the_first_track(player):
    player.keyboard.press("?")
    expect(player.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_a_reload_goes_on_where_it_was_and_counts_once(player):
    counted = []
    player.on("request", lambda request: counted.append(request.url) if request.url.endswith("/play") else None)
    play(player, "One")
    wait_until(lambda: player.wait_for_timeout(50) or (counted and state(player, "player.currentTime") > 1), 10, "a second of it")
    pause(player)
    player.locator("dmp-player-bar [data-do=shuffle]").click()
    wait_until(lambda: state(player, "player.queue.length") == 3, 10, "its release")
    position = state(player, "player.currentTime")
    player.reload()
    expect_track(player, "One")
    assert abs(state(player, "player.currentTime") - position) < 0.5
    assert state(player, "player.shuffleMode") == "release" and state(player, "player.queue.length") == 3
    assert not state(player, "player.playing")
    player.locator("dmp-player-bar [data-do=toggle]").click()
    wait_until(lambda: player.wait_for_timeout(50) or state(player, "player.currentTime") > position + 0.3, 10, "it goes on")
    assert len(counted) == 1


def test_one_tab_is_heard(player, site):
    play(player, "One")
    second = player.context.new_page()
    second.goto(site.url + "/artist/tone-works")
    second.get_by_role("button", name="List", exact=True).click()
    play(second, "Two")
    wait_until(lambda: not state(player, "player.playing"), 5, "the first tab is silent")
    assert state(second, "player.playing")


def test_the_system_knows_what_plays(player):
    play(player, "One")
    metadata = player.evaluate("(({ title, artist, album }) => ({ title, artist, album }))(navigator.mediaSession.metadata)")
    assert metadata == {"title": "One", "artist": "Tone Works", "album": "Rising"}
    assert player.evaluate("navigator.mediaSession.playbackState") == "playing"


def test_the_bar_of_a_phone_opens(site, page):
    phone = page(site.url + "/artist/tone-works", width=360, height=740)
    phone.get_by_role("button", name="List", exact=True).click()
    play(phone, "One")
    assert phone.locator("dmp-player-bar").bounding_box()["height"] <= 80
    phone.get_by_role("button", name=re.compile("Open the player")).click()
    sheet = phone.get_by_role("dialog", name="Player")
    for name in ["Previous track", "Next track", "Queue", "Add to playlist", "Shuffle: off", "Repeat: off", "Mute", "Favorite: One"]:
        expect(sheet.get_by_role("button", name=name)).to_be_visible()
    at_rest(phone)
    for button in sheet.get_by_role("button").all():
        box = button.bounding_box()
        assert 0 <= box["x"] and box["x"] + box["width"] <= 360 and box["y"] + box["height"] <= 740
    phone.screenshot(path=SCREENSHOTS / "player-sheet.png")
    sheet.get_by_role("button", name="Next track").click()
    expect(sheet.locator(".sheet-text b")).to_have_text("Two")
    phone.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
