// Runs before a page's own scripts: keeps its media connections, and counts what would be a renegotiation.
window.connections = [];
window.descriptions = 0;
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...settings) {
    super(...settings);
    window.connections.push(this);
  }

  setRemoteDescription(description) {
    window.descriptions += 1;
    return super.setRemoteDescription(description);
  }
};
// What a page knows of its sound: its connection's one stream, and how many descriptions it took.
window.soundReport = async () => {
  const connection = window.connections.findLast(({ connectionState }) => connectionState === 'connected');
  const reports = connection ? [...(await connection.getStats()).values()] : [];
  const rtp = reports.find(({ type }) => type === 'inbound-rtp' || type === 'outbound-rtp') ?? {};
  return {
    connections: window.connections.length, descriptions: window.descriptions, ssrc: rtp.ssrc, bytes: rtp.bytesSent ?? rtp.bytesReceived, at: rtp.timestamp,
    track: connection?.getReceivers()[0]?.track.id, packets: rtp.packetsReceived ?? rtp.packetsSent, concealed: rtp.concealedSamples, lost: rtp.packetsLost,
  };
};
