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
    // Of a player's two the first one begins.
    made += 1;
    if (made % 2) audio = this;
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
    audio = this;
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

  load() {}

  loaded(duration = 60) {
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

/**
 * The one that plays.
 * @type {FakeAudio}
 */
let audio;
let made = 0;
let refusesSound = false;
const stored = new Map();
const channels = [];
const posted = [];
const toasts = [];
/** What the server says, by path. */
let answers = {};
let serverIsUp = true;
/** Lets all that waits for an answer go on. */
const settled = async () => { for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate); };

Object.assign(globalThis, {
  Audio: FakeAudio,
  MediaError: { MEDIA_ERR_NETWORK: 2 },
  HTMLMediaElement: { HAVE_METADATA: 1, HAVE_FUTURE_DATA: 3 },
  addEventListener: () => {},
  BroadcastChannel: class extends EventTarget {
    constructor() {
      super();
      channels.push(this);
    }

    postMessage(data) {
      for (const channel of channels) if (channel !== this) channel.dispatchEvent(Object.assign(new Event('message'), { data }));
    }
  },
  localStorage: { getItem: key => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value) },
  document: {
    dispatchEvent: () => {},
    createElement: () => ({ remove() {} }),
    getElementById: id => (id === 'toasts' ? { append: message => toasts.push(message.textContent), childElementCount: 0 } : null),
  },
  fetch: async (path, { method, body } = {}) => {
    if (method === 'POST') posted.push(path);
    if (method === 'HEAD') return { status: serverIsUp ? (path.includes('bad') ? 404 : 200) : 503 };
    const answer = answers[path];
    return { status: answer === null ? 204 : 200, ok: true, json: async () => (typeof answer === 'function' ? answer(JSON.parse(body ?? 'null')) : answer ?? {}) };
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
  audio.loaded();
  const heard = [];
  for (const type of ['trackchange', 'statechange']) {
    player.addEventListener(type, () => heard.push(`${type} ${player.track?.id} ${player.playing}`));
  }
  return { player, heard };
}

beforeEach(() => {
  channels.length = 0;
  stored.clear();
  posted.length = 0;
  toasts.length = 0;
  refusesSound = false;
  serverIsUp = true;
  answers = {};
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
  await settled();
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
  audio.loaded();
  audio.advance(0.3);
  assert.deepEqual(posted, ['/api/tracks/a/play', '/api/tracks/a/play']);
});

test('skips what cannot be played, with words, and gives up in the end', async () => {
  const { player } = started('a', 'bad1', 'c', ...Array.from({ length: 9 }, (_, index) => `bad${index + 2}`));
  player.next();
  audio.loaded();
  await settled();
  assert.equal(player.track.id, 'c');
  assert.match(toasts[0], /“bad1” was skipped: its file is missing/);
  audio.loaded();
  audio.advance(1);
  audio.end();
  for (let tries = 0; tries < 20 && player.playing; tries += 1) {
    audio.loaded();
    await settled();
  }
  assert.equal(player.playing, false);
  assert.equal(toasts.length, 6);
  assert.match(toasts.at(-1), /5 tracks in a row/);
  assert.equal(player.track.id, 'bad6');
});

test('leaves a track that repeats itself and cannot be played', async () => {
  const { player } = started('a', 'bad', 'c');
  player.cycleRepeat();
  player.cycleRepeat();
  player.jump(1);
  audio.loaded();
  await settled();
  assert.equal(player.track.id, 'c');
});

test('a server that is away is no bad file', async () => {
  const { player } = started('a', 'bad', 'c');
  serverIsUp = false;
  player.next();
  audio.loaded();
  await settled();
  assert.equal(player.track.id, 'bad');
  assert.equal(player.playing, false);
  assert.match(toasts[0], /connection/);
});

test('goes on where the connection was lost, as the same play', async () => {
  const { player } = started('a', 'b');
  audio.advance(25);
  audio.error = { code: 2 };
  audio.fire('error');
  await settled();
  assert.equal(player.playing, false);
  assert.equal(player.track.id, 'a');
  assert.equal(player.currentTime, 25);
  await player.play();
  audio.loaded();
  assert.equal(audio.currentTime, 25);
  assert.equal(player.playing, true);
  audio.advance(1);
  assert.equal(posted.length, 1);
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
  audio.loaded();
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
  audio.loaded();
  assert.equal(audio.currentTime, 12);
  // It was counted before the reload.
  posted.length = 0;
  audio.advance(1);
  assert.deepEqual(posted, []);
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

test('the next track is loaded before this one ends, and follows in the other element', async () => {
  const { player, heard } = started('a', 'b', 'c');
  const first = audio;
  audio.advance(30);
  await settled();
  audio.advance(15);
  await settled();
  audio.end();
  assert.notEqual(audio, first);
  assert.match(audio.src, /\/b$/);
  assert.equal(audio.paused, false);
  assert.equal(first.hasAttribute('src'), false);
  assert.ok(heard.every(line => line.endsWith('true')), heard.join());
  // What happens in the element that is done is no longer heard of.
  first.fire('pause');
  assert.equal(player.playing, true);
});

test('what comes next may change after it was loaded', async () => {
  const { player } = started('a', 'b', 'c');
  audio.advance(45);
  await settled();
  player.playNext([track('x')]);
  audio.end();
  assert.match(audio.src, /\/x$/);
});

test('the whole catalogue: one track after the other, and back', async () => {
  const { player } = started('a', 'b');
  for (let presses = 0; presses < 3; presses += 1) player.cycleShuffle();
  assert.equal(player.shuffleMode, 'catalogue');
  answers['/api/tracks/random'] = track('r1');
  await player.next();
  assert.equal(player.track.id, 'r1');
  answers['/api/tracks/random'] = track('r2');
  audio.loaded();
  audio.advance(45);
  await settled();
  assert.deepEqual(player.queue.slice(player.queueIndex + 1).map(({ id }) => id), ['r2']);
  audio.end();
  assert.equal(player.track.id, 'r2');
  player.previous();
  assert.equal(player.track.id, 'r1');
  player.previous();
  assert.equal(player.track.id, 'a');
  player.cycleShuffle();
  assert.deepEqual(player.queue.map(({ id }) => id).sort(), ['a', 'b', 'r1', 'r2']);
});

test('an empty library is no endless loop', async () => {
  answers['/api/tracks/random'] = null;
  const player = new Player();
  await player.next();
  assert.equal(player.track, null);
  assert.deepEqual(toasts, ['The library is empty.']);
});

test('release and artist fetch what belongs to the track, around it', async () => {
  const row = (id, localReleaseId) => ({ id, title: id, artist: 'A', albumArtist: 'A', album: 'B', duration: 60, trackNumber: 1, discNumber: 1, localReleaseId });
  answers['/api/releases/r1/tracks'] = { release: { id: 'r1', title: 'B', image: 'b.jpg', imageUrl: null, artistSlug: 'a' }, tracks: ['a', 'b', 'c'].map(id => row(id, 'r1')) };
  answers['/api/artists/a/tracks'] = ['a', 'b', 'c', 'd'].map(id => row(id, id === 'd' ? 'r2' : 'r1'));
  answers['/api/artists/a'] = { releases: [{ localReleaseId: 'r2', image: 'd.jpg', imageUrl: null }] };
  const player = new Player();
  player.playTracks([{ ...track('b'), localReleaseId: 'r1', artistSlug: 'a' }]);
  audio.loaded();
  player.cycleShuffle();
  assert.equal(player.shuffleMode, 'release');
  await settled();
  assert.equal(player.track.id, 'b');
  assert.deepEqual(player.queue.map(({ id }) => id).sort(), ['a', 'b', 'c']);
  assert.ok(player.queue.slice(1).every(({ releaseImage }) => releaseImage === 'b.jpg'));
  player.cycleShuffle();
  await settled();
  assert.deepEqual(player.queue.map(({ id }) => id).sort(), ['a', 'b', 'c', 'd']);
  const fromElsewhere = player.queue.find(({ id }) => id === 'd');
  assert.equal(fromElsewhere.releaseImage, 'd.jpg');
  assert.equal(fromElsewhere.artistSlug, 'a');
  assert.equal(player.playing, true);
});

test('the explorer goes on by itself, does not come back to what was heard, and ends', async () => {
  const player = new Player();
  const params = { energy: 1, era: 2, familiarity: 3, sound: 4 };
  const asked = [];
  answers['/api/tracks/explore'] = body => {
    asked.push(body);
    return track(`x${asked.length}`);
  };
  player.startExplorer(params, track('x0'));
  assert.equal(player.shuffleMode, 'explorer');
  await player.next();
  await player.next();
  assert.equal(player.track.id, 'x2');
  assert.deepEqual(asked[1], { ...params, excludeIds: ['x0', 'x1'] });
  player.cycleShuffle();
  assert.equal(player.shuffleMode, 'off');
  player.startExplorer(params, track('y'));
  player.playTracks(list('a', 'b'));
  assert.equal(player.shuffleMode, 'off');
});

test('a choice that has become obsolete is not played', async () => {
  const { player } = started('a');
  for (let presses = 0; presses < 3; presses += 1) player.cycleShuffle();
  answers['/api/tracks/random'] = track('late');
  const waiting = player.next();
  player.playTracks(list('b', 'c'));
  await waiting;
  assert.equal(player.track.id, 'b');
  assert.ok(!player.queue.some(({ id }) => id === 'late'));
});

test('ReplayGain makes an element softer, and never louder than it can', async () => {
  answers['/api/tracks/a'] = { replayGain: { trackGain: -6.02, trackPeak: 1, albumGain: -12.04, albumPeak: 1 } };
  const { player } = started('a');
  player.setVolume(0.8);
  await settled();
  assert.ok(Math.abs(audio.volume - 0.4) < 0.001);
  player.setReplayGain('album');
  await settled();
  assert.ok(Math.abs(audio.volume - 0.2) < 0.001);
  player.setReplayGain('off');
  assert.equal(audio.volume, 0.8);
  mock.timers.tick(1_000);
  assert.equal(new Player().replayGain, 'off');
});

test('of two tabs the one that plays last is heard, and keeps its state', async () => {
  const first = new Player();
  first.playTracks(list('a'));
  audio.loaded();
  const firstAudio = audio;
  const second = new Player();
  second.playTracks(list('b'));
  audio.loaded();
  await settled();
  mock.timers.tick(1_000);
  assert.equal(first.playing, false);
  assert.equal(firstAudio.paused, true);
  assert.equal(second.playing, true);
  assert.equal(new Player().track.id, 'b');
});
