// The listener's side of the party (DESIGN, "Party: signalling"): finds a running party, joins it in one round trip, and stays in it
// over lost sockets, lost media and a host who comes and goes. One connection at a time. `<dmp-listener-bar>` shows what it says.
import { Backoff } from './backoff.js';
import { MediaConnection } from './media-connection.js';
import { fetchPartyStatus } from './party-api.js';
import { PartyError } from './party-error.js';
import { onWake, Planned } from './planned.js';
import { Playback } from './playback.js';
import { PlayoutDelay } from './playout-delay.js';
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
/** While sound is missing, silence of the words too says that the network has gone: they come every second. */
const SPEECHLESS_MILLISECONDS = 1_300;
/** An answer comes at once, or the socket is as dead as the media. */
const RESTART_TIMEOUT_MILLISECONDS = 700;
/** Then a new connection is the better attempt. */
const RESTART_PAUSE_MILLISECONDS = 4_000;
/** Media that stood for so long was not the network's fault. */
const STEADY_MILLISECONDS = 30_000;
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
  #sound;
  #origin;
  #playback = new Playback(() => this.#heard);
  /** The first attempt is soon for one whose network was away, and not in one moment for all of them. */
  #socketBackoff = new Backoff({ first: 2_000, least: 0.1 });
  #mediaBackoff = new Backoff({ longest: 60_000 });
  #fullBackoff = new Backoff({ first: 20_000, longest: 60_000 });

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
  /** @type {MediaConnection | null} */
  #media = null;
  /**
   * What shall take its place, while it connects.
   * @type {MediaConnection | null}
   */
  #renewing = null;
  #planned = new Planned();
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
  /** The newest sound that the server spoke of, and when it was another one. */
  #spoken = { rtpTimestamp: /** @type {number | null} */ (null), at: 0 };

  /**
   * @param {object} options
   * @param {import('./listener-sound.js').ListenerSound} options.sound
   * @param {string} [options.origin] Of the listener server.
   */
  constructor({ sound, origin = location.origin }) {
    super();
    this.#sound = sound;
    this.#origin = origin;
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
  playoutDelay = new PlayoutDelay();

  /** What the browser counts of the sound that comes in: for /party-debug. */
  async figures() {
    return this.#media ? this.#media.figures() : [];
  }

  /**
   * Looks for a party, now and from now on. Call it once.
   * @param {{ isPartyOn?: boolean }} options `isPartyOn`: one was seen a moment ago, and is joined at once.
   */
  start({ isPartyOn = false } = {}) {
    onWake(() => this.#wake());
    if (isPartyOn) this.#connect();
    else this.#look();
  }

  // Finding a party

  async #look() {
    try {
      const { active, sessionId } = await fetchPartyStatus(this.#origin);
      this.#setError(null);
      // Who was sent away by a `join` learns now from which party.
      if (this.#state === 'banned') this.#shunned ??= sessionId;
      if (active && (this.#shunned === null || sessionId !== this.#shunned)) return await this.#connect();
      if (!active && this.#state !== 'idle' && this.#state !== 'ended') return this.#leave('ended');
    } catch (error) {
      this.#setError(PartyError.from(error));
    }
    // Not all of them in one moment, for ever, only because their last party ended for all of them in one.
    this.#planned.later(this.#state === 'reconnecting' ? this.#socketBackoff.next() : POLL_MILLISECONDS * (0.7 + 0.6 * Math.random()), () => this.#look());
  }

  /** The listener wants to come in again after having been removed, or does not want to wait. */
  comeBack() {
    this.#shunned = null;
    this.#planned.cancel();
    return this.#connect();
  }

  /** Somebody looks at the page again, or the network is back: what was planned may be overdue, and what seems to stand may be gone. */
  #wake() {
    this.#planned.hurry();
    this.#playback.look();
    if (this.#state === 'live') this.#tick();
  }

  // Joining and leaving

  async #connect() {
    if (this.#state !== 'reconnecting') this.#setState('connecting');
    const signaling = new Signaling(signalingUrl(this.#origin));
    this.#signaling = signaling;
    signaling.addEventListener('message', event => this.#receive(/** @type {CustomEvent} */ (event).detail));
    signaling.addEventListener('close', event => this.#socketLost(/** @type {CustomEvent} */ (event).detail.code));
    try {
      await signaling.open();
      if (!(await this.#rejoin(signaling))) await this.#renewMedia(signaling);
      this.#socketBackoff.reset();
      this.#fullBackoff.reset();
    } catch (error) {
      if (this.#signaling === signaling) this.#failed(PartyError.from(error));
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
    const media = this.#media;
    if (!key || !media?.isKept) return false;
    const sessionId = this.#sessionId;
    const joined = await signaling.request('join', { listenerKey: key }, { timeout: JOIN_TIMEOUT_MILLISECONDS });
    this.#entered(joined);
    if (joined.listenerKey !== key || joined.sessionId !== sessionId) return false;
    if (media.isStalled) {
      try {
        await this.#restart(media, signaling);
      } catch {
        return false;
      }
    }
    this.#setState('live');
    return true;
  }

  /**
   * Joins with a new offer; the old media goes once the new one stands.
   * @param {Signaling} signaling
   */
  async #renewMedia(signaling) {
    const media = MediaConnection.receiving();
    this.playoutDelay.apply(media);
    this.#renewing?.close();
    this.#renewing = media;
    try {
      const sdp = await media.offer();
      const fields = { sdp, listenerKey: recall(KEY) ?? undefined };
      const joined = await signaling.request('join', fields, { timeout: JOIN_TIMEOUT_MILLISECONDS });
      this.#entered(joined);
      await media.answer(joined.sdp);
      if (this.#signaling !== signaling) throw new PartyError('closed');
    } catch (error) {
      media.close();
      throw error;
    } finally {
      if (this.#renewing === media) this.#renewing = null;
    }
    this.#media?.close();
    this.#media = media;
    media.addEventListener('lost', () => this.#media === media && this.#mediaLost());
    media.addEventListener('stalled', () => this.#media === media && this.#mediaStalled(media));
    this.#sound.attach(media.stream);
    this.#setState('live');
  }

  /** @param {import('./signaling.js').Message} joined */
  #entered(joined) {
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
    this.#closeMedia();
    this.#sessionId = null;
    this.#awayUntil = null;
    this.#playback.leave();
    if (state === 'idle' || state === 'ended') this.#shunned = null;
    this.#listenerCount = 0;
    this.#setState(state, error);
    if (wait === null) this.#planned.cancel();
    else this.#planned.later(wait, () => this.#look());
  }

  #closeSocket() {
    this.#signaling?.close();
    this.#signaling = null;
  }

  #closeMedia() {
    this.#renewing?.close();
    this.#media?.close();
    this.#media = null;
    this.#sound.detach();
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
    const act = error.code === 'unreachable' ? () => this.#look() : () => this.#connect();
    this.#planned.later(this.#socketBackoff.next(), act);
  }

  /** @param {number} code Of the WebSocket's close. */
  #socketLost(code) {
    if (code === CLOSE_REPLACED) {
      // The key is the other tab's now: this one becomes a listener of its own.
      remember(KEY, null);
      this.#closeMedia();
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

  /**
   * No packet comes. Where the server has none either, its host is to blame and there is nothing to do.
   * @param {MediaConnection} media
   */
  async #mediaStalled(media) {
    const signaling = this.#signaling;
    const isPaused = performance.now() - this.#restartedAt < RESTART_PAUSE_MILLISECONDS;
    if (isPaused || this.#state !== 'live' || this.#renewing || !signaling?.isOpen) return;
    const isSpeechless = Date.now() - signaling.lastHeard > SPEECHLESS_MILLISECONDS;
    if (!isSpeechless) {
      if (performance.now() - this.#spoken.at > SPEECHLESS_MILLISECONDS) return;
      try {
        return await this.#restart(media, signaling);
      } catch (error) {
        if (this.#signaling !== signaling || this.#media !== media) return;
        if (PartyError.from(error).code !== 'timeout') return this.#mediaLost();
      }
    }
    this.#restartedAt = performance.now();
    this.#closeSocket();
    this.#setState('reconnecting');
    await this.#connect();
  }

  /**
   * @param {MediaConnection} media
   * @param {Signaling} signaling
   * @throws {PartyError}
   */
  async #restart(media, signaling) {
    this.#restartedAt = performance.now();
    await media.restart(async sdp => (await signaling.request('restartIce', { sdp }, { timeout: RESTART_TIMEOUT_MILLISECONDS })).sdp);
  }

  /** @param {PartyError | null} [error] */
  #mediaLost(error = null) {
    if (this.#media && performance.now() - this.#media.connectedAt > STEADY_MILLISECONDS) this.#mediaBackoff.reset();
    this.#setState('reconnecting', error);
    this.#planned.later(this.#mediaBackoff.next(), () => this.#recoverMedia());
  }

  async #recoverMedia() {
    const signaling = this.#signaling;
    if (!signaling?.isOpen) return this.#connect();
    try {
      await this.#renewMedia(signaling);
    } catch (error) {
      if (this.#signaling === signaling) this.#failed(PartyError.from(error));
    }
  }

  /** The RTP timestamp of what the listener hears; null when that is nothing. */
  get #heard() {
    const isHeard = this.#sound.state === 'on' || this.#sound.state === 'muted';
    return isHeard ? (this.#media?.heardRtpTimestamp ?? null) : null;
  }

  /** About once a second; late by any time where the browser saves its strength. */
  #tick() {
    const media = this.#media;
    if (media) {
      media.expectsPackets = this.#playback.isPlaying && !this.#playback.isHostAway;
      this.playoutDelay.measure(media);
    }
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
        return this.#renewing ? this.#renewing.close() : this.#mediaLost();
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
