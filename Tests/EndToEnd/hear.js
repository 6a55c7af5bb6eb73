// Runs in the listener's page: how loud a frequency is in each ear, measured on what the page really plays.

/** @param {number[]} frequencies in Hz @returns level in dB of each frequency, per ear: {left: {440: -20}, right: {440: -90}} */
async frequencies => {
  const element = document.querySelector('#dmp-listener-audio');
  const stream = element?.srcObject;
  if (!stream) return null;
  if (window.heardStream !== stream) {
    window.heardStream = stream;
    window.hearing ??= new AudioContext({ sampleRate: 48000 });
    await window.hearing.resume();
    const splitter = new ChannelSplitterNode(window.hearing, { numberOfOutputs: 2 });
    new MediaStreamAudioSourceNode(window.hearing, { mediaStream: stream }).connect(splitter);
    window.ears = [0, 1].map(ear => {
      const analyser = new AnalyserNode(window.hearing, { fftSize: 8192, smoothingTimeConstant: 0 });
      splitter.connect(analyser, ear);
      return analyser;
    });
  }
  const [left, right] = window.ears.map(analyser => {
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    return Object.fromEntries(frequencies.map(hz => {
      const at = Math.round(hz * analyser.fftSize / window.hearing.sampleRate);
      return [hz, Math.max(-200, ...bins.subarray(at - 2, at + 3))];
    }));
  });
  return { left, right, playing: !element.paused && !element.muted };
}
