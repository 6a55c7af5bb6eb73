// How much sound is held back, for links that there are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eased, linkBetween, targetFor } from '../../public/party/stability.js';

test('what is not known yet gets room for a repair', () => {
  assert.equal(targetFor({ jitter: null, loss: null, roundTripTime: null }), 200);
});

test('a clean link waits little, a bad one longer, none more than 500 ms', () => {
  const clean = targetFor({ jitter: 0, loss: 0, roundTripTime: 10 });
  const shaky = targetFor({ jitter: 15, loss: 0, roundTripTime: 10 });
  const lossy = targetFor({ jitter: 15, loss: 0.02, roundTripTime: 10 });
  const far = targetFor({ jitter: 15, loss: 0.02, roundTripTime: 150 });
  assert.ok(clean < shaky && shaky < lossy && lossy < far, `${clean} < ${shaky} < ${lossy} < ${far}`);
  assert.ok(clean <= 100 && far < 500);
  assert.equal(targetFor({ jitter: 400, loss: 0.5, roundTripTime: 2000 }), 500);
  assert.equal(targetFor({ jitter: 0, loss: 1, roundTripTime: null }), 500);
});

test('more loss never waits less', () => {
  const targets = Array.from({ length: 101 }, (_, percent) => targetFor({ jitter: 5, loss: percent / 100, roundTripTime: 60 }));
  targets.reduce((before, target) => (assert.ok(target >= before), target));
});

test('targets are whole steps, whatever comes in', () => {
  for (const jitter of [-1, 0, 0.3, 7.7, 1e9])
    for (const loss of [null, -1, 0, 0.0009, 0.1, 2])
      for (const roundTripTime of [null, 0, 33.3]) {
        const target = targetFor({ jitter, loss, roundTripTime });
        assert.ok(target >= 0 && target <= 500 && target % 20 === 0, `${jitter} ${loss} ${roundTripTime}: ${target}`);
      }
});

test('more at once, less little by little', () => {
  assert.equal(eased(100, 300, 1), 300);
  assert.equal(eased(300, 100, 1), 280);
  assert.equal(eased(300, 290, 1), 290);
  assert.equal(eased(300, 100, -5), 300);
});

test('a link from two reports', () => {
  const before = { packetsReceived: 100, packetsLost: 10, nackCount: 0, jitter: 0.002 };
  assert.deepEqual(
    linkBetween(before, { packetsReceived: 190, packetsLost: 20, nackCount: 0, jitter: 0.004 }, 50), { jitter: 4, loss: 0.1, roundTripTime: 50 });
  // Repaired: nothing is lost, but was asked for.
  assert.equal(linkBetween(before, { packetsReceived: 200, packetsLost: 10, nackCount: 10, jitter: 0 }, 40).loss, 0.1);
  assert.equal(linkBetween(before, { ...before, packetsLost: 5 }, null).loss, null, 'no packets tell nothing');
  assert.deepEqual(linkBetween({}, {}, null), { jitter: null, loss: null, roundTripTime: null });
});
