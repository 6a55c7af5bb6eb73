// The listener's own element: what it says of itself is true, and the listener's wishes stay.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ListenerSound } from '../../public/party/listener-sound.js';

/** An <audio> element in a browser that may refuse sound. */
class FakeAudio extends EventTarget {
  srcObject = null;
  paused = true;
  muted = false;
  volume = 1;
  constructor(isAllowed = true) {
    super();
    this.isAllowed = isAllowed;
  }
  async play() {
    if (!this.isAllowed) throw new DOMException('no gesture', 'NotAllowedError');
    this.paused = false;
    this.dispatchEvent(new Event('play'));
  }
  pause() {
    this.paused = true;
    this.dispatchEvent(new Event('pause'));
  }
}

const stored = new Map();
globalThis.localStorage = { getItem: key => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value) };
beforeEach(() => stored.clear());

const settled = () => new Promise(resolve => setImmediate(resolve));

test('it plays what is attached, and knows that nothing is', async () => {
  const audio = new FakeAudio(), sound = new ListenerSound(audio);
  assert.equal(sound.state, 'none');
  sound.attach({});
  await settled();
  assert.equal(sound.state, 'on');
  sound.detach();
  assert.equal(sound.state, 'none');
});

test('a refusal shows as blocked until a tap is allowed', async () => {
  const audio = new FakeAudio(false), sound = new ListenerSound(audio);
  let changes = 0;
  sound.addEventListener('change', () => (changes += 1));
  sound.attach({});
  await settled();
  assert.equal(sound.state, 'blocked');
  assert.ok(changes > 0);
  sound.play();
  await settled();
  assert.equal(sound.state, 'blocked', 'a tap that did not help is not called sound');
  audio.isAllowed = true;
  sound.toggle();
  await settled();
  assert.equal(sound.state, 'on');
});

test('sound that the browser stops by itself shows as blocked', async () => {
  const audio = new FakeAudio(), sound = new ListenerSound(audio);
  sound.attach({});
  await settled();
  audio.pause();
  assert.equal(sound.state, 'blocked');
});

test('a refused sound is asked for again when the page wakes; one that was stopped is not', async () => {
  const audio = new FakeAudio(false), sound = new ListenerSound(audio);
  sound.attach({});
  await settled();
  audio.isAllowed = true;
  sound.retry();
  await settled();
  assert.equal(sound.state, 'on');
  // A call, or headphones that were pulled out.
  audio.pause();
  sound.retry();
  await settled();
  assert.equal(sound.state, 'blocked');
});

test('an own pause stays over new streams and reloads', async () => {
  const audio = new FakeAudio(), sound = new ListenerSound(audio);
  sound.attach({});
  sound.pause();
  assert.equal(sound.state, 'paused');
  sound.attach({});
  await settled();
  assert.equal(audio.paused, true);
  const reloaded = new FakeAudio(), later = new ListenerSound(reloaded);
  later.attach({});
  await settled();
  assert.equal(later.state, 'paused');
  assert.equal(reloaded.paused, true);
  later.toggle();
  await settled();
  assert.equal(later.state, 'on');
});

test('volume and mute stay over reloads; a new volume is heard', () => {
  const sound = new ListenerSound(new FakeAudio());
  sound.setVolume(0.3);
  sound.setMuted(true);
  const audio = new FakeAudio(), later = new ListenerSound(audio);
  assert.deepEqual([audio.volume, audio.muted, later.volume, later.isMuted], [0.3, true, 0.3, true]);
  later.setVolume(0.5);
  assert.deepEqual([audio.volume, audio.muted], [0.5, false]);
  later.setVolume(7);
  assert.equal(audio.volume, 1);
});

test('muted is not on', async () => {
  const audio = new FakeAudio(), sound = new ListenerSound(audio);
  sound.attach({});
  await settled();
  sound.setMuted(true);
  assert.equal(sound.state, 'muted');
  sound.setMuted(false);
  sound.setVolume(0);
  assert.equal(sound.state, 'muted');
});

test('the mute button brings back a sound that was turned down to nothing', () => {
  const audio = new FakeAudio(), sound = new ListenerSound(audio);
  sound.setVolume(0);
  assert.equal(sound.isMuted, true);
  sound.setMuted(!sound.isMuted);
  assert.deepEqual([audio.volume, audio.muted, sound.isMuted], [0.75, false, false]);
});

test('damaged settings count as none', () => {
  for (const text of ['{', '7', '{"volume":"loud","paused":1,"muted":"yes"}', '{"volume":-1}', '{"volume":null}']) {
    stored.set('dmp-listener', text);
    const sound = new ListenerSound(new FakeAudio());
    assert.deepEqual([sound.volume, sound.isPaused, sound.isMuted], [0.75, false, false], text);
  }
});
