/// A browser's offer in, our answer out (RFC 9429 §5.3, RFC 8843, RFC 8839): the one place that knows both SDP and transports.
///
/// Called by signalling, on any thread; nothing of it touches media state.
import RTP

/// Why an offer cannot be answered.
public enum SdpError: Error, Equatable, Sendable {
    /// Not SDP, or beyond the limits of `SessionDescription`.
    case malformed
    /// No `m=audio` over UDP/TLS/RTP/SAVPF with a mid that is not yet refused.
    case noAudio
    case noOpus
    /// No `ice-ufrag` and `ice-pwd`.
    case noIceCredentials
    /// No fingerprint in SHA-256, SHA-384 or SHA-512.
    case noFingerprint
    /// `a=setup:passive`: both sides would wait.
    case peerIsPassive
    case noRtcpMux
    /// A host that does not send, or a listener that does not receive.
    case wrongDirection
}

public struct SdpNegotiator: Sendable {
    /// An answered offer of a host: pass `peer` and `producer` to its `Transport`.
    public struct Published: Sendable {
        public let answer: String
        public let peer: RemotePeer
        public let producer: ProducerParameters
    }

    /// An answered offer of a listener: pass `peer` and `consumer` to its `Transport`.
    public struct Joined: Sendable {
        public let answer: String
        public let peer: RemotePeer
        public let consumer: ConsumerParameters
    }

    public let fingerprint: DtlsFingerprint
    public let candidates: [IceCandidate]
    /// What the host's encoder is told, in bit/s.
    public let maximumAverageBitrate: Int

    public init(fingerprint: DtlsFingerprint, candidates: [IceCandidate], maximumAverageBitrate: Int) {
        self.fingerprint = fingerprint
        self.candidates = candidates
        self.maximumAverageBitrate = maximumAverageBitrate
    }

    /// Answers a host: we receive its first audio section.
    public func publish(offer: String, credentials: IceCredentials) throws(SdpError) -> Published {
        throw .malformed
    }

    /// Answers a listener: we send in its first audio section, as `ssrc` from the beginning.
    public func join(offer: String, credentials: IceCredentials, ssrc: UInt32) throws(SdpError) -> Joined {
        throw .malformed
    }
}
