// Whether a host's words come every second, as those of our own pages do: only then does their absence say that the network has gone.
// `ListenerSession` notes each `position`. Pure.

/** Words that come every second are never so far apart, if the network is there. */
export const LONGEST_PACE_MILLISECONDS = 1_300;
/** A pace that was kept for so long is one: a host that seeks to and fro says as much for a moment. */
const STEADY_MILLISECONDS = 4_000;

export class Pace {
  /** When the newest word came, and the first one of those that came without a gap. */
  #newest = -Infinity;
  #first = -Infinity;

  /**
   * A word has come.
   * @param {number} now Milliseconds.
   */
  note(now) {
    if (now - this.#newest > LONGEST_PACE_MILLISECONDS) this.#first = now;
    this.#newest = now;
  }

  /** Until the newest word, they came every second. */
  get isSteady() {
    return this.#newest - this.#first >= STEADY_MILLISECONDS;
  }

  /**
   * They came every second, and do so no more.
   * @param {number} now Milliseconds.
   */
  isBroken(now) {
    return this.isSteady && now - this.#newest > LONGEST_PACE_MILLISECONDS;
  }
}
