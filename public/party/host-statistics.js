// What the server says of the party each second, and how many listened over its time: kept here for the pages that show it.

/**
 * @typedef {object} Link One way through the network, over the last report.
 * @property {number | null} loss 0 … 1.
 * @property {number | null} jitter Milliseconds.
 * @property {number | null} roundTripTime Milliseconds.
 */

/**
 * @typedef {object} PartyStatistics
 * @property {number} listeners
 * @property {number} peak
 * @property {number} total Different listeners since the party began.
 * @property {number | null} bitrate Bits per second of Opus.
 * @property {Link | null} hostLink
 * @property {Link | null} worst
 * @property {Link | null} median
 */

/** @typedef {[seconds: number, listeners: number]} Point Seconds since the party began. */

const MOST_POINTS = 240;
/** The server says it each second; what is older than this is not known any more. */
const FRESH_MILLISECONDS = 5_000;

/** Events: `change`, about once a second while a party runs. */
export class HostStatistics extends EventTarget {
  /** @type {PartyStatistics | null} */
  #latest = null;
  #notedAt = -Infinity;
  /** @type {Point[]} */
  #points = [];
  /** When the party began, in milliseconds of `performance.now()`; by this page's own count until the server has told its history. */
  #beganAt = NaN;
  #spacing = 1;

  /** Null before the first, and when none has come for some seconds. */
  get latest() {
    return performance.now() - this.#notedAt < FRESH_MILLISECONDS ? this.#latest : null;
  }

  /** Oldest first, at most 240. */
  get points() {
    return this.#points;
  }

  /** @param {PartyStatistics} statistics @param {number} [now] */
  note(statistics, now = performance.now()) {
    this.#latest = statistics;
    this.#notedAt = now;
    if (Number.isNaN(this.#beganAt)) this.#beganAt = now;
    this.#add([(now - this.#beganAt) / 1000, statistics.listeners]);
    this.dispatchEvent(new Event('change'));
  }

  /**
   * What was before this page looked.
   * @param {Point[]} points
   * @param {number} [now]
   */
  load(points, now = performance.now()) {
    if (!points.length) return;
    this.#points = points.map(([seconds, listeners]) => /** @type {Point} */ ([seconds, listeners]));
    const newest = this.#points[this.#points.length - 1][0];
    this.#beganAt = now - newest * 1000;
    this.#spacing = Math.max(1, newest / MOST_POINTS);
    this.#thin();
    this.dispatchEvent(new Event('change'));
  }

  /** A party has ended. */
  clear() {
    this.#latest = null;
    this.#points = [];
    this.#beganAt = NaN;
    this.#spacing = 1;
  }

  /** @param {Point} point */
  #add(point) {
    const points = this.#points;
    // The newest one is always there; it is replaced until it is far enough from the one before.
    const before = points[points.length - 2];
    if (before && points[points.length - 1][0] - before[0] < this.#spacing && points[points.length - 1][1] === before[1]) points.pop();
    points.push(point);
    this.#thin();
  }

  /** Every second one goes, except the highest of each two. */
  #thin() {
    while (this.#points.length > MOST_POINTS) {
      const points = this.#points;
      const last = points[points.length - 1];
      /** @type {Point[]} */
      const kept = [points[0]];
      for (let index = 1; index < points.length - 1; index += 2) {
        const [one, other] = [points[index], points[index + 1] ?? points[index]];
        kept.push(other[1] > one[1] && other !== last ? other : one);
      }
      kept.push(last);
      this.#points = kept;
      this.#spacing *= 2;
    }
  }
}

// In words. What is not known is a dash.

const UNKNOWN = '—';

/** @param {number | null | undefined} loss 0 … 1 */
export function formatLoss(loss) {
  if (typeof loss !== 'number' || !Number.isFinite(loss)) return UNKNOWN;
  const percent = loss * 100;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** @param {number | null | undefined} milliseconds */
export function formatMilliseconds(milliseconds) {
  return typeof milliseconds === 'number' && Number.isFinite(milliseconds) ? `${milliseconds < 10 ? milliseconds.toFixed(1).replace('.0', '') : Math.round(milliseconds)} ms` : UNKNOWN;
}

/** @param {number | null | undefined} bitrate Bits per second. */
export function formatBitrate(bitrate) {
  return typeof bitrate === 'number' && Number.isFinite(bitrate) ? `${Math.round(bitrate / 1000)} kb/s` : UNKNOWN;
}

/** @param {number | null | undefined} number */
export function formatNumber(number) {
  return typeof number === 'number' && Number.isFinite(number) ? number.toLocaleString('en') : UNKNOWN;
}

/**
 * How music gets through such a link: what is lost or late has to be sent again, which takes a round trip.
 * @param {Link | null | undefined} link
 * @returns {'good' | 'fair' | 'poor' | null} Null when nothing is known of it.
 */
export function quality(link) {
  const { loss, jitter, roundTripTime } = link ?? {};
  if (typeof loss !== 'number' && typeof roundTripTime !== 'number') return null;
  const [lost, late, far] = [loss ?? 0, jitter ?? 0, roundTripTime ?? 0];
  if (lost > 0.1 || late > 100 || far > 600) return 'poor';
  return lost > 0.02 || late > 30 || far > 250 ? 'fair' : 'good';
}
