// When a host's browser sends each packet twice: while its own link loses packets. Pure; `MediaConnection` asks it every few seconds.
//
// It costs the link a stream as large again, so that it ends when the link is good again, and when it made matters worse: then the link is
// narrow rather than bad. The server decides likewise for its listeners.

/** Losses that begin it, and that it takes to go on: 0…1. */
const BEGINS = 0.02;
const GOES_ON = 0.005;
/** Intervals in a row below `GOES_ON` that end it. */
const GOOD_INTERVALS = 6;
/** Where losses have grown by so much since it began, it ends, and is not tried again for so many intervals. */
const WORSE = 0.1;
const PAUSE_INTERVALS = 24;
/** Fewer packets say nothing. */
const FEWEST_PACKETS = 50;

export class Redundancy {
  isOn = false;
  #lossBefore = 0;
  #good = 0;
  #pause = 0;

  /**
   * One more interval has passed.
   * @param {number} sent Packets, without those that were sent again.
   * @param {number} sentAgain Because the server missed them.
   * @returns {boolean} `isOn`
   */
  passed(sent, sentAgain) {
    if (sent < FEWEST_PACKETS) return this.isOn;
    const loss = sentAgain / sent;
    this.#pause = Math.max(0, this.#pause - 1);
    if (!this.isOn) {
      this.isOn = loss >= BEGINS && this.#pause === 0;
      this.#lossBefore = loss;
      this.#good = 0;
      return this.isOn;
    }
    this.#good = loss < GOES_ON ? this.#good + 1 : 0;
    const isWorse = loss > this.#lossBefore + WORSE;
    if (isWorse) this.#pause = PAUSE_INTERVALS;
    if (isWorse || this.#good >= GOOD_INTERVALS) this.isOn = false;
    return this.isOn;
  }
}
