// What a page puts into its own Opus description (RFC 8866, RFC 7587 §6.1, RFC 4585 §4.2) before it makes it the local one. Pure text.
//
// A listener that does not say `stereo=1` itself is played a mono mix by Chromium, and Chromium offers no NACK for Opus by itself.

/**
 * @typedef {object} OpusWishes
 * @property {number} [maximumAverageBitrate] Bits per second, 6,000–510,000: `maxaveragebitrate`.
 */

/**
 * A description in which every Opus payload type asks for stereo and takes NACKs. What stands there already stays, in its place;
 * a description without Opus comes back as it was.
 * @param {string} sdp
 * @param {OpusWishes} wishes
 * @returns {string}
 */
export function withMusicOpus(sdp, { maximumAverageBitrate } = {}) {
  /** @type {Record<string, string>} */
  const wanted = { stereo: '1', 'sprop-stereo': '1' };
  if (maximumAverageBitrate) wanted.maxaveragebitrate = String(maximumAverageBitrate);
  const lineEnd = sdp.includes('\r\n') ? '\r\n' : '\n';
  return sdp
    .split(/^(?=m=)/m)
    .map(section => (section.startsWith('m=audio') ? withMusicOpusSection(section, wanted, lineEnd) : section))
    .join('');
}

/**
 * A server's answer, changed before it is applied: Chromium sends each packet together with the one before (RED, RFC 2198) where that
 * payload type stands before Opus. An answer without RED comes back as it was.
 * @param {string} sdp
 * @param {boolean} isRedundant
 * @returns {string}
 */
export function withRedundancy(sdp, isRedundant) {
  const red = /^a=rtpmap:(\d+) red\/48000\/2\s*$/im.exec(sdp)?.[1];
  if (!red) return sdp;
  return sdp.replace(/^(m=audio \S+ \S+) ([\d ]+)/m, (line, head, formats) => {
    const others = formats.trim().split(/ +/).filter((/** @type {string} */ format) => format !== red);
    return [head, ...(isRedundant ? [red, ...others] : [...others, red])].join(' ');
  });
}

/**
 * A server's answer, changed before it is applied: the sender's browser encodes at what its answer says (RFC 7587 §6.1).
 * @param {string} sdp
 * @param {number} bitrate Bits per second.
 * @returns {string}
 */
export function withBitrate(sdp, bitrate) {
  const types = new Set(opusPayloadTypes(sdp.split(/\r?\n/)));
  return sdp.replace(/^a=fmtp:(\d+) ([^\r\n]*)/gm, (line, type, parameters) =>
    (types.has(type) ? `a=fmtp:${type} ${merged(parameters, { maxaveragebitrate: String(bitrate) })}` : line));
}

/**
 * @param {string} sdp An answer.
 * @returns {number | null} Bits per second; null where it does not say.
 */
export function bitrateOf(sdp) {
  const found = /^a=fmtp:[^\r\n]*\bmaxaveragebitrate=(\d+)/m.exec(sdp);
  return found ? Number(found[1]) : null;
}

/**
 * @param {string} section From one `m=audio` line to the next `m=` or the end.
 * @param {Record<string, string>} wanted
 * @param {string} lineEnd
 */
function withMusicOpusSection(section, wanted, lineEnd) {
  const lines = section.split(/\r?\n/);
  for (const type of opusPayloadTypes(lines)) {
    const added = [];
    const fmtp = lines.findIndex(line => line.startsWith(`a=fmtp:${type} `));
    if (fmtp >= 0) lines[fmtp] = `a=fmtp:${type} ${merged(lines[fmtp].slice(`a=fmtp:${type} `.length), wanted)}`;
    else added.push(`a=fmtp:${type} ${merged('', wanted)}`);
    // Exactly `nack`: `nack pli` is another kind of feedback.
    if (!lines.includes(`a=rtcp-fb:${type} nack`) && !lines.includes('a=rtcp-fb:* nack')) added.unshift(`a=rtcp-fb:${type} nack`);
    const rtpmap = lines.findIndex(line => line.startsWith(`a=rtpmap:${type} `));
    lines.splice(rtpmap + 1, 0, ...added);
  }
  return lines.join(lineEnd);
}

/**
 * @param {string[]} lines
 * @returns {string[]}
 */
function opusPayloadTypes(lines) {
  return lines.flatMap(line => /^a=rtpmap:(\d+) opus\/48000\/2\s*$/i.exec(line)?.[1] ?? []);
}

/**
 * Format parameters with `wanted` put in: replaced where they stand, else at the end.
 * @param {string} parameters `name=value;name=value`, perhaps with spaces.
 * @param {Record<string, string>} wanted
 */
function merged(parameters, wanted) {
  const missing = new Map(Object.entries(wanted));
  const kept = parameters
    .split(';')
    .map(parameter => parameter.trim())
    .filter(Boolean)
    .map(parameter => {
      const name = parameter.split('=', 1)[0].trim().toLowerCase();
      const value = missing.get(name);
      missing.delete(name);
      return value === undefined ? parameter : `${name}=${value}`;
    });
  return [...kept, ...[...missing].map(([name, value]) => `${name}=${value}`)].join(';');
}
