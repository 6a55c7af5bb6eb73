// The owner's player: one audio element, a queue, and what of it survives a reload. Not there in stream mode.
import { get, post, releaseImage } from '../lib/api.js';
import { load, save, toast } from '../lib/browser.js';
import { AudioGraph } from './audio-graph.js';
import { Queue } from './queue.js';

/** @typedef {import('./queue.js').PlayerTrack} PlayerTrack */

const STORAGE_KEY = 'dmp-player';
/** How often the position is kept while playing. */
const SAVE_MILLISECONDS = 5_000;
/** How soon other changes are: a volume that is dragged is kept once. */
const SAVE_SOON_MILLISECONDS = 500;
/** After this much of a track, Previous goes back to its start. */
const RESTART_SECONDS = 3;
/** So many tracks in a row that can't be played end the skipping. */
const MOST_FAILURES = 5;

/**
 * Events: `trackchange` (also when the same track starts anew), `statechange` (playing, loading, queue, shuffle, repeat), `timeupdate`,
 * `volumechange`.
 */
export class Player extends EventTarget {
  #audio = new Audio();
  /** @type {AudioGraph | undefined} */
  #graph;
  #queue = new Queue();
  #volume = 0.75;
  #muted = false;
  /** Playing as people mean it: also while a track loads, or between two tracks. */
  #playing = false;
  /** Where a restored or interrupted track goes on once it has loaded. */
  #resumeAt = 0;
  /** Whether this start of the track has been counted as a play. */
  #counted = false;
  #failures = 0;
  #savedAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #saving;

  constructor() {
    super();
    const audio = this.#audio;
    audio.preload = 'metadata';
    // At a track's end the element pauses too: then `ended` decides.
    audio.addEventListener('pause', () => audio.paused && !audio.ended && this.#setPlaying(false));
    audio.addEventListener('playing', () => this.#changed('statechange'));
    audio.addEventListener('waiting', () => this.#changed('statechange'));
    audio.addEventListener('loadedmetadata', () => {
      if (this.#resumeAt) audio.currentTime = this.#resumeAt;
      this.#resumeAt = 0;
      this.#changed('timeupdate');
    });
    audio.addEventListener('seeked', () => this.#changed('timeupdate'));
    audio.addEventListener('timeupdate', () => this.#advanced());
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

  /** In the order in which they were given. */
  get queue() {
    return this.#queue.tracks;
  }

  get queueIndex() {
    return this.#queue.index;
  }

  /** Indices into `queue` of what comes after this track, in playing order. */
  get upcoming() {
    return this.#queue.upcoming;
  }

  get playing() {
    return this.#playing;
  }

  get loading() {
    return this.#playing && this.#audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
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
    if (!this.#audio.hasAttribute('src')) {
      this.#start(this.#resumeAt);
      return;
    }
    this.#setPlaying(true);
    // Not awaited: without a click or key a browser lets it wait for ever.
    this.#graph?.resume();
    try {
      await this.#audio.play();
    } catch (error) {
      // Else the element was given another track or paused meanwhile, or its `error` event tells of a bad file.
      if (!(error instanceof DOMException && error.name === 'NotAllowedError')) return;
      this.#setPlaying(false);
      toast('The browser wants a click first: press play.');
    }
  }

  pause() {
    this.#audio.pause();
    this.#setPlaying(false);
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
    this.#saveSoon();
    this.#changed('timeupdate');
  }

  /** @param {number} volume 0 … 1; changing it unmutes. */
  setVolume(volume) {
    this.#volume = Math.min(Math.max(volume, 0), 1);
    this.#muted = false;
    this.#applyVolume();
    this.#saveSoon();
  }

  toggleMute() {
    this.#muted = !this.#muted;
    this.#applyVolume();
    this.#saveSoon();
  }

  toggleShuffle() {
    this.#queue.shuffle(!this.#queue.shuffled);
    this.#saveSoon();
    this.#changed('statechange');
  }

  cycleRepeat() {
    this.#queue.repeat = /** @type {const} */ ({ off: 'all', all: 'one', one: 'off' })[this.#queue.repeat];
    this.#saveSoon();
    this.#changed('statechange');
  }

  /** What plays, in stereo and before volume and mute, for a party; the same stream for ever. Needs a click or key once. */
  captureStream() {
    if (!this.#graph) {
      this.#graph = new AudioGraph(this.#audio, this.#audio.volume);
      this.#applyVolume();
    }
    this.#graph.resume();
    return this.#graph.stream;
  }

  // Inside

  /** @param {number} [at] Seconds */
  #start(at = 0) {
    const track = this.track;
    if (!track) return;
    this.#resumeAt = at;
    this.#counted = false;
    this.#audio.src = `/api/audio/${encodeURIComponent(track.id)}`;
    // Before the event, so that who hears it is not told of a pause between two tracks.
    this.#playing = true;
    this.#changed('trackchange');
    this.#changed('statechange');
    this.#saveSoon();
    this.play();
  }

  /** @param {boolean} playing */
  #setPlaying(playing) {
    if (playing === this.#playing) return;
    this.#playing = playing;
    this.#saveSoon();
    this.#changed('statechange');
  }

  /** The position has moved. */
  #advanced() {
    this.#changed('timeupdate');
    if (performance.now() - this.#savedAt > SAVE_MILLISECONDS) this.#save();
    const { paused, seeking, currentTime } = this.#audio;
    if (paused || seeking || !currentTime || !this.track) return;
    this.#failures = 0;
    if (this.#counted) return;
    // Sound has come: this counts as a play, once for each start of a track.
    this.#counted = true;
    post(`/api/tracks/${encodeURIComponent(this.track.id)}/play`).catch(() => {});
  }

  #ended() {
    this.#counted = false;
    if (this.#queue.next({ ended: true })) this.#start();
    else this.#setPlaying(false);
  }

  #failed() {
    const { track } = this;
    const { error } = this.#audio;
    if (!this.#audio.hasAttribute('src') || !track || !error) return;
    const wasPlaying = this.#playing;
    const position = this.currentTime;
    this.#audio.removeAttribute('src');
    if (error.code === MediaError.MEDIA_ERR_NETWORK || !navigator.onLine) {
      // The file is good: play goes on from here once the server is back.
      this.#resumeAt = position;
      toast('The connection to the server was lost. Press play to go on.', 'error');
    } else {
      this.#failures += 1;
      const isLast = this.#failures >= MOST_FAILURES || this.#queue.tracks.length < 2;
      // A track that repeats itself is left, too.
      if (wasPlaying && !isLast && this.#queue.next({ ended: this.repeat !== 'one' })) {
        toast(`“${track.title}” can't be played, so it was skipped.`, 'error');
        this.#start();
        return;
      }
      this.#failures = 0;
      toast(`“${track.title}” can't be played.`, 'error');
    }
    this.#setPlaying(false);
    this.#changed('timeupdate');
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
    this.#changed('volumechange');
  }

  /** @param {string} type */
  #changed(type) {
    this.dispatchEvent(new Event(type));
    this.#showToSystem();
  }

  #saveSoon() {
    this.#saving ??= setTimeout(() => this.#save(), SAVE_SOON_MILLISECONDS);
  }

  #save() {
    clearTimeout(this.#saving);
    this.#saving = undefined;
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

/** The page's player. In stream mode nothing plays here, and this module is not loaded. */
export const player = new Player();

// app.js shows the bar.
document.dispatchEvent(new Event('dmp-player'));
