// What the host's player does, told to the party: which track, where in it, and whether it sounds. The host session calls it.
import { partyTrack } from './party-track.js';

/** A time that differs by more from where playing alone would have led is a seek. */
const SEEK_SECONDS = 1;
/** A title belongs to its sound. A track that takes longer to load is told of all the same: listeners see what they wait for. */
const LOADING_MILLISECONDS = 3_000;

export class HostReports {
  #player;
  #send;
  #changed;
  /**
   * Ends what watches the player.
   * @type {AbortController | null}
   */
  #watch = null;
  #wasSounding = false;
  /**
   * A track that loads has not been told of yet: the server dates a title by the sound that arrives with it.
   * @type {ReturnType<typeof setTimeout> | null}
   */
  #untold = null;
  /** Where the player was, and when: a seek shows as a difference. */
  #seen = { time: 0, at: 0 };

  /**
   * @param {object} options
   * @param {import('../player/player.js').Player} options.player
   * @param {(type: string, fields?: Record<string, unknown>) => void} options.send Says it to the party's server.
   * @param {() => void} options.changed After everything but the passing of time.
   */
  constructor({ player, send, changed }) {
    this.#player = player;
    this.#send = send;
    this.#changed = changed;
  }

  /** A suspended AudioContext sends nothing, however much the player plays. */
  get #isSounding() {
    return this.#player.playing && this.#player.audioContext?.state === 'running';
  }

  /** Once per party, however often it reconnects. Call it when the player has its AudioContext. */
  start() {
    if (this.#watch) return;
    this.#watch = new AbortController();
    const { signal } = this.#watch;
    const player = this.#player;
    this.#wasSounding = this.#isSounding;
    player.addEventListener('trackchange', () => this.#trackChanged(), { signal });
    player.addEventListener('statechange', () => this.#tellPlaying(), { signal });
    player.audioContext?.addEventListener('statechange', () => this.#tellPlaying(), { signal });
    player.addEventListener('timeupdate', () => this.#noticeSeek(), { signal });
  }

  stop() {
    this.#watch?.abort();
    this.#watch = null;
    this.#forgetUntold();
  }

  #forgetUntold() {
    if (this.#untold !== null) clearTimeout(this.#untold);
    this.#untold = null;
  }

  #trackChanged() {
    this.#forgetUntold();
    if (!this.#player.loading) return this.tellTrack();
    this.#untold = setTimeout(() => this.tellTrack(), LOADING_MILLISECONDS);
    this.#changed();
  }

  /** All that a party has to know of a track: at its start, and for a server that has just come back. */
  tellTrack() {
    const { track } = this.#player;
    this.#forgetUntold();
    this.#wasSounding = this.#isSounding;
    if (track) {
      this.#send('nowPlaying', { track: partyTrack(track), isPlaying: this.#wasSounding });
      this.tellPosition();
    }
    this.#changed();
  }

  tellPosition() {
    const { track, currentTime, duration } = this.#player;
    if (!track || this.#untold !== null) return;
    this.#seen = { time: currentTime, at: performance.now() };
    this.#send('position', { currentTime, duration: Number.isFinite(duration) ? duration : null });
  }

  #tellPlaying() {
    if (this.#untold !== null) {
      if (!this.#player.loading) this.tellTrack();
      return;
    }
    if (this.#isSounding !== this.#wasSounding) {
      this.#wasSounding = this.#isSounding;
      this.#send(this.#wasSounding ? 'resume' : 'pause');
      this.tellPosition();
    }
    this.#changed();
  }

  #noticeSeek() {
    const { time, at } = this.#seen;
    const expected = time + (this.#wasSounding ? (performance.now() - at) / 1000 : 0);
    if (Math.abs(this.#player.currentTime - expected) > SEEK_SECONDS) this.tellPosition();
  }
}
