// The listener's side of the party (DESIGN, "Party: signalling"): finds a running party, joins it in one round trip, and stays in it
// over lost sockets, lost media and a host who comes and goes. One connection at a time. `<dmp-listener-bar>` shows what it says.
import { Backoff } from './backoff.js';
import { ListenerMedia } from './listener-media.js';
import { LONGEST_PACE_MILLISECONDS, Pace } from './pace.js';
import { fetchPartyStatus } from './party-api.js';
import { PartyError } from './party-error.js';
import { onWake, Planned } from './planned.js';
import { Playback } from './playback.js';
import { Signaling, signalingUrl } from './signaling.js';
import { recall, remember } from './tab-storage.js';

/**
 * `idle` no party, looking for one · `connecting` joining · `live` sound can flow · `hostAway` in the party, its host is not ·
 * `reconnecting` lost, coming back · `ended` as idle, after a party · `full` no room, trying again · `removed`, `banned` by the host, for
 * this party · `failed` this browser cannot.
 * @typedef {'idle' | 'connecting' | 'live' | 'hostAway' | 'reconnecting' | 'ended' | 'full' | 'removed' | 'banned' | 'failed'} ListenerState
 */

const POLL_MILLISECONDS = 5_000;
const SOON_MILLISECONDS = 1_000;
const TICK_MILLISECONDS = 1_000;
const JOIN_TIMEOUT_MILLISECONDS = 8_000;
/** A host says where it is every second; when nothing comes for so long, the socket is asked whether it lives. */
const QUIET_MILLISECONDS = 15_000;
/** An answer comes at once, or the socket is as dead as the media. */
const RESTART_TIMEOUT_MILLISECONDS = 700;
/** Then a new connection is the better attempt. */
const RESTART_PAUSE_MILLISECONDS = 4_000;
/** A server that stops tells everybody in the same moment: they come back over so long. */
const RESTART_SPREAD_MILLISECONDS = 4_000;
/** For this tab: what makes a returning listener the same one. */
const KEY = 'dmp-listener-key';
/** The server stops (RFC 6455 §7.4.1). */
const CLOSE_GOING_AWAY = 1001;
/** The server closed this socket because another one has shown its key: a duplicated tab. */
const CLOSE_REPLACED = 4001;
const CLOSE_REMOVED = 4003;
/** Errors that another attempt cannot cure. */
const LASTING = new Set(['no_webrtc', 'foreign_origin', 'sdp_invalid']);

/** Events: `change` for everything but the passing of time. */
export class ListenerSession extends EventTarget {
  #origin;
  #media;
  #playback = new Playback(() => this.#media.heardRtpTimestamp);
  /** The first attempt is soon for one whose network was away, and not in one moment for all of them. */
  #socketBackoff = new Backoff({ first: 2_000, least: 0.1 });
  #mediaBackoff = new Backoff({ longest: 60_000 });
  #fullBackoff = new Backoff({ first: 20_000, longest: 60_000 });
  /** For a server that does not say whether there is a party. */
  #lookBackoff = new Backoff({ first: POLL_MILLISECONDS, longest: 30_000 });

  /** @type {ListenerState} */
  #state = 'idle';
  /** @type {PartyError | null} */
  #error = null;
  #listenerCount = 0;
  /**
   * In milliseconds of `performance.now()`.
   * @type {number | null}
   */
  #awayUntil = null;
  /** @type {string | null} */
  #sessionId = null;

  /** @type {Signaling | null} */
  #signaling = null;
  #planned = new Planned();
  /** The newest look for a party: an older one's answer comes too late. */
  #looks = {};
  /**
   * The party that this listener has been removed from: not to be joined unasked.
   * @type {string | null}
   */
  #shunned = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;
  #isProbing = false;
  /** When the media was restarted last, in milliseconds of `performance.now()`. */
  #restartedAt = -Infinity;
  #pace = new Pace();
  /** No word comes, and the server answers nevertheless: its host has gone, and no packet is to be expected before it speaks. */
  #isHostSilent = false;
  /** The newest sound that the server spoke of, and when it was another one. */
  #spoken = { rtpTimestamp: /** @type {number | null} */ (null), at: 0 };

