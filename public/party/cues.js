// Titles belong to sound: what the host's messages say is held back until the sound that they belong to is heard.
//
// The server stamps each message with the newest RTP timestamp of the party's 48 kHz timeline (DESIGN, "Titles belong to sound").

/** RTP ticks per second of Opus (RFC 7587 §4.1). */
export const TICKS_PER_SECOND = 48_000;
/** No jitter buffer is longer: a stamp that lies further ahead is of another timeline. */
const LONGEST_WAIT_SECONDS = 5;

/**
 * How far `later` lies after `earlier`, in ticks; negative when before. Right across the wrap of 32 bits (RFC 3550 §5.1).
 * @param {number} later
 * @param {number} earlier
 */
export function ticksBetween(earlier, later) {
  return (later - earlier) | 0;
}

/** Holds changes in the order in which they came, and applies each when its sound is heard. */
export class Cues {
  /** @type {{ rtpTimestamp: number | null, deadline: number, apply: (lateSeconds: number) => void }[]} */
  #waiting = [];

  /**
   * @param {number | null | undefined} rtpTimestamp The stamp; without one the change is due at once, after those before it.
   * @param {number} now Milliseconds.
   * @param {(lateSeconds: number) => void} apply Told how many seconds of sound have been heard since the stamp.
   */
  add(rtpTimestamp, now, apply) {
    this.#waiting.push({ rtpTimestamp: rtpTimestamp ?? null, deadline: now + LONGEST_WAIT_SECONDS * 1000, apply });
  }

  /**
   * Applies what is due.
   * @param {number | null} heard The RTP timestamp that is being played, or null when nothing is heard: then everything is due.
   * @param {number} now Milliseconds, on the clock of `add`.
   */
  apply(heard, now) {
    while (this.#waiting.length > 0) {
      const [{ rtpTimestamp, deadline, apply }] = this.#waiting;
      let late = 0;
      if (heard !== null && rtpTimestamp !== null) {
        const ticks = ticksBetween(rtpTimestamp, heard);
        if (ticks < 0 && ticks > -LONGEST_WAIT_SECONDS * TICKS_PER_SECOND && now < deadline) return;
        if (ticks > 0 && ticks < LONGEST_WAIT_SECONDS * TICKS_PER_SECOND) late = ticks / TICKS_PER_SECOND;
      }
      this.#waiting.shift();
      apply(late);
    }
  }

  /**
   * How soon there is something to apply.
   * @param {number | null} heard As in `apply`.
   * @returns {number | null} Milliseconds; 0 when it is due, null when nothing waits.
   */
  nextIn(heard) {
    const [next] = this.#waiting;
    if (!next) return null;
    if (heard === null || next.rtpTimestamp === null) return 0;
    return Math.max(0, (ticksBetween(heard, next.rtpTimestamp) / TICKS_PER_SECOND) * 1000);
  }

  /** Forgets what is waiting: the party it belongs to is over. */
  clear() {
    this.#waiting = [];
  }
}
