/// What one listener was sent again a moment ago. A browser repeats its request with every packet that comes until the answer does; a
/// repeated answer helps only where the first was lost, so that one each half round trip is enough.

struct RecentRetransmissions {
    enum Request {
        /// Not asked for before, as far as is remembered.
        case first
        case again
        /// The answer is on its way.
        case tooSoon
    }

    /// More than are on their way at 10 % loss over half a second.
    private static let remembered = 16
    private static let shortest = Duration.milliseconds(20), longest = Duration.milliseconds(100)

    /// Empty until something is lost; the newest is at `newest`.
    private var entries: [(sequence: Int64, at: ContinuousClock.Instant)] = []
    private var newest = 0

    /// Whether to answer a request for a packet of this number now; if so, it counts as sent.
    mutating func request(_ sequence: Int64, roundTripTime: Duration?, at now: ContinuousClock.Instant) -> Request {
        let between = min(max((roundTripTime ?? .zero) / 2, Self.shortest), Self.longest)
        if let index = entries.firstIndex(where: { $0.sequence == sequence }) {
            guard now - entries[index].at >= between else { return .tooSoon }
            entries[index].at = now
            return .again
        }
        if entries.count < Self.remembered {
            entries.append((sequence, now))
        } else {
            newest = (newest + 1) % Self.remembered
            entries[newest] = (sequence, now)
        }
        return .first
    }
}

/// One bit for each of the last packets, by their numbers: as many as the ring keeps, so that a packet that is found there has its own.
struct RecentFlags {
    private var low: UInt64 = 0, high: UInt64 = 0

    subscript(sequence: Int64) -> Bool {
        get {
            let bit = UInt64(sequence % Int64(RetransmissionBuffer.slotCount))
            return (bit < 64 ? low >> bit : high >> (bit - 64)) & 1 == 1
        }
        set {
            let bit = UInt64(sequence % Int64(RetransmissionBuffer.slotCount))
            let mask: UInt64 = 1 << (bit % 64)
            if bit < 64 {
                low = newValue ? low | mask : low & ~mask
            } else {
                high = newValue ? high | mask : high & ~mask
            }
        }
    }
}
