// The last words between this page and the party's server, for /party-debug. What gives somebody rights is left out.

/**
 * @typedef {{ at: number, isSent: boolean | null, type: string, text: string }} Entry `at` is in milliseconds since the epoch; `isSent` is null for a
 * remark of the page's own.
 */

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
    this.#add({ at: Date.now(), isSent, type, text: text === '{}' ? '' : text });
  }

  /**
   * Something that was not said, and why.
   * @param {string} type
   * @param {string} text
   */
  remark(type, text) {
    this.#add({ at: Date.now(), isSent: null, type, text });
  }

  /** @param {Entry} entry */
  #add(entry) {
    this.entries.unshift(entry);
    this.entries.length = Math.min(this.entries.length, KEPT);
    this.dispatchEvent(new Event('change'));
  }
}

export const journal = new Journal();
