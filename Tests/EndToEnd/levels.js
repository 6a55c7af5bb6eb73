// Runs in the listener's page: how loud each ear is, and how loud what differs between them, in dB of full scale.

async () => {
  const stream = document.querySelector('#dmp-listener-audio')?.srcObject;
  if (!stream) return null;
  if (!window.levelReaders) {
    const context = new AudioContext({ sampleRate: 48000 });
    await context.resume();
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(splitter);
    window.levelReaders = [0, 1].map(ear => {
      const analyser = new AnalyserNode(context, { fftSize: 32768 });
      splitter.connect(analyser, ear);
      return analyser;
    });
  }
  const [left, right] = window.levelReaders.map(analyser => {
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    return samples;
  });
  const decibels = samples => 10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length + 1e-20);
  return { left: decibels(left), right: decibels(right), difference: decibels(left.map((sample, index) => sample - right[index])) };
}
