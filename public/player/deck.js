// One of the player's two audio elements, with a track in it. While one plays, the other loads what comes next.

/** @typedef {import('./audio-graph.js').AudioGraph} AudioGraph */

export class Deck {
  audio = new Audio();
  /**
   * What is in it.
   * @type {string | null}
   */
  trackId = null;
  /** ReplayGain of its track. */
  #factor = 1;
  #volume = 1;
  /** @type {((factor: number) => void) | null} */
  #setGain = null;

  /** @param {string} trackId */
  load(trackId) {
    this.trackId = trackId;
    this.audio.preload = 'auto';
    this.audio.src = `/api/audio/${encodeURIComponent(trackId)}`;
  }

  /** Stops it and lets go of what it has loaded. */
  empty() {
    this.trackId = null;
    if (!this.audio.hasAttribute('src')) return;
    this.audio.pause();
    this.audio.removeAttribute('src');
    this.audio.load();
  }

  /**
   * Whether this track is in it and can be played.
   * @param {string} trackId
   */
  holds(trackId) {
    return this.trackId === trackId && this.audio.hasAttribute('src') && !this.audio.error;
  }

  /**
   * From now on the graph has the volume, and the element plays at full.
   * @param {AudioGraph} graph
   */
  connect(graph) {
    this.#setGain = graph.add(this.audio);
    this.#apply();
  }

  /** @param {number} factor */
  set factor(factor) {
    this.#factor = factor;
    this.#apply();
  }

  /** @param {number} volume Of the loudspeaker, 0 … 1. */
  set volume(volume) {
    this.#volume = volume;
    this.#apply();
  }

  /**
   * An element alone can only be made softer: a graph that could do more would stop in a phone's background. What ReplayGain raises above
   * the highest volume is heard in a party only.
   */
  #apply() {
    this.#setGain?.(this.#factor);
    this.audio.volume = this.#setGain ? 1 : Math.min(this.#volume * this.#factor, 1);
  }
}
