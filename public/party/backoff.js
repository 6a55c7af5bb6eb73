// Growing, jittered delays between attempts, so that a restarted server does not meet all its listeners in the same second.

const FIRST_MILLISECONDS = 500;
const LONGEST_MILLISECONDS = 15_000;

export class Backoff {
  #attempts = 0;
  #random;
  #first;
  #longest;

  /** @param {{ first?: number, longest?: number, random?: () => number }} options Milliseconds; `random` as `Math.random`. */
  constructor({ first = FIRST_MILLISECONDS, longest = LONGEST_MILLISECONDS, random = Math.random } = {}) {
    this.#first = first;
    this.#longest = longest;
    this.#random = random;
  }

  /** Milliseconds to wait before the next attempt: between half of and the whole of a span that doubles up to the longest. */
  next() {
    const span = Math.min(this.#longest, this.#first * 2 ** Math.min(this.#attempts, 20));
    this.#attempts += 1;
    return span * (0.5 + this.#random() / 2);
  }

  /** After a success. */
  reset() {
    this.#attempts = 0;
  }
}
