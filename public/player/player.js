// The owner's player: two audio elements that take turns, a queue, and what of it survives a reload. Not there in stream mode.
import { ApiError, Latest, post } from '../lib/api.js';
import { toast } from '../lib/browser.js';
import { AudioGraph } from './audio-graph.js';
import { Deck } from './deck.js';
import { watchMediaSession } from './media-session.js';
import { OtherTabs } from './other-tabs.js';
import { Queue } from './queue.js';
import { replayGainFactor } from './replay-gain.js';
import { loadState, saveState } from './saved-state.js';
import { artistTracks, exploredTrack, randomTrack, releaseTracks, replayGainOf } from './track-sources.js';

/** @typedef {import('./queue.js').PlayerTrack} PlayerTrack */
/** @typedef {import('./replay-gain.js').ReplayGain} ReplayGain */
/** @typedef {import('./replay-gain.js').ReplayGainMode} ReplayGainMode */
/** @typedef {import('./saved-state.js').ExplorerParams} ExplorerParams */
/** @typedef {import('./saved-state.js').ShuffleMode} ShuffleMode */

/** How often the position is kept while playing. */
const SAVE_MILLISECONDS = 5_000;
/** How soon other changes are: a volume that is dragged is kept once. */
const SAVE_SOON_MILLISECONDS = 500;
/** After this much of a track, Previous goes back to its start. */
const RESTART_SECONDS = 3;
/** So long before a track's end the next one begins to load. */
const PREPARE_SECONDS = 20;
/** So many tracks in a row that can't be played end the skipping. */
const MOST_FAILURES = 5;
/** The explorer does not come back to so many tracks. */
const EXCLUDED = 50;
const GAINS_KEPT = 100;

/** @type {Record<ShuffleMode, ShuffleMode>} */
const NEXT_MODE = { off: 'release', release: 'artist', artist: 'catalogue', catalogue: 'off', explorer: 'off' };

/**
 * Events: `trackchange` (also when the same track starts anew), `statechange` (playing, loading, shuffle, repeat, ReplayGain),
 * `queuechange` (what comes next), `timeupdate`, `volumechange`.
 */
export class Player extends EventTarget {
  #deck = new Deck();
  /** Empty, or with the track that comes next. */
  #spare = new Deck();
  /** @type {AudioGraph | undefined} */
  #graph;
  #queue = new Queue();
  /** @type {ShuffleMode} */
  #mode = 'off';
  /** @type {ExplorerParams} */
  #explorerParams;
  #volume;
  #muted;
  /** @type {ReplayGainMode} */
  #replayGain;
  /**
   * By track.
   * @type {Map<string, Promise<ReplayGain | null>>}
   */
  #gains = new Map();
  /** Playing as people mean it: also while a track loads, or between two tracks. */
  #playing = false;
  /** Where a restored or interrupted track goes on once it has loaded. */
  #resumeAt = 0;
  /** Whether this start of the track has been counted as a play. */
  #counted = false;
  #failures = 0;
  /**
   * A track is being chosen, by the catalogue or the explorer.
   * @type {Promise<boolean> | null}
   */
  #choosing = null;
  /** Counts what makes such a choice obsolete. */
  #choices = 0;
  #refetch = new Latest();
  /** Whether this tab's state is the one to keep. */
  #isKept = false;
  #savedAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #saving;
  #others = new OtherTabs(() => this.#yieldToOtherTab());
  /** Whether it falls silent when another tab plays. */
  yields = () => true;

