// The listener's "stability": how much sound the browser holds back against packets that come late. It is chosen from the link as measured, or
// as the listener wishes, and kept for the next visit. `ListenerSession` calls it once a second; `<dmp-listener-bar>` offers the choice.
import { load, save } from '../lib/browser.js';
import { eased, linkBetween, MOST_MILLISECONDS, targetFor } from './stability.js';

/** @typedef {import('./media-connection.js').MediaConnection} MediaConnection */
/** @typedef {'automatic' | 'low' | 'stable'} Stability */

const STORAGE_KEY = 'dmp-listener-stability';
/** What a browser can do with hardly any: enough for a link without loss. */
const LOW_MILLISECONDS = 40;
/** A link is judged by so long a stretch of it. */
const INTERVAL_MILLISECONDS = 2_000;

/** Events: `change` of `milliseconds` or `stability`. */
export class PlayoutDelay extends EventTarget {
  /** @type {Stability} */
  #stability = restored();
  /** Chosen from the link. */
  #automatic = targetFor({ jitter: null, loss: null, roundTripTime: null });
  /** @type {MediaConnection | null} */
  #media = null;
  /** @type {Awaited<ReturnType<MediaConnection['link']>>['inbound']} */
  #before = null;
  #isMeasuring = false;

  get stability() {
    return this.#stability;
  }

  /** @param {Stability} stability */
  set stability(stability) {
    this.#stability = stability;
    save(STORAGE_KEY, stability);
    this.#changed();
  }

  /** What the browser is asked for. */
  get milliseconds() {
    return { automatic: this.#automatic, low: LOW_MILLISECONDS, stable: MOST_MILLISECONDS }[this.#stability];
  }

  /** @param {MediaConnection} media From now on the one that is heard, or soon will be. */
  apply(media) {
    this.#media = media;
    this.#before = null;
    media.playoutDelay = this.milliseconds;
  }

  /** @param {MediaConnection} media */
  async measure(media) {
    if (this.#isMeasuring || media !== this.#media) return;
    this.#isMeasuring = true;
    const { inbound, roundTripTime } = await media.link().catch(() => ({ inbound: null, roundTripTime: null }));
    this.#isMeasuring = false;
    const before = this.#before;
    if (!inbound || media !== this.#media) return;
    const passed = before ? inbound.timestamp - before.timestamp : 0;
    if (before && passed < INTERVAL_MILLISECONDS) return;
    this.#before = inbound;
    if (!before) return;
    const target = eased(this.#automatic, targetFor(linkBetween(before, inbound, roundTripTime)), passed / 1000);
    if (target === this.#automatic) return;
    this.#automatic = target;
    this.#changed();
  }

  #changed() {
    if (this.#media) this.#media.playoutDelay = this.milliseconds;
    this.dispatchEvent(new Event('change'));
  }
}

/** @returns {Stability} */
function restored() {
  const stored = load(STORAGE_KEY);
  return stored === 'low' || stored === 'stable' ? stored : 'automatic';
}
