// <dmp-level-meter>: what is really being sent, one bar for each ear. Decoration for the eye; the page beside it says it in words.
import { html, render } from '../lib/html.js';

/** Shown from here to full scale. */
const FLOOR_DECIBELS = -60;
const REFRESH_MILLISECONDS = 60;
/** How fast a bar falls, per refresh. */
const FALL_DECIBELS = 2;

const markup = html`${['L', 'R'].map(ear => html`<span>${ear}</span><span class="level-meter-bar"><span></span></span>`)}`;

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
  #samples = new Float32Array(2048);
  /** In milliseconds of `performance.now()`. */
  #heardAt = 0;

  connectedCallback() {
    this.setAttribute('aria-hidden', 'true');
    if (!this.firstChild) {
      render(this, markup);
    }
    this.#timer = setInterval(() => this.#refresh(), REFRESH_MILLISECONDS);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    this.listenTo(null, null);
  }

  /** For how long there was nothing to hear, in either ear. */
  get silentMilliseconds() {
    return performance.now() - this.#heardAt;
  }

  /** Nothing is expected yet: silence counts from now. */
  expectSound() {
    this.#heardAt = performance.now();
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
      const analyser = new AnalyserNode(context, { fftSize: 2048 });
      splitter.connect(analyser, ear);
      return analyser;
    });
  }

  #refresh() {
    const bars = this.querySelectorAll('.level-meter-bar > span');
    bars.forEach((bar, ear) => {
      const level = this.#decibels(ear);
      if (level > FLOOR_DECIBELS) this.#heardAt = performance.now();
      this.#levels[ear] = Math.max(level, this.#levels[ear] - FALL_DECIBELS, FLOOR_DECIBELS);
      if (bar instanceof HTMLElement) bar.style.setProperty('--level', String(1 - this.#levels[ear] / FLOOR_DECIBELS));
    });
  }

  /**
   * Peak of the last moment, relative to full scale.
   * @param {number} ear
   */
  #decibels(ear) {
    const analyser = this.#analysers[ear];
    if (!analyser || analyser.context.state !== 'running') return FLOOR_DECIBELS;
    analyser.getFloatTimeDomainData(this.#samples);
    let peak = 0;
    for (const sample of this.#samples) peak = Math.max(peak, Math.abs(sample));
    return 20 * Math.log10(Math.max(peak, 1e-6));
  }
}

customElements.define('dmp-level-meter', LevelMeter);
