// What the party plays, as this listener hears it: title, pause and position change when their sound is heard, not when their words come in
// (DESIGN, "Titles belong to sound"). `ListenerSession` hands it the host's messages; it needs no network and no clock of its own.
import { Cues, TICKS_PER_SECOND } from './cues.js';
import { Position } from './position.js';

/** @typedef {import('./party-api.js').PartyTrack} PartyTrack */
/** @typedef {import('./signaling.js').Message} Message */

/**
 * The host's words overtake its sound: what its player does is said at once, and reaches the server before the sound has gone through the
 * graph, the encoder and a packet; and a decoded sample is on its way to the loudspeaker. Measured in Chromium, from a loudspeaker's graph
 * at the host to one at the listener: 31 to 99 ms more than the stamp says, 75 ms in the mean of six changes.
 */
const OVERTAKEN_SECONDS = 0.07;
/** While a cue waits, the sound is looked at so often, and when it should be due: a browser does not run on time. */
const LONGEST_SLEEP_MILLISECONDS = 100;
const SHORTEST_SLEEP_MILLISECONDS = 4;

/** Events: `change` for everything but the passing of time. */
export class Playback extends EventTarget {
  #heard;
  #position = new Position();
  #cues = new Cues();
  /** @type {PartyTrack | null} */
  #track = null;
  #isPlaying = false;
  #isHostAway = false;
  /** Whose words these are, and the position that the server knows of: it keeps what the host said last. */
  #known = { sessionId: /** @type {string | null} */ (null), currentTime: 0 };
  /**
   * Stored by the server, by track: a cover may come before the sound of its track.
   * @type {Map<string, string>}
   */
  #covers = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => number | null} heard The RTP timestamp of the sound that is heard; null when nothing is. */
  constructor(heard) {
    super();
    this.#heard = heard;
  }

  get track() {
    const track = this.#track;
    const coverPath = track && this.#covers.get(track.id);
    return coverPath ? { ...track, coverPath } : track;
  }

  /** Whether the host plays, as far as it has been heard. */
  get isPlaying() {
    return this.#isPlaying;
  }

  get isHostAway() {
    return this.#isHostAway;
  }

  /** Seconds into the track. */
  get currentTime() {
    return this.#position.read(performance.now());
  }

  /** Seconds; 0 when unknown. */
  get duration() {
    return this.#position.duration;
  }

  /**
   * Into a party, or into the same one over another socket.
   * @param {Message} joined How it stands.
   */
  enter({ sessionId, currentTrack, isPlaying, currentTime, duration, hostAway }) {
    this.#forget();
    this.#isHostAway = hostAway;
    const isSameTrack = sessionId === this.#known.sessionId && this.#track !== null && currentTrack?.id === this.#track.id;
    const isNews = currentTime !== this.#known.currentTime;
    this.#known = { sessionId, currentTime };
    if (!isSameTrack) return this.#begin(currentTrack, isPlaying, currentTime, duration);
    this.#track = currentTrack;
    this.#setPlaying(isPlaying);
    // What the server only repeats is older than what has been heard since: not every host says each second where it is.
    if (isNews) this.#position.correct(currentTime, duration || currentTrack.duration, performance.now());
  }

  /** Out of the party. */
  leave() {
    this.#forget();
    this.#known = { sessionId: null, currentTime: 0 };
    this.#isHostAway = false;
    this.#begin(null, false, 0, 0);
  }

  /** @param {boolean} isAway It takes its sound along at once. */
  setHostAway(isAway) {
    this.#isHostAway = isAway;
    this.#runPosition();
    this.#changed();
  }

  /**
   * @param {Message} message
   * @returns {boolean} Whether it was about what plays.
   */
  receive(message) {
    switch (message.type) {
      case 'nowPlaying':
        this.#cue(message, late => {
          const isPlaying = message.isPlaying !== false;
          this.#known.currentTime = 0;
          this.#begin(message.track, isPlaying, isPlaying ? late : 0, 0);
        });
        return true;
      case 'pause':
      case 'resume':
        this.#cue(message, () => this.#setPlaying(message.type === 'resume'));
        return true;
      case 'position':
        this.#cue(message, late => {
          const passed = this.#position.running ? late : 0;
          this.#known.currentTime = message.currentTime;
          this.#position.correct(message.currentTime + passed, message.duration || (this.#track?.duration ?? 0), performance.now());
        });
        return true;
      case 'cover':
        this.#keepCover(message.trackId, message.coverPath);
        return true;
      default:
        return false;
    }
  }

  /** Applies what is due: to be called when the page wakes up, or its sound is stopped or heard again. */
  look() {
    clearTimeout(this.#timer);
    const heard = this.#heard();
    this.#cues.apply(heard, performance.now());
    const wait = this.#cues.nextIn(heard);
    if (wait !== null) this.#timer = setTimeout(() => this.look(), Math.min(LONGEST_SLEEP_MILLISECONDS, Math.max(SHORTEST_SLEEP_MILLISECONDS, wait)));
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#cues.clear();
    this.#covers.clear();
  }

  /**
   * @param {Message} message
   * @param {(lateSeconds: number) => void} apply
   */
  #cue({ rtpTimestamp }, apply) {
    const stamp = typeof rtpTimestamp === 'number' ? rtpTimestamp + OVERTAKEN_SECONDS * TICKS_PER_SECOND : null;
    this.#cues.add(stamp, performance.now(), apply);
    this.look();
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

  /** @param {string} trackId @param {string} coverPath */
  #keepCover(trackId, coverPath) {
    // The last ones are the ones that matter.
    if (this.#covers.size >= 20) this.#covers.delete(/** @type {string} */ (this.#covers.keys().next().value));
    this.#covers.set(trackId, coverPath);
    if (trackId === this.#track?.id) this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
