// One RTCPeerConnection with the party's server, for one direction and one offer. Host and listener make a new one when it is lost.
//
// The server is ICE-lite (RFC 8445 §2.5): it answers checks and sends none, so our own candidates are not waited for.
import { PartyError } from './party-error.js';
import { Redundancy } from './redundancy.js';
import { bitrateOf, withBitrate, withMusicOpus, withRedundancy } from './sdp.js';

/** `disconnected` often heals by itself. */
const HEALING_MILLISECONDS = 4_000;
const CONNECT_TIMEOUT_MILLISECONDS = 10_000;
/** Without a packet for so long, while there should be sound, a connection is lost, whatever ICE says. */
const STARVED_MILLISECONDS = 5_000;
/** How often a sender asks itself whether its link loses packets. */
const UPLINK_MILLISECONDS = 5_000;
/** Without a packet for so long, its network may have changed: a restart is worth trying. */
const STALLED_MILLISECONDS = 1_200;
const COUNT_MILLISECONDS = 250;
/** Sound that has not moved on for so long is not heard. */
const UNHEARD_MILLISECONDS = 2_000;
/** Of Opus (RFC 7587 §4.1), and of the packets that browsers make of it. */
const RTP_TICKS_PER_SECOND = 48_000;
const PACKET_MILLISECONDS = 20;

/**
 * Events: `stalled`, again and again, while a connection that stood brings nothing, or its path does not answer: `restart` may help. `lost`, once,
 * when it is gone.
 */
export class MediaConnection extends EventTarget {
  #connection;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #healing;
  /** From the first `connected` until it is lost or closed. */
  #stands = false;
  /** @type {RTCRtpReceiver | null} */
  #receiver = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #counting;
  #packets = { count: 0, since: 0 };
  #uplink = { packetsSent: 0, retransmittedPacketsSent: 0 };
  #redundancy = new Redundancy();
  #heard = { rtpTimestamp: /** @type {number | null} */ (null), since: 0 };
  /** The server's last, as it came. */
  #answer = '';
  /**
   * Wished by the host, in bits per second; null leaves it to the server.
   * @type {number | null}
   */
  #wishedBitrate = null;
  /** Descriptions are applied one after the other. */
  #applied = Promise.resolve();
  /** When it was connected, in milliseconds of `performance.now()`. */
  connectedAt = Infinity;
  /** Whether packets should come now: set by who knows. */
  expectsPackets = false;

  /** @throws {PartyError} `no_webrtc` */
  constructor() {
    super();
    if (typeof RTCPeerConnection === 'undefined') throw new PartyError('no_webrtc');
    this.#connection = new RTCPeerConnection();
    this.#connection.addEventListener('connectionstatechange', () => this.#stateChanged());
  }

  /**
   * To the server.
   * @param {MediaStream} stream Music: sent as it is.
   * @param {number | null} [bitrate] Bits per second; null leaves it to the server.
   */
  static sending(stream, bitrate = null) {
    const media = new MediaConnection();
    media.#wishedBitrate = bitrate;
    const [track] = stream.getAudioTracks();
    if (!track) throw new PartyError('no_audio');
    track.contentHint = 'music';
    media.#connection.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
    return media;
  }

  /** From the server. */
  static receiving() {
    const media = new MediaConnection();
    media.#receiver = media.#connection.addTransceiver('audio', { direction: 'recvonly' }).receiver;
    return media;
  }

  /** Sound can flow, and it has not been lost. */
  get isConnected() {
    return this.#stands && this.#connection.connectionState === 'connected';
  }

  /** It stood, and nothing gets through: what `stalled` says. */
  get isStalled() {
    if (!this.#stands) return false;
    return this.#connection.connectionState === 'disconnected' || performance.now() - this.#packets.since > STALLED_MILLISECONDS && this.expectsPackets;
  }

  /** It stands or may stand again: to be kept over a new socket. */
  get isKept() {
    return this.#stands;
  }

  /** What a receiving connection hears. */
  get stream() {
    return new MediaStream(this.#receiver ? [this.#receiver.track] : []);
  }

  /** @returns {Promise<string>} The offer, already set as the local description. */
  async offer() {
    const { sdp = '' } = await this.#connection.createOffer();
    const music = withMusicOpus(sdp);
    await this.#connection.setLocalDescription({ type: 'offer', sdp: music });
    return music;
  }

  /**
   * Resolves when sound can flow.
   * @param {unknown} sdp The server's answer.
   * @throws {PartyError} `media_failed`
   */
  async answer(sdp) {
    if (typeof sdp !== 'string') throw new PartyError('media_failed', 'The server sent no answer to the offer');
    this.#answer = sdp;
    try {
      await this.#connection.setRemoteDescription({ type: 'answer', sdp: this.#wishedAnswer });
    } catch (error) {
      throw new PartyError('media_failed', String(error));
    }
    await this.#connected();
  }

  /**
   * New ICE credentials, and a new path with them; encryption and sound go on as they were (RFC 8839 §4.4.3).
   * @param {(sdp: string) => Promise<unknown>} ask Takes an offer to the server, and brings its answer.
   * @throws {PartyError} What `ask` throws, or `media_failed`.
   */
  async restart(ask) {
    const restarted = this.#applied.then(async () => {
      const { sdp = '' } = await this.#connection.createOffer({ iceRestart: true });
      const music = withMusicOpus(sdp);
      await this.#connection.setLocalDescription({ type: 'offer', sdp: music });
      const answer = await ask(music);
      if (typeof answer !== 'string') throw new PartyError('media_failed', 'The server sent no answer to the offer');
      this.#answer = answer;
      await this.#connection.setRemoteDescription({ type: 'answer', sdp: this.#wishedAnswer });
    });
    this.#applied = restarted.catch(() => {});
    try {
      await restarted;
    } catch (error) {
      throw error instanceof PartyError ? error : new PartyError('media_failed', String(error));
    }
  }

