// The last words between this page and the party's server, for /party-debug. What gives somebody rights is left out.

/** @typedef {{ at: number, isSent: boolean, type: string, text: string }} Entry `at` is in milliseconds since the epoch. */

const KEPT = 60;
const SECRET = new Set(['hostKey', 'listenerKey', 'token', 'nonce']);
/** Longer ones, such as SDP, are told by their size. */
const LONGEST_TEXT = 120;

/** Dispatches `change`. */
class Journal extends EventTarget {
  /**
   * Newest first.
   * @type {Entry[]}
   */
  entries = [];

  /** @param {boolean} isSent @param {{ type: string, [field: string]: unknown }} message */
  note(isSent, { type, ...fields }) {
    const text = JSON.stringify(fields, (name, value) => {
      if (SECRET.has(name) && value !== undefined) return '…';
      return typeof value === 'string' && value.length > LONGEST_TEXT ? `${value.length} characters` : value;
    });
    this.entries.unshift({ at: Date.now(), isSent, type, text: text === '{}' ? '' : text });
    this.entries.length = Math.min(this.entries.length, KEPT);
    this.dispatchEvent(new Event('change'));
  }
}

export const journal = new Journal();
