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

/**
 * What of a queue outlives the page.
 * @typedef {object} QueueState
 * @property {PlayerTrack[]} tracks In playing order.
 * @property {number} index Of the current one; -1 without one.
 * @property {number[]} order Places in `tracks`, in the order in which the tracks were given.
 * @property {PlayerTrack[]} history What played before, oldest first.
 * @property {boolean} shuffled
 * @property {Repeat} repeat
 */

const HISTORY_LIMIT = 50;

export class Queue {
  /**
   * In playing order. Each entry is an object of its own, so that a track may be there twice.
   * @type {PlayerTrack[]}
   */
  #entries = [];
  /**
   * The same entries, and the parked ones, in the order they were given.
   * @type {PlayerTrack[]}
   */
  #given = [];
  /** Place of the current one; -1 without one. */
  #at = -1;
  /**
   * What would follow, while the queue goes on with what is chosen one by one; else null.
   * @type {PlayerTrack[] | null}
   */
  #parked = null;
  /** @type {PlayerTrack[]} */
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
    return this.#entries[this.#at] ?? null;
  }

  /** In playing order. */
  get tracks() {
    return this.#entries;
  }

  /** Place of the current track in `tracks`; -1 without one. */
  get index() {
    return this.#at;
  }

  /** What comes after the current track, as far as it is known. */
  get upcoming() {
    return this.#entries.slice(this.#at + 1);
  }

  /** What has played before, oldest first. */
  get history() {
    return this.#history;
  }

  get shuffled() {
    return this.#shuffled;
  }

  /** Whether what comes at the end is chosen elsewhere, one by one (`insert`). */
  get endless() {
    return this.#parked !== null;
  }

  /**
   * A new list. Without a start, a shuffled queue begins anywhere.
   * @param {PlayerTrack[]} tracks
   * @param {number} [start]
   */
  replace(tracks, start) {
    this.#leave();
    const isEndless = this.endless;
    this.#given = tracks.map(track => ({ ...track }));
    this.#parked = null;
    const first = start ?? (this.#shuffled && tracks.length ? Math.floor(this.#random() * tracks.length) : 0);
    this.#arrange(this.#given[Math.min(Math.max(first, 0), tracks.length - 1)]);
    if (isEndless) this.setEndless(true);
  }

  /**
   * Other tracks around the current one, which goes on.
   * @param {PlayerTrack[]} tracks
   */
  surround(tracks) {
    const { current } = this;
    if (!current) return;
    this.#given = tracks.map(track => ({ ...track }));
    this.#parked = null;
    const at = this.#given.findIndex(({ id }) => id === current.id);
    if (at < 0) this.#given.unshift(current);
    else this.#given[at] = current;
    this.#arrange(current);
  }

  /** @param {boolean} on The current track stays; what comes after it changes. */
  shuffle(on) {
    this.#shuffled = on;
    const isEndless = this.endless;
    this.#parked = null;
    this.#arrange(this.current ?? undefined);
    if (isEndless) this.setEndless(true);
  }

  /** @param {boolean} on What would follow is kept for later. */
  setEndless(on) {
    if (on === this.endless) return;
    if (on) {
      this.#parked = this.#entries.splice(this.#at + 1);
    } else {
      this.#entries.push(...(this.#parked ?? []));
      this.#parked = null;
    }
  }

  /** @param {PlayerTrack} [first] The entry that is current afterwards. */
  #arrange(first) {
    this.#entries = [...this.#given];
    this.#at = first ? this.#entries.indexOf(first) : -1;
    if (!this.#shuffled || !first) return;
    this.#entries.splice(this.#at, 1);
    for (let last = this.#entries.length - 1; last > 0; last -= 1) {
      const other = Math.floor(this.#random() * (last + 1));
      [this.#entries[last], this.#entries[other]] = [this.#entries[other], this.#entries[last]];
    }
    this.#entries.unshift(first);
    this.#at = 0;
  }

  /**
   * After the current track.
   * @param {PlayerTrack[]} tracks
   */
  insert(tracks) {
    const { current } = this;
    const added = tracks.map(track => ({ ...track }));
    this.#given.splice(current ? this.#given.indexOf(current) + 1 : 0, 0, ...added);
    this.#entries.splice(this.#at + 1, 0, ...added);
    if (!current) this.#at = added.length ? 0 : -1;
  }

  /**
   * After everything else.
   * @param {PlayerTrack[]} tracks
   */
  append(tracks) {
    const added = tracks.map(track => ({ ...track }));
    this.#given.push(...added);
    this.#entries.push(...added);
    if (this.#at < 0 && added.length) this.#at = 0;
  }

  /** @param {number} index In `tracks`, of any but the current one. */
  remove(index) {
    if (index === this.#at || !(index in this.#entries)) return;
    const [removed] = this.#entries.splice(index, 1);
    this.#given = this.#given.filter(entry => entry !== removed);
    if (index < this.#at) this.#at -= 1;
  }

  /** Takes away all that comes after the current track. */
  clear() {
    const gone = new Set([...this.#entries.splice(this.#at + 1), ...(this.#parked ?? [])]);
    this.#given = this.#given.filter(entry => !gone.has(entry));
    if (this.#parked) this.#parked = [];
  }

  /**
   * Changes the place of an entry that comes; the current one stays where it is.
   * @param {number} from In `tracks`.
   * @param {number} to
   */
  move(from, to) {
    const target = Math.min(Math.max(to, this.#at + 1), this.#entries.length - 1);
    if (from <= this.#at || !(from in this.#entries) || target === from) return;
    this.#entries.splice(target, 0, ...this.#entries.splice(from, 1));
    if (!this.#shuffled) this.#given = [...this.#entries, ...(this.#parked ?? [])];
  }

  /** @param {number} index Becomes the current one. */
  jump(index) {
    if (!(index in this.#entries)) return null;
    this.#leave();
    this.#at = index;
    return this.current;
  }

  /** What plays when this track ends, where that is certain already. */
  get following() {
    if (this.repeat === 'one') return this.current;
    const following = this.#entries[this.#at + 1];
    if (following || this.endless || this.#shuffled || this.repeat === 'off') return following ?? null;
    return this.#entries[0] ?? null;
  }

  /**
   * @param {{ ended?: boolean }} options `ended`: the track has ended by itself, so that repeat counts.
   * @returns {PlayerTrack | null} Null at the end of the queue.
   */
  next({ ended = false } = {}) {
    if (ended && this.repeat === 'one') return this.current;
    if (this.#at + 1 < this.#entries.length) return this.jump(this.#at + 1);
    if (!this.#entries.length || this.endless || (ended && this.repeat === 'off')) return null;
    // Asked for by hand the queue goes round; a shuffled one in a new order.
    this.#leave();
    if (this.#shuffled && this.#entries.length > 1) {
      const others = this.#entries.filter(entry => entry !== this.current);
      this.#arrange(others[Math.floor(this.#random() * others.length)]);
    } else {
      this.#at = 0;
    }
    return this.current;
  }

  /**
   * What played before, wherever it came from; without any, the one before in the list.
   * @returns {PlayerTrack | null}
   */
  previous() {
    const before = this.#history.pop();
    if (!before) {
      if (this.#at <= 0) return null;
      this.#at -= 1;
      return this.current;
    }
    const earlier = this.#entries.slice(0, this.#at).map(({ id }) => id).lastIndexOf(before.id);
    const found = earlier >= 0 ? earlier : this.#entries.findIndex(({ id }) => id === before.id);
    if (found >= 0) {
      this.#at = found;
      return this.current;
    }
    // Of another list: it plays here, and Next comes back.
    const entry = { ...before };
    this.#given.splice(this.current ? this.#given.indexOf(this.current) : 0, 0, entry);
    this.#at = Math.max(this.#at, 0);
    this.#entries.splice(this.#at, 0, entry);
    return entry;
  }

  #leave() {
    const { current } = this;
    if (!current || this.#history.at(-1)?.id === current.id) return;
    this.#history.push(current);
    if (this.#history.length > HISTORY_LIMIT) this.#history.shift();
  }

  /** @returns {QueueState} */
  save() {
    const tracks = [...this.#entries, ...(this.#parked ?? [])];
    const places = new Map(tracks.map((entry, index) => [entry, index]));
    const order = this.#given.flatMap(entry => places.get(entry) ?? []);
    return { tracks, index: this.#at, order, history: this.#history, shuffled: this.#shuffled, repeat: this.repeat };
  }

  /** @param {QueueState} state As `saved-state.js` has read it. */
  restore({ tracks, index, order, history, shuffled, repeat }) {
    this.#entries = tracks.map(track => ({ ...track }));
    this.#given = order.map(place => this.#entries[place]);
    this.#at = index;
    this.#parked = null;
    this.#history = history.slice(-HISTORY_LIMIT);
    this.#shuffled = shuffled;
    this.repeat = repeat;
  }
}
