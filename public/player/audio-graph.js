// The one AudioContext of the page's life. An element can be tied to one context only, and for ever, so the graph is made at the
// first need and never closed: a second party works as the first did.
//
//     <audio> ──> source ──> ReplayGain ──┬──> destination of a MediaStream    what a party publishes, at full volume
//     <audio> ──> source ──> ReplayGain ──┴──> volume ──> loudspeaker          the owner's volume and mute

export class AudioGraph {
  /** Both elements: one plays, the other holds the track that comes next. */
  #sum;
  #volume;
  /** @type {MediaStreamAudioDestinationNode | undefined} */
  #capture;

  /** @param {number} volume 0 … 1, of the loudspeaker. */
  constructor(volume) {
    // 48 kHz is what Opus codes (RFC 7587), so that nothing is resampled twice.
    this.context = new AudioContext({ sampleRate: 48_000, latencyHint: 'playback' });
    this.#sum = new GainNode(this.context);
    this.#volume = new GainNode(this.context, { gain: volume });
    this.#sum.connect(this.#volume).connect(this.context.destination);
  }

  /**
   * @param {HTMLAudioElement} element
   * @returns {(factor: number) => void} Sets the element's own loudness.
   */
  add(element) {
    const gain = new GainNode(this.context);
    new MediaElementAudioSourceNode(this.context, { mediaElement: element }).connect(gain).connect(this.#sum);
    return factor => this.#ramp(gain, factor);
  }

  /** What plays, in stereo and before the volume; always the same stream. */
  get stream() {
    if (!this.#capture) {
      this.#capture = new MediaStreamAudioDestinationNode(this.context, { channelCount: 2, channelCountMode: 'explicit' });
      this.#sum.connect(this.#capture);
    }
    return this.#capture.stream;
  }

  /** @param {number} volume 0 … 1 */
  set volume(volume) {
    this.#ramp(this.#volume, volume);
  }

  /**
   * A short way there, since a jump clicks.
   * @param {GainNode} node @param {number} value
   */
  #ramp(node, value) {
    node.gain.setTargetAtTime(value, this.context.currentTime, 0.01);
  }

  /** A browser starts a context only after a click or key. */
  resume() {
    // Safari calls a context that a phone call stopped `interrupted`.
    if (this.context.state !== 'running') this.context.resume().catch(() => {});
  }
}
