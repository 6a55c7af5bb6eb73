import assert from 'node:assert/strict';
import test from 'node:test';
import { count, formatTime, html, initial, spokenDuration } from '../../public/lib/html.js';
import { ApiError, get, imageSource, Latest, remembered, send } from '../../public/lib/api.js';
import { match } from '../../public/lib/browser.js';

test('markup escapes every value', () => {
  const evil = `<script>"'&`;
  assert.equal(String(html`<p title="${evil}">${evil}</p>`), '<p title="&lt;script&gt;&quot;&#39;&amp;">&lt;script&gt;&quot;&#39;&amp;</p>');
  assert.equal(String(html`<ul>${['<a>', html`<b>x</b>`]}${null}${undefined}${false}${0}</ul>`), '<ul>&lt;a&gt;<b>x</b>0</ul>');
});

test('times', () => {
  assert.deepEqual([0, 5, 65, 3600, 3725.9].map(s => formatTime(s)), ['0:00', '0:05', '1:05', '1:00:00', '1:02:05']);
  assert.deepEqual([null, undefined, NaN, Infinity, -1].map(s => formatTime(s, '--:--')), Array(5).fill('--:--'));
  assert.equal(spokenDuration(61), '1 minute 1 second');
  assert.equal(count(1, 'track'), '1 track');
  assert.equal(count(1200, 'track'), '1,200 tracks');
  assert.deepEqual(['  élan', '!!', '9 to 5'].map(initial), ['É', '♪', '9']);
});

test('pictures: all three forms of the column', () => {
  const source = (image, imageUrl, storage) => imageSource('releases', { image, imageUrl }, storage);
  assert.equal(source('a b.jpg', null, 'local'), '/img/releases/a%20b.jpg');
  assert.equal(source('/img/releases/x.jpg', null, 'local'), '/img/releases/x.jpg');
  assert.equal(source('https://x.example/y.jpg', null, 'local'), 'https://x.example/y.jpg');
  assert.equal(source('x.jpg', 'https://s3.example/x.jpg', 'local'), '/img/releases/x.jpg');
  assert.equal(source('x.jpg', 'https://s3.example/x.jpg', 'both'), 'https://s3.example/x.jpg');
  assert.equal(source('x.jpg', null, 's3'), '/img/releases/x.jpg');
  assert.equal(source(null, null, 's3'), null);
  assert.equal(imageSource('artists', { image: 'a.jpg' }, 'local'), '/img/artists/a.jpg');
});

test('addresses', () => {
  assert.deepEqual(match('/artist/:slug', '/artist/a%20b'), { slug: 'a b' });
  assert.deepEqual(match('/', '/'), {});
  assert.equal(match('/artist/:slug', '/artist'), null);
  assert.equal(match('/artist/:slug', '/artist/a/b'), null);
  assert.equal(match('/artist/:slug', '/artist/%ff'), null);
});

test('a slow answer never overwrites a newer one', async () => {
  const latest = new Latest();
  let finish;
  const slow = latest.run(() => new Promise(done => { finish = done; }));
  const quick = await latest.run(async () => 'new');
  finish('old');
  assert.equal(quick, 'new');
  assert.equal(await slow, undefined);
});

test('answers are remembered, errors have words', async () => {
  const answers = [
    { status: 200, ok: true, json: async () => ['a'] },
    { status: 503, ok: false, json: async () => ({ message: 'x', code: 'database_unavailable' }) },
    { status: 404, ok: false, json: async () => ({ message: 'Artist not found', code: 'not_found' }) },
  ];
  globalThis.fetch = async () => answers.shift();
  assert.equal(remembered('/api/x'), null);
  assert.deepEqual(await get('/api/x'), ['a']);
  await assert.rejects(get('/api/x'), error => error instanceof ApiError && error.status === 503 && /not reachable/.test(error.message));
  await assert.rejects(get('/api/y'), { message: 'Artist not found', code: 'not_found' });
  assert.deepEqual(remembered('/api/x'), ['a']);
  assert.equal(remembered('/api/x', -1), null);
  globalThis.fetch = async () => { throw new TypeError('offline'); };
  await assert.rejects(get('/api/x'), { status: 0 });
});

test('a read that follows a change sees it', async () => {
  const log = [];
  /** Each request waits until it is let go. */
  const held = [];
  globalThis.fetch = (path, { method = 'GET' } = {}) => {
    log.push(`${method} ${path}`);
    return new Promise(resolve => held.push(() => resolve({ status: 200, ok: true, json: async () => null })));
  };
  const turn = () => new Promise(resolve => setImmediate(resolve));
  const changes = [send('POST', '/api/favorites/tracks/a'), send('DELETE', '/api/favorites/tracks/b')];
  const reads = [get('/api/favorites'), get('/api/playlists')];
  await turn();
  assert.deepEqual(log, ['POST /api/favorites/tracks/a', 'DELETE /api/favorites/tracks/b', 'GET /api/playlists']);
  held.shift()();
  await changes[0];
  await turn();
  assert.equal(log.length, 3);
  held.shift()();
  await changes[1];
  await turn();
  assert.equal(log[3], 'GET /api/favorites');
  held.forEach(go => go());
  await Promise.all(reads);
});
