// The order in which tracks play: pure state, without sound or storage.

/**
 * A track as the player knows it (dmp-api.md, PlayerTrack).
 * @typedef {object} PlayerTrack
 * @property {string} id
 * @property {string} title
 * @property {string} artist
 * @property {string} album
 * @property {number} duration Seconds; 0 when unknown.
 * @property {string | null} artistSlug
 * @property {string | null} releaseImage
 * @property {string | null} releaseImageUrl
 * @property {string | null} localReleaseId
 */

/** @typedef {'off' | 'all' | 'one'} Repeat */

const HISTORY_LIMIT = 50;

export class Queue {
  /**
   * In the order they were given.
   * @type {PlayerTrack[]}
   */
  tracks = [];
  /**
   * Indices into `tracks` in playing order.
   * @type {number[]}
   */
  #order = [];
  /** Place in the order; -1 before the first. */
  #at = -1;
  /**
   * Indices that played before, oldest first.
   * @type {number[]}
   */
  #history = [];
  #shuffled = false;
  /** @type {Repeat} */
  repeat = 'off';
  #random;

  /** @param {() => number} [random] 0 ≤ x < 1 */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /** @returns {PlayerTrack | null} */
  get current() {
    return this.tracks[this.#order[this.#at]] ?? null;
  }

  /** Index of the current track in `tracks`; -1 without one. */
  get index() {
    return this.#order[this.#at] ?? -1;
  }

  /** Indices of what comes after the current track, in playing order. */
  get upcoming() {
    return this.#order.slice(this.#at + 1);
  }

  get shuffled() {
    return this.#shuffled;
  }

  /**
   * A new list. Without a start, a shuffled queue begins anywhere.
   * @param {PlayerTrack[]} tracks
   * @param {number} [start]
   */
  replace(tracks, start) {
    this.tracks = [...tracks];
    this.#history = [];
    const first = start ?? (this.#shuffled && tracks.length ? Math.floor(this.#random() * tracks.length) : 0);
    this.#arrange(Math.min(Math.max(first, 0), tracks.length - 1));
  }

  /** @param {boolean} on The current track stays; what comes after it changes. */
  shuffle(on) {
    this.#shuffled = on;
    this.#arrange(this.index);
  }

  /** @param {number} first Index that is current afterwards. */
  #arrange(first) {
    const all = this.tracks.map((_, index) => index);
    if (!this.#shuffled || first < 0) {
      this.#order = all;
      this.#at = first;
      return;
    }
    const rest = all.filter(index => index !== first);
    for (let last = rest.length - 1; last > 0; last -= 1) {
      const other = Math.floor(this.#random() * (last + 1));
      [rest[last], rest[other]] = [rest[other], rest[last]];
    }
    this.#order = [first, ...rest];
    this.#at = 0;
  }

  /** @param {number} index Becomes the current one. */
  jump(index) {
    if (!(index in this.tracks)) return null;
    this.#leave();
    this.#at = this.#order.indexOf(index);
    return this.current;
  }

  /**
   * @param {{ ended?: boolean }} options `ended`: the track has ended by itself, so that repeat counts.
   * @returns {PlayerTrack | null} Null at the end of the queue.
   */
  next({ ended = false } = {}) {
    if (ended && this.repeat === 'one') return this.current;
    if (this.#at + 1 < this.#order.length) {
      this.#leave();
      this.#at += 1;
      return this.current;
    }
    if (!this.#order.length || (ended && this.repeat === 'off')) return null;
    // Asked for by hand the queue goes round; a shuffled one in a new order.
    this.#leave();
    if (this.#shuffled && this.#order.length > 1) {
      const others = this.#order.filter(index => index !== this.index);
      this.#arrange(others[Math.floor(this.#random() * others.length)]);
    } else {
      this.#at = 0;
    }
    return this.current;
  }

  /**
   * What played before; without any, the one before in the list.
   * @returns {PlayerTrack | null}
   */
  previous() {
    const before = this.#history.pop();
    if (before !== undefined && before in this.tracks) this.#at = this.#order.indexOf(before);
    else if (this.#at > 0) this.#at -= 1;
    else return null;
    return this.current;
  }

  #leave() {
    if (this.index < 0) return;
    this.#history.push(this.index);
    if (this.#history.length > HISTORY_LIMIT) this.#history.shift();
  }

  /** What `restore` takes. */
  save() {
    return { tracks: this.tracks, index: this.index, shuffled: this.#shuffled, repeat: this.repeat };
  }

  /** @param {any} saved Anything; what does not fit is left out. */
  restore(saved) {
    const tracks = Array.isArray(saved?.tracks) ? saved.tracks.filter(isTrack) : [];
    this.#shuffled = saved?.shuffled === true;
    this.repeat = ['off', 'all', 'one'].includes(saved?.repeat) ? saved.repeat : 'off';
    if (tracks.length) this.replace(tracks, Number.isInteger(saved.index) ? saved.index : 0);
  }
}

/** @param {any} value @returns {value is PlayerTrack} */
function isTrack(value) {
  return typeof value?.id === 'string' && typeof value.title === 'string' && typeof value.artist === 'string';
}
