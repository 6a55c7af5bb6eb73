// What the host's page works out by itself: whether its sound can be right, how figures read, the chart of listeners, covers that are small enough.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fittingJpeg, HostCovers } from '../../public/party/host-covers.js';
import { HostReports } from '../../public/party/host-reports.js';
import { formatBitrate, formatLoss, formatMilliseconds, formatNumber, HostStatistics, quality } from '../../public/party/host-statistics.js';
import { journal } from '../../public/party/journal.js';
import { spokenListeners, steps } from '../../public/party/listeners-chart.js';
import { levelOf, SoundWatch } from '../../public/party/sound-watch.js';

const sine = (amplitude, most = Infinity) =>
  Float32Array.from({ length: 2048 }, (_, index) => Math.max(-most, Math.min(most, amplitude * Math.sin((index * 2 * Math.PI * 440) / 48_000))));

test('a level is the peak, in dB of full scale', () => {
  assert.ok(Math.abs(levelOf(sine(0.5)).decibels + 6.02) < 0.05);
  assert.ok(levelOf(new Float32Array(2048)).decibels <= -100);
});

test('a wave that is cut off is clipped; one that touches full scale is not', () => {
  assert.equal(levelOf(sine(1)).isClipped, false);
  assert.equal(levelOf(sine(3, 1)).isClipped, true);
  assert.equal(levelOf(sine(1.2)).isClipped, true, 'beyond full scale, to be cut off by whatever is behind');
});

test('silence is counted from the last sound in either ear', () => {
  const watch = new SoundWatch(0), loud = levelOf(sine(0.1)), silent = levelOf(sine(0));
  watch.note([silent, loud], 1_000);
  watch.note([silent, silent], 4_000);
  assert.equal(watch.silentMilliseconds(4_000), 3_000);
  watch.expectSound(5_000);
  assert.equal(watch.silentMilliseconds(6_000), 1_000);
});

test('clipping is worth a warning when it goes on, and no longer when it has stopped', () => {
  const watch = new SoundWatch(0), clipped = levelOf(sine(3, 1)), clean = levelOf(sine(0.5));
  watch.note([clipped, clean], 0);
  assert.equal(watch.isClipping, false, 'once is an accident');
  for (let now = 60; now <= 600; now += 60) watch.note([clean, clipped], now);
  assert.equal(watch.isClipping, true);
  watch.note([clean, clean], 10_000);
  assert.equal(watch.isClipping, false);
});

test('figures read as people say them, and what is unknown is a dash', () => {
  assert.deepEqual([0, 0.0004, 0.0123, 0.5, null, NaN].map(formatLoss), ['0 %', '0.0 %', '1.2 %', '50 %', '—', '—']);
  assert.deepEqual([0.42, 7, 35.6, null].map(formatMilliseconds), ['0.4 ms', '7 ms', '36 ms', '—']);
  assert.deepEqual([128_000, 63_700, null].map(formatBitrate), ['128 kb/s', '64 kb/s', '—']);
  assert.deepEqual([0, 1200, undefined].map(formatNumber), ['0', '1,200', '—']);
});

test('a link is judged by all that is known of it', () => {
  assert.equal(quality(null), null);
  assert.equal(quality({ loss: null, jitter: null, roundTripTime: null }), null);
  assert.equal(quality({ loss: 0, jitter: 3, roundTripTime: 40 }), 'good');
  assert.equal(quality({ loss: 0.05, jitter: 3, roundTripTime: 40 }), 'fair');
  assert.equal(quality({ loss: 0.01, jitter: 150, roundTripTime: 40 }), 'poor');
  assert.equal(quality({ loss: null, jitter: null, roundTripTime: 40 }), 'good');
});

const figures = listeners => ({ listeners, peak: listeners, total: listeners, bitrate: null, hostLink: null, worst: null, median: null });

test('live figures go on from the history that the server told', () => {
  const statistics = new HostStatistics();
  statistics.load([[0, 0], [60, 2], [120, 5]], 1_000_000);
  statistics.note(figures(4), 1_010_000);
  assert.deepEqual(statistics.points, [[0, 0], [60, 2], [120, 5], [130, 4]]);
  statistics.clear();
  assert.deepEqual(statistics.points, []);
});

test('a long party keeps its shape in at most 240 points', () => {
  const statistics = new HostStatistics();
  for (let second = 0; second <= 4 * 3600; second += 1) statistics.note(figures(second === 5_000 ? 99 : second % 7), second * 1000);
  const { points } = statistics;
  assert.ok(points.length > 60 && points.length <= 240, `${points.length} points`);
  assert.equal(points[0][0], 0);
  assert.equal(points.at(-1)[0], 4 * 3600);
  assert.equal(Math.max(...points.map(([, listeners]) => listeners)), 99, 'the peak stays');
  assert.ok(points.every(([seconds], index) => index === 0 || seconds > points[index - 1][0]), 'in order');
});

