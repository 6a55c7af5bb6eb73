// Growing, jittered delays between attempts, so that a restarted server does not meet all its listeners in the same second.

const FIRST_MILLISECONDS = 500;
const LONGEST_MILLISECONDS = 15_000;

export class Backoff {
  #attempts = 0;
  #random;
  #first;
  #longest;
  #least;

  /**
   * @param {{ first?: number, longest?: number, least?: number, random?: () => number }} options Milliseconds; `least` is the share of a span
   *   that is always waited; `random` as `Math.random`.
   */
  constructor({ first = FIRST_MILLISECONDS, longest = LONGEST_MILLISECONDS, least = 0.5, random = Math.random } = {}) {
    this.#first = first;
    this.#longest = longest;
    this.#least = least;
    this.#random = random;
  }

  /** Milliseconds to wait before the next attempt: between the least share of and the whole of a span that doubles up to the longest. */
  next() {
    const span = Math.min(this.#longest, this.#first * 2 ** Math.min(this.#attempts, 20));
    this.#attempts += 1;
    return span * (this.#least + this.#random() * (1 - this.#least));
  }

  /** After a success. */
  reset() {
    this.#attempts = 0;
  }
}
