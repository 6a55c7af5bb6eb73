import assert from 'node:assert/strict';
import test from 'node:test';
import { Favorites } from '../../public/lib/api.js';

/** A server of which `answers` says what comes, by `METHOD path`; it keeps what was asked. */
function serve(answers) {
  const asked = [];
  globalThis.fetch = async (path, { method = 'GET' } = {}) => {
    asked.push(`${method} ${path}`);
    const answer = await answers(`${method} ${path}`);
    const status = answer?.status ?? 200;
    return { status, ok: status < 400, json: async () => answer };
  };
  return asked;
}
// A toast has nowhere to go here.
globalThis.document = { createElement: () => ({ remove() {}, matches: () => false }), getElementById: () => null };

const ids = { releases: ['mb1', 'local1'], tracks: ['t1'] };

test('they are asked for once, and again after a failure', async () => {
  let isUp = false;
  const asked = serve(() => (isUp ? ids : { status: 503 }));
  const favorites = new Favorites();
  await favorites.load();
  assert.equal(favorites.hasTrack('t1'), false);
  isUp = true;
  await Promise.all([favorites.load(), favorites.load()]);
  await favorites.load();
  assert.equal(asked.length, 2);
  assert.ok(favorites.hasTrack('t1') && favorites.hasRelease('mb1') && favorites.hasRelease('local1'));
});

test('a change shows at once, and every id of a release follows', async () => {
  let known = ids;
  const asked = serve(request => {
    if (request.startsWith('DELETE')) known = { releases: [], tracks: ['t1'] };
    return known;
  });
  const favorites = new Favorites();
  await favorites.load();
  let changes = 0;
  favorites.addEventListener('change', () => { changes += 1; });
  const toggled = favorites.toggleRelease('local1');
  assert.equal(favorites.hasRelease('local1'), false);
  assert.equal(changes, 1);
  assert.equal(await toggled, true);
  assert.equal(favorites.hasRelease('mb1'), false);
  assert.deepEqual(asked.slice(1), ['DELETE /api/favorites/releases/local1', 'GET /api/favorites/ids']);
});

test('a refused change is taken back', async () => {
  serve(request => (request.startsWith('POST') ? { status: 404, message: 'Track not found' } : ids));
  const favorites = new Favorites();
  const toggled = favorites.toggleTrack('t 2');
  assert.equal(favorites.hasTrack('t 2'), true);
  assert.equal(await toggled, false);
  assert.equal(favorites.hasTrack('t 2'), false);
});

test('what another tab has removed already is no failure', async () => {
  serve(request => (request.startsWith('DELETE') ? { status: 404, message: 'Not a favorite' } : ids));
  const favorites = new Favorites();
  await favorites.load();
  assert.equal(await favorites.toggleTrack('t1'), true);
  assert.equal(favorites.hasTrack('t1'), false);
});

test('two quick taps arrive in their order, and an older answer does not undo them', async () => {
  let letGo;
  const asked = serve(async request => {
    if (request.startsWith('POST')) await new Promise(done => { letGo = done; });
    return ids;
  });
  const favorites = new Favorites();
  const first = favorites.toggleTrack('t2');
  const second = favorites.toggleTrack('t2');
  await favorites.load();
  assert.equal(favorites.hasTrack('t1'), false, 'an answer that is older than the taps was taken');
  letGo();
  await Promise.all([first, second]);
  assert.deepEqual(asked.filter(request => !request.startsWith('GET')), ['POST /api/favorites/tracks/t2', 'DELETE /api/favorites/tracks/t2']);
  assert.equal(favorites.hasTrack('t2'), false);
  assert.equal(favorites.hasTrack('t1'), true, 'it did not ask again');
});
