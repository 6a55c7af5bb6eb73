/// Why a datagram, or a part of one, went no further; counted, never logged (the owner of the media thread reports totals).

public enum DropReason: Int, CaseIterable, Sendable {
    /// Empty, or a first byte that belongs to none of STUN, DTLS, RTP and RTCP (RFC 7983).
    case unknownProtocol
    /// No transport has validated this address or owns this ufrag. Counted by the owner of the sockets.
    case unknownPeer
    /// DTLS or media from an address that no STUN check of this transport has validated.
    case addressNotValidated
    case transportClosed

    case stunMalformed, stunFingerprint, stunNotBindingRequest, stunUsername, stunIntegrity

    /// Before the peer's fingerprint is known.
    case dtlsBeforeFingerprint
    /// A record that OpenSSL refuses, or more of them than a handshake can need.
    case dtlsRefused, dtlsTooMany
    /// The handshake's state is already freed: a closing peer's alert, mostly.
    case dtlsAfterRelease
    case dtlsFingerprint
    /// Too many handshakes at once. Counted by the owner of the sockets.
    case dtlsQueueFull

    case mediaBeforeKeys
    case srtpTooShort, srtpAuthentication, srtpReplay
    /// A replay is also SRTCP from more sources than a peer has.
    case srtcpTooShort, srtcpAuthentication, srtcpReplay

    case rtpMalformed, rtpTooLarge, rtpEmpty
    /// RED whose headers do not add up (RFC 2198).
    case redMalformed
    /// The sender is no producer, or this is not its SSRC, MID or payload type.
    case rtpNotProducing, rtpUnknownSource, rtpPayloadType
    /// A producer that a newer one has replaced.
    case rtpFromReplacedProducer
    /// Older than the first packet of its source: its place on the timeline belongs to the source before.
    case rtpBeforeSource
    /// So late that a newer packet has taken its place in the ring, or the ring holds it already.
    case rtpTooLate
    /// Older than the first packet that this listener got.
    case rtpBeforeConsumer
    /// Another media thread is more than a second behind.
    case rtpPipeFull

    case rtcpMalformed
    /// A NACK for what is no longer kept, was never sent, or exceeds the listener's allowance.
    case nackNotKept, nackTooMany
    /// A NACK for what was sent again a moment ago, and is on its way.
    case nackRepeated

    /// The kernel would not send it, or its TCP connection has ended or is too slow. Counted by the owner of the sockets.
    case sendRefused
    /// A TCP connection too many. Counted by the owner of the sockets.
    case connectionRefused
    /// It belongs to a media thread that is far behind. Counted by the owner of the sockets.
    case handoverFull
}

/// One counter for each `DropReason`. Plain state of a media thread.
public struct DropCounters: Sendable {
    private var counts = [UInt64](repeating: 0, count: DropReason.allCases.count)

    public init() {}

    public subscript(reason: DropReason) -> UInt64 { counts[reason.rawValue] }

    public mutating func count(_ reason: DropReason, by number: UInt64 = 1) { counts[reason.rawValue] &+= number }

    public static func += (sum: inout DropCounters, other: DropCounters) {
        for (index, count) in other.counts.enumerated() { sum.counts[index] &+= count }
    }

    public var total: UInt64 { counts.reduce(0, &+) }

    /// The reasons that occurred, in the order of `DropReason`.
    public var nonZero: [(reason: DropReason, count: UInt64)] {
        DropReason.allCases.map { ($0, self[$0]) }.filter { $0.1 > 0 }
    }
}
