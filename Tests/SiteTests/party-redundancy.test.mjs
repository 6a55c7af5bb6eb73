// When a host sends each packet twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redundancy } from '../../public/party/redundancy.js';

const after = (redundancy, ...losses) => losses.map(loss => redundancy.passed(250, 250 * loss)).at(-1);

test('it begins with losses, and ends when there have been none for long', () => {
  const redundancy = new Redundancy();
  assert.equal(after(redundancy, 0, 0.004, 0.016), false);
  assert.equal(after(redundancy, 0.02), true);
  assert.equal(after(redundancy, 0, 0, 0, 0, 0, 0.008, 0, 0, 0, 0, 0), true, 'not six in a row');
  assert.equal(after(redundancy, 0), false);
});

test('where it makes matters worse it ends, and is left alone for a while', () => {
  const redundancy = new Redundancy();
  assert.equal(after(redundancy, 0.04, 0.12), true);
  assert.equal(after(redundancy, 0.2), false);
  assert.equal(after(redundancy, ...Array(23).fill(0.2)), false);
  assert.equal(after(redundancy, 0.2), true);
});

test('a few packets, as in a pause, say nothing', () => {
  const redundancy = new Redundancy();
  assert.equal(redundancy.passed(10, 9), false);
  assert.equal(redundancy.passed(0, 0), false);
});
