/// What all transports of one media thread share: certificate, arena, clock, counters, and memory for one handshake step at a time.
import RTP

/// Plain state of one media thread: make it there, or hand it over before the thread starts.
public final class MediaContext {
    public let certificate: Certificate
    public let outgoing: OutgoingDatagrams
    public let clock: NtpClock
    public var drops = DropCounters()
    public var counters = MediaCounters()
    let dtls: DtlsContext

    /// - Throws: when OpenSSL or libsrtp2 cannot be set up.
    public init(certificate: Certificate, outgoing: OutgoingDatagrams, clock: NtpClock) throws(DtlsError) {
        self.certificate = certificate
        self.outgoing = outgoing
        self.clock = clock
        dtls = try DtlsContext(certificate)
    }
}

/// What a media thread did so far.
public struct MediaCounters: Sendable {
    /// RTP packets of the host that went onto the timeline, and packets made of them for listeners (without retransmissions).
    public internal(set) var rtpReceived: UInt64 = 0, rtpForwarded: UInt64 = 0
    /// Bytes of Opus in what the host sent.
    public internal(set) var payloadBytesReceived: UInt64 = 0
    public internal(set) var rtpRetransmitted: UInt64 = 0
    public internal(set) var rtcpReceived: UInt64 = 0, rtcpSent: UInt64 = 0
    public internal(set) var stunAnswered: UInt64 = 0
    public internal(set) var handshakesStarted: UInt64 = 0, handshakesFinished: UInt64 = 0

    public init() {}

    /// Of several threads together.
    public static func += (sum: inout MediaCounters, other: MediaCounters) {
        sum.rtpReceived &+= other.rtpReceived
        sum.rtpForwarded &+= other.rtpForwarded
        sum.payloadBytesReceived &+= other.payloadBytesReceived
        sum.rtpRetransmitted &+= other.rtpRetransmitted
        sum.rtcpReceived &+= other.rtcpReceived
        sum.rtcpSent &+= other.rtcpSent
        sum.stunAnswered &+= other.stunAnswered
        sum.handshakesStarted &+= other.handshakesStarted
        sum.handshakesFinished &+= other.handshakesFinished
    }
}

/// The wall clock of sender reports, as an offset from the monotonic one, so that a set clock never makes a stream's reports jump.
public struct NtpClock: Sendable {
    let anchor: ContinuousClock.Instant
    private let sinceUnixEpoch: Duration
    /// Seconds from 1900 to 1970.
    private static let unixEpoch: Int64 = 2_208_988_800

    /// - Parameters:
    ///   - sinceUnixEpoch: the wall clock's time at `anchor`.
    public init(sinceUnixEpoch: Duration, at anchor: ContinuousClock.Instant) {
        self.sinceUnixEpoch = sinceUnixEpoch
        self.anchor = anchor
    }

    /// 64-bit NTP timestamp: seconds since 1900 and a fraction of 2^32 (RFC 3550 §4).
    func timestamp(at now: ContinuousClock.Instant) -> UInt64 {
        let (seconds, attoseconds) = (sinceUnixEpoch + (now - anchor)).components
        let fraction = UInt64(clamping: attoseconds / 1_000_000_000) << 32 / 1_000_000_000
        return UInt64(truncatingIfNeeded: seconds &+ Self.unixEpoch) << 32 | fraction
    }

    /// What lies between a report of ours and an answer that has come now, without the time that the peer held it (RFC 3550 §6.4.1,
    /// RFC 3611 §4.5).
    /// - Parameters:
    ///   - sent: the middle 32 bits of the report's NTP timestamp.
    ///   - held: in 1/65,536 s.
    func roundTripTime(sent: UInt32, held: UInt32, at now: ContinuousClock.Instant) -> Duration {
        let arrival = UInt32(truncatingIfNeeded: timestamp(at: now) >> 16)
        let units = Int32(bitPattern: arrival &- held &- sent)
        return .microseconds(Int64(max(units, 0)) * 1_000_000 / 65_536)
    }

    /// In 1/65,536 s, the unit of reports' delays.
    static func units(in duration: Duration) -> UInt32 {
        let (seconds, attoseconds) = duration.components
        return UInt32(clamping: seconds &* 65_536 &+ attoseconds / (1_000_000_000_000_000_000 / 65_536))
    }
}
