// The server: what it says about itself, its HTTP API (dmp-api.md), where its pictures are, and which of its releases and tracks are favourites.
import { toast } from './browser.js';

// Configuration: one JSON script element in index.html, so that one build of the site serves every role

/**
 * @typedef {object} Configuration
 * @property {boolean} partyEnabled
 * @property {'host' | 'listener' | ''} partyRole
 * @property {string} partyUrl Empty when none is set.
 * @property {boolean} streamMode Browse everything, change nothing.
 * @property {'local' | 's3' | 'both'} imageStorage
 * @property {string} version
 */

/** @type {Configuration} */
const defaults = { partyEnabled: false, partyRole: '', partyUrl: '', streamMode: false, imageStorage: 'local', version: '' };

/** @returns {Configuration} */
function read() {
  const text = globalThis.document?.getElementById('dmp-configuration')?.textContent;
  return { ...defaults, ...(text ? JSON.parse(text) : {}) };
}

export const configuration = Object.freeze(read());

export const isHost = configuration.partyEnabled && configuration.partyRole === 'host';

// Requests

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

/**
 * Changes that the server has not answered yet, by resource.
 * @type {Map<string, Promise<void>>}
 */
const changes = new Map();

/**
 * Such as `/api/playlists`.
 * @param {string} path
 */
const resourceOf = path => path.split('/', 3).join('/');

/**
 * What the server has, with every change that was made here before: a page that opens right after a tap shows what the tap did.
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function get(path, signal) {
  await changes.get(resourceOf(path));
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
  const resource = resourceOf(path);
  const sending = request(path, body === undefined
    ? { method }
    : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  const change = Promise.allSettled([changes.get(resource), sending]).then(() => {
    if (changes.get(resource) === change) changes.delete(resource);
  });
  changes.set(resource, change);
  const answer = await sending;
  // What is remembered of the same resource is old now.
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

// Pictures (dmp-schema.md, Images)

/**
 * What a row says of its picture.
 * @typedef {object} Picture
 * @property {string | null} [image] The local column: a bare file name, a path from the root, or an absolute URL.
 * @property {string | null} [imageUrl] The S3 column.
 */

/**
 * @param {'artists' | 'releases'} kind
 * @param {Picture} picture
 * @param {string} [storage] `IMAGE_STORAGE`
 * @returns {string | null}
 */
export function imageSource(kind, { image, imageUrl }, storage = configuration.imageStorage) {
  if (imageUrl && storage !== 'local') return imageUrl;
  if (!image) return null;
  if (image.startsWith('/') || /^https?:\/\//i.test(image)) return image;
  return `/img/${kind}/${encodeURIComponent(image)}`;
}

/** @param {Picture} picture */
export const releaseImage = picture => imageSource('releases', picture);

// Favourites: one list for the whole site, asked for once

/** @typedef {'releases' | 'tracks'} FavoriteKind */

/** Dispatches `change` whenever something became a favourite or ceased to be one. */
export class Favorites extends EventTarget {
  /**
   * A release is here by every id it is known by: that of MusicBrainz's row and those of its local releases.
   * @type {Record<FavoriteKind, Set<string>>}
   */
  #ids = { releases: new Set(), tracks: new Set() };
  /** @type {Promise<void> | null} */
  #loading = null;
  /**
   * What is being told to the server, by kind and id.
   * @type {Map<string, Promise<unknown>>}
   */
  #sending = new Map();
  /** An answer came that was older than a change, so that another one is needed. */
  #isBehind = false;
  #isKnown = false;

  /** Asks the server, once; where nothing may be changed, never. Hearts stay empty when it does not answer, and a later call asks again. */
  load() {
    if (configuration.streamMode) return Promise.resolve();
    this.#loading ??= this.#refresh().catch(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** The server has told them. */
  get isKnown() {
    return this.#isKnown;
  }

  /** @param {FavoriteKind} kind @param {string} id */
  has(kind, id) {
    return this.#ids[kind].has(id);
  }

  /** Also when the server has not answered. */
  get mayHaveReleases() {
    return this.#loading === null || this.#ids.releases.size > 0;
  }

  /** @param {string} id */
  hasTrack(id) {
    return this.has('tracks', id);
  }

  /** @param {string} id Of the MusicBrainz row or of a local release. */
  hasRelease(id) {
    return this.has('releases', id);
  }

  /** @param {string} id */
  toggleTrack(id) {
    return this.toggle('tracks', id);
  }

  /** @param {string} id Of the MusicBrainz row or of a local release. */
  toggleRelease(id) {
    return this.toggle('releases', id);
  }

  /**
   * Shows the change at once and takes it back, with words, when the server refuses it.
   * @param {FavoriteKind} kind
   * @param {string} id
   * @returns {Promise<boolean>} Whether the server has taken it.
   */
  async toggle(kind, id) {
    const wanted = !this.has(kind, id);
    this.#put(kind, id, wanted);
    // Two quick taps reach the server in their order.
    const path = `/api/favorites/${kind}/${encodeURIComponent(id)}`;
    const sending = (this.#sending.get(path) ?? Promise.resolve()).then(() => tell(path, wanted));
    this.#sending.set(path, sending.catch(() => {}));
    const last = this.#sending.get(path);
    try {
      await sending;
    } catch (error) {
      this.#put(kind, id, !wanted);
      toast(/** @type {Error} */ (error).message, 'error');
      return false;
    } finally {
      if (this.#sending.get(path) === last) this.#sending.delete(path);
    }
    // The other ids of the same release only the server knows.
    if ((kind === 'releases' || this.#isBehind) && !this.#sending.size) await this.#refresh().catch(() => {});
    return true;
  }

  async #refresh() {
    /** @type {Record<FavoriteKind, string[]>} */
    const { releases, tracks } = await request('/api/favorites/ids');
    this.#isBehind = this.#sending.size > 0;
    if (this.#isBehind) return;
    this.#ids = { releases: new Set(releases), tracks: new Set(tracks) };
    this.#isKnown = true;
    this.dispatchEvent(new Event('change'));
  }

  /** @param {FavoriteKind} kind @param {string} id @param {boolean} isFavorite */
  #put(kind, id, isFavorite) {
    if (isFavorite) this.#ids[kind].add(id);
    else this.#ids[kind].delete(id);
    this.dispatchEvent(new Event('change'));
  }
}

/** @param {string} path @param {boolean} isFavorite */
async function tell(path, isFavorite) {
  try {
    await send(isFavorite ? 'POST' : 'DELETE', path);
  } catch (error) {
    // Another tab was first: it is as wanted.
    if (!isFavorite && error instanceof ApiError && error.message === 'Not a favorite') return;
    throw error;
  }
}

export const favorites = new Favorites();
