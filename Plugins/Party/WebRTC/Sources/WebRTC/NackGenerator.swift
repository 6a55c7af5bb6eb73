/// What is missing from a host and when to ask for it (RFC 4585 §6.2.1): a bounded list, few requests for each packet, a bounded rate.
import RTP

/// Numbers are those that `RtpReceiveStream` has widened. Plain state of one `Producer`.
struct NackGenerator {
    /// Two thirds of a second of 20 ms packets. A longer gap is an outage: what was in it comes too late for any listener.
    static let maximumMissing = 32
    /// From the time at which a gap is seen. The first leaves time for packets that merely overtook each other; the others suit short round
    /// trips, since a browser does not answer twice within one. After the last, the packet is given up.
    static let requestTimes: [Duration] = [10, 40, 80, 120, 180, 260].map { .milliseconds($0) }

    private struct Missing {
        let number: Int64
        let since: ContinuousClock.Instant
        var requests = 0

        var due: ContinuousClock.Instant { since + NackGenerator.requestTimes[requests] }
    }

    /// Ascending.
    private var missing: [Missing] = []
    private var highest: Int64?
    private var allowance = RetransmissionAllowance()

    /// A packet that has arrived.
    mutating func receive(_ number: Int64, at now: ContinuousClock.Instant) {
        guard let highest else {
            highest = number
            return
        }
        guard number > highest else {
            missing.removeAll { $0.number == number }
            return
        }
        self.highest = number
        guard number - highest - 1 <= Self.maximumMissing else { return missing.removeAll() }
        for lost in highest + 1..<number { missing.append(Missing(number: lost, since: now)) }
        if missing.count > Self.maximumMissing { missing.removeFirst(missing.count - Self.maximumMissing) }
    }

    /// When `requests(at:)` has something to say.
    var nextTimeout: ContinuousClock.Instant? {
        var earliest: ContinuousClock.Instant?
        for packet in missing where earliest.map({ packet.due < $0 }) ?? true { earliest = packet.due }
        return earliest
    }

    /// The sequence numbers to ask for now, ascending (modulo 2^16).
    mutating func requests(at now: ContinuousClock.Instant) -> [UInt16] {
        var numbers: [UInt16] = []
        for index in missing.indices where missing[index].due <= now {
            missing[index].requests += 1
            if allowance.take(at: now) { numbers.append(UInt16(truncatingIfNeeded: missing[index].number)) }
        }
        missing.removeAll { $0.requests >= Self.requestTimes.count }
        return numbers
    }
}
