/// A host's stream (mediasoup's Producer): which packets belong to it, and reports on how they arrived.
import RTP

/// How a host's own link is doing, by what arrives from it.
public struct ProducerStatistics: Sendable {
    /// Of the last receiver report sent to it: 0…1 since the one before, and ticks of 48 kHz.
    public var fractionLost: Double?
    public var jitterTicks: UInt32?
    public var roundTripTime: Duration?
}

/// Plain state of one media thread; owned by its `Transport`.
public final class Producer {
    public let parameters: ProducerParameters
    public private(set) var statistics = ProducerStatistics()
    /// Of its router; the newest one that sends is the router's source.
    let ordinal: Int
    let router: Router
    private var ssrc: UInt32?
    private var stream: RtpReceiveStream?
    private var nextReport: ContinuousClock.Instant?
    private var missing = NackGenerator()

    private static let reportInterval = Duration.seconds(2)

    init(_ parameters: ProducerParameters, router: Router) {
        self.parameters = parameters
        self.router = router
        ordinal = router.nextProducerOrdinal()
        ssrc = parameters.ssrc
    }

    /// Asked before decryption, with the SSRC that lies in clear.
    func mayReceive(ssrc: UInt32) -> Bool {
        self.ssrc == ssrc || parameters.ssrc == nil
    }

    enum Accepted {
        /// `red` says how the payload is divided when it is RED.
        case packet(number: Int64, startsSource: Bool, red: RedPayload?)
        case dropped(DropReason)
    }

    /// An authenticated packet. Without a declared SSRC the payload type decides, and MID where the packet has it (RFC 8843 §9.2).
    func receive(_ packet: RtpPacket, at now: ContinuousClock.Instant) -> Accepted {
        var red: RedPayload?
        if packet.payloadType != parameters.payloadType {
            guard packet.payloadType == parameters.redPayloadType else { return .dropped(.rtpPayloadType) }
            guard let divided = RedPayload(packet.payload) else { return .dropped(.redMalformed) }
            guard divided.primaryPayloadType == parameters.payloadType else { return .dropped(.rtpPayloadType) }
            red = divided
        }
        var startsSource = false
        if packet.ssrc != ssrc || stream == nil {
            guard packet.ssrc == ssrc || hasOwnMid(packet) else { return .dropped(.rtpUnknownSource) }
            ssrc = packet.ssrc
            stream = nil
        }
        var stream = stream ?? RtpReceiveStream(sequenceNumber: packet.sequenceNumber)
        startsSource = self.stream == nil
        var number = stream.receive(packet, at: now)
        if number == nil {
            stream = RtpReceiveStream(sequenceNumber: packet.sequenceNumber)
            startsSource = true
            number = stream.receive(packet, at: now)
        }
        self.stream = stream
        nextReport = nextReport ?? now + Self.reportInterval
        guard let number else { return .dropped(.rtpMalformed) }
        if startsSource { missing = NackGenerator() }
        if parameters.nack { missing.receive(number, at: now) }
        return .packet(number: number, startsSource: startsSource, red: red)
    }

    private func hasOwnMid(_ packet: RtpPacket) -> Bool {
        guard let id = parameters.midExtensionId, let mid = parameters.mid, let sent = packet.headerExtension?.element(id) else {
            return true
        }
        return sent.bytes.elementsEqual(mid.utf8)
    }

    /// The host's level byte (RFC 6464), if it sends one.
    func audioLevel(of packet: RtpPacket) -> UInt8? {
        parameters.audioLevelExtensionId.flatMap { packet.headerExtension?.element($0)?.u8(at: 0) }
    }

    func receive(_ report: SenderReport, at now: ContinuousClock.Instant) {
        if report.ssrc == ssrc { stream?.receive(report, at: now) }
    }

    /// A host is sent nothing that it could report on, so the round trip comes from its answer to our reference time (RFC 3611 §4.4, §4.5).
    func receive(_ report: ExtendedReport, at now: ContinuousClock.Instant, _ clock: NtpClock) {
        for delay in report.delays where delay.ssrc == router.reporterSsrc && delay.lastReceiverReference != 0 {
            statistics.roundTripTime = clock.roundTripTime(
                sent: delay.lastReceiverReference, held: delay.delaySinceLastReceiverReference, at: now)
        }
    }

    var nextTimeout: ContinuousClock.Instant? {
        guard isSource, let request = missing.nextTimeout else { return nextReport }
        return nextReport.map { min($0, request) } ?? request
    }

    private var isSource: Bool { router.producer === self }

    /// A request for what is missing, when it is time; only of the router's source, for nobody hears the others.
    func nack(at now: ContinuousClock.Instant, from reporter: UInt32) -> [UInt8]? {
        guard let ssrc, isSource else { return nil }
        let numbers = missing.requests(at: now)
        guard !numbers.isEmpty else { return nil }
        var bytes: [UInt8] = []
        // Alone, since every browser takes reduced-size RTCP (RFC 5506), which SDP asks for, too.
        TransportLayerNack(senderSsrc: reporter, mediaSsrc: ssrc, sequenceNumbers: numbers).append(to: &bytes)
        return bytes
    }

    /// A receiver report about the host's own link, when it is time. Listeners' losses never go into it: the host's encoder would
    /// answer them with worse sound for everyone.
    func report(at now: ContinuousClock.Instant, _ clock: NtpClock, from reporter: UInt32) -> [UInt8]? {
        guard let time = nextReport, now >= time else { return nil }
        nextReport = now + Self.reportInterval
        guard let ssrc, let block = stream?.report(ssrc: ssrc, at: now) else { return nil }
        statistics.fractionLost = Double(block.fractionLost) / 256
        statistics.jitterTicks = block.jitterTicks
        var bytes: [UInt8] = []
        ReceiverReport(ssrc: reporter, blocks: [block]).append(to: &bytes)
        SourceDescription(chunks: [.init(ssrc: reporter, cname: Consumer.cname)]).append(to: &bytes)
        ExtendedReport(ssrc: reporter, receiverReferenceTime: clock.timestamp(at: now)).append(to: &bytes)
        return bytes
    }
}
