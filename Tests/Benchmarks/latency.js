// Runs in the pages that `latency.py` measures, before their own scripts: tells when sound passes through a track, sample by sample.
//
// Chromium's MediaStreamTrackProcessor hands over each frame of 10 ms as it leaves the decoder (of a page that receives) or the audio graph (of
// one that sends), which neither getStats (a report is kept for 50 ms) nor an AnalyserNode (a buffer of its own) does.
(() => {
  /** Of full scale: above what a codec makes of silence, and above the bed of tone that lies under the clicks. */
  const SOUND = 0.001;
  const CLICK = 0.3;
  /** Between two clicks there are more. */
  const CLICK_MILLISECONDS = 500;

  /** In milliseconds since the epoch, with fractions: the same clock for every page of a browser. */
  window.measured = { pressed: null, firstSound: null, clicks: [] };

  const now = () => performance.timeOrigin + performance.now();

  window.watchSound = async (track, into = window.measured) => {
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    for (;;) {
      const { value: frame, done } = await reader.read();
      if (done) return;
      // A frame comes when its last sample is there.
      const end = now();
      const samples = new Float32Array(frame.numberOfFrames);
      frame.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      const at = index => end - ((samples.length - index) * 1000) / frame.sampleRate;
      if (into.firstSound === null && samples.some(sample => Math.abs(sample) > SOUND)) into.firstSound = end;
      const click = samples.findIndex(sample => Math.abs(sample) > CLICK);
      if (click >= 0 && at(click) - (into.clicks.at(-1) ?? 0) > CLICK_MILLISECONDS) into.clicks.push(at(click));
      frame.close();
    }
  };

  addEventListener('click', () => Object.assign(window.measured, { pressed: now(), firstSound: null }), { capture: true });

  /** Until a description holds all candidates, for a connection without a server that passes them on. */
  window.gathered = connection => new Promise(resolve => {
    const look = () => connection.iceGatheringState === 'complete' && resolve();
    connection.addEventListener('icegatheringstatechange', look);
    look();
  });

  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...settings) {
      super(...settings);
      this.addEventListener('track', ({ track }) => window.watchSound(track));
    }
  };
})();
