// What the player finds in localStorage, and what tags say about loudness.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Queue } from '../../public/player/queue.js';
import { replayGainFactor } from '../../public/player/replay-gain.js';
import { loadState, readState, saveState } from '../../public/player/saved-state.js';

const track = id => ({ id, title: id, artist: 'A', album: 'B', duration: 1, artistSlug: null, releaseImage: null, releaseImageUrl: null, localReleaseId: null });
const tracks = [...'abcd'].map(track);

test('damaged state is an empty player', () => {
  for (const saved of [null, 7, 'x', [], {}, { queue: 'x', volume: 9 }, { queue: [null, { id: 1 }, { id: '' }], index: 'x', order: [9, -1, 'x'] }, { queue: { tracks: [{ id: 7 }], index: 99, repeat: 'sometimes' } }]) {
    const state = readState(saved);
    assert.deepEqual(state.queue, { tracks: [], index: -1, order: [], history: [], shuffled: false, repeat: 'off' });
    assert.equal(state.volume, 0.75);
    assert.equal(state.shuffleMode, 'off');
    assert.equal(state.replayGain, 'track');
    assert.deepEqual(state.explorerParams, { energy: 5, era: 5, familiarity: 4, sound: 4 });
    const queue = new Queue();
    queue.restore(state.queue);
    assert.equal(queue.current, null);
  }
});

test('the first version of this site', () => {
  const state = readState({ queue: { tracks, index: 2, shuffled: true, repeat: 'all' }, currentTime: 12, volume: 0.4, muted: true });
  assert.equal(state.queue.index, 2);
  assert.equal(state.queue.repeat, 'all');
  assert.equal(state.shuffleMode, 'release');
  assert.equal(state.currentTime, 12);
  assert.equal(state.muted, true);
});

test('the original, shuffled', () => {
  const shuffled = [tracks[2], tracks[0], tracks[3], tracks[1]];
  const state = readState({
    trackId: 'd', currentTime: 31.5, volume: 1, isMuted: false, shuffleMode: 'artist', queue: shuffled, originalQueue: tracks,
    explorerParams: { energy: 9, era: 0, familiarity: 99, sound: 'x' },
  });
  const queue = new Queue();
  queue.restore(state.queue);
  assert.equal(queue.current.id, 'd');
  assert.equal(queue.next().id, 'b');
  queue.shuffle(false);
  assert.equal(queue.tracks.map(({ id }) => id).join(''), 'abcd');
  assert.deepEqual(state.explorerParams, { energy: 9, era: 0, familiarity: 4, sound: 4 });
});

test('the explorer does not outlive a reload', () => {
  assert.equal(readState({ shuffleMode: 'explorer', queue: tracks }).shuffleMode, 'off');
});

test('of a very long queue the part around the current track is kept', () => {
  const stored = new Map();
  globalThis.localStorage = { getItem: key => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value) };
  const queue = new Queue();
  queue.replace(Array.from({ length: 10_000 }, (_, index) => track(String(index))), 5_000);
  saveState({ ...readState(null), queue: queue.save() });
  const again = new Queue();
  again.restore(loadState().queue);
  assert.equal(again.current.id, '5000');
  assert.equal(again.next().id, '5001');
  assert.equal(again.tracks.length, 2_000);
  assert.ok(stored.get('dmp-player').length < 1_000_000);
});

test('loudness', () => {
  const gains = { trackGain: -6.0206, trackPeak: 0.9, albumGain: 6.0206, albumPeak: 0.8 };
  const close = (value, wanted) => assert.ok(Math.abs(value - wanted) < 0.0001, `${value} is not ${wanted}`);
  close(replayGainFactor(gains, 'track'), 0.5);
  // Twice as loud would clip: its loudest sample is at 0.8.
  close(replayGainFactor(gains, 'album'), 1.25);
  close(replayGainFactor({ ...gains, albumPeak: 0.25 }, 'album'), 2);
  close(replayGainFactor(gains, 'off'), 1);
  close(replayGainFactor(null, 'track'), 1);
  const none = { trackGain: null, trackPeak: null, albumGain: null, albumPeak: null };
  close(replayGainFactor(none, 'album'), 1);
  // One kind stands in for the other; without a peak nothing is raised.
  close(replayGainFactor({ ...none, albumGain: -6.0206 }, 'track'), 0.5);
  close(replayGainFactor({ ...none, trackGain: -6.0206 }, 'album'), 0.5);
  close(replayGainFactor({ ...none, trackGain: 6 }, 'track'), 1);
  close(replayGainFactor({ ...none, trackGain: -999 }, 'track'), 10 ** (-24 / 20));
  close(replayGainFactor({ ...none, trackGain: NaN }, 'track'), 1);
});
