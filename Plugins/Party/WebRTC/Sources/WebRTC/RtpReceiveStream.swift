/// What one received source looks like from here: extended numbers, loss and jitter for receiver reports (RFC 3550 §6.4, A.1, A.3, A.8).
import RTP

struct RtpReceiveStream {
    /// A larger step forward is a new start of the source rather than loss (RFC 3550 A.1 MAX_DROPOUT: a minute of 20 ms packets).
    static let maximumDropout: Int64 = 3_000

    private let first: Int64
    private var highest: Int64
    private var received: Int64 = 0
    /// In ticks of 48 kHz, smoothed.
    private var jitter = 0.0
    private var lastTransit: Int64?
    private var expectedBefore: Int64 = 0, receivedBefore: Int64 = 0
    /// The middle 32 bits of the NTP timestamp in the source's last sender report, and when it came.
    private var lastSenderReport: (ntpMiddle: UInt32, arrival: ContinuousClock.Instant)?

    /// - Parameter sequenceNumber: of the first packet, which then also goes through `receive`.
    init(sequenceNumber: UInt16) {
        first = Int64(sequenceNumber)
        highest = first
    }

    /// The packet's widened number; nil when it is so far ahead that a new stream has to begin.
    mutating func receive(_ packet: RtpPacket, at now: ContinuousClock.Instant) -> Int64? {
        let number = SequenceNumber.widen(packet.sequenceNumber, near: highest)
        guard number - highest <= Self.maximumDropout else { return nil }
        received += 1
        // What was asked for again, or overtaken, says nothing about jitter.
        guard number > highest || lastTransit == nil else { return number }
        highest = max(highest, number)
        // Only differences count, so any epoch does for the arrival time.
        let transit = RtpTicks.count(in: now - RtpTicks.epoch) &- Int64(packet.timestamp)
        if let lastTransit { jitter += (Double(Int32(truncatingIfNeeded: transit &- lastTransit).magnitude) - jitter) / 16 }
        lastTransit = transit
        return number
    }

    mutating func receive(_ report: SenderReport, at now: ContinuousClock.Instant) {
        lastSenderReport = (UInt32(truncatingIfNeeded: report.ntpTimestamp >> 16), now)
    }

    /// The next report block; fractions count from the block before.
    mutating func report(ssrc: UInt32, at now: ContinuousClock.Instant) -> ReportBlock {
        let expected = highest - first + 1
        let newlyExpected = expected - expectedBefore
        let newlyLost = newlyExpected - (received - receivedBefore)
        expectedBefore = expected
        receivedBefore = received
        return ReportBlock(
            ssrc: ssrc,
            fractionLost: newlyExpected > 0 && newlyLost > 0 ? UInt8(clamping: newlyLost * 256 / newlyExpected) : 0,
            packetsLost: Int32(clamping: expected - received), highestSequenceNumber: UInt32(truncatingIfNeeded: highest),
            jitterTicks: UInt32(jitter), lastSenderReport: lastSenderReport?.ntpMiddle ?? 0,
            delaySinceLastSenderReport: lastSenderReport.map { NtpClock.units(in: now - $0.arrival) } ?? 0)
    }
}

/// Durations on the one RTP clock of this product: Opus' 48,000 ticks a second (RFC 7587 §4.1).
enum RtpTicks {
    static let perSecond: Int64 = 48_000
    /// Somewhere to measure from.
    static let epoch = ContinuousClock.now

    static func count(in duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds &* perSecond &+ attoseconds / (1_000_000_000_000_000_000 / perSecond)
    }
}
