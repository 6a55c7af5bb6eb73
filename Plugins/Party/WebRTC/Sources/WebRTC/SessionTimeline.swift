/// The session's own 48 kHz clock and numbering: sources come and go, sequence and timestamp go on.
import RTP

/// A new source starts at sequence last + 1 and timestamp last + time that has passed, so that a listener hears a pause and nothing
/// else. Numbers here are 64 bits wide and never repeat, which makes each listener's SRTP indices unique.
struct SessionTimeline {
    struct Position {
        let sequence: Int64
        let timestamp: UInt32
        /// The first of a source: gets the marker.
        let startsSource: Bool
    }

    private struct Source {
        let first: Int64
        let sequenceOffset: Int64
        let timestampOffset: UInt32
    }

    /// Of one 20 ms packet: the least that time can pass between two.
    private static let packetTicks: UInt32 = 960

    private var source: Source?
    private var newest: (sequence: Int64, timestamp: UInt32, arrival: ContinuousClock.Instant)?
    private let firstTimestamp: UInt32

    /// - Parameter firstTimestamp: random, as RFC 3550 §5.1 wants it.
    init(firstTimestamp: UInt32 = .random(in: 0...UInt32.max)) {
        self.firstTimestamp = firstTimestamp
    }

    /// Whatever comes next is a new source.
    mutating func endSource() { source = nil }

    /// Where a packet with the source's own number and timestamp belongs. Nil when it is older than the first that was seen of its
    /// source: that place belongs to the source before.
    mutating func place(_ number: Int64, timestamp: UInt32, at now: ContinuousClock.Instant) -> Position? {
        let starts = source == nil
        let source = source ?? start(number, timestamp, now)
        guard number >= source.first else { return nil }
        let position = Position(
            sequence: number + source.sequenceOffset, timestamp: timestamp &+ source.timestampOffset, startsSource: starts)
        if newest.map({ position.sequence > $0.sequence }) ?? true { newest = (position.sequence, position.timestamp, now) }
        return position
    }

    /// A packet that another timeline has placed: from here on this one's clock is the same.
    mutating func follow(_ packet: TimelinePacket, at now: ContinuousClock.Instant) {
        if newest.map({ packet.sequence > $0.sequence }) ?? true { newest = (packet.sequence, packet.timestamp, now) }
    }

    private mutating func start(_ number: Int64, _ timestamp: UInt32, _ now: ContinuousClock.Instant) -> Source {
        var sequence: Int64 = 0
        var ownTimestamp = firstTimestamp
        if let newest {
            sequence = newest.sequence + 1
            ownTimestamp = newest.timestamp &+ max(Self.elapsedTicks(since: newest.arrival, now), Self.packetTicks)
        }
        let source = Source(first: number, sequenceOffset: sequence - number, timestampOffset: ownTimestamp &- timestamp)
        self.source = source
        return source
    }

    var newestTimestamp: UInt32? { newest?.timestamp }

    /// The clock's value at `now`, also while nobody sends; nil before the first packet.
    func timestamp(at now: ContinuousClock.Instant) -> UInt32? {
        newest.map { $0.timestamp &+ Self.elapsedTicks(since: $0.arrival, now) }
    }

    private static func elapsedTicks(since arrival: ContinuousClock.Instant, _ now: ContinuousClock.Instant) -> UInt32 {
        UInt32(truncatingIfNeeded: RtpTicks.count(in: max(now - arrival, .zero)))
    }
}
