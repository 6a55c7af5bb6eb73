// Runs in the listener's page: notes when each tone begins to be the louder one, and when each title is shown, on one clock.
// `window.titleTimes()` gives [[milliseconds, 'heard' | 'shown', name], …].

/** @param {[title: string, frequency: number][]} tones */
async tones => {
  const element = document.querySelector('#dmp-listener-audio');
  const context = new AudioContext({ sampleRate: 48000 });
  await context.resume();
  // A short window: what it says is 10 ms old.
  const analyser = new AnalyserNode(context, { fftSize: 1024, smoothingTimeConstant: 0 });
  new MediaStreamAudioSourceNode(context, { mediaStream: element.srcObject }).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  const noted = [];
  const last = {};
  const note = (what, name) => {
    if (last[what] === name) return;
    last[what] = name;
    noted.push([performance.now(), what, name]);
  };
  setInterval(() => {
    analyser.getFloatFrequencyData(bins);
    const levels = tones.map(([title, hertz]) => [bins[Math.round(hertz * analyser.fftSize / context.sampleRate)], title]);
    const [[loud, title], [soft]] = levels.sort(([a], [b]) => b - a);
    if (loud > -60 && loud > soft + 6) note('heard', title);
  }, 4);
  const bar = document.querySelector('dmp-listener-bar');
  const look = () => note('shown', bar.querySelector('.bar-text b')?.textContent);
  new MutationObserver(look).observe(bar, { subtree: true, childList: true, characterData: true });
  look();
  window.titleTimes = () => noted;
}
