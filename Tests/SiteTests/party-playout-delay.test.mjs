// The listener's stability: chosen from the link, or by hand, and kept.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { PlayoutDelay } from '../../public/party/playout-delay.js';

const stored = new Map();
globalThis.localStorage = { getItem: key => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value) };
beforeEach(() => stored.clear());

/** A connection on a link that the test describes. */
class FakeMedia {
  playoutDelay = null;
  inbound = { timestamp: 0, packetsReceived: 0, packetsLost: 0, nackCount: 0, jitter: 0 };
  /** @param {number} seconds @param {{ lost?: number, jitter?: number }} link `jitter` in seconds. */
  pass(seconds, { lost = 0, jitter = 0 } = {}) {
    const { timestamp, packetsReceived, packetsLost } = this.inbound;
    const packets = seconds * 50;
    this.inbound = { ...this.inbound, timestamp: timestamp + seconds * 1000, packetsReceived: packetsReceived + packets * (1 - lost), packetsLost: packetsLost + packets * lost, jitter };
  }
  async link() {
    return { inbound: this.inbound, roundTripTime: 40 };
  }
}

/** @param {PlayoutDelay} delay @param {FakeMedia} media */
async function measured(delay, media, link, rounds = 60) {
  for (let round = 0; round < rounds; round++) {
    media.pass(2, link);
    await delay.measure(media);
  }
  return media.playoutDelay;
}

test('a bad link is given time at once, a good one takes it back little by little', async () => {
  const delay = new PlayoutDelay(), media = new FakeMedia();
  delay.apply(media);
  const first = media.playoutDelay;
  assert.ok(first > 0 && first <= 500);
  const good = await measured(delay, media, {});
  assert.ok(good < first, `${good} on a good link`);
  const bad = await measured(delay, media, { lost: 0.1, jitter: 0.03 }, 1);
  assert.ok(bad > good && bad <= 500, `${bad} on a bad one`);
  const soon = await measured(delay, media, {}, 1);
  assert.ok(soon < bad && soon > good, `${soon} right after`);
});

test('what the listener has chosen is kept, and holds for the next connection', async () => {
  const delay = new PlayoutDelay(), media = new FakeMedia();
  delay.apply(media);
  delay.stability = 'stable';
  assert.equal(media.playoutDelay, 500);
  assert.equal(await measured(delay, media, {}), 500, 'whatever the link is like');
  const later = new PlayoutDelay(), other = new FakeMedia();
  later.apply(other);
  assert.equal(other.playoutDelay, 500);
  later.stability = 'low';
  assert.ok(other.playoutDelay < 100);
  for (const damaged of ['{', '7', '"loud"']) {
    stored.set('dmp-listener-stability', damaged);
    assert.equal(new PlayoutDelay().stability, 'automatic');
  }
});

test('a browser that counts nothing is asked for the usual', async () => {
  const delay = new PlayoutDelay(), media = new FakeMedia();
  delay.apply(media);
  const usual = media.playoutDelay;
  media.link = async () => { throw new Error('no statistics'); };
  await delay.measure(media);
  media.link = async () => ({ inbound: null, roundTripTime: null });
  await delay.measure(media);
  assert.equal(media.playoutDelay, usual);
});
