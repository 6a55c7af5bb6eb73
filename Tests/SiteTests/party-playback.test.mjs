// What plays, as it is heard: on a clock of the test's own, also one that runs as in a tab that nobody looks at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Playback } from '../../public/party/playback.js';

const TICKS_PER_SECOND = 48_000;
const track = (id, duration = 60) => ({ id, title: `Title ${id}`, artist: 'Tone Works', releaseTitle: '', duration, coverPath: null });
const joined = (fields = {}) => ({ type: 'joined', hostAway: false, currentTrack: track('a'), isPlaying: true, currentTime: 0, duration: 60, ...fields });

/**
 * A playback whose clock and sound the test moves. The listener hears `behind` seconds after the server has stamped.
 * @param {{ behind?: number, slowest?: number }} options `slowest`: timers fire at most so often, in milliseconds.
 */
function heardParty(t, { behind = 0.2, slowest = 0 } = {}) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 1_000, isHeard = true;
  t.mock.method(performance, 'now', () => now);
  const server = () => Math.round((now / 1000) * TICKS_PER_SECOND);
  const playback = new Playback(() => (isHeard ? server() - behind * TICKS_PER_SECOND : null));
  return {
    playback,
    stamp: server,
    silence: () => (isHeard = false),
    pass(milliseconds) {
      const step = slowest || 1;
      for (let passed = 0; passed < milliseconds; passed += step) {
        now += step;
        t.mock.timers.tick(step);
      }
    },
  };
}

test('a title comes with its sound', t => {
  const { playback, stamp, pass } = heardParty(t);
  playback.enter(joined());
  playback.receive({ type: 'nowPlaying', track: track('b'), rtpTimestamp: stamp() });
  pass(200);
  assert.equal(playback.track.id, 'a', 'not before it is heard');
  pass(100);
  assert.equal(playback.track.id, 'b');
  assert.ok(playback.currentTime < 0.1, `begins where the track does: ${playback.currentTime}`);
});

test('a tab that nobody looks at is a second late, and knows where it is', t => {
  const { playback, stamp, pass } = heardParty(t, { slowest: 1_000 });
  playback.enter(joined());
  playback.receive({ type: 'nowPlaying', track: track('b'), rtpTimestamp: stamp() });
  pass(2_000);
  assert.equal(playback.track.id, 'b');
  assert.ok(Math.abs(playback.currentTime - 1.73) < 0.05, `${playback.currentTime} s, not counted from when it woke`);
});

test('what waits is due at once when nothing is heard any more', t => {
  const { playback, stamp, silence } = heardParty(t, { behind: 3 });
  playback.enter(joined());
  playback.receive({ type: 'nowPlaying', track: track('b'), rtpTimestamp: stamp() });
  assert.equal(playback.track.id, 'a');
  silence();
  playback.look();
  assert.equal(playback.track.id, 'b');
});

test('the position never runs past the duration, and steps back no further than a correction', t => {
  const { playback, stamp, pass } = heardParty(t);
  playback.enter(joined({ duration: 60, currentTime: 50 }));
  let last = 0;
  for (let second = 0; second < 30; second++) {
    // A host whose clock says now a little more, now a little less, and too much at the end.
    const time = Math.min(61, 50 + second + (second % 3 - 1) * 0.4);
    playback.receive({ type: 'position', currentTime: time, duration: 60, rtpTimestamp: stamp() });
    for (let part = 0; part < 10; part++) {
      pass(100);
      const shown = playback.currentTime;
      assert.ok(shown <= 60, `${shown} of 60`);
      assert.ok(shown >= last, `from ${last} back to ${shown}`);
      last = shown;
    }
  }
  playback.receive({ type: 'position', currentTime: 20, duration: 60, rtpTimestamp: stamp() });
  pass(300);
  assert.ok(Math.abs(playback.currentTime - 20) < 0.5, 'a seek is followed');
});

test('a pause and an absent host stop the position, and leave the track', t => {
  const { playback, stamp, pass } = heardParty(t);
  playback.enter(joined({ currentTime: 10 }));
  playback.setHostAway(true);
  pass(5_000);
  assert.equal(playback.currentTime, 10);
  playback.setHostAway(false);
  pass(1_000);
  assert.ok(Math.abs(playback.currentTime - 11) < 0.01);
  playback.receive({ type: 'pause', rtpTimestamp: stamp() });
  pass(5_000);
  assert.ok(playback.currentTime < 11.4 && !playback.isPlaying);
  assert.equal(playback.track.id, 'a');
});

test('a cover is shown with its own track, also when it was there before it', t => {
  const { playback, stamp, pass } = heardParty(t);
  playback.enter(joined());
  playback.receive({ type: 'nowPlaying', track: track('b'), rtpTimestamp: stamp() });
  playback.receive({ type: 'cover', trackId: 'b', coverPath: '/api/party/cover/00' });
  assert.equal(playback.track.coverPath, null);
  pass(400);
  assert.equal(playback.track.coverPath, '/api/party/cover/00');
  let changes = 0;
  playback.addEventListener('change', () => (changes += 1));
  playback.receive({ type: 'cover', trackId: 'b', coverPath: '/api/party/cover/11' });
  assert.deepEqual([playback.track.coverPath, changes], ['/api/party/cover/11', 1]);
});

test('who comes back over another socket keeps its place in the track of a host that says nothing of it', t => {
  const { playback, stamp, pass } = heardParty(t);
  playback.enter(joined({ sessionId: 's' }));
  pass(20_000);
  playback.enter(joined({ sessionId: 's' }));
  assert.ok(Math.abs(playback.currentTime - 20) < 0.01, `${playback.currentTime} s`);
  pass(1_000);
  assert.ok(Math.abs(playback.currentTime - 21) < 0.01, 'and goes on');
  playback.enter(joined({ sessionId: 's', isPlaying: false }));
  pass(1_000);
  assert.ok(Math.abs(playback.currentTime - 21) < 0.01 && !playback.isPlaying, 'until it hears of a pause');
});

test('what the host has said meanwhile is followed, and a small step back waited out', t => {
  const { playback, stamp, pass } = heardParty(t);
  playback.enter(joined({ sessionId: 's' }));
  playback.receive({ type: 'position', currentTime: 10, duration: 60, rtpTimestamp: stamp() });
  pass(5_000);
  const before = playback.currentTime;
  playback.enter(joined({ sessionId: 's', currentTime: before - 0.9 }));
  assert.ok(playback.currentTime >= before, `from ${before} back to ${playback.currentTime}`);
  playback.enter(joined({ sessionId: 's', currentTime: 40 }));
  assert.ok(Math.abs(playback.currentTime - 40) < 0.01, 'a seek');
});

test('another track or another party begins where the server says', t => {
  const { playback, pass } = heardParty(t);
  playback.enter(joined({ sessionId: 's' }));
  pass(20_000);
  playback.enter(joined({ sessionId: 's', currentTrack: track('b') }));
  assert.equal(playback.currentTime, 0);
  pass(20_000);
  playback.enter(joined({ sessionId: 'other', currentTrack: track('b') }));
  assert.equal(playback.currentTime, 0);
});
