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
    private static let firstReportDelay = Duration.seconds(1), reportInterval = Duration.seconds(5)

    public let parameters: ConsumerParameters
    public private(set) var isPaused: Bool
    public private(set) var statistics = ConsumerStatistics()
    weak var router: Router?
    /// Its place in the router's list, kept by the router.
    var routerIndex: Int?
    /// Both set while the listener can be sent to: its transport keeps them up to date.
    var path: IcePath?
    var srtp: SrtpSession?

    private var numbering = ConsumerNumbering()
    private var allowance = RetransmissionAllowance()
    private var resent = RecentRetransmissions()
    private var redundancy = RedundancyTrigger()
    /// For which of the last packets redundancy was on. What is sent again has to be the same.
    private var withRedundancy = RecentFlags()
    /// Since the last receiver report: packets, and those of them that were asked for.
    private var sentSinceReport = 0, missedSinceReport = 0
    private var payloadOctets: UInt32 = 0
    private var nextReport: ContinuousClock.Instant?
    /// The header extension of each packet, ready but for the level; empty when none was negotiated.
    private let headerExtension: [UInt8]
    private let audioLevelOffset: Int?

    init(_ parameters: ConsumerParameters, router: Router, paused: Bool) {
        self.parameters = parameters
        self.router = router
        isPaused = paused
        (headerExtension, audioLevelOffset) = Self.headerExtension(parameters)
    }

    /// Sends nothing until `resume()`; then numbering goes on without a gap.
    public func pause() { isPaused = true }

    public func resume() {
        guard isPaused else { return }
        isPaused = false
        numbering.resume()
    }

    // MARK: - The packet's path

    /// Writes the packet under this listener's numbers into the arena. False when it is not sent.
    @inline(__always)
    func forward(
        _ packet: TimelinePacket, _ ring: RetransmissionBuffer, at now: ContinuousClock.Instant, _ context: MediaContext
    ) -> Bool {
        guard let path, let srtp, !isPaused else { return false }
        guard let sequence = numbering.number(of: packet.sequence) else {
            context.drops.count(.rtpBeforeConsumer)
            return false
        }
        if parameters.redPayloadType != nil { withRedundancy[packet.sequence] = redundancy.isOn }
        send(packet, sequence, ring, path, srtp, context.outgoing)
        sentSinceReport &+= 1
        if statistics.packetsSent == 0 { nextReport = now + Self.firstReportDelay }
        statistics.packetsSent &+= 1
        return true
    }

    @inline(__always)
    private func send(
        _ packet: TimelinePacket, _ sequence: Int64, _ ring: RetransmissionBuffer, _ path: IcePath, _ srtp: SrtpSession,
        _ outgoing: OutgoingDatagrams
    ) {
        let form = form(of: packet)
        let payloadType = form == .opus ? parameters.payloadType : parameters.redPayloadType ?? parameters.payloadType
        let slot = outgoing.next(to: path.peer, from: path.local)
        let raw = slot.pointee.bytes
        var header = RtpPacket.minimumHeaderBytes
        raw.storeBytes(of: headerExtension.isEmpty ? 0x80 : 0x90, as: UInt8.self)
        raw.storeBytes(of: payloadType | (packet.marker ? 0x80 : 0), toByteOffset: 1, as: UInt8.self)
        raw.storeBytes(of: UInt16(truncatingIfNeeded: sequence).bigEndian, toByteOffset: 2, as: UInt16.self)
        raw.storeBytes(of: packet.timestamp.bigEndian, toByteOffset: 4, as: UInt32.self)
        raw.storeBytes(of: parameters.ssrc.bigEndian, toByteOffset: 8, as: UInt32.self)
        if !headerExtension.isEmpty {
            headerExtension.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress { (raw + header).copyMemory(from: base, byteCount: bytes.count) }
            }
            if let audioLevelOffset {
                // Two bytes of padding when the host sent no level with this packet.
                let element = packet.audioLevel.map { (Self.elementHead(parameters.audioLevelExtensionId, 1), $0) } ?? (0, 0)
                raw.storeBytes(of: element.0, toByteOffset: header + audioLevelOffset, as: UInt8.self)
                raw.storeBytes(of: element.1, toByteOffset: header + audioLevelOffset + 1, as: UInt8.self)
            }
            header += headerExtension.count
        }
        let count: Int
        switch form {
        case .opus:
            count = packet.primaryCount
            (raw + header).copyMemory(from: packet.payload + packet.primaryOffset, byteCount: count)
        case .hostsRed:
            count = packet.payloadCount
            (raw + header).copyMemory(from: packet.payload, byteCount: count)
            RedPayload.rewrite(raw + header, redundantCount: packet.redundantCount, payloadType: parameters.payloadType)
        case .ownRed: count = ring.writeRed(packet, payloadType: parameters.payloadType, to: raw + header)
        }
        slot.pointee.count = srtp.sealRtp(
            raw.assumingMemoryBound(to: UInt8.self), header: header, count: header + count, ssrc: parameters.ssrc, index: sequence)
        payloadOctets &+= UInt32(truncatingIfNeeded: count)
    }

    /// How a packet looks for this listener: whenever it is asked, the same for one packet. A host's RED goes to whoever loses packets, and
    /// to all others where it repeats what was lost before it came here; else it would only cost them twice the bits.
    private enum Form { case opus, hostsRed, ownRed }

    @inline(__always)
    private func form(of packet: TimelinePacket) -> Form {
        guard parameters.redPayloadType != nil, packet.repeatsMissing || withRedundancy[packet.sequence] else { return .opus }
        if packet.isRed { return .hostsRed }
        return packet.redundancy != nil ? .ownRed : .opus
    }

    /// The one-byte form (RFC 8285 §4.2): MID, then two bytes for the level, padded to whole words.
    private static func headerExtension(_ parameters: ConsumerParameters) -> (bytes: [UInt8], audioLevelOffset: Int?) {
        var elements: [UInt8] = []
        var audioLevelOffset: Int?
        if let id = parameters.midExtensionId, let mid = parameters.mid, 1...16 ~= mid.utf8.count {
            elements += [elementHead(id, mid.utf8.count)] + Array(mid.utf8)
        }
        if parameters.audioLevelExtensionId != nil {
            audioLevelOffset = 4 + elements.count
            elements += [0, 0]
        }
        guard !elements.isEmpty else { return ([], nil) }
        elements += [UInt8](repeating: 0, count: -elements.count & 3)
        var bytes: [UInt8] = [0xBE, 0xDE]
        bytes.append(bigEndian: UInt16(elements.count / 4))
        return (bytes + elements, audioLevelOffset)
    }

    private static func elementHead(_ id: UInt8?, _ count: Int) -> UInt8 { (id ?? 0) << 4 | UInt8(truncatingIfNeeded: count - 1) & 0x0F }

    // MARK: - RTCP

    /// Sends again what the listener misses, as far as it is kept and the listener's allowance reaches.
    func receive(_ nack: TransportLayerNack, at now: ContinuousClock.Instant, _ context: MediaContext) {
        guard let router, parameters.nack, !isPaused, let path, let srtp else { return }
        for sequenceNumber in nack.sequenceNumbers {
            let ring = router.retransmissions
            guard let (session, own) = numbering.sent(sequenceNumber), let packet = ring.find(session, at: now),
                form(of: packet) != .ownRed || ring.keepsRedundancy(of: packet)
            else {
                context.drops.count(.nackNotKept)
                continue
            }
            switch resent.request(session, roundTripTime: statistics.roundTripTime, at: now) {
            case .tooSoon:
                context.drops.count(.nackRepeated)
                continue
            case .first: missedSinceReport &+= 1
            case .again: break
            }
            guard allowance.take(at: now) else { return context.drops.count(.nackTooMany) }
            send(packet, own, ring, path, srtp, context.outgoing)
            statistics.packetsRetransmitted &+= 1
            context.counters.rtpRetransmitted &+= 1
        }
    }

    func receive(_ block: ReportBlock, at now: ContinuousClock.Instant, _ clock: NtpClock) {
        statistics.fractionLost = Double(block.fractionLost) / 256
        statistics.packetsLost = Int(block.packetsLost)
        statistics.jitterTicks = block.jitterTicks
        // What was repaired in time does not count as lost in the report.
        let missed = sentSinceReport > 0 ? Double(missedSinceReport) / Double(sentSinceReport) : 0
        redundancy.receive(loss: max(missed, Double(block.fractionLost) / 256), at: now)
        sentSinceReport = 0
        missedSinceReport = 0
        guard block.lastSenderReport != 0 else { return }
        statistics.roundTripTime = clock.roundTripTime(sent: block.lastSenderReport, held: block.delaySinceLastSenderReport, at: now)
    }

    var nextTimeout: ContinuousClock.Instant? { nextReport }

    /// Sender report and CNAME, when it is time: they tie the listener's SSRC to the session's clock.
    func report(at now: ContinuousClock.Instant, _ clock: NtpClock) -> [UInt8]? {
        guard let time = nextReport, now >= time else { return nil }
        nextReport = now + Self.reportInterval
        guard let rtpTimestamp = router?.rtpTimestamp(at: now) else { return nil }
        var bytes: [UInt8] = []
        SenderReport(
            ssrc: parameters.ssrc, ntpTimestamp: clock.timestamp(at: now), rtpTimestamp: rtpTimestamp,
            packetCount: UInt32(truncatingIfNeeded: statistics.packetsSent &+ statistics.packetsRetransmitted), octetCount: payloadOctets
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
