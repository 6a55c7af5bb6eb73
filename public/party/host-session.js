// The host's side of the party (DESIGN, "Party: signalling"): publishes what the player plays and tells what that is. It lives as long as
// the page, comes back by itself after a reload or a lost connection, and can be started and ended as often as one likes.
import { Backoff } from './backoff.js';
import { chosenBitrate, rememberBitrate } from './host-bitrate.js';
import { HostMemory } from './host-memory.js';
import { HostReports } from './host-reports.js';
import { HostStatistics } from './host-statistics.js';
import { MediaConnection } from './media-connection.js';
import { fetchHostToken, fetchPartyStatus } from './party-api.js';
import { isLasting, PartyError } from './party-error.js';
import { partyTrack } from './party-track.js';
import { isMixedContent, Signaling, signalingUrl } from './signaling.js';

/** @typedef {import('../player/player.js').Player} Player */

/**
 * `idle` no party · `connecting` starting one · `live` sound goes out · `reconnecting` lost, coming back · `takenOver` another page is
 * the host now · `failed` see `error`.
 * @typedef {'idle' | 'connecting' | 'live' | 'reconnecting' | 'takenOver' | 'failed'} HostState
 */

const TICK_MILLISECONDS = 1_000;
const REQUEST_TIMEOUT_MILLISECONDS = 8_000;
const END_TIMEOUT_MILLISECONDS = 2_000;
/** How long the server keeps a party whose host is away, by default (PARTY_HOST_GRACE_SECONDS). After that, a party is not opened anew unasked. */
const GRACE_MILLISECONDS = 60_000;
/** The host hears little from the server: when nothing came for so long, the socket is asked whether it lives. */
const QUIET_MILLISECONDS = 10_000;
const STEADY_MILLISECONDS = 30_000;

/** Events: `change` for everything but the passing of time. */
export class HostSession extends EventTarget {
  #player;
  #partyUrl;
  #backoff = new Backoff({ longest: 8_000 });
  #mediaBackoff = new Backoff();

  /** @type {HostState} */
  #state = 'idle';
  /** @type {PartyError | null} */
  #error = null;
  #listenerCount = 0;
  /** @type {string | null} */
  #sessionId = null;
  /** @type {string | null} */
  #hostKey = null;
  /** When the connection was lost, in milliseconds since the epoch (the machine may have slept). */
  #lostAt = 0;

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
   * The next attempt.
   * @type {ReturnType<typeof setTimeout> | undefined}
   */
  #planned;
  /** @type {MediaStream | null} */
  #stream = null;
  /**
   * Once a second while a party runs.
   * @type {ReturnType<typeof setInterval> | undefined}
   */
  #ticking;
  #isProbing = false;
  /** After a reload, until there was a tap or key: the player was playing, and shall go on. */
  #isHeldBack = false;
  #memory = new HostMemory(sessionId => sessionId === this.#sessionId && this.#state === 'live');
  #reports;
  /**
   * Of this connection to the server, once it has asked for one.
   * @type {Promise<import('./host-covers.js').HostCovers> | null}
   */
  #covers = null;
  /** What the server says of the party each second. */
  statistics = new HostStatistics();

