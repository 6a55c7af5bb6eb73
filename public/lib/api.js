// The server's HTTP API (dmp-api.md): JSON in and out, errors with words for people.

/** @typedef {import('./image.js').Picture} Picture */
/** @typedef {{ id: string, name: string, slug: string }} ArtistRef */
/** @typedef {'COMPLETE' | 'INCOMPLETE' | 'EXTRA_TRACKS' | 'MISSING' | 'UNSYNCABLE' | 'UNKNOWN'} ReleaseStatus */

/**
 * A release as a card shows it.
 * @typedef {{ id: string, title: string, releaseType: string | null, year: number | null, artist: ArtistRef | null } & Picture} ReleaseCard
 */

/**
 * A release on its artist's page. `id` is the MusicBrainz release's where there is one; `localReleaseId` is null when the library lacks it.
 * @typedef {{ id: string, title: string, year: number | null, type: string, typeSlug: string, status: ReleaseStatus, trackCount: number,
 *   localTrackCount: number, isMusicBrainz: boolean, localReleaseId: string | null } & Picture} ArtistRelease
 */

/**
 * @typedef {{ id: string, title: string | null, artist: string | null, albumArtist: string | null, album: string | null,
 *   duration: number | null, trackNumber: number | null, discNumber: number | null, localReleaseId: string | null }} TrackRow
 */

/**
 * A track of a list that is no release: search hits, playlists, favourites.
 * @typedef {{ id: string, title: string | null, duration: number | null, release: ReleaseCard | null }} NestedTrack
 */

/**
 * An artist as a card shows it. The score is 0 … 1.
 * @typedef {{ id: string, name: string, slug: string, averageMatchScore: number | null, totalPlayCount: number, totalTracks: number } & Picture} ArtistCard
 */

/** @typedef {{ type: string, url: string }} ArtistLink */
/** @typedef {ArtistCard & { genres: { name: string }[], urls: ArtistLink[], releases: ArtistRelease[] }} Artist */
/** @typedef {{ items: ArtistCard[], total: number, hasMore: boolean }} ArtistList */
/** @typedef {{ name: string, artistCount: number }} Genre */
/** @typedef {{ release: ({ id: string, title: string, artistSlug: string } & Picture) | null, tracks: TrackRow[] }} ReleaseTracks */
/** @typedef {{ id: string, name: string, slug: string, description: string | null }} PlaylistRef */
/** @typedef {PlaylistRef & { trackCount: number, coverImages: Picture[] }} PlaylistCard */
/** @typedef {PlaylistRef & { tracks: { id: string, position: number, track: NestedTrack }[] }} Playlist */
/** @typedef {{ releases: { release: ReleaseCard }[], tracks: { track: NestedTrack }[] }} FavoriteLists Newest first. */
/** @typedef {{ decade: number, count: number }} Decade */
/** @typedef {{ releases: ReleaseCard[], total: number, page: number, hasMore: boolean, years: { year: number, count: number }[] }} DecadePage */
/**
 * @typedef {{ artists: number, tracks: number, releases: number, genres: number, playtime: number, plays: number,
 *   artistsSyncedWithMusicbrainz: number, releasesSyncedWithMusicbrainz: number, artistsWithCoverArt: number, releasesWithCoverArt: number,
 *   lastScanStartedAt: string | null, lastScanEndedAt: string | null }} Statistics The playtime is in seconds.
 */
/** @typedef {{ artists: ArtistCard[], releases: ReleaseCard[], tracks: NestedTrack[] }} SearchHits */

const TIMEOUT_MILLISECONDS = 20_000;
const ANSWERS_KEPT = 50;

/** A request that was answered with an error, or not at all (`status` 0). */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} message In words for people.
   * @param {string} [code]
   */
  constructor(status, message, code = '') {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

/** @param {number} status @param {string | undefined} message */
function words(status, message) {
  if (status === 503) return 'The library is not reachable right now. The server keeps trying; so can you, in a moment.';
  if (status === 429) return 'Too many requests. Wait a moment, then try again.';
  if (status >= 500) return 'The server had a problem with this request.';
  return message || `The server answered ${status}.`;
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>} The answer's JSON; null for 204.
 * @throws {ApiError} and `AbortError` when `options.signal` was aborted.
 */
export async function request(path, options = {}) {
  // One signal for both: AbortSignal.any is younger than the browsers we serve.
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MILLISECONDS);
  options.signal?.addEventListener('abort', () => controller.abort(), { once: true });
  if (options.signal?.aborted) controller.abort();
  let response;
  try {
    response = await fetch(path, { ...options, signal: controller.signal, headers: { accept: 'application/json', ...options.headers } });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, 'The server does not answer. Check the connection, then try again.');
  } finally {
    clearTimeout(timer);
  }
  if (response.status === 204) return null;
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, words(response.status, body?.message), body?.code);
  return body;
}

/**
 * The newest answers, oldest first.
 * @type {Map<string, { answer: any, at: number }>}
 */
const answers = new Map();

/** @param {string} path @param {AbortSignal} [signal] @returns {Promise<any>} */
export async function get(path, signal) {
  const answer = await request(path, { signal });
  answers.delete(path);
  answers.set(path, { answer, at: Date.now() });
  if (answers.size > ANSWERS_KEPT) answers.delete(/** @type {string} */ (answers.keys().next().value));
  return answer;
}

/**
 * What `get` answered last, so that a page that was seen before is there at once when one goes back to it.
 * @param {string} path
 * @param {number} [maximumAge] Milliseconds.
 * @returns {any} Null when there is none, or none so young.
 */
export function remembered(path, maximumAge = Infinity) {
  const found = answers.get(path);
  return found && Date.now() - found.at <= maximumAge ? found.answer : null;
}

/** @param {'POST' | 'PATCH' | 'DELETE'} method @param {string} path @param {unknown} [body] Sent as JSON. @returns {Promise<any>} */
export async function send(method, path, body) {
  const answer = await request(path, body === undefined
    ? { method }
    : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  // What is remembered of the same resource, such as `/api/playlists`, is old now.
  const resource = path.split('/', 3).join('/');
  for (const key of answers.keys()) if (key.startsWith(resource)) answers.delete(key);
  return answer;
}

/** @param {string} path @param {unknown} [body] */
export const post = (path, body) => send('POST', path, body);

/** The newest of several requests: a slow answer never overwrites a newer one, since starting one aborts the one before. */
export class Latest {
  /** @type {AbortController | undefined} */
  #running;

  /**
   * @template T
   * @param {(signal: AbortSignal) => Promise<T>} load
   * @returns {Promise<T | undefined>} Undefined when a newer one has started, or `cancel` was called.
   */
  async run(load) {
    this.cancel();
    const controller = (this.#running = new AbortController());
    try {
      const value = await load(controller.signal);
      return controller.signal.aborted ? undefined : value;
    } catch (error) {
      if (controller.signal.aborted) return undefined;
      throw error;
    }
  }

  cancel() {
    this.#running?.abort();
  }
}
