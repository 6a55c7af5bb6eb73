// The listener's own `<audio>` element: own pause, volume and mute, which stay as set whatever the host does, and whether the browser
// lets it be heard.

import { load, save } from '../lib/browser.js';

const STORAGE_KEY = 'dmp-listener';
const USUAL_VOLUME = 0.75;

/**
 * What is true of the element, not what was hoped for:
 * `none` there is no sound to play; `blocked` the browser waits for a tap; `paused`, `muted` by the listener; `on` it plays.
 * @typedef {'none' | 'blocked' | 'paused' | 'muted' | 'on'} SoundState
 */

/** Events: `change`. */
export class ListenerSound extends EventTarget {
  #audio;
  #settings;
  /** By the browser, for want of a tap; not when it has stopped a sound, as a phone does for a call or for headphones that were pulled out. */
  #isRefused = false;

  /** @param {HTMLAudioElement} audio */
  constructor(audio) {
    super();
    this.#audio = audio;
    this.#settings = restored();
    audio.volume = this.#settings.volume;
    audio.muted = this.#settings.muted;
    for (const event of ['play', 'playing', 'pause', 'volumechange']) audio.addEventListener(event, () => this.#changed());
  }

  /** @returns {SoundState} */
  get state() {
    if (!this.#audio.srcObject) return 'none';
    if (this.#settings.paused) return 'paused';
    if (this.#audio.paused) return 'blocked';
    return this.#audio.muted || this.#audio.volume === 0 ? 'muted' : 'on';
  }

  /** The listener's own wish, also while there is nothing to hear. */
  get isPaused() {
    return this.#settings.paused;
  }

  get volume() {
    return this.#settings.volume;
  }

  /** By its button, or turned down to nothing. */
  get isMuted() {
    return this.#settings.muted || this.#settings.volume === 0;
  }

  /** @param {MediaStream} stream */
  attach(stream) {
    this.#audio.srcObject = stream;
    if (!this.#settings.paused) this.#start();
    this.#changed();
  }

  detach() {
    this.#audio.srcObject = null;
    this.#changed();
  }

  /** Call it in a tap or key press: then every browser allows it. */
  play() {
    this.#set({ paused: false });
    if (this.#audio.srcObject) this.#start();
  }

  pause() {
    this.#set({ paused: true });
    this.#audio.pause();
  }

  /** Asks a browser again that has refused: it may have seen a tap meanwhile, or wanted to see the page. */
  retry() {
    if (this.#isRefused && this.state === 'blocked') this.#start();
  }

  /** Plays when nothing is heard, and pauses when it is. */
  toggle() {
    if (this.state === 'blocked' || this.isPaused) this.play();
    else this.pause();
  }

  /** @param {number} volume 0–1; a sound that was muted is heard again. */
  setVolume(volume) {
    this.#audio.volume = Math.min(1, Math.max(0, volume));
    this.#audio.muted = false;
    this.#set({ volume: this.#audio.volume, muted: false });
  }

  /** @param {boolean} muted A sound that was turned down to nothing is heard again when it is not. */
  setMuted(muted) {
    if (!muted && this.volume === 0) return this.setVolume(USUAL_VOLUME);
    this.#audio.muted = muted;
    this.#set({ muted });
  }

  #start() {
    this.#isRefused = false;
    this.#audio.play().catch(error => {
      // Else overtaken by a newer stream or a pause (AbortError). `state` says how it stands.
      this.#isRefused = error?.name === 'NotAllowedError';
      this.#changed();
    });
  }

  /** @param {Partial<Settings>} settings */
  #set(settings) {
    Object.assign(this.#settings, settings);
    save(STORAGE_KEY, this.#settings);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}

/** @typedef {{ paused: boolean, volume: number, muted: boolean }} Settings */

/** @returns {Settings} */
function restored() {
  const stored = load(STORAGE_KEY);
  const volume = stored?.volume;
  return {
    paused: stored?.paused === true,
    volume: typeof volume === 'number' && volume >= 0 && volume <= 1 ? volume : USUAL_VOLUME,
    muted: stored?.muted === true,
  };
}