  /**
   * @param {object} options
   * @param {Player} options.player
   * @param {string} options.partyUrl Of the listener server, as the owner has configured it.
   */
  constructor({ player, partyUrl }) {
    super();
    this.#player = player;
    this.#partyUrl = partyUrl;
    this.#reports = new HostReports({ player, send: (type, fields) => this.#signaling?.send(type, fields), changed: () => this.#playerChanged() });
    // After what they are for: a tap on Pause, or its key, stays one.
    for (const event of ['click', 'keyup']) addEventListener(event, () => this.#isBusy && this.letSoundOut());
    addEventListener('online', () => this.#state === 'reconnecting' && this.#resume());
  }

  get state() {
    return this.#state;
  }

  get error() {
    return this.#error;
  }

  get listenerCount() {
    return this.#listenerCount;
  }

  /** What the owner gives to listeners. */
  get inviteUrl() {
    return this.#partyUrl;
  }

  get player() {
    return this.#player;
  }

  /** What is sent; null before the first party. */
  get stream() {
    return this.#stream;
  }

  /** What the browser counts of the sound that goes out: for /party-debug. */
  async figures() {
    return this.#media ? this.#media.figures() : [];
  }

  /** What goes out, in bits per second: the host's own choice, or the server's wish; null before that is known. */
  get bitrate() {
    return this.#media?.bitrate ?? chosenBitrate();
  }

  /**
   * Listeners hear no gap.
   * @param {number} bitrate Bits per second, one of `BITRATES`.
   */
  async setBitrate(bitrate) {
    rememberBitrate(bitrate);
    await Promise.all([this.#media?.setBitrate(bitrate), this.#renewing?.setBitrate(bitrate)]);
    this.#changed();
  }

  /**
   * @returns {Promise<import('./host-listeners.js').Listener[]>} Newest first.
   * @throws {PartyError}
   */
  async listListeners() {
    return (await this.#request('listListeners')).listeners ?? [];
  }

  /**
   * The listener's page says so, and does not come back by itself.
   * @param {string} listenerId
   * @param {{ ban?: boolean }} options `ban`: for this party.
   * @throws {PartyError}
   */
  async removeListener(listenerId, { ban = false } = {}) {
    await this.#request('removeListener', { listenerId, ban });
  }

  /** The browser waits for a tap or key before it lets the page make a sound. */
  get isHeldBack() {
    const { audioContext, playing } = this.#player;
    return (this.#isHeldBack && !playing) || (audioContext !== null && audioContext.state !== 'running');
  }

  get #isBusy() {
    return this.#state === 'connecting' || this.#state === 'live' || this.#state === 'reconnecting';
  }

  /** Starts a party. Call it in a tap or key press: it may make the page's AudioContext. */
  start() {
    if (this.#isBusy) return;
    this.#forget();
    return this.#connect('connecting');
  }

  /** Becomes the host again after another page has. Call it in a tap or key press. */
  takeBack() {
    if (this.#state === 'takenOver') return this.#connect('connecting');
  }

  /** Has the browser make the sound that it held back. Call it in a tap or key press. */
  letSoundOut() {
    this.#player.audioContext?.resume();
    if (this.#isHeldBack && !this.#player.playing) this.#player.play();
    this.#isHeldBack = false;
  }

  /** Ends the party for everybody. */
  async end() {
    this.#setState('idle');
    await this.#endSession();
  }

  /** Takes up the party that this tab was the host of before a reload, if there was one. Call it once. */
  async resumeStored() {
    const stored = this.#memory.recall();
    if (!stored) return;
    this.#sessionId = stored.sessionId;
    this.#hostKey = stored.hostKey;
    this.#lostAt = stored.seenAt;
    this.#setState('reconnecting');
    // Both questions at once: every tenth of a second is silence at the listeners'.
    const status = fetchPartyStatus(this.#partyUrl);
    status.catch(() => {});
    if (await this.#memory.isHostedByAnotherTab(stored.sessionId)) return this.#setState('takenOver');
    // Whether the browser lets it is seen later: a refused player says so by a `statechange`.
    this.#isHeldBack = stored.wasPlaying;
    if (stored.wasPlaying) this.#player.play();
    await this.#resume(status);
  }

  // Connecting

  /** @param {'connecting' | 'reconnecting'} state */
  async #connect(state) {
    clearTimeout(this.#planned);
    this.#setState(state);
    this.#closeSocket();
    try {
      if (isMixedContent(location.href, this.#partyUrl)) throw new PartyError('mixed_content');
      const stream = this.#capture();
      const signaling = new Signaling(signalingUrl(this.#partyUrl));
      this.#signaling = signaling;
      signaling.addEventListener('message', event => this.#receive(/** @type {CustomEvent} */ (event).detail));
      signaling.addEventListener('close', () => this.#socketLost());
      try {
        await signaling.open();
        await this.#createSession(signaling);
        this.#reports.start();
        this.#ticking ??= setInterval(() => this.#tick(), TICK_MILLISECONDS);
        this.#reports.tellTrack();
        await this.#publish(signaling, stream);
      } catch (error) {
        // Overtaken: by a lost socket, by `end`, by another attempt.
        if (this.#signaling !== signaling) return;
        throw error;
      }
      this.#backoff.reset();
      this.#store();
    } catch (error) {
      this.#failed(PartyError.from(error));
    }
  }

  #capture() {
    try {
      return (this.#stream = this.#player.captureStream());
    } catch (error) {
      throw new PartyError('no_audio', String(error));
    }
  }

  /**
   * Becomes the host: with the party's key, or with a token of the own server.
   * @param {Signaling} signaling
   */
  async #createSession(signaling) {
    let created = null;
    if (this.#hostKey) {
      created = await this.#ask(signaling, 'createSession', { hostKey: this.#hostKey }).catch(error => {
        // The party is over, or the server has been restarted: the owner can still prove to be it.
        if (PartyError.from(error).code !== 'token_required') throw error;
        return null;
      });
    }
    if (!created) {
      const { nonce, tokenRequired } = await this.#ask(signaling, 'hostChallenge');
      // Asked for even where none is required: a secret on one side only is a mistake that the server then names.
      const token = await fetchHostToken(nonce);
      if (tokenRequired && token === null) throw new PartyError('token_required');
      created = await this.#ask(signaling, 'createSession', { token: token ?? undefined });
    }
    this.#sessionId = created.sessionId;
    this.#hostKey = created.hostKey;
    this.#store();
  }

  /**
   * A new media connection; the old one goes once it stands, so that listeners hear no gap.
   * @param {Signaling} signaling
   * @param {MediaStream} stream
   */
  async #publish(signaling, stream) {
    const media = MediaConnection.sending(stream, chosenBitrate());
    this.#renewing?.close();
    this.#renewing = media;
    try {
      const { sdp } = await this.#ask(signaling, 'publish', { sdp: await media.offer() });
      await media.answer(sdp);
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
    media.addEventListener('stalled', () => this.#media === media && this.#restart(media));
    this.#setState('live');
    this.#loadHistory(signaling);
  }

  /**
   * How many listened before this page was the host.
   * @param {Signaling} signaling
   */
  async #loadHistory(signaling) {
    // A server that does not know the question answers with an error.
    const { points } = await signaling.request('listenerHistory').catch(() => ({ points: null }));
    if (Array.isArray(points)) this.statistics.load(points);
  }

  /**
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   * @throws {PartyError}
   */
  async #request(type, fields) {
    if (!this.#signaling) throw new PartyError('closed');
    return this.#signaling.request(type, fields, { timeout: REQUEST_TIMEOUT_MILLISECONDS });
  }

  /**
   * A request of an attempt that has not been overtaken while the answer was on its way.
   * @param {Signaling} signaling
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   */
  async #ask(signaling, type, fields) {
    const reply = await signaling.request(type, fields, { timeout: REQUEST_TIMEOUT_MILLISECONDS });
    if (this.#signaling !== signaling) throw new PartyError('closed');
    return reply;
  }

  // Losing and recovering

  /** @param {PartyError} error */
  #failed(error) {
    const isFirst = this.#state === 'connecting';
    if (!isFirst && error.code === 'media_failed') return this.#mediaLost(error);
    if (isFirst || isLasting(error)) {
      this.#setState('failed', error);
      // What was opened a moment ago shall not wait for a host whose sound does not get through.
      this.#endSession();
    } else {
      this.#closeSocket();
      this.#again(error);
    }
  }

  #socketLost() {
    if (this.#state === 'live') this.#lostAt = this.#signaling?.lastHeard ?? Date.now();
    this.#closeSocket();
    if (this.#state === 'connecting') return this.#failed(new PartyError('closed'));
    this.#again(new PartyError('closed'));
  }

  /** @param {PartyError} error */
  #again(error) {
    this.#setState('reconnecting', error);
    clearTimeout(this.#planned);
    this.#planned = setTimeout(() => this.#resume(), this.#backoff.next());
  }

  /**
   * It tries for as long as the page is open: the server may be away for longer than anybody thought.
   * @param {Promise<import('./party-api.js').PartyStatus>} [asked] The party's status, where it has been asked for.
   */
  async #resume(asked) {
    clearTimeout(this.#planned);
    if (asked || Date.now() - this.#lostAt > GRACE_MILLISECONDS) {
      // A party that has ended meanwhile is not opened again unasked.
      try {
        const status = await (asked ?? fetchPartyStatus(this.#partyUrl));
        if (this.#state !== 'reconnecting') return;
        if (!status.active || status.sessionId !== this.#sessionId) return this.#over();
      } catch (error) {
        if (this.#state !== 'reconnecting') return;
        return this.#again(PartyError.from(error));
      }
    }
    await this.#connect('reconnecting');
  }

  #over() {
    this.#stop();
    this.#forget();
    this.#setState('failed', new PartyError('over'));
  }

  /** @param {PartyError | null} [error] */
  #mediaLost(error = null) {
    if (this.#media && performance.now() - this.#media.connectedAt > STEADY_MILLISECONDS) this.#mediaBackoff.reset();
    this.#setState('reconnecting', error);
    clearTimeout(this.#planned);
    this.#planned = setTimeout(() => this.#recoverMedia(), this.#mediaBackoff.next());
  }

  /**
   * The path does not answer: perhaps another one does. If not, the media is lost soon.
   * @param {MediaConnection} media
   */
  async #restart(media) {
    const signaling = this.#signaling;
    if (!signaling?.isOpen || this.#renewing) return;
    await media.restart(async sdp => (await this.#ask(signaling, 'restartIce', { sdp })).sdp).catch(() => {});
  }

  async #recoverMedia() {
    const signaling = this.#signaling;
    if (!signaling?.isOpen) return this.#resume();
    try {
      await this.#publish(signaling, this.#capture());
    } catch (error) {
      if (this.#signaling === signaling) this.#failed(PartyError.from(error));
    }
  }

  /** Ends the party here and, where this page was its host, on the server. */
  async #endSession() {
    const signaling = this.#signaling;
    const wasHost = this.#sessionId !== null;
    this.#signaling = null;
    this.#stop();
    this.#forget();
    if (wasHost) await signaling?.request('endSession', {}, { timeout: END_TIMEOUT_MILLISECONDS }).catch(() => {});
    signaling?.close();
  }

  #closeSocket() {
    this.#signaling?.close();
    this.#signaling = null;
    this.#covers = null;
  }

  /** Ends everything of this page's party but the socket. */
  #stop() {
    clearTimeout(this.#planned);
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    this.#reports.stop();
    this.#renewing?.close();
    this.#media?.close();
    this.#media = null;
    this.#listenerCount = 0;
    this.statistics.clear();
    this.#backoff.reset();
    this.#mediaBackoff.reset();
  }

  /** @param {import('./signaling.js').Message} message */
  #receive(message) {
    switch (message.type) {
      case 'listenerCount':
        this.#listenerCount = message.count;
        this.#changed();
        break;
      case 'takenOver':
        this.#closeSocket();
        this.#stop();
        // A reload shall not take it back unasked; the button may.
        this.#memory.forget();
        this.#setState('takenOver');
        break;
      case 'partyStatistics':
        this.#noteStatistics(/** @type {any} */ (message));
        break;
      case 'coverWanted':
        this.#sendCover(message.trackId);
        break;
      case 'transportClosed':
        // A connection that is being made fails by itself when it is closed.
        if (this.#renewing) this.#renewing.close();
        else this.#mediaLost();
        break;
    }
  }

  /**
   * A browser may leave the server's question for the round trip unanswered (RFC 3611); its own checks tell it here.
   * @param {import('./host-statistics.js').PartyStatistics} statistics
   */
  async #noteStatistics(statistics) {
    const { hostLink } = statistics;
    const roundTripTime = hostLink?.roundTripTime ?? (await this.#media?.roundTripTime()) ?? null;
    // Over, perhaps, while the browser was asked.
    if (!this.#isBusy) return;
    this.statistics.note({ ...statistics, hostLink: hostLink || roundTripTime !== null ? { loss: null, jitter: null, ...hostLink, roundTripTime } : null });
  }

  /**
   * What it takes to draw a picture is loaded when the first one is wanted.
   * @param {unknown} trackId
   */
  async #sendCover(trackId) {
    const { track } = this.#player;
    const signaling = this.#signaling;
    if (!signaling || !track || track.id !== trackId) return;
    this.#covers ??= import('./host-covers.js').then(({ HostCovers }) => new HostCovers(signaling));
    await (await this.#covers).send(partyTrack(track));
  }

  #playerChanged() {
    const { playing, loading } = this.#player;
    if (playing && !loading) this.#isHeldBack = false;
    this.#changed();
  }

  #tick() {
    this.#reports.tellPosition();
    if (this.#state === 'live') this.#store();
    this.#probe();
  }

  /** A socket can be dead without a word. */
  async #probe() {
    const signaling = this.#signaling;
    if (!signaling?.isOpen || this.#isProbing || Date.now() - signaling.lastHeard < QUIET_MILLISECONDS) return;
    this.#isProbing = true;
    await signaling.request('hostChallenge', {}, { timeout: REQUEST_TIMEOUT_MILLISECONDS }).catch(() => {
      if (this.#signaling === signaling) this.#socketLost();
    });
    this.#isProbing = false;
  }

  #store() {
    if (!this.#sessionId || !this.#hostKey) return;
    this.#memory.remember({ sessionId: this.#sessionId, hostKey: this.#hostKey, seenAt: Date.now(), wasPlaying: this.#player.playing });
  }

  #forget() {
    this.#sessionId = null;
    this.#hostKey = null;
    this.#memory.forget();
  }

  // What the page is told

  /**
   * @param {HostState} state
   * @param {PartyError | null} [error]
   */
  #setState(state, error = null) {
    this.#state = state;
    this.#error = error;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
