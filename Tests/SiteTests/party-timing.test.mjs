// Cues that wait for their sound, the interpolated position, and delays between attempts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../../public/party/backoff.js';
import { Cues, ticksBetween } from '../../public/party/cues.js';
import { Pace } from '../../public/party/pace.js';
import { Position } from '../../public/party/position.js';

test('RTP timestamps compare across the wrap of 32 bits', () => {
  assert.equal(ticksBetween(100, 148), 48);
  assert.equal(ticksBetween(148, 100), -48);
  assert.equal(ticksBetween(0xffff_fff0, 0x10), 0x20);
  assert.equal(ticksBetween(0x10, 0xffff_fff0), -0x20);
  assert.equal(ticksBetween(7, 7), 0);
});

function recorder() {
  const applied = [];
  return { applied, cue: name => late => applied.push([name, late]) };
}

test('a cue waits for its sound, and is told how late it is', () => {
  const { applied, cue } = recorder(), cues = new Cues();
  cues.add(10_000, 0, cue('title'));
  cues.apply(9_999, 10);
  assert.deepEqual(applied, []);
  cues.apply(10_000 + 960, 30);
  assert.deepEqual(applied, [['title', 0.02]]);
  cues.apply(20_000, 40);
  assert.equal(applied.length, 1, 'once');
});

test('a cue waits across the wrap', () => {
  const { applied, cue } = recorder(), cues = new Cues();
  cues.add(5, 0, cue('title'));
  cues.apply(0xffff_ff00, 10);
  assert.deepEqual(applied, []);
  cues.apply(5, 20);
  assert.deepEqual(applied, [['title', 0]]);
});

test('cues keep their order: one without a stamp waits for those before it', () => {
  const { applied, cue } = recorder(), cues = new Cues();
  cues.add(1_000, 0, cue('first'));
  cues.add(null, 1, cue('second'));
  cues.apply(500, 2);
  assert.deepEqual(applied, []);
  cues.apply(1_000, 3);
  assert.deepEqual(applied.map(([name]) => name), ['first', 'second']);
});

test('everything is due when nothing is heard', () => {
  const { applied, cue } = recorder(), cues = new Cues();
  cues.add(1_000, 0, cue('first'));
  cues.add(2_000, 0, cue('second'));
  cues.apply(null, 1);
  assert.deepEqual(applied, [['first', 0], ['second', 0]]);
});

test('a stamp of another timeline does not wait for ever', () => {
  const { applied, cue } = recorder(), cues = new Cues();
  cues.add(48_000 * 60, 0, cue('a minute ahead'));
  cues.apply(0, 1);
  assert.deepEqual(applied, [['a minute ahead', 0]]);
  cues.add(48_000 * 4, 0, cue('frozen'));
  cues.apply(0, 4_999);
  assert.equal(applied.length, 1);
  cues.apply(0, 5_000);
  assert.equal(applied.length, 2);
});

test('it is known how soon a cue is due', () => {
  const cues = new Cues();
  assert.equal(cues.nextIn(0), null);
  cues.add(48_000, 0, () => {});
  assert.equal(cues.nextIn(0), 1_000);
  assert.equal(cues.nextIn(0xffff_ffff - 47_999), 2_000, 'across the wrap');
  assert.equal(cues.nextIn(50_000), 0);
  assert.equal(cues.nextIn(null), 0);
});

test('cleared cues are never applied', () => {
  const { applied, cue } = recorder(), cues = new Cues();
  cues.add(null, 0, cue('old party'));
  cues.clear();
  cues.apply(null, 1);
  assert.deepEqual(applied, []);
});

test('the position runs while the host plays, and stops at the end', () => {
  const position = new Position();
  position.begin({ time: 58, duration: 60, running: true }, 1_000);
  assert.equal(position.read(2_000), 59);
  assert.equal(position.read(9_000), 60);
  position.setRunning(false, 9_000);
  assert.equal(position.read(20_000), 60);
});