  /**
   * @param {object} options
   * @param {import('./listener-sound.js').ListenerSound} options.sound
   * @param {string} [options.origin] Of the listener server.
   */
  constructor({ sound, origin = location.origin }) {
    super();
    this.#origin = origin;
    this.#media = new ListenerMedia(sound);
    this.#media.addEventListener('lost', () => this.#mediaLost());
    this.#media.addEventListener('stalled', () => this.#mediaStalled());
    this.#playback.addEventListener('change', () => this.#changed());
    sound.addEventListener('change', () => this.#playback.look());
  }

  get state() {
    return this.#state === 'live' && this.#playback.isHostAway ? 'hostAway' : this.#state;
  }

  /** Why it is not live, where that is known. */
  get error() {
    return this.#error;
  }

  /** What plays, as it is heard. */
  get playback() {
    return this.#playback;
  }

  get listenerCount() {
    return this.#listenerCount;
  }

  /** Whole seconds that the party still waits for its host, or null when that is not known. */
  get awaySeconds() {
    return this.#awayUntil === null ? null : Math.max(0, Math.ceil((this.#awayUntil - performance.now()) / 1000));
  }

  /** How much sound is held back. */
  get playoutDelay() {
    return this.#media.playoutDelay;
  }

  /** What the browser counts of the sound that comes in: for /party-debug. */
  async figures() {
    return this.#media.figures();
  }

  /**
   * Looks for a party, now and from now on. Call it once.
   * @param {{ isPartyOn?: boolean }} options `isPartyOn`: one was seen a moment ago, and is joined at once.
   */
  start({ isPartyOn = false } = {}) {
    onWake(() => this.#wake());
    if (isPartyOn) this.#connect({ isServerThere: true });
    else this.#look();
  }

  // Finding a party

  async #look() {
    const looked = this.#looks = {};
    // Not all of them in one moment, for ever, only because their last party ended for all of them in one.
    let wait = POLL_MILLISECONDS * (0.7 + 0.6 * Math.random());
    try {
      const { active, sessionId } = await fetchPartyStatus(this.#origin);
      if (this.#looks !== looked) return;
      this.#lookBackoff.reset();
      // Who was sent away by a `join` learns now from which party.
      if (this.#state === 'banned') this.#shunned ??= sessionId;
      if (active && (this.#shunned === null || sessionId !== this.#shunned)) return await this.#connect({ isServerThere: true });
      if (!active && this.#state !== 'idle' && this.#state !== 'ended') return this.#leave('ended');
      this.#setError(null);
    } catch (error) {
      if (this.#looks !== looked) return;
      this.#setError(PartyError.from(error));
      wait = this.#state === 'reconnecting' ? this.#socketBackoff.next() : this.#lookBackoff.next();
    }
    this.#planned.later(wait, () => this.#look());
  }

  /** The listener wants to come in again after having been removed, or does not want to wait. */
  comeBack() {
    this.#shunned = null;
    return this.#connect();
  }

  /** Somebody looks at the page again, or the network is back: what was planned may be overdue, and what seems to stand may be gone. */
  #wake() {
    this.#planned.hurry();
    this.#playback.look();
    if (this.#state === 'live') this.#tick();
  }

  // Joining and leaving

  /** @param {{ isServerThere?: boolean }} options `isServerThere`: it has just answered over HTTP. */
  async #connect({ isServerThere = false } = {}) {
    this.#looks = {};
    this.#planned.cancel();
    this.#closeSocket();
    // Words that would come and go with each attempt stay.
    if (this.#state !== 'reconnecting' && this.#state !== 'full') this.#setState('connecting');
    const signaling = new Signaling(signalingUrl(this.#origin));
    this.#signaling = signaling;
    signaling.addEventListener('message', event => this.#receive(/** @type {CustomEvent} */ (event).detail));
    signaling.addEventListener('close', event => this.#socketLost(/** @type {CustomEvent} */ (event).detail.code));
    try {
      await signaling.open();
      if (!(await this.#rejoin(signaling))) await this.#renewMedia(signaling);
      this.#planned.cancel();
      this.#socketBackoff.reset();
      this.#fullBackoff.reset();
    } catch (error) {
      if (this.#signaling !== signaling) return;
      const { code, message } = PartyError.from(error);
      this.#failed(new PartyError(code === 'unreachable' && isServerThere ? 'refused' : code, message));
    }
  }

  /**
   * Where only the socket was lost, the media has gone on: takes up the words and leaves the sound alone. Where the network has changed, the
   * media finds its new path.
   * @param {Signaling} signaling
   * @returns {Promise<boolean>} Whether that was possible.
   */
  async #rejoin(signaling) {
    const key = recall(KEY);
    if (!key || !this.#media.isKept) return false;
    const sessionId = this.#sessionId;
    const joined = await signaling.request('join', { listenerKey: key }, { timeout: JOIN_TIMEOUT_MILLISECONDS });
    this.#entered(joined);
    if (joined.listenerKey !== key || joined.sessionId !== sessionId) return false;
    if (this.#media.isStalled) {
      try {
        await this.#restartMedia(signaling);
      } catch {
        return false;
      }
    }
    if (!this.#media.isKept) return false;
    this.#setState('live');
    return true;
  }

  /**
   * Joins with a new offer; the old media goes once the new one stands.
   * @param {Signaling} signaling
   */
  async #renewMedia(signaling) {
    await this.#media.renew(async sdp => {
      const joined = await signaling.request('join', { sdp, listenerKey: recall(KEY) ?? undefined }, { timeout: JOIN_TIMEOUT_MILLISECONDS });
      this.#entered(joined);
      return joined.sdp;
    });
    this.#setState('live');
  }

  /** @param {import('./signaling.js').Message} joined */
  #entered(joined) {
    this.#isHostSilent = this.#pace.isBroken(performance.now());
    remember(KEY, joined.listenerKey);
    this.#sessionId = joined.sessionId;
    this.#listenerCount = joined.listenerCount;
    this.#awaitHost(joined.hostAway ? joined.graceSeconds : null);
    this.#playback.enter(joined);
    clearInterval(this.#ticking);
    this.#ticking = setInterval(() => this.#tick(), TICK_MILLISECONDS);
  }

  /**
   * Out of the party.
   * @param {'idle' | 'ended' | 'full' | 'removed' | 'banned' | 'failed'} state
   * @param {{ wait?: number | null, error?: PartyError | null }} options Milliseconds until it looks for a party again; null: never.
   */
  #leave(state, { wait = POLL_MILLISECONDS, error = null } = {}) {
    clearInterval(this.#ticking);
    this.#closeSocket();
    this.#media.close();
    this.#sessionId = null;
    this.#awayUntil = null;
    this.#isHostSilent = false;
    this.#pace = new Pace();
    this.#playback.leave();
    if (state === 'idle' || state === 'ended') this.#shunned = null;
    this.#listenerCount = 0;
    this.#setState(state, error);
    if (wait === null) this.#planned.cancel();
    else this.#planned.later(wait, () => this.#look());
  }

  /** What was asked over it, new media among it, comes to nothing. */
  #closeSocket() {
    this.#signaling?.close();
    this.#signaling = null;
    this.#media.abandonRenewal();
  }

  // Losing and recovering

  /**
   * An attempt did not succeed.
   * @param {PartyError} error
   */
  #failed(error) {
    // A server that was restarted knows no party until its host is back, a moment later.
    if (error.code === 'no_session') return this.#sessionId === null ? this.#leave('idle') : this.#leave('ended', { wait: SOON_MILLISECONDS });
    if (error.code === 'party_full') return this.#leave('full', { wait: this.#fullBackoff.next() });
    if (error.code === 'banned') return this.#leave('banned');
    if (error.code === 'media_failed') return this.#mediaLost(error);
    if (LASTING.has(error.code)) return this.#leave('failed', { wait: null, error });
    this.#closeSocket();
    this.#setState('reconnecting', error);
    // A browser does not say why a socket could not be opened; the status may.
    const act = error.code === 'unreachable' || error.code === 'refused' ? () => this.#look() : () => this.#connect();
    this.#planned.later(this.#socketBackoff.next(), act);
  }

  /** @param {number} code Of the WebSocket's close. */
  #socketLost(code) {
    if (code === CLOSE_REPLACED) {
      // The key is the other tab's now: this one becomes a listener of its own.
      remember(KEY, null);
      this.#media.close();
    }
    if (code === CLOSE_REMOVED) return this.#removed(false);
    this.#closeSocket();
    const isRestart = code === CLOSE_GOING_AWAY;
    this.#setState('reconnecting', new PartyError(isRestart ? 'restarting' : 'closed'));
    this.#planned.later(this.#socketBackoff.next() + (isRestart ? Math.random() * RESTART_SPREAD_MILLISECONDS : 0), () => this.#connect());
  }

  /** @param {boolean} banned For the whole party: asking again would help nothing. */
  #removed(banned) {
    this.#shunned = this.#sessionId;
    this.#leave(banned ? 'banned' : 'removed');
  }

  /** No packet comes. Where the server has none either, its host is to blame and there is nothing to do. */
  async #mediaStalled() {
    const signaling = this.#signaling;
    const now = performance.now();
    if (now - this.#restartedAt < RESTART_PAUSE_MILLISECONDS || this.#state !== 'live' || this.#media.isRenewing || !signaling?.isOpen) return;
    // A host that is silent by nature tells nothing: then it is the server that is asked.
    if (!this.#pace.isBroken(now)) {
      if (this.#pace.isSteady && now - this.#spoken.at > LONGEST_PACE_MILLISECONDS) return;
      try {
        return await this.#restartMedia(signaling);
      } catch (error) {
        if (this.#signaling !== signaling || this.#state !== 'live') return;
        if (PartyError.from(error).code !== 'timeout') return this.#mediaLost();
      }
    }
    this.#restartedAt = performance.now();
    this.#setState('reconnecting');
    await this.#connect();
  }

  /**
   * @param {Signaling} signaling
   * @throws {PartyError}
   */
  async #restartMedia(signaling) {
    this.#restartedAt = performance.now();
    await this.#media.restart(async sdp => (await signaling.request('restartIce', { sdp }, { timeout: RESTART_TIMEOUT_MILLISECONDS })).sdp);
  }

  /** @param {PartyError | null} [error] */
  #mediaLost(error = null) {
    // Who comes back over a new socket brings new media, too.
    if (!this.#signaling?.isOpen) return;
    if (this.#media.hasStoodLong) this.#mediaBackoff.reset();
    this.#setState('reconnecting', error);
    this.#planned.later(this.#mediaBackoff.next(), () => this.#recoverMedia());
  }

  async #recoverMedia() {
    const signaling = this.#signaling;
    if (!signaling?.isOpen || this.#media.isRenewing) return;
    try {
      await this.#renewMedia(signaling);
    } catch (error) {
      if (this.#signaling === signaling) this.#failed(PartyError.from(error));
    }
  }

  /** About once a second; late by any time where the browser saves its strength. */
  #tick() {
    this.#media.measure({ expectsPackets: this.#playback.isPlaying && !this.#playback.isHostAway && !this.#isHostSilent });
    this.#probe();
  }

  /** A socket can be dead without a word. */
  async #probe() {
    const signaling = this.#signaling;
    if (!signaling?.isOpen || this.#isProbing || Date.now() - signaling.lastHeard < QUIET_MILLISECONDS) return;
    this.#isProbing = true;
    try {
      await signaling.request('join', { listenerKey: recall(KEY) ?? undefined }, { timeout: JOIN_TIMEOUT_MILLISECONDS });
    } catch (error) {
      if (this.#signaling === signaling) this.#failed(PartyError.from(error));
    } finally {
      this.#isProbing = false;
    }
  }

  // What the server says

  /** @param {import('./signaling.js').Message} message */
  #receive(message) {
    const { rtpTimestamp = null } = message;
    if (rtpTimestamp !== null && rtpTimestamp !== this.#spoken.rtpTimestamp) this.#spoken = { rtpTimestamp, at: performance.now() };
    if (message.type === 'position') {
      this.#pace.note(performance.now());
      this.#isHostSilent = false;
    }
    if (this.#playback.receive(message)) return;
    switch (message.type) {
      case 'listenerCount':
        this.#listenerCount = message.count;
        return this.#changed();
      case 'hostAway':
        this.#awaitHost(message.graceSeconds);
        return this.#playback.setHostAway(true);
      case 'hostBack':
        this.#awaitHost(null);
        return this.#playback.setHostAway(false);
      case 'transportClosed':
        // A connection that is being made fails by itself when it is closed.
        return this.#media.isRenewing ? this.#media.abandonRenewal() : this.#mediaLost();
      case 'removed':
        return this.#removed(message.banned === true);
      case 'sessionEnded':
        return this.#leave('ended');
    }
  }

  /** @param {number | null | undefined} seconds How long the party waits for its host; null when it is there. */
  #awaitHost(seconds) {
    this.#awayUntil = typeof seconds === 'number' ? performance.now() + seconds * 1000 : null;
  }

  // What the bar is told

  /**
   * @param {ListenerState} state
   * @param {PartyError | null} [error]
   */
  #setState(state, error = null) {
    this.#state = state;
    this.#error = error;
    this.#changed();
  }

  /** @param {PartyError | null} error */
  #setError(error) {
    if (this.#error?.code !== error?.code) this.#setState(this.#state, error);
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
