import assert from 'node:assert/strict';
import test from 'node:test';
import { Queue } from '../../public/player/queue.js';

const track = id => ({ id, title: id, artist: 'A', album: 'B', duration: 1, artistSlug: null, releaseImage: null, releaseImageUrl: null, localReleaseId: null });
const tracks = [...'abcd'].map(track);
const ids = list => list.map(({ id }) => id).join('');

function queue(random) {
  const queue = new Queue(random);
  queue.replace(tracks);
  return queue;
}

test('goes through the list, and round when asked to', () => {
  const q = queue();
  assert.equal(ids([q.current, q.next(), q.next(), q.next(), q.next()]), 'abcda');
});

test('ends at the end when a track ends by itself', () => {
  const q = queue();
  q.jump(3);
  assert.equal(q.following, null);
  assert.equal(q.next({ ended: true }), null);
  assert.equal(q.current.id, 'd');
  q.repeat = 'all';
  assert.equal(q.following.id, 'a');
  assert.equal(q.next({ ended: true }).id, 'a');
  q.repeat = 'one';
  assert.equal(q.following.id, 'a');
  assert.equal(q.next({ ended: true }).id, 'a');
  assert.equal(q.next().id, 'b');
});

test('goes back through what was played, not to and fro', () => {
  const q = queue();
  q.jump(2);
  q.next();
  assert.equal(ids([q.previous(), q.previous()]), 'ca');
  assert.equal(q.previous(), null);
});

test('goes back to what another list has played, and on again', () => {
  const q = queue();
  q.next();
  q.replace([...'xyz'].map(track));
  assert.equal(q.current.id, 'x');
  assert.equal(ids([q.previous(), q.previous()]), 'ba');
  assert.equal(ids([q.next(), q.next(), q.next()]), 'bxy');
});

test('a list that is started anew is one step back, not two', () => {
  const q = queue();
  q.next();
  q.replace(tracks, 1);
  q.next();
  assert.equal(ids([q.previous(), q.previous()]), 'ba');
});

test('the history is limited', () => {
  const q = new Queue();
  q.replace(Array.from({ length: 200 }, (_, index) => track(String(index))));
  for (let steps = 0; steps < 150; steps += 1) q.next();
  assert.equal(q.history.length, 50);
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
  assert.equal(ids(q.tracks), 'abcd');
});

test('a start is kept when shuffled', () => {
  const q = new Queue(() => 0.99);
  q.shuffle(true);
  q.replace(tracks, 0);
  assert.equal(q.current.id, 'a');
  q.replace(tracks);
  assert.equal(q.current.id, 'd');
});

test('other tracks around the current one, which is among them once', () => {
  const q = queue();
  q.jump(2);
  q.surround([...'xcy'].map(track));
  assert.equal(ids(q.tracks), 'xcy');
  assert.equal(q.current.id, 'c');
  q.surround([...'pq'].map(track));
  assert.equal(ids(q.tracks), 'cpq');
});

test('rows are put next, added, moved, taken away', () => {
  const q = queue();
  q.insert([...'xy'].map(track));
  assert.equal(ids(q.tracks), 'axybcd');
  q.append([track('z')]);
  q.move(6, 0);
  assert.equal(ids(q.tracks), 'azxybcd');
  q.move(0, 3);
  assert.equal(ids(q.tracks), 'azxybcd');
  q.move(1, 99);
  assert.equal(ids(q.upcoming), 'xybcdz');
  q.remove(2);
  q.remove(0);
  q.remove(77);
  assert.equal(ids(q.tracks), 'axbcdz');
  q.next();
  q.remove(0);
  assert.equal(q.current.id, 'x');
  assert.equal(q.next().id, 'b');
  q.clear();
  assert.equal(ids(q.tracks), 'xb');
});

test('the same track may be there twice', () => {
  const q = queue();
  q.append([track('a')]);
  q.remove(4);
  assert.equal(ids(q.tracks), 'abcd');
  q.append([track('a')]);
  q.jump(4);
  q.remove(0);
  assert.equal(q.index, 3);
  assert.equal(ids(q.tracks), 'bcda');
});

test('without an end, what would follow waits', () => {
  const q = queue();
  q.next();
  q.setEndless(true);
  assert.equal(q.next(), null);
  q.append([track('x')]);
  assert.equal(q.following.id, 'x');
  assert.equal(q.next().id, 'x');
  q.insert([track('p')]);
  q.append([track('y')]);
  assert.equal(ids([q.next(), q.next()]), 'py');
  q.setEndless(false);
  assert.equal(ids(q.upcoming), 'cd');
});

test('survives what it saves, in every state', () => {
  const q = queue(() => 0.3);
  q.jump(2);
  q.shuffle(true);
  q.next();
  q.insert([track('x')]);
  q.setEndless(true);
  const other = new Queue();
  other.restore(JSON.parse(JSON.stringify(q.save())));
  assert.equal(other.current.id, q.current.id);
  assert.equal(ids(other.history), ids(q.history));
  q.setEndless(false);
  assert.equal(ids(other.tracks), ids(q.tracks));
  other.shuffle(false);
  q.shuffle(false);
  assert.equal(ids(other.tracks), ids(q.tracks));
});

test('an empty queue has nothing', () => {
  const q = new Queue();
  q.replace([]);
  for (const act of [() => q.next(), () => q.previous(), () => q.jump(0), () => q.current, () => q.following]) assert.equal(act(), null);
  q.surround(tracks);
  q.clear();
  q.remove(0);
  q.move(0, 1);
  q.shuffle(true);
  assert.equal(q.tracks.length, 0);
  q.insert([track('a')]);
  assert.equal(q.current.id, 'a');
});
