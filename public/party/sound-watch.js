// Whether what goes out can be right: notices silence and clipping in the samples that are sent. The level meter feeds it.

/** Below this there is nothing to hear, in dB of full scale. */
export const FLOOR_DECIBELS = -60;
/** So many samples in a row at full scale are a wave that was cut off: a single peak may well touch it. */
const RUN = 4;
const FULL_SCALE = 0.999;
/** Beyond this one sample is enough: whatever is behind cuts it off. */
const OVER_SCALE = 1.02;
/** A cut-off wave now and then is not worth a warning: so many looks at the sound within the window are. */
const MOST_CLIPS = 5;
const CLIP_WINDOW_MILLISECONDS = 4_000;

/**
 * @param {Float32Array} samples Of one channel.
 * @returns {{ decibels: number, isClipped: boolean }} Peak, relative to full scale.
 */
export function levelOf(samples) {
  let peak = 0, run = 0, longest = 0;
  for (const sample of samples) {
    const size = Math.abs(sample);
    if (size > peak) peak = size;
    run = size >= FULL_SCALE ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return { decibels: 20 * Math.log10(Math.max(peak, 1e-6)), isClipped: longest >= RUN || peak > OVER_SCALE };
}

export class SoundWatch {
  #heardAt;
  /** When it was clipped, within the window. */
  #clips = /** @type {number[]} */ ([]);

  /** @param {number} now Milliseconds, as all times here. */
  constructor(now) {
    this.#heardAt = now;
  }

  /**
   * A look at the sound.
   * @param {{ decibels: number, isClipped: boolean }[]} levels Of all channels.
   * @param {number} now
   */
  note(levels, now) {
    if (levels.some(({ decibels }) => decibels > FLOOR_DECIBELS)) this.#heardAt = now;
    if (levels.some(({ isClipped }) => isClipped)) this.#clips.push(now);
    this.#clips = this.#clips.filter(at => now - at < CLIP_WINDOW_MILLISECONDS);
  }

  /**
   * Nothing is expected yet: silence counts from now.
   * @param {number} now
   */
  expectSound(now) {
    this.#heardAt = now;
  }

  /**
   * For how long there was nothing to hear, in either ear.
   * @param {number} now
   */
  silentMilliseconds(now) {
    return now - this.#heardAt;
  }

  get isClipping() {
    return this.#clips.length > MOST_CLIPS;
  }
}
