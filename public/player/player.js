// The owner's player: one audio element, a queue, and what of it survives a reload. Not there in stream mode.
import { post, get } from '../lib/api.js';
import { configuration } from '../lib/configuration.js';
import { releaseImage } from '../lib/image.js';
import { load, save } from '../lib/storage.js';
import { toast } from '../lib/toast.js';
import { AudioGraph } from './audio-graph.js';
import { Queue } from './queue.js';

/** @typedef {import('./queue.js').PlayerTrack} PlayerTrack */

const STORAGE_KEY = 'dmp-player';
/** How often the position is kept while playing. */
const SAVE_MILLISECONDS = 5_000;
/** After this much of a track, Previous goes back to its start. */
const RESTART_SECONDS = 3;
/** So many tracks in a row that can't be played end the skipping. */
const MOST_FAILURES = 5;

/**
 * Events: `trackchange`, `statechange` (playing, loading, shuffle, repeat), `timeupdate`, `volumechange`.
 */
export class Player extends EventTarget {
  #audio = new Audio();
  /** @type {AudioGraph | undefined} */
  #graph;
  #queue = new Queue();
  #volume = 0.75;
  #muted = false;
  /** Where a restored or failed track goes on. */
  #resumeAt = 0;
  #counted = '';
  #failures = 0;
  #savedAt = 0;
  /** Play was asked for, whether or not sound comes already. */
  #wanted = false;

