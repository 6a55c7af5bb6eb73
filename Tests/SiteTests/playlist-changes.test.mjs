import assert from 'node:assert/strict';
import test from 'node:test';
import { Changes } from '../../public/pages/playlist-changes.js';

test('changes are told one after the other', async () => {
  const told = [];
  let isBusy = false;
  const changes = new Changes(assert.fail);
  for (const name of ['a', 'b', 'c']) {
    changes.add(async () => {
      assert.equal(isBusy, false, 'two at once');
      isBusy = true;
      await new Promise(done => setTimeout(done));
      isBusy = false;
      told.push(name);
    });
  }
  await changes.settled;
  assert.deepEqual(told, ['a', 'b', 'c']);
});

test('steps of one track become one, but not across another change', async () => {
  const told = [];
  const changes = new Changes(assert.fail);
  for (const [key, place] of [['x', 1], ['x', 2], ['y', 5], ['x', 3], ['x', 4], ['', 6], ['', 7]]) changes.add(async () => told.push(`${key}${place}`), key);
  await changes.settled;
  assert.deepEqual(told, ['x2', 'y5', 'x4', '6', '7']);
});

test('what is refused drops what was to follow, and later changes go on', async () => {
  const told = [], refused = [];
  const changes = new Changes(error => refused.push(error.message));
  changes.add(async () => told.push(1));
  changes.add(async () => { throw new Error('no'); });
  changes.add(async () => told.push(3));
  await changes.settled;
  assert.deepEqual([told, refused], [[1], ['no']]);
  changes.add(async () => told.push(4));
  await changes.settled;
  assert.deepEqual(told, [1, 4]);
});
