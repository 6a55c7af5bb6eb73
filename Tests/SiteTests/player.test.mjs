// The player's state over a fake audio element: what a party and the bar are told.
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

/** Plays as fast as the test says; a source whose id begins with "bad" can't be played. */
class FakeAudio extends EventTarget {
  paused = true;
  ended = false;
  seeking = false;
  error = null;
  currentTime = 0;
  duration = NaN;
  readyState = 0;
  volume = 1;
  #source = null;

  constructor() {
    super();
    audio = this;
  }

  get src() {
    return this.#source ?? '';
  }

  /** As HTML's media element load algorithm: paused again, without an event. */
  set src(source) {
    this.#source = source;
    Object.assign(this, { paused: true, ended: false, error: null, currentTime: 0, readyState: 0, duration: NaN });
  }

  hasAttribute() {
    return this.#source !== null;
  }

  removeAttribute() {
    this.#source = null;
  }

  play() {
    if (refusesSound) return Promise.reject(new DOMException('no gesture', 'NotAllowedError'));
    this.paused = false;
    this.ended = false;
    return Promise.resolve();
  }

  pause() {
    if (this.paused) return;
    this.paused = true;
    this.fire('pause');
  }

  fire(type) {
    this.dispatchEvent(new Event(type));
  }

  load(duration = 60) {
    if (this.src.includes('bad')) {
      this.error = { code: 4 };
      return this.fire('error');
    }
    Object.assign(this, { duration, readyState: 4 });
    this.fire('loadedmetadata');
    this.fire('playing');
  }

  advance(seconds) {
    this.currentTime += seconds;
    this.fire('timeupdate');
  }

  end() {
    Object.assign(this, { currentTime: this.duration, ended: true, paused: true });
    this.fire('pause');
    this.fire('ended');
  }
}

/** @type {FakeAudio} */
let audio;
let refusesSound = false;
const stored = new Map();
const posted = [];
const toasts = [];

Object.assign(globalThis, {
  Audio: FakeAudio,
  MediaError: { MEDIA_ERR_NETWORK: 2 },
  HTMLMediaElement: { HAVE_METADATA: 1, HAVE_FUTURE_DATA: 3 },
  addEventListener: () => {},
  localStorage: { getItem: key => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value) },
  document: {
    dispatchEvent: () => {},
    createElement: () => ({ remove() {} }),
    getElementById: id => (id === 'toasts' ? { append: message => toasts.push(message.textContent), childElementCount: 0 } : null),
  },
  fetch: async (path, { method }) => {
    if (method === 'POST') posted.push(path);
    return { status: 200, ok: true, json: async () => ({}) };
  },
});
mock.timers.enable({ apis: ['setTimeout'] });
Object.defineProperty(globalThis, 'navigator', { value: { onLine: true } });
const { Player } = await import('../../public/player/player.js');

const track = id => ({ id, title: id, artist: 'A', album: 'B', duration: 60, artistSlug: null, releaseImage: null, releaseImageUrl: null, localReleaseId: null });
const list = (...ids) => ids.map(track);

function started(...ids) {
  const player = new Player();
  player.playTracks(list(...ids));
  audio.load();
  const heard = [];
  for (const type of ['trackchange', 'statechange']) {
    player.addEventListener(type, () => heard.push(`${type} ${player.track?.id} ${player.playing}`));
  }
  return { player, heard };
}

beforeEach(() => {
  stored.clear();
  posted.length = 0;
  toasts.length = 0;
  refusesSound = false;
});

test('is not paused between two tracks', () => {
  const { player, heard } = started('a', 'b');
  audio.end();
  assert.equal(player.track.id, 'b');
  assert.equal(heard[0], 'trackchange b true');
  assert.ok(heard.every(line => line.endsWith('true')), heard.join());
});

test('stops after the last track, and play starts it again', async () => {
  const { player, heard } = started('a');
  audio.end();
  assert.equal(player.playing, false);
  assert.equal(heard.at(-1), 'statechange a false');
  await player.play();
  assert.equal(player.playing, true);
});

test('counts a play once sound has come, and again when the track repeats', () => {
  const { player } = started('a');
  player.cycleRepeat();
  player.cycleRepeat();
  assert.equal(player.repeat, 'one');
  assert.deepEqual(posted, []);
  audio.advance(0.3);
  audio.advance(0.3);
  assert.deepEqual(posted, ['/api/tracks/a/play']);
  audio.end();
  audio.load();
  audio.advance(0.3);
  assert.deepEqual(posted, ['/api/tracks/a/play', '/api/tracks/a/play']);
});

test('skips what cannot be played, with words, and gives up in the end', () => {
  const { player } = started('a', 'bad1', 'c', ...Array.from({ length: 9 }, (_, index) => `bad${index + 2}`));
  player.next();
  audio.load();
  assert.equal(player.track.id, 'c');
  assert.match(toasts[0], /“bad1” can't be played/);
  audio.load();
  audio.advance(1);
  audio.end();
  for (let tries = 0; tries < 20 && player.playing; tries += 1) audio.load();
  assert.equal(player.playing, false);
  assert.equal(toasts.length, 6);
});

test('leaves a track that repeats itself and cannot be played', () => {
  const { player } = started('a', 'bad', 'c');
  player.cycleRepeat();
  player.cycleRepeat();
  player.jump(1);
  audio.load();
  assert.equal(player.track.id, 'c');
});

test('goes on where the connection was lost', async () => {
  const { player } = started('a', 'b');
  audio.advance(25);
  audio.error = { code: 2 };
  audio.fire('error');
  assert.equal(player.playing, false);
  assert.equal(player.track.id, 'a');
  assert.equal(player.currentTime, 25);
  await player.play();
  audio.load();
  assert.equal(audio.currentTime, 25);
  assert.equal(player.playing, true);
});

test('says so when the browser wants a click first', async () => {
  refusesSound = true;
  const player = new Player();
  player.playTracks(list('a'));
  await new Promise(setImmediate);
  assert.equal(player.playing, false);
  assert.equal(toasts.length, 1);
});

test('a reload restores queue, position, volume and modes, paused; play goes on there', async () => {
  const { player } = started('a', 'b');
  player.next();
  audio.load();
  player.setVolume(0.4);
  player.cycleRepeat();
  audio.advance(12);
  mock.timers.tick(1_000);

  const again = new Player();
  assert.equal(again.track.id, 'b');
  assert.equal(again.queue.length, 2);
  assert.equal(again.playing, false);
  assert.equal(again.currentTime, 12);
  assert.equal(again.duration, 60);
  assert.equal(again.volume, 0.4);
  assert.equal(again.repeat, 'all');
  await again.play();
  audio.load();
  assert.equal(audio.currentTime, 12);
});

test('damaged storage is an empty player', () => {
  for (const text of ['{', '[]', '{"queue":{"tracks":[{"id":7}],"index":"x"},"volume":9}']) {
    stored.set('dmp-player', text);
    const player = new Player();
    assert.equal(player.track, null);
    assert.equal(player.volume, 0.75);
  }
});

test('the volume stays within its range and unmutes', () => {
  const { player } = started('a');
  player.toggleMute();
  assert.equal(audio.volume, 0);
  player.setVolume(7);
  assert.equal(player.muted, false);
  assert.equal(audio.volume, 1);
});
