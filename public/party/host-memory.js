// What makes a reloaded page the host of its party again, kept for this tab; and whether another tab is that host already.
import { recall, remember } from './tab-storage.js';

/** @typedef {{ sessionId: string, hostKey: string, seenAt: number, wasPlaying: boolean }} Stored `seenAt` in milliseconds since the epoch. */

/** app.js asks for it too. */
const KEY = 'dmp-party-host';
/** Time for another tab to say that it is the host. */
const ROLL_CALL_MILLISECONDS = 200;

export class HostMemory {
  /** @type {BroadcastChannel | null} */
  #tabs = null;

  /** @param {(sessionId: string) => boolean} isHosting Whether this tab is the host of that party. */
  constructor(isHosting) {
    if (typeof BroadcastChannel !== 'function') return;
    this.#tabs = new BroadcastChannel(KEY);
    this.#tabs.addEventListener('message', ({ data }) => {
      if (typeof data?.ask === 'string' && isHosting(data.ask)) this.#tabs?.postMessage({ host: data.ask });
    });
  }

  /** @returns {Stored | null} */
  recall() {
    try {
      const stored = JSON.parse(recall(KEY) ?? 'null');
      return typeof stored?.hostKey === 'string' && typeof stored?.sessionId === 'string' ? stored : null;
    } catch {
      return null;
    }
  }

  /** @param {Stored} stored */
  remember(stored) {
    remember(KEY, JSON.stringify(stored));
  }

  forget() {
    remember(KEY, null);
  }

  /**
   * A duplicated tab has the first one's storage, but not its party.
   * @param {string} sessionId
   * @returns {Promise<boolean>}
   */
  async isHostedByAnotherTab(sessionId) {
    const tabs = this.#tabs;
    if (!tabs) return false;
    return new Promise(resolve => {
      const done = new AbortController();
      tabs.addEventListener('message', ({ data }) => data?.host === sessionId && resolve(true), { signal: done.signal });
      tabs.postMessage({ ask: sessionId });
      setTimeout(() => {
        done.abort();
        resolve(false);
      }, ROLL_CALL_MILLISECONDS);
    });
  }
}
