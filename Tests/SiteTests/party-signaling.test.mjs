// Requests and replies over a socket that the test plays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartyError } from '../../public/party/party-error.js';
import { isMixedContent, Signaling, signalingUrl } from '../../public/party/signaling.js';

/** A WebSocket whose other end is the test. */
class FakeSocket extends EventTarget {
  static last;
  readyState = 0;
  sent = [];
  constructor(url) {
    super();
    this.url = url;
    FakeSocket.last = this;
  }
  send(text) { this.sent.push(JSON.parse(text)); }
  accept() { this.readyState = 1; this.dispatchEvent(new Event('open')); }
  say(message) { this.dispatchEvent(new MessageEvent('message', { data: typeof message === 'string' ? message : JSON.stringify(message) })); }
  close() { this.drop(1005); }
  drop(code) {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event('close'), { code }));
  }
}

async function opened() {
  const signaling = new Signaling('ws://party/_ws', { Socket: FakeSocket });
  const opening = signaling.open();
  FakeSocket.last.accept();
  await opening;
  return { signaling, socket: FakeSocket.last };
}

const withCode = code => error => error instanceof PartyError && error.code === code;

test('replies find their requests in any order', async () => {
  const { signaling, socket } = await opened();
  const first = signaling.request('join', { sdp: 'a' }), second = signaling.request('join', { sdp: 'b' });
  assert.deepEqual(socket.sent.map(({ type, sdp }) => [type, sdp]), [['join', 'a'], ['join', 'b']]);
  const [one, two] = socket.sent.map(({ requestId }) => requestId);
  assert.notEqual(one, two);
  socket.say({ type: 'joined', requestId: two, n: 2 });
  socket.say({ type: 'joined', requestId: one, n: 1 });
  assert.equal((await first).n, 1);
  assert.equal((await second).n, 2);
});

test('a field cannot stand in for the type or the requestId', async () => {
  const { signaling, socket } = await opened();
  signaling.request('publish', { type: 'endSession', requestId: 99 }).catch(() => {});
  assert.equal(socket.sent[0].type, 'publish');
  assert.notEqual(socket.sent[0].requestId, 99);
  signaling.close();
});

test('an error goes to its request with code and words', async () => {
  const { signaling, socket } = await opened();
  const reply = signaling.request('createSession');
  socket.say({ type: 'error', code: 'token_required', message: 'Prove it', requestId: socket.sent[0].requestId });
  await assert.rejects(reply, error => withCode('token_required')(error) && error.message === 'Prove it');
});

test('news is an event; so is an error or a reply that nobody asked for', async () => {
  const { signaling, socket } = await opened();
  const heard = [];
  signaling.addEventListener('message', ({ detail }) => heard.push(detail.type));
  socket.say({ type: 'listenerCount', count: 3 });
  socket.say({ type: 'error', code: 'rate_limited', message: '' });
  socket.say({ type: 'joined', requestId: 12345 });
  assert.deepEqual(heard, ['listenerCount', 'error', 'joined']);
});

test('what is not a message is ignored', async () => {
  const { signaling, socket } = await opened();
  signaling.addEventListener('message', () => assert.fail('not a message'));
  for (const junk of ['', '{', 'null', '[]', '7', '{"type":5}', '{"kind":"x"}']) socket.say(junk);
});

test('a request that is never answered fails', async () => {
  const { signaling, socket } = await opened();
  const reply = signaling.request('publish', {}, { timeout: 5 });
  await assert.rejects(reply, withCode('timeout'));
  socket.say({ type: 'published', requestId: socket.sent[0].requestId });
});

test('a lost socket fails what is under way and is told once, with its code', async () => {
  const { signaling, socket } = await opened();
  const codes = [];
  signaling.addEventListener('close', ({ detail }) => codes.push(detail.code));
  const reply = signaling.request('join');
  socket.drop(4001);
  await assert.rejects(reply, withCode('closed'));
  await assert.rejects(signaling.request('join'), withCode('closed'));
  signaling.send('pause');
  assert.deepEqual(codes, [4001]);
  assert.equal(signaling.isOpen, false);
});

test('closing on purpose is no event, and nothing is heard afterwards', async () => {
  const { signaling, socket } = await opened();
  signaling.addEventListener('close', () => assert.fail('nobody was surprised'));
  const reply = signaling.request('endSession');
  signaling.close();
  await assert.rejects(reply, withCode('closed'));
  assert.equal(socket.readyState, 3);
});

test('a server that refuses is unreachable', async () => {
  const signaling = new Signaling('ws://party/_ws', { Socket: FakeSocket });
  const opening = signaling.open();
  FakeSocket.last.drop(1006);
  await assert.rejects(opening, withCode('unreachable'));
});

test('closing while it opens leaves no socket behind', async () => {
  const signaling = new Signaling('ws://party/_ws', { Socket: FakeSocket });
  const opening = signaling.open();
  signaling.close();
  await assert.rejects(opening, withCode('unreachable'));
  assert.equal(FakeSocket.last.readyState, 3);
});

test('the address keeps host and port and drops the rest', () => {
  assert.equal(signalingUrl('https://party.example.org/some/path?x'), 'wss://party.example.org/_ws');
  assert.equal(signalingUrl('http://192.0.2.1:3001'), 'ws://192.0.2.1:3001/_ws');
  assert.equal(signalingUrl('http://[2001:db8::1]:3001/'), 'ws://[2001:db8::1]:3001/_ws');
  for (const wrong of ['', 'party.example.org', 'ftp://party', 'javascript:alert(1)']) {
    assert.throws(() => signalingUrl(wrong), withCode('bad_url'));
  }
});

test('a secure page cannot reach an insecure server, except on its own machine', () => {
  assert.equal(isMixedContent('https://music.example/party', 'http://party.example'), true);
  assert.equal(isMixedContent('https://music.example/party', 'https://party.example'), false);
  assert.equal(isMixedContent('http://music.local/party', 'http://party.example'), false);
  assert.equal(isMixedContent('https://music.example/party', 'http://localhost:3001'), false);
  assert.equal(isMixedContent('https://music.example/party', 'http://127.0.0.1:3001'), false);
  assert.equal(isMixedContent('https://music.example/party', ''), false);
});

test('a page that has slept reads the answer before it calls it missing', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  t.mock.method(Date, 'now', () => now);
  const { signaling, socket } = await opened();
  const slept = signaling.request('join', {}, { timeout: 8_000 });
  // An hour later its timer comes first, then what the server had said.
  now = 3_600_000;
  t.mock.timers.tick(8_000);
  socket.say({ type: 'joined', requestId: socket.sent[0].requestId });
  assert.equal((await slept).type, 'joined');
  const unanswered = signaling.request('join', {}, { timeout: 8_000 });
  now += 7_200_000;
  t.mock.timers.tick(8_000);
  now += 1_000;
  t.mock.timers.tick(1_000);
  await assert.rejects(unanswered, withCode('timeout'));
});
