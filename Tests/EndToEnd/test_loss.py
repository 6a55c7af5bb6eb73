"""What a listener's browser hears over a link that loses packets: how much of its sound the browser had to make up."""

import os
import shutil
import stat

import pytest

from impaired_link import Link
from party_fixture import NO_GESTURE_NEEDED, launch, make_party
from test_party import play_first_track, start_party, wait_for_tone, wait_state

LOSS, JITTER_MILLISECONDS, DELAY_MILLISECONDS = 0.1, 30, 10
SECONDS = 60
# Of the issue.
MOST_CONCEALED = 0.01

# Keeps every connection that the page makes, so that a test can ask it.
KEEP_CONNECTIONS = """
  window.connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...options) { super(...options); window.connections.push(this); }
  };
"""
INBOUND = """async () => {
  const reports = [...(await window.connections.at(-1).getStats()).values()];
  const pair = reports.find(({ type, nominated }) => type === 'candidate-pair' && nominated);
  return { ...reports.find(({ type }) => type === 'inbound-rtp'), roundTripTime: pair?.currentRoundTripTime };
}"""
# The page's own description, with everything taken out that brings lost packets back.
WITHOUT_REPAIR = """
  export const withMusicOpus = (...given) => {
    const red = /^a=rtpmap:(\\d+) red\\//m.exec(given[0])?.[1];
    return asBuilt(...given).split('\\r\\n')
      .filter(line => !/^a=rtcp-fb:\\S+ nack/.test(line) && !(red && RegExp(`^a=(rtpmap|fmtp|rtcp-fb):${red} `).test(line)))
      .map(line => line.startsWith('m=audio') && red ? line.split(' ').filter((word, index) => index < 3 || word !== red).join(' ') : line)
      .join('\\r\\n');
  };
"""


@pytest.fixture(scope="module")
def link():
    if os.geteuid() != 0:
        pytest.fail("a network namespace needs root: run this test as root")
    with Link() as link:
        yield link


@pytest.fixture(scope="module")
def party(cluster, start_dmp, music, link):
    """The listener's site is at the near end of the link."""
    return make_party(cluster, start_dmp, music, "loss", link.here)


@pytest.fixture(scope="module")
def far_browser(playwright, link, tmp_path_factory):
    """A browser behind the link."""
    wrapper = tmp_path_factory.mktemp("far") / "chromium"
    wrapper.write_text(f'#!/bin/sh\nexec {" ".join(link.prefix)} {shutil.which("chromium")} "$@"\n')
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    browser = launch(playwright, NO_GESTURE_NEEDED, executable=wrapper)
    yield browser
    browser.close()


def listen(browser, url, repairs):
    page = browser.new_context().new_page()
    page.add_init_script(KEEP_CONNECTIONS)
    if not repairs:
        def changed(route):
            text = route.fetch().text().replace("export function withMusicOpus(", "function asBuilt(")
            route.fulfill(body=text + WITHOUT_REPAIR, content_type="text/javascript")

        page.route("**/party/sdp.js", changed)
    page.goto(url)
    wait_state(page, "dmp-listener-bar", "live", 60)
    wait_for_tone(page, 0)
    return page


def concealed(before, after):
    """The share of samples that the browser made up; what it left silent, as in a pause, counts neither way."""
    grown = {name: after[name] - before[name] for name in ("concealedSamples", "silentConcealedSamples", "totalSamplesReceived")}
    silent = grown["silentConcealedSamples"]
    return (grown["concealedSamples"] - silent) / (grown["totalSamplesReceived"] - silent)


def test_a_listener_behind_a_lossy_link_hears_nearly_everything(party, far_browser, link, page):
    host = page(party.host.url + "/artist/tone-works")
    play_first_track(host)
    start_party(host)
    url = f"http://{link.here}:{party.listener.port}/"
    pages = {name: listen(far_browser, url, repairs) for name, repairs in [("as built", True), ("without NACK and RED", False)]}
    link.change(loss=LOSS, delay=DELAY_MILLISECONDS, jitter=JITTER_MILLISECONDS)
    # The pages measure their link, and reports come every few seconds.
    host.wait_for_timeout(15_000)
    before = {name: page.evaluate(INBOUND) for name, page in pages.items()}
    host.wait_for_timeout(SECONDS * 1000)
    after = {name: page.evaluate(INBOUND) for name, page in pages.items()}
    shares = {name: concealed(before[name], after[name]) for name in pages}
    for name, share in shares.items():
        print(f"{name}: {share:.2%} concealed")
    assert shares["as built"] < MOST_CONCEALED
    assert shares["without NACK and RED"] > MOST_CONCEALED, "the link loses less than it should"
