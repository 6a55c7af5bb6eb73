/// What a listener has and what it misses, by sequence numbers alone: gaps, requests for what is in them, what came late, what never did;
/// and its receiver reports (RFC 3550 §6.4.1, RFC 4585 §6.2.1). Apart from the server's code for its own receiving side.
import RTP

struct Reception {
    /// After a gap is seen. What is asked for in vain for two seconds is lost: no jitter buffer would wait longer.
    private static let requestTimes: [Duration] = [0, 40, 80, 120, 200, 300, 400, 600, 800, 1_200].map { .milliseconds($0) }
    static let givesUp = Duration.seconds(2)
    /// In a row. Beyond, they are lost without being asked for.
    private static let maximumGap: Int64 = 100

    private(set) var counters = PacketCounters()
    private(set) var highest: Int64?
    private var missing: [(number: Int64, since: ContinuousClock.Instant, requests: Int)] = []
    private var first: Int64 = 0
    private var transit: Int64?, jitter = 0.0
    private var reported = (expected: Int64(0), received: 0)

    enum Arrival { case inOrder, late, duplicate }

    /// A packet of the stream; `number` is the widened one.
    mutating func receive(_ sequenceNumber: UInt16, timestamp: UInt32, at now: Moment) -> (number: Int64, arrival: Arrival) {
        guard let highest else {
            first = Int64(sequenceNumber)
            self.highest = first
            counters.received = 1
            return (first, .inOrder)
        }
        let number = SequenceNumber.widen(sequenceNumber, near: highest)
        guard number > highest else {
            guard let index = missing.firstIndex(where: { $0.number == number }) else {
                counters.duplicates += 1
                return (number, .duplicate)
            }
            missing.remove(at: index)
            counters.received += 1
            counters.recovered += 1
            return (number, .late)
        }
        let gap = number - highest - 1
        counters.gaps += Int(gap)
        if gap <= Self.maximumGap {
            for lost in highest + 1..<number { missing.append((lost, now.instant, 0)) }
        } else {
            counters.lost += Int(gap)
        }
        if number >> 16 != highest >> 16 { counters.wraps += 1 }
        self.highest = number
        counters.received += 1
        measureJitter(timestamp, now)
        return (number, .inOrder)
    }

    private mutating func measureJitter(_ timestamp: UInt32, _ arrival: Moment) {
        let transit = arrival.ticks - Int64(timestamp)
        if let last = self.transit { jitter += (Double(Int32(truncatingIfNeeded: transit - last).magnitude) - jitter) / 16 }
        self.transit = transit
    }

    /// Somebody has to look after it soon.
    var isWaiting: Bool { !missing.isEmpty }

    /// What to ask for now; what has waited for too long is lost.
    mutating func requests(at now: ContinuousClock.Instant) -> [UInt16] {
        guard !missing.isEmpty else { return [] }
        let before = missing.count
        missing.removeAll { now - $0.since >= Self.givesUp }
        counters.lost += before - missing.count
        var numbers: [UInt16] = []
        for index in missing.indices {
            let requests = missing[index].requests
            guard requests < Self.requestTimes.count, now - missing[index].since >= Self.requestTimes[requests] else { continue }
            missing[index].requests += 1
            numbers.append(UInt16(truncatingIfNeeded: missing[index].number))
        }
        return numbers
    }

    /// Nothing comes any more: whatever is missing is lost.
    mutating func finish() {
        counters.lost += missing.count
        missing = []
    }

    mutating func report(ssrc: UInt32) -> ReportBlock? {
        guard let highest else { return nil }
        let expected = highest - first + 1
        let newlyExpected = expected - reported.expected
        let newlyLost = newlyExpected - Int64(counters.received - reported.received)
        reported = (expected, counters.received)
        return ReportBlock(
            ssrc: ssrc, fractionLost: newlyExpected > 0 ? UInt8(clamping: max(0, newlyLost) * 256 / newlyExpected) : 0,
            packetsLost: Int32(clamping: expected - Int64(counters.received)), highestSequenceNumber: UInt32(truncatingIfNeeded: highest),
            jitterTicks: UInt32(jitter), lastSenderReport: 0, delaySinceLastSenderReport: 0)
    }
}

/// Of one listener, or of many together.
struct PacketCounters {
    /// Different ones that came.
    var received = 0
    /// Missing when a later one came; of these, what was repaired, and what never came.
    var gaps = 0, recovered = 0, lost = 0
    /// Came more than once.
    var duplicates = 0
    /// Opened and compared; of these, not what was sent, or not where it belongs.
    var checked = 0, wrong = 0
    /// Did not open, or are another listener's.
    var refused = 0
    /// Thrown away here, as a bad network would.
    var dropped = 0
    /// Of all RTP packets, in UDP datagrams.
    var bytes = 0
    /// Times that the 16 bits of the sequence number began anew.
    var wraps = 0

    static func += (sum: inout PacketCounters, other: PacketCounters) {
        sum.received += other.received
        sum.gaps += other.gaps
        sum.recovered += other.recovered
        sum.lost += other.lost
        sum.duplicates += other.duplicates
        sum.checked += other.checked
        sum.wrong += other.wrong
        sum.refused += other.refused
        sum.dropped += other.dropped
        sum.wraps += other.wraps
        sum.bytes += other.bytes
    }
}