  constructor() {
    super();
    const state = loadState();
    this.#queue.restore(state.queue);
    this.#mode = state.shuffleMode;
    this.#queue.setEndless(this.#mode === 'catalogue');
    this.#explorerParams = state.explorerParams;
    this.#resumeAt = state.currentTime;
    this.#counted = state.counted;
    this.#volume = state.volume;
    this.#muted = state.muted;
    this.#replayGain = state.replayGain;
    for (const deck of [this.#deck, this.#spare]) this.#watch(deck);
    addEventListener('pagehide', () => this.#isKept && this.#save());
    this.#applyVolume();
    watchMediaSession(this);
  }

  /** @param {Deck} deck What happens in the spare one is of no interest. */
  #watch(deck) {
    const { audio } = deck;
    /** @param {string} type @param {() => unknown} act */
    const when = (type, act) => audio.addEventListener(type, () => deck === this.#deck && act());
    // At a track's end the element pauses too: then `ended` decides.
    when('pause', () => audio.paused && !audio.ended && this.#setPlaying(false));
    when('playing', () => this.#changed('statechange'));
    when('waiting', () => this.#changed('statechange'));
    when('loadedmetadata', () => {
      if (this.#resumeAt) audio.currentTime = this.#resumeAt;
      this.#resumeAt = 0;
      this.#changed('timeupdate');
    });
    when('seeked', () => this.#changed('timeupdate'));
    when('timeupdate', () => this.#advanced());
    when('ended', () => this.#ended());
    when('error', () => this.#failed());
  }

  // What is

  get track() {
    return this.#queue.current;
  }

  /** In playing order. */
  get queue() {
    return this.#queue.tracks;
  }

  /** Place of the current track in `queue`; -1 without one. */
  get queueIndex() {
    return this.#queue.index;
  }

  get playing() {
    return this.#playing;
  }

  get loading() {
    return this.#playing && this.#deck.audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
  }

  get currentTime() {
    return this.#resumeAt || this.#deck.audio.currentTime;
  }

  /** Seconds; what the library says until the file has said it. */
  get duration() {
    const { duration } = this.#deck.audio;
    return Number.isFinite(duration) ? duration : (this.track?.duration ?? 0);
  }

  get volume() {
    return this.#volume;
  }

  get muted() {
    return this.#muted;
  }

  get shuffleMode() {
    return this.#mode;
  }

  get repeat() {
    return this.#queue.repeat;
  }

  get replayGain() {
    return this.#replayGain;
  }

  get audioContext() {
    return this.#graph?.context ?? null;
  }

  // What to do

  /**
   * A new queue, which plays. It ends the explorer.
   * @param {PlayerTrack[]} tracks
   * @param {number} [start]
   */
  playTracks(tracks, start) {
    if (!tracks.length) return;
    this.#forgetChoice();
    if (this.#mode === 'explorer') this.#setMode('off');
    this.#queue.replace(tracks, start);
    this.#start();
  }

  /**
   * Plays this track, and after it what the explorer chooses in the same spirit.
   * @param {ExplorerParams} params
   * @param {PlayerTrack} track
   */
  startExplorer(params, track) {
    this.#forgetChoice();
    this.#explorerParams = { ...params };
    this.#setMode('explorer');
    this.#queue.replace([track]);
    this.#start();
  }

  /** @param {number} index In the queue. */
  jump(index) {
    if (this.#queue.jump(index)) this.#start();
  }

  /**
   * After the current track; without one they play at once.
   * @param {PlayerTrack[]} tracks
   */
  playNext(tracks) {
    if (!this.track) return this.playTracks(tracks, 0);
    this.#queue.insert(tracks);
    this.#queueChanged();
  }

  /**
   * At the end of the queue; without a current track they play at once.
   * @param {PlayerTrack[]} tracks
   */
  addToQueue(tracks) {
    if (!this.track) return this.playTracks(tracks, 0);
    this.#queue.append(tracks);
    this.#queueChanged();
  }

  /** @param {number} index In the queue. */
  removeFromQueue(index) {
    this.#queue.remove(index);
    this.#queueChanged();
  }

  /** @param {number} from In the queue. @param {number} to */
  moveInQueue(from, to) {
    this.#queue.move(from, to);
    this.#queueChanged();
  }

  /** All that comes after this track. */
  clearQueue() {
    this.#forgetChoice();
    this.#queue.clear();
    this.#queueChanged();
  }

  async play() {
    if (!this.track) return;
    const { audio } = this.#deck;
    if (!audio.hasAttribute('src')) {
      this.#start(this.#resumeAt, this.#counted && this.#resumeAt > 0);
      return;
    }
    // Safari lets an element play later without a gesture only if it was loaded in one.
    if (this.#spare.trackId === null) this.#spare.audio.load();
    this.#setPlaying(true);
    this.#others.tell();
    // Not awaited: without a click or key a browser lets it wait for ever.
    this.#graph?.resume();
    try {
      await audio.play();
    } catch (error) {
      // Else the element was given another track or paused meanwhile, or its `error` event tells of a bad file.
      if (!(error instanceof DOMException && error.name === 'NotAllowedError')) return;
      this.#setPlaying(false);
      toast('The browser wants a click first: press play.');
    }
  }

  pause() {
    this.#deck.audio.pause();
    this.#setPlaying(false);
  }

  toggle() {
    return this.playing ? this.pause() : this.play();
  }

  async next() {
    this.#failures = 0;
    await this.#goOn();
  }

  previous() {
    if (this.currentTime > RESTART_SECONDS || !this.#queue.previous()) this.seek(0);
    else this.#start();
  }

  /** @param {number} seconds */
  seek(seconds) {
    const { audio } = this.#deck;
    const target = Math.min(Math.max(seconds, 0), this.duration || 0);
    if (audio.readyState >= HTMLMediaElement.HAVE_METADATA) audio.currentTime = target;
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

  /** Off, the release, the artist, the whole catalogue, off; and off from the explorer. */
  cycleShuffle() {
    this.#setMode(NEXT_MODE[this.#mode]);
    if (this.#mode === 'release' || this.#mode === 'artist') this.#surround(this.#mode);
  }

  cycleRepeat() {
    this.#queue.repeat = /** @type {const} */ ({ off: 'all', all: 'one', one: 'off' })[this.#queue.repeat];
    this.#queueChanged();
    this.#changed('statechange');
  }

  /** @param {ReplayGainMode} mode */
  setReplayGain(mode) {
    this.#replayGain = mode;
    for (const deck of [this.#deck, this.#spare]) this.#level(deck);
    this.#saveSoon();
    this.#changed('statechange');
  }

  /** What plays, in stereo and before volume and mute, for a party; the same stream for ever. Needs a click or key once. */
  captureStream() {
    if (!this.#graph) {
      this.#graph = new AudioGraph(this.#muted ? 0 : this.#volume);
      for (const deck of [this.#deck, this.#spare]) deck.connect(this.#graph);
    }
    this.#graph.resume();
    return this.#graph.stream;
  }

  // Which track

  /** @param {ShuffleMode} mode */
  #setMode(mode) {
    this.#forgetChoice();
    this.#refetch.cancel();
    this.#mode = mode;
    this.#queue.setEndless(false);
    this.#queue.shuffle(mode === 'release' || mode === 'artist');
    this.#queue.setEndless(mode === 'catalogue' || mode === 'explorer');
    this.#queueChanged();
    this.#changed('statechange');
  }

  /**
   * The queue becomes what the current track's release or artist has, shuffled.
   * @param {'release' | 'artist'} mode
   */
  async #surround(mode) {
    const track = this.track;
    const id = mode === 'release' ? track?.localReleaseId : track?.artistSlug;
    if (!id) return;
    try {
      const tracks = await this.#refetch.run(signal => (mode === 'release' ? releaseTracks(id, signal) : artistTracks(id, signal)));
      if (!tracks?.length) return;
      this.#queue.surround(tracks);
      this.#queueChanged();
    } catch (error) {
      toast(/** @type {Error} */ (error).message, 'error');
    }
  }

  /**
   * @param {{ ended?: boolean, skip?: boolean }} options `ended`: by itself, so that repeat counts. `skip`: this track can't be played.
   * @returns {Promise<boolean>} Whether there is something to go on with.
   */
  async #goOn({ ended = false, skip = false } = {}) {
    if (this.#queue.next({ ended: skip ? this.repeat !== 'one' : ended })) {
      this.#start();
      return true;
    }
    if (this.#queue.tracks.length && !this.#queue.endless) return false;
    const { track } = this;
    if (!(await this.#choose())) return false;
    // Meanwhile another one may have been chosen by hand. In an empty queue the new one is the current one already.
    if (track ? track !== this.track || !this.#queue.next() : this.#queue.tracks.length !== 1) return false;
    this.#start();
    return true;
  }

  /**
   * Lets the catalogue or the explorer add a track to the queue.
   * @returns {Promise<boolean>} Whether it has.
   */
  #choose() {
    if (this.#choosing) return this.#choosing;
    this.#choices += 1;
    const choosing = this.#append(this.#choices).finally(() => {
      if (this.#choosing === choosing) this.#choosing = null;
    });
    this.#choosing = choosing;
    return choosing;
  }

  /** @param {number} choice */
  async #append(choice) {
    try {
      const recent = [...this.#queue.history, ...this.#queue.tracks].slice(-EXCLUDED).map(({ id }) => id);
      const track = this.#mode === 'explorer' ? await exploredTrack(this.#explorerParams, [...new Set(recent)]) : await randomTrack();
      if (choice !== this.#choices) return false;
      if (!track) toast('The library is empty.');
      else if (this.track) this.#queue.append([track]);
      else this.#queue.insert([track]);
      this.#queueChanged();
      return track !== null;
    } catch (error) {
      if (choice !== this.#choices) return false;
      const isOver = this.#mode === 'explorer' && error instanceof ApiError && error.status === 404;
      toast(isOver ? 'The explorer has found nothing more that fits its settings.' : /** @type {Error} */ (error).message, isOver ? 'info' : 'error');
      return false;
    }
  }

  #forgetChoice() {
    this.#choices += 1;
    this.#choosing = null;
  }

  // Playing it

  /** @param {number} [at] Seconds. @param {boolean} [counted] It goes on, and has been counted. */
  #start(at = 0, counted = false) {
    const track = this.track;
    if (!track) return;
    this.#resumeAt = at;
    this.#counted = counted;
    if (!at && this.#spare.holds(track.id)) {
      const old = this.#deck;
      this.#deck = this.#spare;
      this.#spare = old;
      old.empty();
    } else {
      this.#deck.load(track.id);
      this.#level(this.#deck);
    }
    // Before the event, so that who hears it is not told of a pause between two tracks.
    this.#playing = true;
    const started = this.play();
    this.#changed('trackchange');
    this.#changed('statechange');
    this.#queueChanged();
    return started;
  }

  /** Loads what comes next, so that it follows at once. */
  async #prepare() {
    const { audio } = this.#deck;
    const remaining = audio.duration - audio.currentTime;
    if (!this.#playing || !(remaining < PREPARE_SECONDS)) return;
    if (this.#queue.endless && !this.#queue.following && !this.#choosing) await this.#choose();
    const following = this.#queue.following;
    if (!following || this.#spare.trackId === following.id) return;
    this.#spare.load(following.id);
    this.#level(this.#spare);
  }

  /** @param {Deck} deck Gets the loudness that its track's tags ask for. */
  async #level(deck) {
    const id = deck.trackId;
    if (id === null) return;
    if (this.#replayGain === 'off') {
      deck.factor = 1;
      return;
    }
    let gains = this.#gains.get(id);
    if (!gains) {
      gains = replayGainOf(id).catch(() => null);
      this.#gains.set(id, gains);
      if (this.#gains.size > GAINS_KEPT) this.#gains.delete(/** @type {string} */ (this.#gains.keys().next().value));
    }
    const known = await gains;
    if (deck.trackId === id) deck.factor = replayGainFactor(known, this.#replayGain);
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
    if (this.#isKept && performance.now() - this.#savedAt > SAVE_MILLISECONDS) this.#save();
    const { paused, seeking, currentTime } = this.#deck.audio;
    if (paused || seeking || !currentTime || !this.track) return;
    this.#failures = 0;
    this.#prepare();
    if (this.#counted) return;
    // Sound has come: this counts as a play, once for each start of a track.
    this.#counted = true;
    this.#saveSoon();
    post(`/api/tracks/${encodeURIComponent(this.track.id)}/play`).catch(() => {});
  }

  async #ended() {
    this.#counted = false;
    const { track } = this;
    if (!(await this.#goOn({ ended: true })) && track === this.track) this.#setPlaying(false);
  }

  async #failed() {
    const { track } = this;
    const { audio } = this.#deck;
    const { error } = audio;
    if (!audio.hasAttribute('src') || !track || !error) return;
    const wasPlaying = this.#playing;
    const position = this.currentTime;
    audio.removeAttribute('src');
    // A browser does not say whether the file is bad or the server is away.
    const status = error.code === MediaError.MEDIA_ERR_NETWORK || !navigator.onLine ? 0 : await audioStatus(track.id);
    if (track !== this.track || audio.hasAttribute('src')) return;
    if (status === 0 || status === 503) {
      // The file is good: play goes on from here once the server is back.
      this.#resumeAt = position;
      toast('The connection to the server was lost. Press play to go on.', 'error');
    } else {
      const problem = status === 404 ? 'its file is missing' : 'it can’t be played';
      this.#failures += 1;
      if (this.#failures >= MOST_FAILURES) {
        this.#failures = 0;
        toast(`${MOST_FAILURES} tracks in a row can’t be played, so playing has stopped. The last one was “${track.title}”: ${problem}.`, 'error');
      } else if (wasPlaying && (this.#queue.tracks.length > 1 || this.#queue.endless)) {
        toast(`“${track.title}” was skipped: ${problem}.`, 'error');
        if (await this.#goOn({ skip: true })) return;
        if (track !== this.track) return;
      } else {
        toast(`“${track.title}”: ${problem}.`, 'error');
      }
    }
    this.#setPlaying(false);
    this.#changed('timeupdate');
  }

  /** The elements' own volume stays 1 once the graph exists: what a party publishes is taken behind it. */
  #applyVolume() {
    const volume = this.#muted ? 0 : this.#volume;
    if (this.#graph) this.#graph.volume = volume;
    for (const deck of [this.#deck, this.#spare]) deck.volume = volume;
    this.#changed('volumechange');
  }

  #yieldToOtherTab() {
    if (!this.yields()) return;
    // What is kept is that tab's from now on.
    clearTimeout(this.#saving);
    this.#saving = undefined;
    if (this.playing) this.pause();
    clearTimeout(this.#saving);
    this.#saving = undefined;
    this.#isKept = false;
  }

  /** @param {string} type */
  #changed(type) {
    this.dispatchEvent(new Event(type));
  }

  #queueChanged() {
    this.#saveSoon();
    this.#changed('queuechange');
  }

  #saveSoon() {
    this.#isKept = true;
    this.#saving ??= setTimeout(() => this.#save(), SAVE_SOON_MILLISECONDS);
  }

  #save() {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    this.#savedAt = performance.now();
    saveState({
      queue: this.#queue.save(), currentTime: this.currentTime, counted: this.#counted, volume: this.#volume, muted: this.#muted,
      shuffleMode: this.#mode === 'explorer' ? 'off' : this.#mode, explorerParams: this.#explorerParams, replayGain: this.#replayGain,
    });
  }
}

/**
 * @param {string} id
 * @returns {Promise<number>} What the server says of a track's file; 0 when it says nothing.
 */
async function audioStatus(id) {
  try {
    return (await fetch(`/api/audio/${encodeURIComponent(id)}`, { method: 'HEAD' })).status;
  } catch {
    return 0;
  }
}

/** The page's player. In stream mode nothing plays here, and this module is not loaded. */
export const player = new Player();

// app.js shows the bar.
document.dispatchEvent(new Event('dmp-player'));
