// Which releases and tracks are favourites: one list for the whole site, asked for once. Hearts, menus and the player bar use it.
import { ApiError, request, send } from './api.js';
import { configuration } from './configuration.js';
import { toast } from './toast.js';

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
