/// What a datagram on the one port is, by its first bytes.
import RTP

/// RFC 7983 §7 and, for RTCP, RFC 5761 §4:
///
///                 +----------------+
///                 |        [0..3] -+--> STUN
///     packet -->  |      [20..63] -+--> DTLS
///                 |    [128..191] -+--> RTP, or RTCP when the second byte is 192..223
///                 +----------------+
public enum DatagramKind: Sendable {
    case stun, dtls, rtp, rtcp

    /// Nil for all others, ChannelData and ZRTP among them.
    public init?(_ datagram: UnsafeRawBufferPointer) {
        let view = ByteView(datagram)
        switch view.u8(at: 0) {
        case .some(0...3): self = .stun
        case .some(20...63): self = .dtls
        case .some(128...191):
            guard let second = view.u8(at: 1) else { return nil }
            self = (192...223).contains(second) ? .rtcp : .rtp
        default: return nil
        }
    }
}

extension IceUfrag {
    /// Our part of the USERNAME of a STUN message, to find the transport by. It proves nothing yet: the transport checks the message.
    public init?(ofRequest datagram: UnsafeRawBufferPointer) {
        guard let username = StunMessage.username(of: ByteView(datagram)), let ours = username.slice(at: 0, count: Self.byteCount),
            username.u8(at: Self.byteCount) == UInt8(ascii: ":")
        else { return nil }
        self.init(ours.bytes)
    }
}