  constructor() {
    super();
    const audio = this.#audio;
    audio.preload = 'metadata';
    audio.addEventListener('play', () => this.#changed('statechange'));
    audio.addEventListener('pause', () => {
      this.#save();
      this.#changed('statechange');
    });
    audio.addEventListener('playing', () => this.#played());
    audio.addEventListener('waiting', () => this.#changed('statechange'));
    audio.addEventListener('loadedmetadata', () => {
      if (this.#resumeAt) audio.currentTime = this.#resumeAt;
      this.#resumeAt = 0;
      this.#changed('timeupdate');
    });
    audio.addEventListener('seeked', () => this.#changed('timeupdate'));
    audio.addEventListener('timeupdate', () => {
      if (performance.now() - this.#savedAt > SAVE_MILLISECONDS) this.#save();
      this.#changed('timeupdate');
    });
    audio.addEventListener('ended', () => this.#ended());
    audio.addEventListener('error', () => this.#failed());
    addEventListener('pagehide', () => this.#save());
    this.#restore();
    this.#applyVolume();
    this.#watchMediaKeys();
  }

  // What is

  get track() {
    return this.#queue.current;
  }

  get queue() {
    return this.#queue.tracks;
  }

  get queueIndex() {
    return this.#queue.index;
  }

  get playing() {
    return !this.#audio.paused;
  }

  get loading() {
    return this.#wanted && this.playing && this.#audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
  }

  get currentTime() {
    return this.#resumeAt || this.#audio.currentTime;
  }

  /** Seconds; what the library says until the file has said it. */
  get duration() {
    return Number.isFinite(this.#audio.duration) ? this.#audio.duration : (this.track?.duration ?? 0);
  }

  get volume() {
    return this.#volume;
  }

  get muted() {
    return this.#muted;
  }

  get shuffled() {
    return this.#queue.shuffled;
  }

  get repeat() {
    return this.#queue.repeat;
  }

  get audioContext() {
    return this.#graph?.context ?? null;
  }

  // What to do

  /**
   * A new queue, which plays.
   * @param {PlayerTrack[]} tracks
   * @param {number} [start]
   */
  playTracks(tracks, start) {
    if (!tracks.length) return;
    this.#queue.replace(tracks, start);
    this.#start();
  }

  /** @param {number} index In the queue. */
  jump(index) {
    if (this.#queue.jump(index)) this.#start();
  }

  async play() {
    if (!this.track) return;
    if (!this.#audio.src) return this.#start(this.#resumeAt);
    this.#wanted = true;
    await this.#graph?.resume();
    try {
      await this.#audio.play();
    } catch (error) {
      // An element that was given another track, or paused, meanwhile; `error` events tell of bad files.
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.#changed('statechange');
    }
  }

  pause() {
    this.#wanted = false;
    this.#audio.pause();
  }

  toggle() {
    return this.playing ? this.pause() : this.play();
  }

  async next() {
    if (this.#queue.next()) this.#start();
    else if (!this.#queue.tracks.length) await this.playRandom();
  }

  previous() {
    if (this.currentTime > RESTART_SECONDS || !this.#queue.previous()) this.seek(0);
    else this.#start();
  }

  /** Any track of the library. */
  async playRandom() {
    try {
      const track = await get('/api/tracks/random');
      if (track) this.playTracks([track]);
      else toast('The library is empty.');
    } catch (error) {
      toast(/** @type {Error} */ (error).message, 'error');
    }
  }

  /** @param {number} seconds */
  seek(seconds) {
    const target = Math.min(Math.max(seconds, 0), this.duration || 0);
    if (this.#audio.readyState >= HTMLMediaElement.HAVE_METADATA) this.#audio.currentTime = target;
    else this.#resumeAt = target;
    this.#save();
    this.#changed('timeupdate');
  }

  /** @param {number} volume 0 … 1; changing it unmutes. */
  setVolume(volume) {
    this.#volume = Math.min(Math.max(volume, 0), 1);
    this.#muted = false;
    this.#applyVolume();
  }

  toggleMute() {
    this.#muted = !this.#muted;
    this.#applyVolume();
  }

  toggleShuffle() {
    this.#queue.shuffle(!this.#queue.shuffled);
    this.#save();
    this.#changed('statechange');
  }

  cycleRepeat() {
    this.#queue.repeat = /** @type {const} */ ({ off: 'all', all: 'one', one: 'off' })[this.#queue.repeat];
    this.#save();
    this.#changed('statechange');
  }

  /** What plays, in stereo and before volume and mute, for a party; the same stream for ever. Needs a click or key once. */
  captureStream() {
    if (!this.#graph) {
      this.#graph = new AudioGraph(this.#audio, 0);
      this.#applyVolume();
    }
    this.#graph.resume().catch(() => {});
    return this.#graph.stream;
  }

  // Inside

  /** @param {number} [at] Seconds */
  #start(at = 0) {
    const track = this.track;
    if (!track) return;
    this.#resumeAt = at;
    this.#counted = '';
    this.#audio.src = `/api/audio/${encodeURIComponent(track.id)}`;
    this.#changed('trackchange');
    this.#save();
    this.play();
  }

  /** Sound has come: this counts as a play, once for each start of a track. */
  #played() {
    this.#failures = 0;
    this.#changed('statechange');
    const id = this.track?.id;
    if (!id || this.#counted === id) return;
    this.#counted = id;
    post(`/api/tracks/${encodeURIComponent(id)}/play`).catch(() => {});
  }

  #ended() {
    this.#counted = '';
    if (this.#queue.next({ ended: true })) this.#start();
    else {
      this.#wanted = false;
      this.#changed('statechange');
    }
  }

  #failed() {
    if (!this.#audio.getAttribute('src') || !this.track) return;
    this.#failures += 1;
    const title = this.track.title;
    if (this.#wanted && this.#failures < MOST_FAILURES && this.#queue.tracks.length > 1 && this.#queue.next({ ended: true })) {
      toast(`“${title}” can't be played, so it was skipped.`, 'error');
      this.#start();
      return;
    }
    toast(`“${title}” can't be played.`, 'error');
    this.#wanted = false;
    this.#failures = 0;
    this.#audio.removeAttribute('src');
    this.#audio.load();
    this.#changed('statechange');
  }

  /** The element's own volume stays 1 once the graph exists: what a party publishes is taken behind it. */
  #applyVolume() {
    const volume = this.#muted ? 0 : this.#volume;
    if (this.#graph) {
      this.#audio.volume = 1;
      this.#graph.volume = volume;
    } else {
      this.#audio.volume = volume;
    }
    this.#save();
    this.#changed('volumechange');
  }

  /** @param {string} type */
  #changed(type) {
    this.dispatchEvent(new Event(type));
    this.#showToSystem();
  }

  #save() {
    this.#savedAt = performance.now();
    save(STORAGE_KEY, { queue: this.#queue.save(), currentTime: this.currentTime, volume: this.#volume, muted: this.#muted });
  }

  #restore() {
    const saved = load(STORAGE_KEY);
    this.#queue.restore(saved?.queue);
    if (typeof saved?.volume === 'number' && saved.volume >= 0 && saved.volume <= 1) this.#volume = saved.volume;
    this.#muted = saved?.muted === true;
    if (typeof saved?.currentTime === 'number' && saved.currentTime > 0 && Number.isFinite(saved.currentTime)) this.#resumeAt = saved.currentTime;
  }

  // Media keys and the lock screen (W3C Media Session)

  #watchMediaKeys() {
    if (!('mediaSession' in navigator)) return;
    /** @type {[MediaSessionAction, MediaSessionActionHandler][]} */
    const handlers = [
      ['play', () => this.play()],
      ['pause', () => this.pause()],
      ['previoustrack', () => this.previous()],
      ['nexttrack', () => this.next()],
      ['seekto', ({ seekTime }) => this.seek(seekTime ?? 0)],
      ['seekbackward', ({ seekOffset }) => this.seek(this.currentTime - (seekOffset ?? 10))],
      ['seekforward', ({ seekOffset }) => this.seek(this.currentTime + (seekOffset ?? 10))],
    ];
    for (const [action, handler] of handlers) {
      try {
        navigator.mediaSession.setActionHandler(action, handler);
      } catch {
        // An action that this browser does not know.
      }
    }
    this.addEventListener('trackchange', () => {
      const track = this.track;
      const cover = track && releaseImage({ image: track.releaseImage, imageUrl: track.releaseImageUrl });
      navigator.mediaSession.metadata = track && new MediaMetadata({
        title: track.title,
        artist: track.artist,
        album: track.album,
        artwork: cover ? [{ src: new URL(cover, location.href).href }] : [],
      });
    });
  }

  #showToSystem() {
    if (!('mediaSession' in navigator)) return;
    navigator.mediaSession.playbackState = this.track ? (this.playing ? 'playing' : 'paused') : 'none';
    const { duration, currentTime } = this;
    if (duration > 0 && currentTime <= duration) navigator.mediaSession.setPositionState?.({ duration, position: currentTime });
  }
}

/** The page's player. In stream mode nothing plays here, and there is none. */
export const player = /** @type {Player} */ (configuration.streamMode ? null : new Player());
