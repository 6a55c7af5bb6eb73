// What can go wrong between a page and the party's server, with a stable code for the program and words for people.

/** An error of the signalling server (its `code`), or one of the page's own: see `WORDS`. */
export class PartyError extends Error {
  /**
   * @param {string} code
   * @param {string} [message] The server's own words, for the console.
   */
  constructor(code, message = code) {
    super(message);
    this.name = 'PartyError';
    this.code = code;
  }

  /**
   * @param {unknown} error
   * @returns {PartyError}
   */
  static from(error) {
    if (error instanceof PartyError) return error;
    return new PartyError('internal', error instanceof Error ? error.message : String(error));
  }
}

/**
 * What an owner can do about it. The server's codes stand in DESIGN, "Party: signalling"; the page's own are `unreachable`, `timeout`,
 * `closed`, `mixed_content`, `bad_url`, `no_webrtc`, `no_audio`, `media_failed`, `host_token`, `over` and `internal`.
 * @type {Record<string, string>}
 */
const HOST_WORDS = {
  token_required: 'The party server asks for a PARTY_SECRET. Set the same PARTY_SECRET on both servers and restart this one.',
  no_secret: 'Only one of the two servers has a PARTY_SECRET. Set the same one on both and restart the one you changed.',
  token_invalid: 'The PARTY_SECRET of this server and of the party server differ. Set the same one on both and restart the one you changed.',
  nonce_unknown: 'The party server did not recognise the answer to its challenge. Try again.',
  foreign_origin:
    'This server does not recognise the address in your address bar as its own. Open the page under the server’s own address, over HTTPS, or add its name to PARTY_HOST_NAMES.',
  session_exists: 'A party is already running, and its host is present. It has to end there first.',
  host_key_invalid: 'Another party has started in the meantime, and its host is present.',
  wrong_role: 'Another page has become the host of this party.',
  party_full: 'The party is full.',
  unknown_listener: 'This listener has left already.',
  rate_limited: 'The party server asks for a little patience. Try again in a moment.',
  unavailable: 'The party server is busy. Try again in a moment.',
  sdp_invalid: 'The party server cannot work with this browser’s media offer. Try a current Firefox, Chrome, Edge or Safari.',
  unreachable: 'The party server cannot be reached. Check that it runs and that PARTY_URL is the address under which your browser reaches it.',
  timeout: 'The party server accepted the connection but did not answer in time. Try again.',
  closed: 'The party server closed the connection. Try again.',
  mixed_content:
    'This page was opened over HTTPS, but PARTY_URL starts with http:, and browsers do not allow that. Give the party server HTTPS, or open this page over http:.',
  bad_url: 'PARTY_URL is not an address that starts with http: or https:. Correct it and restart this server.',
  no_webrtc: 'This browser cannot send sound (WebRTC is missing or switched off). Try a current Firefox, Chrome, Edge or Safari.',
  no_audio: 'This browser does not let the page take the player’s sound. Try a current Firefox, Chrome, Edge or Safari.',
  media_failed:
    'The party server answers, but no sound gets through. Check that its UDP port (RTC_MIN_PORT) is open in the firewall and that PARTY_ANNOUNCED_ADDRESS is the address you reach it by.',
  over: 'The party ended while this page was away.',
  host_token: 'This server could not make the key for the party server. Try again.',
};

/**
 * Words for the host's page.
 * @param {PartyError} error
 * @returns {string}
 */
export function wordsForHost(error) {
  return HOST_WORDS[error.code] ?? `Something unexpected happened: ${error.message}`;
}

/** Errors that another attempt cannot cure: somebody has to change something first. */
const LASTING = new Set([
  'token_required', 'no_secret', 'token_invalid', 'foreign_origin', 'session_exists', 'host_key_invalid', 'mixed_content', 'bad_url',
  'no_webrtc', 'no_audio', 'sdp_invalid', 'wrong_role', 'over', 'internal',
]);

/** @param {PartyError} error */
export const isLasting = error => LASTING.has(error.code);