test('figures that stopped coming are not shown as if they were of now', () => {
  const statistics = new HostStatistics();
  assert.equal(statistics.latest, null);
  statistics.note(figures(3));
  assert.equal(statistics.latest.listeners, 3);
  statistics.note(figures(3), performance.now() - 60_000);
  assert.equal(statistics.latest, null);
});

test('the chart is drawn as steps over its whole width, and told in words', () => {
  assert.equal(steps([], 600, 100), '');
  assert.equal(steps([[0, 0], [50, 2], [100, 1]], 600, 106), 'M0 103.0H300.0V3.0H600.0V53.0H600');
  assert.equal(steps([[0, 1]], 600, 106), 'M0 3.0H600');
  assert.equal(spokenListeners([[0, 0], [1200, 8], [2520, 3]]), 'Listeners over the party’s time, 42 minutes so far: 3 now, at most 8 (after 20 minutes).');
  assert.match(spokenListeners([]), /nothing is known/);
});

test('a cover loses quality first, and size only then', async () => {
  const asked = [];
  const blob = await fittingJpeg(async (side, quality) => {
    asked.push([side, quality]);
    return { type: 'image/jpeg', size: side * 200 * quality };
  });
  assert.equal(blob.size, 320 * 200 * 0.35);
  assert.ok(asked.every(([side]) => side === 320) && asked.length > 3);
  assert.equal(await fittingJpeg(async () => ({ type: 'image/jpeg', size: 30_001 })), null);
  assert.equal(await fittingJpeg(async () => null), null);
});

test('a cover goes once per track, and one that cannot be read is only noted', async () => {
  const sent = [];
  const covers = new HostCovers({ send: (type, fields) => sent.push([type, fields]) }, async path => {
    if (path.startsWith('https:')) throw new Error('tainted');
    return 'AAAA';
  });
  await covers.send({ id: 'one', coverPath: '/img/one.jpg' });
  await covers.send({ id: 'one', coverPath: '/img/one.jpg' });
  await covers.send({ id: 'two', coverPath: 'https://elsewhere.example/two.jpg' });
  await covers.send({ id: 'three', coverPath: null });
  assert.deepEqual(sent, [['cover', { trackId: 'one', jpeg: 'AAAA' }]]);
  assert.equal(journal.entries[0].type, 'cover');
  assert.match(journal.entries[0].text, /tainted/);
});

/** As much of a player as reports look at. */
class FakePlayer extends EventTarget {
  track = { id: 'one', title: 'One', artist: { name: 'A', slug: 'a' }, duration: 60 };
  playing = true;
  loading = false;
  currentTime = 0;
  duration = 60;
  audioContext = Object.assign(new EventTarget(), { state: 'running' });

  happens(type, changes = {}) {
    Object.assign(this, changes);
    this.dispatchEvent(new Event(type));
  }
}

function reporting() {
  const player = new FakePlayer();
  const sent = [];
  const send = (type, { track, currentTime } = {}) => sent.push(`${type} ${track?.id ?? currentTime ?? ''}`.trim());
  const reports = new HostReports({ player, send, changed() {} });
  reports.start();
  return { player, reports, said: () => sent.splice(0) };
}

const two = { id: 'two', title: 'Two', artist: null, duration: 30 };

test('a title is told when its sound begins, not when its file is asked for', context => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { player, said } = reporting();
  player.happens('trackchange', { track: two, loading: true });
  player.happens('statechange');
  player.happens('timeupdate', { currentTime: 12 });
  context.mock.timers.tick(1_000);
  assert.deepEqual(said(), [], 'neither the title nor a position that would count for the old one');
  player.happens('statechange', { loading: false, currentTime: 0 });
  assert.deepEqual(said(), ['nowPlaying two', 'position 0']);
  context.mock.timers.tick(10_000);
  player.happens('trackchange', { track: { ...two, id: 'ready' } });
  assert.deepEqual(said(), ['nowPlaying ready', 'position 0'], 'one that follows without a gap is told at once');
});

test('a track that takes long to load, or is stopped before it sounds, is told of as well', context => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { player, reports, said } = reporting();
  player.happens('trackchange', { track: two, loading: true });
  context.mock.timers.tick(3_000);
  assert.deepEqual(said(), ['nowPlaying two', 'position 0']);
  player.happens('trackchange', { track: { ...two, id: 'three' } });
  player.happens('statechange', { playing: false, loading: false });
  assert.deepEqual(said(), ['nowPlaying three', 'position 0']);
  player.happens('trackchange', { track: { ...two, id: 'four' }, playing: true, loading: true });
  reports.tellTrack();
  assert.deepEqual(said(), ['nowPlaying four', 'position 0'], 'a server that has come back asks at once');
  player.happens('trackchange', { track: { ...two, id: 'five' } });
  reports.stop();
  context.mock.timers.tick(60_000);
  assert.deepEqual(said(), []);
});
