// The party's two HTTP requests (dmp-api.md): its status, which any page may ask for, and the owner's token.
import { ApiError, get, post } from '../lib/api.js';
import { PartyError } from './party-error.js';

/**
 * What the host plays, as listeners see it (party-protocol.md §1).
 * @typedef {object} PartyTrack
 * @property {string} id
 * @property {string} title
 * @property {string} artist
 * @property {string | null} artistSlug
 * @property {string} releaseTitle
 * @property {string | null} releaseId
 * @property {string | null} coverPath A URL, or a path on the host's own site.
 * @property {number} duration Seconds; 0 when unknown.
 */

/**
 * @typedef {object} PartyStatus
 * @property {boolean} active
 * @property {string | null} sessionId
 * @property {PartyTrack | null} currentTrack
 * @property {boolean} isPlaying
 * @property {number} currentTime Seconds.
 * @property {number} duration Seconds.
 * @property {number} listenerCount
 * @property {boolean} hostAway
 */

/**
 * @param {string} [server] Address of the listener server; the page's own server without one.
 * @returns {Promise<PartyStatus>}
 * @throws {PartyError} `unreachable`; `too_many_requests` where too much comes from this network.
 */
export async function fetchPartyStatus(server = location.origin) {
  try {
    const status = await get(new URL('/api/party/status', server).href);
    if (typeof status?.active === 'boolean') return status;
  } catch (error) {
    if (error instanceof ApiError && error.status === 429) throw new PartyError('too_many_requests', `Too many requests to ${server}`);
    // Else in words below.
  }
  throw new PartyError('unreachable', `No party status from ${server}`);
}

/**
 * What `dmp doctor` says.
 * @typedef {object} Finding
 * @property {string} subject
 * @property {'fine' | 'advice' | 'broken'} level
 * @property {string} message
 * @property {string} [remedy]
 */

/**
 * Has the page's own server look at itself and at its listener server; takes some seconds. On the host's own site alone.
 * @returns {Promise<{ here: Finding[], listenerServer: Finding[] }>}
 * @throws {ApiError}
 */
export const fetchExamination = () => post('/api/party/examination');

/**
 * Has the page's own server prove to the listener server that its owner is asking.
 * @param {string} nonce From `hostChallenge`.
 * @returns {Promise<string | null>} Null where the own server has no secret.
 * @throws {PartyError} `foreign_origin`, `host_token`
 */
export async function fetchHostToken(nonce) {
  try {
    return (await post('/api/party/host-token', { nonce })).token;
  } catch (error) {
    const code = error instanceof ApiError ? error.code : '';
    if (code === 'no_secret') return null;
    throw new PartyError(code === 'foreign_origin' ? code : 'host_token', String(error));
  }
}
