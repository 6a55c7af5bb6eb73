/// One session: packets of the one current producer go to all consumers, on one 48 kHz timeline that outlives every producer.
import RTP

/// Plain state of one media thread.
public final class Router {
    /// The producer whose packets are being forwarded.
    public private(set) weak var producer: Producer?
    let context: MediaContext

    public init(context: MediaContext) {
        self.context = context
    }

    public var consumerCount: Int { 0 }

    /// Timestamp of the newest packet on the timeline: what `nowPlaying` and its kin are stamped with. Nil before the first.
    public var newestRtpTimestamp: UInt32? { nil }

    /// The timeline's value at `now`, also while nobody sends.
    public func rtpTimestamp(at now: ContinuousClock.Instant) -> UInt32? { nil }
}
