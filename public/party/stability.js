// How much sound a listener's browser should hold back (`jitterBufferTarget`), chosen from how its link is: enough for packets that come
// late, and for lost ones to be asked for and sent again. Pure arithmetic; who polls `getStats` calls it.

/**
 * A link over one interval. Null where it is not known.
 * @typedef {object} LinkFigures
 * @property {number | null} jitter Mean deviation of packets' delays (RFC 3550 §6.4.1), in milliseconds.
 * @property {number | null} loss Packets that did not come when they should have, repaired or not: 0…1.
 * @property {number | null} roundTripTime In milliseconds.
 */

/** Of the interface: what a browser may be asked for at most. */
export const MOST_MILLISECONDS = 500;
/** Before anything is known: enough for one repair over an ordinary link. */
const UNKNOWN_MILLISECONDS = 200;
/** On a link without loss or jitter: the browser's own scheduling, and a few packets. */
const LEAST_MILLISECONDS = 80;
/** Four mean deviations of delay leave fewer than one packet in a thousand behind, if delays are spread like a bell. */
const DEVIATIONS = 4;
/** What passes until a browser sees a gap, and until the answer to it has gone through server and browser. */
const NOTICE_MILLISECONDS = 40;
/** In round trips: when a browser asks again for what did not come. */
const ASKS_AGAIN = 1.5;
/** What may stay unrepaired. */
const UNREPAIRED = 0.001;
/** A steadier choice: small changes of a link change nothing. */
const STEP_MILLISECONDS = 20;
/** Waiting less is heard as sound that runs a little faster: not more of it than this, each second. */
const LESS_EACH_SECOND_MILLISECONDS = 20;

/**
 * @param {LinkFigures} figures
 * @returns {number} Milliseconds, 0–500, in steps of 20.
 */
export function targetFor({ jitter, loss, roundTripTime }) {
  if (jitter === null) return UNKNOWN_MILLISECONDS;
  const late = LEAST_MILLISECONDS + DEVIATIONS * Math.max(0, jitter);
  const target = Math.ceil((late + repairMilliseconds(loss ?? 0, roundTripTime ?? 100)) / STEP_MILLISECONDS) * STEP_MILLISECONDS;
  return Math.min(MOST_MILLISECONDS, target);
}

/**
 * The time for so many requests, and their answers, that nearly all losses are repaired. A request or its answer is lost as often as
 * the packet was, so one attempt fails about twice as often. The first answer comes after one round trip.
 * @param {number} loss
 * @param {number} roundTripTime
 */
function repairMilliseconds(loss, roundTripTime) {
  if (loss < UNREPAIRED) return 0;
  const failure = Math.min(0.9, 2 * loss);
  const attempts = Math.max(1, Math.ceil(Math.log(UNREPAIRED / Math.min(loss, 1)) / Math.log(failure)));
  return NOTICE_MILLISECONDS + roundTripTime * (1 + ASKS_AGAIN * (attempts - 1));
}

/**
 * The next target: more at once, less little by little.
 * @param {number} current What the browser was asked for last, in milliseconds.
 * @param {number} wanted From `targetFor`.
 * @param {number} seconds Since then.
 * @returns {number}
 */
export function eased(current, wanted, seconds) {
  return Math.max(wanted, current - LESS_EACH_SECOND_MILLISECONDS * Math.max(0, seconds));
}

/**
 * What `getStats` says of a receiver.
 * @typedef {object} InboundStats
 * @property {number} [packetsReceived]
 * @property {number} [packetsLost]
 * @property {number} [nackCount] Requests sent, each for everything that is missing then.
 * @property {number} [jitter] In seconds.
 */

/**
 * The link between two `inbound-rtp` reports of one stream. A repaired packet does not count as lost in them, so that requests have to
 * tell: Chromium sends one for each gap, and one more when 1.5 round trips brought no answer.
 * @param {InboundStats} before
 * @param {InboundStats} after
 * @param {number | null} roundTripTime In milliseconds, as `currentRoundTripTime` of the candidate pair in use.
 * @returns {LinkFigures}
 */
export function linkBetween(before, after, roundTripTime) {
  const grown = (/** @type {'packetsReceived' | 'packetsLost' | 'nackCount'} */ name) => Math.max(0, (after[name] ?? 0) - (before[name] ?? 0));
  const lost = grown('packetsLost');
  const expected = grown('packetsReceived') + lost;
  return {
    jitter: typeof after.jitter === 'number' ? after.jitter * 1000 : null,
    loss: expected > 0 ? Math.min(1, Math.max(lost, grown('nackCount')) / expected) : null,
    roundTripTime,
  };
}
