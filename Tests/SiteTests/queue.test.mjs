import assert from 'node:assert/strict';
import test from 'node:test';
import { Queue } from '../../public/player/queue.js';

const track = id => ({ id, title: id, artist: 'A', album: 'B', duration: 1, artistSlug: null, releaseImage: null, releaseImageUrl: null, localReleaseId: null });
const tracks = [...'abcd'].map(track);

function queue(random) {
  const queue = new Queue(random);
  queue.replace(tracks);
  return queue;
}

test('goes through the list, and round when asked to', () => {
  const q = queue();
  assert.deepEqual([q.current, q.next(), q.next(), q.next(), q.next()].map(t => t.id), ['a', 'b', 'c', 'd', 'a']);
});

test('ends at the end when a track ends by itself', () => {
  const q = queue();
  q.jump(3);
  assert.equal(q.next({ ended: true }), null);
  assert.equal(q.current.id, 'd');
  q.repeat = 'all';
  assert.equal(q.next({ ended: true }).id, 'a');
  q.repeat = 'one';
  assert.equal(q.next({ ended: true }).id, 'a');
  assert.equal(q.next().id, 'b');
});

test('goes back through what was played, not to and fro', () => {
  const q = queue();
  q.jump(2);
  q.next();
  assert.deepEqual([q.previous(), q.previous()].map(t => t.id), ['c', 'a']);
  assert.equal(q.previous(), null);
});

test('shuffle keeps the current track and plays each once', () => {
  const q = queue();
  q.jump(1);
  q.shuffle(true);
  const played = [q.current.id];
  for (let left = 3; left > 0; left -= 1) played.push(q.next({ ended: true }).id);
  assert.equal(played[0], 'b');
  assert.deepEqual([...played].sort(), ['a', 'b', 'c', 'd']);
  assert.equal(q.next({ ended: true }), null);
  q.shuffle(false);
  assert.equal(q.current.id, played[3]);
});

test('a start is kept when shuffled', () => {
  const q = new Queue(() => 0.99);
  q.shuffle(true);
  q.replace(tracks, 0);
  assert.equal(q.current.id, 'a');
  q.replace(tracks);
  assert.equal(q.current.id, 'd');
});

test('survives what storage gives back', () => {
  const q = queue();
  q.jump(2);
  const other = new Queue();
  other.restore(JSON.parse(JSON.stringify(q.save())));
  assert.equal(other.current.id, 'c');
  for (const junk of [null, 7, 'x', { tracks: 'x' }, { tracks: [null, { id: 1 }], index: 'x' }, { tracks, index: 99, repeat: 'sometimes' }, { tracks, index: -5 }]) {
    const fresh = new Queue();
    fresh.restore(junk);
    assert.ok(fresh.current === null || typeof fresh.current.id === 'string');
    assert.equal(fresh.repeat, 'off');
  }
});

test('an empty queue has nothing', () => {
  const q = new Queue();
  q.replace([]);
  assert.equal(q.current, null);
  assert.equal(q.next(), null);
  assert.equal(q.previous(), null);
});

test('tells what comes, in playing order', () => {
  const q = queue();
  q.jump(1);
  assert.deepEqual(q.upcoming, [2, 3]);
  q.shuffle(true);
  assert.deepEqual([...q.upcoming].sort(), [0, 2, 3]);
  q.shuffle(false);
  assert.deepEqual(q.upcoming, [2, 3]);
});
