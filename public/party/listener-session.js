// The listener's side of the party (DESIGN, "Party: signalling"): finds a running party, joins it in one round trip, and stays in it
// over lost sockets, lost media and a host who comes and goes. One connection at a time. `<dmp-listener-bar>` shows what it says.
import { Backoff } from './backoff.js';
import { Cues } from './cues.js';
import { MediaConnection } from './media-connection.js';
import { fetchPartyStatus } from './party-api.js';
import { PartyError } from './party-error.js';
import { Position } from './position.js';
import { Signaling, signalingUrl } from './signaling.js';
import { recall, remember } from './tab-storage.js';

/** @typedef {import('./party-api.js').PartyTrack} PartyTrack */

/**
 * `idle` no party, looking for one · `connecting` joining · `live` sound can flow · `hostAway` in the party, its host is not ·
 * `reconnecting` lost, coming back · `ended` as idle, after a party · `full` no room, trying again · `failed` this browser cannot.
 * @typedef {'idle' | 'connecting' | 'live' | 'hostAway' | 'reconnecting' | 'ended' | 'full' | 'failed'} ListenerState
 */

const POLL_MILLISECONDS = 5_000;
const SOON_MILLISECONDS = 1_000;
/** How often cues are compared with what is heard. */
const TICK_MILLISECONDS = 100;
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
/** For this tab: what makes a returning listener the same one. */
const KEY = 'dmp-listener-key';
/** The server closed this socket because another one has shown its key: a duplicated tab. */
const CLOSE_REPLACED = 4001;
/** Errors that another attempt cannot cure. */
const LASTING = new Set(['no_webrtc', 'foreign_origin', 'sdp_invalid']);

/** Events: `change` for everything but the passing of time. */
export class ListenerSession extends EventTarget {
  #sound;
  #origin;
  #position = new Position();
  #cues = new Cues();
  #socketBackoff = new Backoff();
  #mediaBackoff = new Backoff({ longest: 60_000 });
  #fullBackoff = new Backoff({ first: 20_000, longest: 60_000 });

