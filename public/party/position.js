// Where in the track the party is, between two `position` messages of the host.

/** A correction backward of less than this is waited out; more is a seek and shown as one. */
const JUMP_SECONDS = 1.5;

export class Position {
  #time = 0;
  #duration = 0;
  #running = false;
  /** When `#time` was true, in milliseconds. */
  #at = 0;
  /** What was shown last: shown time does not step back over small corrections. */
  #shown = 0;

  /** Seconds; 0 when unknown. */
  get duration() {
    return this.#duration;
  }

  get running() {
    return this.#running;
  }

  /**
   * A new track.
   * @param {{ time?: number, duration?: number, running: boolean }} state Seconds.
   * @param {number} now Milliseconds.
   */
  begin({ time = 0, duration = 0, running }, now) {
    this.#duration = duration;
    this.#running = running;
    this.#set(time, now);
    this.#shown = this.#time;
  }

  /**
   * The host's word on where it is.
   * @param {number} time Seconds.
   * @param {number} duration Seconds; 0 when unknown.
   * @param {number} now Milliseconds.
   */
  correct(time, duration, now) {
    this.#duration = duration;
    this.#set(time, now);
  }

  /**
   * @param {boolean} running
   * @param {number} now Milliseconds.
   */
  setRunning(running, now) {
    this.#set(this.read(now), now);
    this.#running = running;
  }

  /**
   * Seconds, never beyond the duration.
   * @param {number} now Milliseconds.
   */
  read(now) {
    const elapsed = this.#running ? Math.max(0, now - this.#at) / 1000 : 0;
    const time = this.#capped(this.#time + elapsed);
    const isSmallStepBack = time < this.#shown && this.#shown - time < JUMP_SECONDS;
    if (!isSmallStepBack) this.#shown = time;
    return this.#capped(this.#shown);
  }

  /**
   * @param {number} time
   * @param {number} now
   */
  #set(time, now) {
    this.#time = this.#capped(Math.max(0, time));
    this.#at = now;
  }

  /** @param {number} time */
  #capped(time) {
    return this.#duration > 0 ? Math.min(time, this.#duration) : time;
  }
}
