// Nobody is left with a code: every error that the server can send has words for the owner, and every state of the listener's bar too.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { listenerWords } from '../../public/party/waiting.js';
import { PartyError, wordsForHost } from '../../public/party/party-error.js';

/** The codes as the server's source has them. */
function serverCodes() {
  const source = readFileSync(new URL('../../Plugins/Party/Sources/Party/SignalingError.swift', import.meta.url), 'utf8');
  const cases = source.slice(source.indexOf('enum Code'), source.indexOf('let code'));
  return [...cases.matchAll(/case (\w+)(?: = "(\w+)")?/g)].map(([, name, value]) => value ?? name);
}

/** What only a faulty page, a listener or a mediasoup client meets. */
const NOT_FOR_HOSTS = new Set([
  'invalid_json', 'invalid_message', 'unknown_type', 'too_large', 'no_session', 'no_transport', 'no_producer', 'cannot_consume', 'already_connected',
  'banned', 'cover_invalid']);

test('every code of the server has words for the host', () => {
  const codes = serverCodes().filter(code => !NOT_FOR_HOSTS.has(code));
  assert.ok(codes.includes('token_required') && codes.includes('unavailable'), `read ${codes}`);
  for (const code of codes) assert.doesNotMatch(wordsForHost(new PartyError(code, 'as the server said')), /unexpected/, code);
});

test('an unknown error shows what the server said', () => {
  assert.match(wordsForHost(new PartyError('brand_new', 'The moon is in the way')), /The moon is in the way/);
});

test('each state of the listener has words, and the live one shows its track', () => {
  for (const state of ['idle', 'connecting', 'reconnecting', 'hostAway', 'ended', 'full', 'removed', 'banned', 'failed']) {
    const words = listenerWords(state, { hasTrack: true });
    assert.ok(words?.title && words.hint, state);
  }
  assert.equal(listenerWords('live', { hasTrack: true }), null);
  assert.ok(listenerWords('live', { hasTrack: false })?.hint);
  assert.notDeepEqual(listenerWords('idle', { errorCode: 'unreachable' }), listenerWords('idle'));
  assert.notDeepEqual(listenerWords('reconnecting', { errorCode: 'media_failed' }), listenerWords('reconnecting'));
  for (const errorCode of ['unreachable', 'restarting', 'media_failed', 'too_many_requests']) {
    assert.notDeepEqual(listenerWords('reconnecting', { errorCode }), listenerWords('reconnecting'), errorCode);
  }
  assert.match(listenerWords('failed', { errorCode: 'no_webrtc' })?.hint ?? '', /WebRTC/);
});
