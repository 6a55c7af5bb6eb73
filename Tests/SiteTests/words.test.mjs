import assert from 'node:assert/strict';
import test from 'node:test';
import { formatDate, formatDays } from '../../public/lib/html.js';

test('long times', () => {
  assert.deepEqual([0, 59, 60, 3_600, 3_660, 86_400, 90_000, 90_061, 864_000].map(formatDays), ['0m', '0m', '1m', '1h 0m', '1h 1m', '1d 0h 0m', '1d 1h 0m', '1d 1h 1m', '10d 0h 0m']);
  assert.deepEqual([NaN, -5, undefined].map(formatDays), ['0m', '0m', '0m']);
});

test('dates', () => {
  assert.equal(formatDate('nonsense'), 'unknown');
  assert.match(formatDate('2026-03-02T12:34:56.789Z'), /2026/);
});
