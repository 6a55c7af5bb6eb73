// What the page puts into its own Opus description, on offers that Chromium 156 and Firefox ESR 153 made.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bitrateOf, withBitrate, withMusicOpus, withRedundancy } from '../../public/party/sdp.js';

const offer = name => readFileSync(new URL(`offers/${name}.sdp`, import.meta.url), 'utf8');
const lines = sdp => sdp.split('\r\n');
const parameters = (sdp, type) =>
  Object.fromEntries(lines(sdp).find(line => line.startsWith(`a=fmtp:${type} `)).slice(`a=fmtp:${type} `.length).split(';').map(pair => pair.split('=')));

for (const [name, type] of [['chromium-156-listener', 111], ['chromium-156-host', 111], ['firefox-esr-listener', 109], ['firefox-esr-host', 109]]) {
  test(`${name} asks for stereo and takes NACKs`, () => {
    const before = offer(name);
    const after = withMusicOpus(before, { maximumAverageBitrate: 128000 });
    const opus = parameters(after, type);
    assert.equal(opus.stereo, '1');
    assert.equal(opus['sprop-stereo'], '1');
    assert.equal(opus.maxaveragebitrate, '128000');
    assert.equal(opus.useinbandfec, '1', 'what stood there stays');
    assert.equal(lines(after).filter(line => line === `a=rtcp-fb:${type} nack`).length, 1);
    // Everything else is as it was, in its order.
    const changed = line => line.startsWith(`a=fmtp:${type} `) || line === `a=rtcp-fb:${type} nack`;
    assert.deepEqual(lines(after).filter(line => !changed(line)), lines(before).filter(line => !changed(line)));
    assert.equal(withMusicOpus(after, { maximumAverageBitrate: 128000 }), after, 'a second time changes nothing');
  });
}

test('no parameter stands twice, and a wrong one is put right', () => {
  const firefox = withMusicOpus(offer('firefox-esr-listener').replace('stereo=1', 'stereo=0'));
  assert.match(firefox, /a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1;sprop-stereo=1\r\n/);
});

test('an Opus without parameters gets a line of its own', () => {
  const bare = offer('chromium-156-listener').replace(/a=fmtp:111 [^\r]*\r\n/, '');
  assert.match(withMusicOpus(bare), /a=rtpmap:111 opus\/48000\/2\r\na=rtcp-fb:111 nack\r\na=fmtp:111 stereo=1;sprop-stereo=1\r\n/);
});

test('spaces, capitals and bare line feeds are understood', () => {
  const odd = 'v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 96\na=rtpmap:96 OPUS/48000/2\na=fmtp:96 minptime=10; Stereo=0\n';
  assert.equal(
    withMusicOpus(odd),
    'v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 96\na=rtpmap:96 OPUS/48000/2\na=rtcp-fb:96 nack\na=fmtp:96 minptime=10;stereo=1;sprop-stereo=1\n');
});

test('only Opus in audio sections is touched', () => {
  const sdp = [
    'v=0', 'm=audio 9 UDP/TLS/RTP/SAVPF 0 11', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:11 red/48000/2', 'a=fmtp:11 111/111',
    'm=video 9 UDP/TLS/RTP/SAVPF 111', 'a=rtpmap:111 opus/48000/2', ''].join('\r\n');
  assert.equal(withMusicOpus(sdp), sdp);
});

test('`nack pli` is not `nack`; a wildcard is', () => {
  const pli = offer('chromium-156-listener').replace('a=rtcp-fb:111 transport-cc', 'a=rtcp-fb:111 nack pli');
  assert.match(withMusicOpus(pli), /a=rtcp-fb:111 nack\r\n/);
  const wildcard = offer('chromium-156-listener').replace('a=rtcp-fb:111 transport-cc', 'a=rtcp-fb:* nack');
  assert.doesNotMatch(withMusicOpus(wildcard), /a=rtcp-fb:111 nack\r\n/);
});

test('an answer takes another bitrate, in its Opus parameters alone', () => {
  const answer = [
    'v=0', 'm=audio 9 UDP/TLS/RTP/SAVPF 111 63', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 stereo=1;maxaveragebitrate=128000;usedtx=0',
    'a=rtpmap:63 red/48000/2', 'a=fmtp:63 111/111', ''].join('\r\n');
  assert.equal(bitrateOf(answer), 128000);
  const changed = withBitrate(answer, 256000);
  assert.equal(bitrateOf(changed), 256000);
  assert.equal(changed, answer.replace('=128000', '=256000'), 'all else stays');
  assert.equal(bitrateOf(withBitrate(answer.replace('maxaveragebitrate=128000;', ''), 64000)), 64000);
  assert.equal(bitrateOf('v=0\r\n'), null);
});

test('an answer is redundant where RED stands first', () => {
  const answer = ['v=0', 'm=audio 40123 UDP/TLS/RTP/SAVPF 111 63', 'a=rtpmap:111 opus/48000/2', 'a=rtpmap:63 red/48000/2', 'a=fmtp:63 111/111', ''].join('\r\n');
  const redundant = withRedundancy(answer, true);
  assert.equal(redundant, answer.replace('SAVPF 111 63', 'SAVPF 63 111'));
  assert.equal(withRedundancy(redundant, true), redundant);
  assert.equal(withRedundancy(redundant, false), answer);
  const without = answer.replace(' 63\r\na=rtpmap:111', '\r\na=rtpmap:111').replace(/a=rtpmap:63[^]*/, '');
  assert.equal(withRedundancy(without, true), without);
});
