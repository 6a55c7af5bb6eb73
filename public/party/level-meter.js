// <dmp-level-meter>: what is really being sent, one bar for each ear. For the eye it moves at once; for a screen reader it is two meters that say
// their level when asked. The page beside it says in words what is wrong.
import { html, render } from '../lib/html.js';
import { FLOOR_DECIBELS, levelOf, SoundWatch } from './sound-watch.js';

const REFRESH_MILLISECONDS = 60;
/** How fast a bar falls, per refresh. */
const FALL_DECIBELS = 2;
const SPOKEN_MILLISECONDS = 1_000;
/** 43 ms at 48 kHz: nearly all that goes out between two looks. */
const SAMPLES = 2048;

const markup = html`${['Left', 'Right'].map(ear => html`
  <span aria-hidden="true">${ear[0]}</span>
  <span class="level-meter-bar" role="meter" aria-label="${ear} ear, level sent" aria-valuemin="${FLOOR_DECIBELS}" aria-valuemax="0" aria-valuenow="${FLOOR_DECIBELS}"
    aria-valuetext="silent"><span></span></span>
  <span class="level-meter-peak" aria-hidden="true">—</span>`)}`;

export class LevelMeter extends HTMLElement {
  /** @type {AnalyserNode[]} */
  #analysers = [];
  /** @type {AudioNode | null} */
  #source = null;
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #levels = [FLOOR_DECIBELS, FLOOR_DECIBELS];
  /** The loudest of each ear since it was last said. */
  #peaks = [FLOOR_DECIBELS, FLOOR_DECIBELS];
  #saidAt = 0;
  #samples = new Float32Array(SAMPLES);
  #watch = new SoundWatch(performance.now());

  connectedCallback() {
    if (!this.firstChild) render(this, markup);
    this.#timer = setInterval(() => this.#refresh(), REFRESH_MILLISECONDS);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    this.listenTo(null, null);
  }

  /** For how long there was nothing to hear, in either ear. */
  get silentMilliseconds() {
    return this.#watch.silentMilliseconds(performance.now());
  }

  get isClipping() {
    return this.#watch.isClipping;
  }

  /** Nothing is expected yet: silence counts from now. */
  expectSound() {
    this.#watch.expectSound(performance.now());
  }

  /**
   * @param {MediaStream | null} stream
   * @param {AudioContext | null} context The one that the stream comes from.
   */
  listenTo(stream, context) {
    if (stream === this.#stream) return;
    this.#source?.disconnect();
    this.#stream = stream;
    this.#source = null;
    this.#analysers = [];
    if (!stream || !context) return;
    this.#source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    this.#source.connect(splitter);
    this.#analysers = [0, 1].map(ear => {
      const analyser = new AnalyserNode(context, { fftSize: SAMPLES });
      splitter.connect(analyser, ear);
      return analyser;
    });
  }

  #refresh() {
    const now = performance.now();
    const levels = this.#analysers.map(analyser => this.#levelOf(analyser));
    this.#watch.note(levels, now);
    const isSpoken = now - this.#saidAt >= SPOKEN_MILLISECONDS;
    this.querySelectorAll('.level-meter-bar').forEach((meter, ear) => {
      const decibels = levels[ear]?.decibels ?? FLOOR_DECIBELS;
      this.#levels[ear] = Math.max(decibels, this.#levels[ear] - FALL_DECIBELS, FLOOR_DECIBELS);
      this.#peaks[ear] = Math.max(this.#peaks[ear], Math.min(decibels, 0));
      const bar = meter.firstElementChild;
      if (bar instanceof HTMLElement) bar.style.setProperty('--level', String(1 - Math.min(this.#levels[ear], 0) / FLOOR_DECIBELS));
      if (isSpoken) this.#say(meter, Math.round(this.#peaks[ear]));
    });
    if (isSpoken) {
      this.#saidAt = now;
      this.#peaks = [FLOOR_DECIBELS, FLOOR_DECIBELS];
    }
  }

  /** @param {Element} meter @param {number} decibels */
  #say(meter, decibels) {
    const isSilent = decibels <= FLOOR_DECIBELS;
    // A real minus sign is read as one.
    const text = isSilent ? 'silent' : decibels === 0 ? '0 decibels, full scale' : `−${-decibels} decibels`;
    if (meter.getAttribute('aria-valuetext') === text) return;
    meter.setAttribute('aria-valuenow', String(decibels));
    meter.setAttribute('aria-valuetext', text);
    const peak = meter.nextElementSibling;
    if (peak) peak.textContent = isSilent ? '—' : `${decibels === 0 ? '0' : `−${-decibels}`} dB`;
  }

  /** @param {AnalyserNode} analyser */
  #levelOf(analyser) {
    if (analyser.context.state !== 'running') return { decibels: -Infinity, isClipped: false };
    analyser.getFloatTimeDomainData(this.#samples);
    return levelOf(this.#samples);
  }
}

customElements.define('dmp-level-meter', LevelMeter);
