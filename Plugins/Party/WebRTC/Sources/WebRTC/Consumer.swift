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

/// Plain state of one media thread; owned by its `Transport`. What a packet's path needs of it lies in `stream`.
public final class Consumer {
    /// The same for all: it names the party's stream in every description.
    static let cname = "party"
    private static let firstReportDelay = Duration.seconds(1), reportInterval = Duration.seconds(5)

    public let parameters: ConsumerParameters
    weak var router: Router?
    /// Its place in the router's list, kept by the router.
    var routerIndex: Int?
    /// Never moves, and lives as long as the consumer: the router keeps the pointer from `add` to `remove`.
    let stream: UnsafeMutablePointer<RtpSendStream>
    /// Whose keys `stream` has borrowed.
    private var srtp: SrtpSession?

    private var allowance = RetransmissionAllowance()
    private var resent = RecentRetransmissions()
    private var redundancy = RedundancyTrigger()
    /// As of the last receiver report, and packets that were asked for since.
    private var sentAtReport: UInt64 = 0, missedSinceReport = 0
    private var packetsRetransmitted: UInt64 = 0
    /// The links' figures of the last receiver report.
    private var reported = ConsumerStatistics()
    private var nextReport: ContinuousClock.Instant?

    init(_ parameters: ConsumerParameters, router: Router, paused: Bool) {
        self.parameters = parameters
        self.router = router
        stream = .allocate(capacity: 1)
        stream.initialize(to: RtpSendStream(parameters, paused: paused))
    }

    deinit { stream.deallocate() }

    public var isPaused: Bool { stream.pointee.isPaused }

    public var statistics: ConsumerStatistics {
        var statistics = reported
        statistics.packetsSent = stream.pointee.packetsSent
        statistics.packetsRetransmitted = packetsRetransmitted
        return statistics
    }

    /// Sends nothing until `resume()`; then numbering goes on without a gap.
    public func pause() { stream.pointee.isPaused = true }

    public func resume() { stream.pointee.resume() }

    /// Where packets go and with which keys: its transport keeps both up to date. Without either the listener is sent nothing.
    func setTarget(_ path: IcePath?, _ srtp: SrtpSession?) {
        self.srtp = srtp
        stream.pointee.target = path.flatMap { path in srtp.map { (path, $0.rtpOut) } }
    }

    // MARK: - RTCP

    /// Sends again what the listener misses, as far as it is kept and the listener's allowance reaches.
    func receive(_ nack: TransportLayerNack, at now: ContinuousClock.Instant, _ context: MediaContext) {
        guard let router, parameters.nack, !isPaused, stream.pointee.target != nil else { return }
        let ring = router.retransmissions
        for sequenceNumber in nack.sequenceNumbers {
            guard let (session, own) = stream.pointee.numbering.sent(sequenceNumber), let packet = ring.find(session, at: now),
                stream.pointee.canRepeat(packet, ring)
            else {
                context.drops.count(.nackNotKept)
                continue
            }
            switch resent.request(session, roundTripTime: reported.roundTripTime, at: now) {
            case .tooSoon:
                context.drops.count(.nackRepeated)
                continue
            case .first: missedSinceReport &+= 1
            case .again: break
            }
            guard allowance.take(at: now) else { return context.drops.count(.nackTooMany) }
            stream.pointee.send(packet, own, ring, context.outgoing)
            packetsRetransmitted &+= 1
            context.counters.rtpRetransmitted &+= 1
        }
    }

    func receive(_ block: ReportBlock, at now: ContinuousClock.Instant, _ clock: NtpClock) {
        reported.fractionLost = Double(block.fractionLost) / 256
        reported.packetsLost = Int(block.packetsLost)
        reported.jitterTicks = block.jitterTicks
        // What was repaired in time does not count as lost in the report.
        let sent = stream.pointee.packetsSent - sentAtReport
        let missed = sent > 0 ? Double(missedSinceReport) / Double(sent) : 0
        redundancy.receive(loss: max(missed, Double(block.fractionLost) / 256), at: now)
        stream.pointee.wantsRedundancy = redundancy.isOn
        sentAtReport = stream.pointee.packetsSent
        missedSinceReport = 0
        guard block.lastSenderReport != 0 else { return }
        reported.roundTripTime = clock.roundTripTime(sent: block.lastSenderReport, held: block.delaySinceLastSenderReport, at: now)
    }

    /// Nil before the first `report(at:_:)`, which is due at once.
    var nextTimeout: ContinuousClock.Instant? { nextReport }

    /// Sender report and CNAME, when it is time: they tie the listener's SSRC to the session's clock. Nothing while nobody has sent.
    func report(at now: ContinuousClock.Instant, _ clock: NtpClock) -> [UInt8]? {
        guard let time = nextReport, now >= time else {
            nextReport = nextReport ?? now + Self.firstReportDelay
            return nil
        }
        guard stream.pointee.packetsSent > 0, let rtpTimestamp = router?.rtpTimestamp(at: now) else {
            nextReport = now + Self.firstReportDelay
            return nil
        }
        nextReport = now + Self.reportInterval
        var bytes: [UInt8] = []
        SenderReport(
            ssrc: parameters.ssrc, ntpTimestamp: clock.timestamp(at: now), rtpTimestamp: rtpTimestamp,
            packetCount: UInt32(truncatingIfNeeded: stream.pointee.packetsSent &+ packetsRetransmitted),
            octetCount: stream.pointee.payloadOctets
        ).append(to: &bytes)
        SourceDescription(chunks: [.init(ssrc: parameters.ssrc, cname: Self.cname)]).append(to: &bytes)
        return bytes
    }
}

/// A listener's own sequence numbers: from a random start, one for one with the session's, and onward from the last after a pause.
///
/// The start lies below 2^15, so that a receiver that misses the first packets still guesses roll-over counter 0 (RFC 3711 §3.3.1).
struct ConsumerNumbering {
    /// Where the session's and the listener's numbers were tied together last.
    private var anchor: (session: Int64, own: Int64)?
    private var next: Int64

    init(first: Int64 = .random(in: 0..<0x8000)) { next = first }

    /// Nil for what is older than the anchor: its number belongs to another packet.
    mutating func number(of session: Int64) -> Int64? {
        let anchor = anchor ?? (session, next)
        self.anchor = anchor
        guard session >= anchor.session else { return nil }
        let own = anchor.own + (session - anchor.session)
        next = max(next, own + 1)
        return own
    }

    mutating func resume() { anchor = nil }

    /// Both numbers of a packet that the listener calls `sequenceNumber`; nil when it cannot have been sent.
    func sent(_ sequenceNumber: UInt16) -> (session: Int64, own: Int64)? {
        guard let anchor else { return nil }
        let own = SequenceNumber.widen(sequenceNumber, near: next)
        guard own >= anchor.own, own < next else { return nil }
        return (anchor.session + (own - anchor.own), own)
    }
}

extension UInt32 {
    /// A random SSRC, by any thread (RFC 3550 §8.1).
    public static func randomSsrc() -> UInt32 { .random(in: 1...UInt32.max) }
}
