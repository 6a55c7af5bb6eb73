// Changes of a playlist on their way to the server: one after the other, since each one's meaning rests on those before it.

export class Changes {
  /** @type {{ tell: () => Promise<unknown>, key: string }[]} */
  #waiting = [];
  /** @type {Promise<void> | null} */
  #running = null;
  #refused;

  /** @param {(error: Error) => void} refused The server did not take one; those after it have been dropped. */
  constructor(refused) {
    this.#refused = refused;
  }

  /** Resolves when nothing is on its way. */
  get settled() {
    return this.#running ?? Promise.resolve();
  }

  /**
   * @param {() => Promise<unknown>} tell
   * @param {string} [key] It takes the place of the last one that still waits, if that has the same key.
   */
  add(tell, key = '') {
    const last = this.#waiting[this.#waiting.length - 1];
    if (key && last?.key === key) last.tell = tell;
    else this.#waiting.push({ tell, key });
    this.#running ??= this.#run();
  }

  async #run() {
    // A burst of steps becomes one.
    await Promise.resolve();
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) await next.tell();
      this.#running = null;
    } catch (error) {
      this.#waiting = [];
      this.#running = null;
      this.#refused(/** @type {Error} */ (error));
    }
  }
}
