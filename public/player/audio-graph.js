// The one AudioContext of the page's life. An element can be tied to one context only, and for ever, so the graph is made at the
// first need and never closed: a second party works as the first did.
//
//     <audio> ──> source ──> destination of a MediaStream    what a party publishes, at full volume
//                   └──────> gain ──> loudspeaker            the owner's volume and mute

export class AudioGraph {
  #source;
  #gain;
  /** @type {MediaStreamAudioDestinationNode | undefined} */
  #capture;

  /**
   * @param {HTMLAudioElement} element
   * @param {number} volume 0 … 1, of the loudspeaker.
   */
  constructor(element, volume) {
    // 48 kHz is what Opus codes (RFC 7587), so that nothing is resampled twice.
    this.context = new AudioContext({ sampleRate: 48_000, latencyHint: 'playback' });
    this.#source = new MediaElementAudioSourceNode(this.context, { mediaElement: element });
    this.#gain = new GainNode(this.context, { gain: volume });
    this.#source.connect(this.#gain).connect(this.context.destination);
  }

  /** What plays, in stereo and before the volume; always the same stream. */
  get stream() {
    if (!this.#capture) {
      this.#capture = new MediaStreamAudioDestinationNode(this.context, { channelCount: 2, channelCountMode: 'explicit' });
      this.#source.connect(this.#capture);
    }
    return this.#capture.stream;
  }

  /** @param {number} volume 0 … 1 */
  set volume(volume) {
    // A short ramp, since a jump clicks.
    this.#gain.gain.setTargetAtTime(volume, this.context.currentTime, 0.01);
  }

  /** A browser starts a context only after a click or key. */
  resume() {
    // Safari calls a context that a phone call stopped `interrupted`.
    if (this.context.state !== 'running') this.context.resume().catch(() => {});
  }
}