test('an unknown duration caps nothing', () => {
  const position = new Position();
  position.begin({ running: true }, 0);
  assert.equal(position.read(90_000), 90);
});

test('a small correction backward is waited out, a seek is shown', () => {
  const position = new Position();
  position.begin({ time: 10, duration: 100, running: true }, 0);
  assert.equal(position.read(1_000), 11);
  position.correct(10.4, 100, 1_000);
  assert.equal(position.read(1_000), 11, 'does not step back');
  assert.equal(position.read(1_500), 11);
  assert.ok(Math.abs(position.read(2_000) - 11.4) < 1e-9, 'goes on once the time has caught up');
  position.correct(5, 100, 2_000);
  assert.equal(position.read(2_000), 5);
  position.correct(50, 100, 2_000);
  assert.equal(position.read(2_000), 50);
});

test('a new track starts where it starts', () => {
  const position = new Position();
  position.begin({ time: 1, duration: 100, running: true }, 0);
  position.read(200);
  position.begin({ duration: 30, running: false }, 300);
  assert.equal(position.read(5_000), 0);
  assert.equal(position.duration, 30);
});

test('a pause keeps the place and a resume goes on from there', () => {
  const position = new Position();
  position.begin({ time: 10, duration: 100, running: true }, 0);
  position.setRunning(false, 2_000);
  assert.equal(position.read(60_000), 12);
  position.setRunning(true, 60_000);
  assert.equal(position.read(61_000), 13);
});

test('a negative or absurd time from the host is bounded', () => {
  const position = new Position();
  position.begin({ time: -5, duration: 100, running: false }, 0);
  assert.equal(position.read(0), 0);
  position.correct(1e9, 100, 0);
  assert.equal(position.read(0), 100);
});

test('delays double, are jittered between half and whole, and stop growing', () => {
  const low = new Backoff({ first: 500, longest: 4_000, random: () => 0 });
  assert.deepEqual(Array.from({ length: 6 }, () => low.next()), [250, 500, 1_000, 2_000, 2_000, 2_000]);
  const high = new Backoff({ first: 500, longest: 4_000, random: () => 1 });
  assert.deepEqual(Array.from({ length: 5 }, () => high.next()), [500, 1_000, 2_000, 4_000, 4_000]);
  high.reset();
  assert.equal(high.next(), 500);
  const long = new Backoff({ random: () => 1 });
  for (let i = 0; i < 2_000; i++) assert.ok(Number.isFinite(long.next()));
});

test('listeners of a restarted server come back spread over seconds', () => {
  const spans = Array.from({ length: 5_000 }, () => new Backoff({ first: 2_000, least: 0.1 }).next());
  assert.ok(Math.min(...spans) >= 200 && Math.max(...spans) <= 2_000);
  const perTenth = new Map();
  for (const span of spans) perTenth.set(Math.floor(span / 100), (perTenth.get(Math.floor(span / 100)) ?? 0) + 1);
  assert.ok(Math.max(...perTenth.values()) < 5_000 / 10, 'no tenth of a second has a tenth of them');
});

test('words that came every second and do no more tell that the network has gone', () => {
  const pace = new Pace();
  assert.ok(!pace.isBroken(60_000), 'none was expected');
  for (let second = 0; second <= 5; second++) pace.note(second * 1_000 + (second % 2) * 200);
  assert.ok(pace.isSteady && !pace.isBroken(6_400));
  assert.ok(pace.isBroken(6_600));
});

test('the silence of a host that says little tells nothing', () => {
  const pace = new Pace();
  // It seeks to and fro, and then for a minute it does not.
  for (const at of [0, 100, 300, 900]) pace.note(at);
  assert.ok(!pace.isSteady && !pace.isBroken(10_000));
  pace.note(60_000);
  assert.ok(!pace.isBroken(70_000));
});
