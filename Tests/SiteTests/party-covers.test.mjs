// Which covers a listener's page loads: what its own site serves, and nothing else that a host may name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenerCover } from '../../public/party/listener-cover.js';

const page = 'https://party.example/browse';
const cover = (path, storage = 'local') => listenerCover(path, { page, storage });

test('covers of the catalog and of the party are loaded', () => {
  const hash = '0123456789abcdef'.repeat(2);
  for (const path of ['/img/releases/harbour.jpg', `/api/party/cover/${hash}`]) assert.equal(cover(path), `https://party.example${path}`);
  assert.equal(cover('harbour #1.jpg'), 'https://party.example/img/releases/harbour%20%231.jpg', 'a bare name, as rows have it');
  assert.equal(cover('https://party.example/img/releases/a.jpg'), 'https://party.example/img/releases/a.jpg');
});

test('nothing else of this site is asked for', () => {
  for (const path of [
    '/api/stats', '/img/artists/a.jpg', '/img/releases/', '/img/releases/../../api/stats', '/img/releases/%2e%2e/%2e%2e/api/stats', '/img/releases/a/b.jpg',
    '/api/party/cover/xyz', '/api/party/cover/0123456789abcdef', '/', '', null, undefined, 7, {}, 'http://[',
  ]) assert.equal(cover(path), null, String(path));
});

test('another server is asked only where this site keeps its own covers on one', () => {
  const stored = 'https://bucket.example/releases/a.jpg';
  assert.equal(cover(stored), null);
  assert.equal(cover(stored, 's3'), stored);
  assert.equal(cover(stored, 'both'), stored);
  for (const path of ['http://bucket.example/a.jpg', '//bucket.example/a.jpg', 'https://party.example:444/img/releases/a.jpg']) {
    assert.equal(cover(path), null, path);
  }
  for (const name of ['data:image/png;base64,AA', 'javascript:alert(1)']) {
    assert.ok(cover(name, 'both').startsWith('https://party.example/img/releases/'), 'no more than the name of a picture');
  }
});
