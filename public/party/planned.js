// The one thing that a page means to do next, and what makes it do so sooner: somebody looks at the page again, or the network is back.

/** Holds one plan at a time. */
export class Planned {
  /** @type {{ timer: ReturnType<typeof setTimeout>, act: () => void } | null} */
  #plan = null;

  /**
   * Takes the place of what was planned.
   * @param {number} milliseconds
   * @param {() => void} act
   */
  later(milliseconds, act) {
    this.cancel();
    this.#plan = { timer: setTimeout(() => this.hurry(), milliseconds), act };
  }

  /** Does at once what is planned. */
  hurry() {
    const act = this.#plan?.act;
    this.cancel();
    act?.();
  }

  cancel() {
    if (this.#plan) clearTimeout(this.#plan.timer);
    this.#plan = null;
  }
}

/**
 * Calls when the page has slept and is awake, or may reach the server again: a browser slows down and freezes the timers of pages that
 * nobody looks at, and these events come when it stops doing so.
 * @param {() => void} act
 */
export function onWake(act) {
  for (const event of ['online', 'pageshow']) addEventListener(event, act);
  // Page Lifecycle: `resume` ends a freeze.
  document.addEventListener('resume', act);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && act());
}