  /** @type {ListenerState} */
  #state = 'idle';
  /** @type {PartyError | null} */
  #error = null;
  /** @type {PartyTrack | null} */
  #track = null;
  #isPlaying = false;
  #listenerCount = 0;
  #isHostAway = false;
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
  /**
   * The one thing that is planned: the next look or the next attempt.
   * @type {{ timer: ReturnType<typeof setTimeout>, act: () => void } | null}
   */
  #plan = null;
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
  }

  get state() {
    return this.#state === 'live' && this.#isHostAway ? 'hostAway' : this.#state;
  }

  /** Why it is not live, where that is known. */
  get error() {
    return this.#error;
  }

  get track() {
    return this.#track;
  }

  /** Whether the host plays, as far as it has been heard. */
  get isPlaying() {
    return this.#isPlaying;
  }

  get listenerCount() {
    return this.#listenerCount;
  }

  /** Whole seconds that the party still waits for its host, or null when that is not known. */
  get awaySeconds() {
    return this.#awayUntil === null ? null : Math.max(0, Math.ceil((this.#awayUntil - performance.now()) / 1000));
  }

  /** Seconds into the track. */
  get currentTime() {
    return this.#position.read(performance.now());
  }

  /** Seconds; 0 when unknown. */
  get duration() {
    return this.#position.duration;
  }

  /** What the browser counts of the sound that comes in: for /party-debug. */
  async figures() {
    return this.#media ? this.#media.figures() : [];
  }

  /**
   * Looks for a party, now and from now on. Call it once.
   * @param {{ isPartyOn?: boolean }} options `isPartyOn`: one was seen a moment ago, and is joined at once.
   */
  start({ isPartyOn = false } = {}) {
    addEventListener('online', () => this.#hurry());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.#hurry());
    if (isPartyOn) this.#connect();
    else this.#look();
  }

  // Finding a party

  async #look() {
    try {
      const { active } = await fetchPartyStatus();
      this.#setError(null);
      if (active) return await this.#connect();
    } catch (error) {
      this.#setError(PartyError.from(error));
    }
    this.#later(POLL_MILLISECONDS, () => this.#look());
  }

  /**
   * @param {number} milliseconds
   * @param {() => void} act
   */
  #later(milliseconds, act) {
    if (this.#plan) clearTimeout(this.#plan.timer);
    this.#plan = { timer: setTimeout(() => this.#hurry(), milliseconds), act };
  }

  /** Does what is planned: because it is time, because the network is back, or because somebody looks at the page again. */
  #hurry() {
    const plan = this.#plan;
    if (!plan) return;
    clearTimeout(plan.timer);
    this.#plan = null;
    plan.act();
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
    this.#isHostAway = joined.hostAway;
    this.#awayUntil = null;
    this.#cues.clear();
    this.#begin(joined.currentTrack, joined.isPlaying, joined.currentTime, joined.duration);
    clearInterval(this.#ticking);
    this.#ticking = setInterval(() => this.#tick(), TICK_MILLISECONDS);
  }

  /**
   * Out of the party.
   * @param {'idle' | 'ended' | 'full' | 'failed'} state
   * @param {{ wait?: number | null, error?: PartyError | null }} options Milliseconds until it looks for a party again; null: never.
   */
  #leave(state, { wait = POLL_MILLISECONDS, error = null } = {}) {
    clearInterval(this.#ticking);
    this.#cues.clear();
    this.#closeSocket();
    this.#closeMedia();
    this.#sessionId = null;
    this.#track = null;
    this.#isPlaying = false;
    this.#isHostAway = false;
    this.#awayUntil = null;
    this.#listenerCount = 0;
    this.#setState(state, error);
    if (wait !== null) this.#later(wait, () => this.#look());
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
    if (error.code === 'media_failed') return this.#mediaLost(error);
    if (LASTING.has(error.code)) return this.#leave('failed', { wait: null, error });
    this.#closeSocket();
    this.#setState('reconnecting', error);
    this.#later(this.#socketBackoff.next(), () => this.#connect());
  }

  /** @param {number} code Of the WebSocket's close. */
  #socketLost(code) {
    if (code === CLOSE_REPLACED) {
      // The key is the other tab's now: this one becomes a listener of its own.
      remember(KEY, null);
      this.#closeMedia();
    }
    this.#closeSocket();
    this.#setState('reconnecting', new PartyError('closed'));
    this.#later(this.#socketBackoff.next(), () => this.#connect());
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
    this.#later(this.#mediaBackoff.next(), () => this.#recoverMedia());
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

  #tick() {
    const isHeard = this.#sound.state === 'on' || this.#sound.state === 'muted';
    this.#cues.apply(isHeard ? (this.#media?.heardRtpTimestamp ?? null) : null, performance.now());
    if (this.#media) this.#media.expectsPackets = this.#isPlaying && !this.#isHostAway;
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
    switch (message.type) {
      case 'listenerCount':
        this.#listenerCount = message.count;
        break;
      case 'hostAway':
        this.#isHostAway = true;
        this.#awayUntil = performance.now() + message.graceSeconds * 1000;
        this.#runPosition();
        break;
      case 'hostBack':
        this.#isHostAway = false;
        this.#awayUntil = null;
        this.#runPosition();
        break;
      case 'nowPlaying':
        return this.#cue(message, late => {
          const isPlaying = message.isPlaying !== false;
          this.#begin(message.track, isPlaying, isPlaying ? late : 0, 0);
        });
      case 'pause':
      case 'resume':
        return this.#cue(message, () => this.#setPlaying(message.type === 'resume'));
      case 'position':
        return this.#cue(message, late => {
          const passed = this.#position.running ? late : 0;
          this.#position.correct(message.currentTime + passed, message.duration || (this.#track?.duration ?? 0), performance.now());
        });
      case 'transportClosed':
        // A connection that is being made fails by itself when it is closed.
        return this.#renewing ? this.#renewing.close() : this.#mediaLost();
      case 'sessionEnded':
        return this.#leave('ended');
      default:
        return;
    }
    this.#changed();
  }

  /**
   * @param {import('./signaling.js').Message} message
   * @param {(lateSeconds: number) => void} apply
   */
  #cue(message, apply) {
    if (message.rtpTimestamp !== this.#spoken.rtpTimestamp) this.#spoken = { rtpTimestamp: message.rtpTimestamp, at: performance.now() };
    this.#cues.add(message.rtpTimestamp, performance.now(), apply);
  }

  /**
   * @param {PartyTrack | null} track
   * @param {boolean} isPlaying
   * @param {number} time Seconds.
   * @param {number} duration Seconds.
   */
  #begin(track, isPlaying, time, duration) {
    this.#track = track;
    this.#isPlaying = isPlaying;
    this.#position.begin({ time, duration: duration || (track?.duration ?? 0), running: isPlaying && !this.#isHostAway }, performance.now());
    this.#changed();
  }

  /** @param {boolean} isPlaying */
  #setPlaying(isPlaying) {
    this.#isPlaying = isPlaying;
    this.#runPosition();
    this.#changed();
  }

  #runPosition() {
    this.#position.setRunning(this.#isPlaying && !this.#isHostAway, performance.now());
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
