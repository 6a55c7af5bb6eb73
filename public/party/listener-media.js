// The sound that a listener's page receives: the connection that is heard, and the one that shall take its place. `ListenerSession` says when, and
// speaks with the server; what comes in goes to the page's `<audio>`.
import { MediaConnection } from './media-connection.js';
import { PartyError } from './party-error.js';
import { PlayoutDelay } from './playout-delay.js';

/** Media that stood for so long was not the network's fault. */
const LONG_MILLISECONDS = 30_000;

/** Events: `stalled` and `lost` of the connection that is heard, as `MediaConnection` has them. */
export class ListenerMedia extends EventTarget {
  #sound;
  /** @type {MediaConnection | null} */
  #current = null;
  /**
   * While it connects.
   * @type {MediaConnection | null}
   */
  #next = null;
  playoutDelay = new PlayoutDelay();

  /** @param {import('./listener-sound.js').ListenerSound} sound */
  constructor(sound) {
    super();
    this.#sound = sound;
  }

  /** It stands or may stand again: to be kept over a new socket. */
  get isKept() {
    return this.#current?.isKept === true;
  }

  /** It stood, and nothing gets through. */
  get isStalled() {
    return this.#current?.isStalled === true;
  }

  get isRenewing() {
    return this.#next !== null;
  }

  get hasStoodLong() {
    return this.#current !== null && performance.now() - this.#current.connectedAt > LONG_MILLISECONDS;
  }

  /**
   * Of what the listener hears; null when that is nothing.
   * @returns {number | null}
   */
  get heardRtpTimestamp() {
    const isHeard = this.#sound.state === 'on' || this.#sound.state === 'muted';
    return isHeard ? (this.#current?.heardRtpTimestamp ?? null) : null;
  }

  /** What the browser counts: for /party-debug. */
  async figures() {
    return this.#current ? this.#current.figures() : [];
  }

  /**
   * To be called about once a second.
   * @param {{ expectsPackets: boolean }} state Whether packets should come now.
   */
  measure({ expectsPackets }) {
    if (!this.#current) return;
    this.#current.expectsPackets = expectsPackets;
    this.playoutDelay.measure(this.#current);
  }

  /**
   * A new connection; the old one goes once it stands.
   * @param {(sdp: string) => Promise<unknown>} ask Takes the offer to the server, and brings its answer.
   * @throws {PartyError} What `ask` throws; `media_failed`; `no_webrtc`.
   */
  async renew(ask) {
    this.abandonRenewal();
    const media = MediaConnection.receiving();
    this.#next = media;
    this.playoutDelay.apply(media);
    try {
      await media.answer(await ask(await media.offer()));
      if (this.#next !== media) throw new PartyError('media_failed', 'Abandoned');
    } catch (error) {
      media.close();
      throw error;
    } finally {
      if (this.#next === media) this.#next = null;
    }
    this.#current?.close();
    this.#current = media;
    media.addEventListener('lost', () => this.#current === media && this.dispatchEvent(new Event('lost')));
    media.addEventListener('stalled', () => this.#current === media && this.dispatchEvent(new Event('stalled')));
    this.#sound.attach(media.stream);
  }

  /** A `renew` under way fails. */
  abandonRenewal() {
    const media = this.#next;
    this.#next = null;
    media?.close();
  }

  /**
   * A new path for what is heard.
   * @param {(sdp: string) => Promise<unknown>} ask As for `renew`.
   * @throws {PartyError} What `ask` throws, or `media_failed`.
   */
  async restart(ask) {
    await this.#current?.restart(ask);
  }

  close() {
    this.abandonRenewal();
    this.#current?.close();
    this.#current = null;
    this.#sound.detach();
  }
}