  /** What the sender encodes at, in bits per second; null before there is an answer, or where it does not say. */
  get bitrate() {
    return this.#wishedBitrate ?? bitrateOf(this.#answer);
  }

  /**
   * Changes what a connection sends at while it sends: the same answer is applied once more, with another `maxaveragebitrate`. The server is not
   * asked, nothing is connected anew, and the sound has no gap.
   * @param {number | null} bitrate Bits per second; null is what the server wishes.
   */
  async setBitrate(bitrate) {
    this.#wishedBitrate = bitrate;
    await this.#applyAnswer();
  }

  async #applyAnswer() {
    this.#applied = this.#applied.then(async () => {
      // Else the answer that is on its way takes the wish along.
      if (!this.#answer || this.#connection.signalingState !== 'stable') return;
      const { sdp = '' } = await this.#connection.createOffer();
      await this.#connection.setLocalDescription({ type: 'offer', sdp: withMusicOpus(sdp) });
      await this.#connection.setRemoteDescription({ type: 'answer', sdp: this.#wishedAnswer });
    }).catch(() => {});
    await this.#applied;
  }

  get #wishedAnswer() {
    const answer = this.#wishedBitrate === null ? this.#answer : withBitrate(this.#answer, this.#wishedBitrate);
    return this.#receiver ? answer : withRedundancy(answer, this.#redundancy.isOn);
  }

  /**
   * The RTP timestamp of the sound that is being played (WebRTC §5.6.1), between two packets too; null when none is, or where the browser
   * does not tell.
   * @returns {number | null}
   */
  get heardRtpTimestamp() {
    const now = performance.now();
    const { rtpTimestamp = null, timestamp = 0 } = this.#receiver?.getSynchronizationSources?.()[0] ?? {};
    if (rtpTimestamp !== this.#heard.rtpTimestamp) {
      // When it was, by the page's clock; where a browser's sources use another, when it was seen first.
      const told = timestamp - performance.timeOrigin;
      this.#heard = { rtpTimestamp, since: Math.abs(now - told) < PACKET_MILLISECONDS * 5 ? told : now };
    }
    const passed = now - this.#heard.since;
    if (rtpTimestamp === null || passed >= UNHEARD_MILLISECONDS) return null;
    return rtpTimestamp + (Math.min(Math.max(passed, 0), PACKET_MILLISECONDS) * RTP_TICKS_PER_SECOND) / 1000;
  }

  /**
   * How much sound the browser is to hold back. Browsers without `jitterBufferTarget` choose by themselves.
   * @param {number} milliseconds 0–500
   */
  set playoutDelay(milliseconds) {
    /** @type {RTCRtpReceiver & { jitterBufferTarget?: number | null } | null} Younger than the type checker's library. */
    const receiver = this.#receiver;
    if (receiver && 'jitterBufferTarget' in receiver) receiver.jitterBufferTarget = milliseconds;
  }

  /**
   * What is received, and the way back and forth in milliseconds.
   * @returns {Promise<{ inbound: import('./stability.js').InboundStats & { timestamp: number } | null, roundTripTime: number | null }>}
   */
  async link() {
    const reports = [...(await this.#connection.getStats()).values()];
    const pair = reports.find(({ type, state, nominated }) => type === 'candidate-pair' && state === 'succeeded' && nominated !== false);
    return {
      inbound: reports.find(({ type }) => type === 'inbound-rtp') ?? null,
      roundTripTime: typeof pair?.currentRoundTripTime === 'number' ? pair.currentRoundTripTime * 1000 : null,
    };
  }

  /**
   * By the browser's own connectivity checks (RFC 8445 §7.2.5.2), which go on as long as the connection stands.
   * @returns {Promise<number | null>} Milliseconds; null when it is not known.
   */
  async roundTripTime() {
    for (const report of (await this.#connection.getStats()).values()) {
      if (report.type === 'candidate-pair' && report.nominated !== false && typeof report.currentRoundTripTime === 'number') return report.currentRoundTripTime * 1000;
    }
    return null;
  }

  /**
   * What the browser counts, in words: for /party-debug.
   * @returns {Promise<[label: string, value: string][]>}
   */
  async figures() {
    const reports = [...(await this.#connection.getStats()).values()];
    const { connectionState, iceConnectionState } = this.#connection;
    const rtp = reports.find(({ type }) => type === 'inbound-rtp' || type === 'outbound-rtp');
    const remote = reports.find(({ type }) => type === 'remote-inbound-rtp');
    const pair = reports.find(({ type, state, nominated }) => type === 'candidate-pair' && state === 'succeeded' && nominated !== false);
    const candidate = pair && reports.find(({ id }) => id === pair.remoteCandidateId);
    const milliseconds = (/** @type {number | undefined} */ seconds) => (typeof seconds === 'number' ? `${Math.round(seconds * 1000)} ms` : '–');
    /** @type {[string, string][]} */
    const figures = [['Connection', `${connectionState}, ICE ${iceConnectionState}`]];
    if (candidate) figures.push(['Server', `${candidate.address ?? candidate.ip ?? '?'}:${candidate.port} over ${candidate.protocol}`]);
    if (pair) figures.push(['Round trip', milliseconds(pair.currentRoundTripTime)]);
    if (rtp?.type === 'inbound-rtp') {
      figures.push(['Packets received', String(rtp.packetsReceived ?? 0)], ['Packets lost', String(rtp.packetsLost ?? 0)], ['Jitter', milliseconds(rtp.jitter)],
        ['Concealed samples', String(rtp.concealedSamples ?? '–')], ['Bytes received', String(rtp.bytesReceived ?? 0)]);
    } else if (rtp) {
      figures.push(['Packets sent', String(rtp.packetsSent ?? 0)], ['Bytes sent', String(rtp.bytesSent ?? 0)], ['Asked for again', String(rtp.nackCount ?? 0)]);
      if (remote) figures.push(['Lost on the way', String(remote.packetsLost ?? 0)], ['Jitter at the server', milliseconds(remote.jitter)]);
    }
    return figures;
  }

  close() {
    this.#stopWatching();
    this.#connection.close();
    this.dispatchEvent(new Event('closed'));
  }

  #stopWatching() {
    clearTimeout(this.#healing);
    clearInterval(this.#counting);
    this.#stands = false;
  }

  /** @returns {Promise<void>} */
  #connected() {
    return new Promise((resolve, reject) => {
      const settle = new AbortController();
      const timer = setTimeout(() => fail(), CONNECT_TIMEOUT_MILLISECONDS);
      const fail = () => {
        settle.abort();
        clearTimeout(timer);
        reject(new PartyError('media_failed', 'No media connection'));
      };
      const look = () => {
        if (this.#connection.connectionState === 'failed') return fail();
        if (this.#connection.connectionState !== 'connected') return;
        settle.abort();
        clearTimeout(timer);
        resolve();
      };
      this.#connection.addEventListener('connectionstatechange', look, { signal: settle.signal });
      this.addEventListener('closed', fail, { signal: settle.signal });
      look();
    });
  }

  #stateChanged() {
    clearTimeout(this.#healing);
    switch (this.#connection.connectionState) {
      case 'connected':
        if (this.#stands) break;
        this.#stands = true;
        this.connectedAt = performance.now();
        if (this.#receiver) this.#counting = setInterval(() => this.#countPackets(), COUNT_MILLISECONDS);
        else this.#counting = setInterval(() => this.#watchUplink(), UPLINK_MILLISECONDS);
        break;
      case 'disconnected':
        if (this.#stands) this.dispatchEvent(new Event('stalled'));
        this.#healing = setTimeout(() => this.#lose(), HEALING_MILLISECONDS);
        break;
      case 'failed':
        this.#lose();
        break;
    }
  }

  #lose() {
    if (!this.#stands) return;
    this.#stopWatching();
    this.dispatchEvent(new Event('lost'));
  }

  async #countPackets() {
    const count = await packetsReceived(this.#connection);
    const now = performance.now();
    if (count !== this.#packets.count || !this.expectsPackets) this.#packets = { count, since: now };
    else if (now - this.#packets.since > STARVED_MILLISECONDS) this.#lose();
    else if (this.isStalled) this.dispatchEvent(new Event('stalled'));
  }

  /** Sends each packet twice while the server asks for many again. */
  async #watchUplink() {
    const report = [...(await this.#connection.getStats()).values()].find(({ type }) => type === 'outbound-rtp');
    const before = this.#uplink;
    this.#uplink = { packetsSent: report?.packetsSent ?? 0, retransmittedPacketsSent: report?.retransmittedPacketsSent ?? 0 };
    const sentAgain = this.#uplink.retransmittedPacketsSent - before.retransmittedPacketsSent;
    const wasOn = this.#redundancy.isOn;
    // What is sent again counts as sent, too.
    if (this.#redundancy.passed(this.#uplink.packetsSent - before.packetsSent - sentAgain, sentAgain) !== wasOn) await this.#applyAnswer();
  }
}

/**
 * @param {RTCPeerConnection} connection
 * @returns {Promise<number>}
 */
async function packetsReceived(connection) {
  for (const report of (await connection.getStats()).values()) if (report.type === 'inbound-rtp') return report.packetsReceived ?? 0;
  return 0;
}
