/// One listener: joins as a browser does, by SDP or by the original's messages, hears, asks for what it misses, reports; leaves politely, or not.
import RTP
import TestSupport
import WebRTC

final class Listener {
    enum State: Equatable {
        case joining
        /// DTLS is done.
        case connected
        /// Never heard, for a reason such as the server's error code.
        case failed(String)
        /// By the server, or for want of its consent.
        case dropped(String)
        case left
    }

    enum Leaving: CaseIterable {
        /// A page that is closed; a network that is cut; one that is gone and not noticed.
        case politely, abruptly, silently
    }

    struct Settings {
        /// 0…1 of the packets that are thrown away.
        var loss = 0.0
        /// One packet in so many is opened.
        var sample = 1
        var signaling = SignalingProtocol.sdp
        /// The host is of this process: other payloads than its are wrong.
        var knowsHost = false
        var joinTimeout = Duration.seconds(30)
    }

    private static let reportInterval = Duration.seconds(5)

    private(set) var state = State.joining { didSet { onChange() } }
    private(set) var reception = Reception()
    var onChange: () -> Void = {}
    /// Told, once each, how long after it came the listener had its keys, and its first packet of sound.
    var onConnected: (Duration) -> Void = { _ in }, onFirstPacket: (Duration) -> Void = { _ in }
    /// Told each packet's time from host to here, where that is known.
    var onPacket: (Duration) -> Void = { _ in }
    /// Of the newest packet that came.
    private var lastNumber: UInt32? {
        guard let anchor, let highest = reception.highest else { return nil }
        return UInt32(truncatingIfNeeded: highest - anchor.sequence) &+ anchor.stamped.number
    }

    private let begin = ContinuousClock.now
    private let settings: Settings
    private let loop: EventLoop
    private let socket: WebSocketClient
    private let media: MediaConnection
    private var isAnswered = false
    /// Of the original's messages: what the server can send, and where from.
    private var capabilities: RtpCapabilities?, transport: ServerTransport?
    /// Not all open the same packet, which would be much at once.
    private let sampleOffset: Int64
    private var due = ContinuousClock.now
    /// Of the first packet that opened. Others are not for this listener: it may have the port of one who is gone without a word.
    private var ssrc: UInt32?
    private var nextReport: ContinuousClock.Instant?
    /// Where the numbers of a host's life are tied to the listener's sequence numbers and timestamps.
    private var anchor: (sequence: Int64, timestamp: UInt32, stamped: StampedPayload)?
    private var checked = 0, wrong = 0, dropped = 0, strangers = 0, bytes = 0
    private let ownSsrc = UInt32.random(in: 1...UInt32.max)

    init(name: String, _ server: ServerAddress, _ loop: EventLoop, _ settings: Settings) throws {
        self.settings = settings
        self.loop = loop
        sampleOffset = .random(in: 0..<Int64(settings.sample))
        media = MediaConnection(name: name, loop)
        socket = try WebSocketClient(server, loop)
        socket.onOpen = { [unowned self] in
            send(ClientRequest(type: "join", sdp: settings.signaling == .sdp ? media.peer.offer(sending: false) : nil))
        }
        socket.onMessage = { [unowned self] in if !isAnswered, state == .joining { receive($0) } }
        socket.onEnd = { [unowned self] end in
            switch end {
            case .closed: finish("closed")
            case .refused(let status): finish("http_\(status)")
            case .broken: finish("connection_lost")
            }
        }
        media.onConnected = { [unowned self] in hasKeys() }
        media.onDatagram = { [unowned self] in receive($0) }
        media.onPacket = { [unowned self] in check($0) }
    }

    /// With what was counted elsewhere.
    var counters: PacketCounters {
        var counters = reception.counters
        (counters.checked, counters.wrong, counters.dropped, counters.refused, counters.bytes) = (
            checked, wrong, dropped, media.peer.refused + strangers, bytes
        )
        return counters
    }

    private func send(_ request: ClientRequest) { socket.send(request.json) }

    private func receive(_ message: String) {
        guard let reply = ServerReply(message) else { return finish("no_json") }
        if reply.type == "error" {
            // `producerAvailable` follows when the host plays.
            if settings.signaling == .mediasoup, reply.message == "No producer available" { return }
            return finish(reply.code ?? reply.message ?? "error")
        }
        switch settings.signaling {
        case .sdp:
            guard reply.type == "joined" else { return }
            guard let answer = reply.sdp else { return finish("no_answer") }
            open { try media.open(answer: answer) }
        case .mediasoup: goOn(after: reply)
        }
    }

    /// In the order in which mediasoup-client goes (party-protocol.md, "Sequences").
    private func goOn(after reply: ServerReply) {
        switch reply.type {
        case "joined":
            capabilities = reply.routerRtpCapabilities
            send(ClientRequest(type: "createConsumerTransport"))
        case "consumerTransportCreated":
            transport = reply.transport
            send(ClientRequest(type: "consume", rtpCapabilities: capabilities))
        case "producerAvailable" where transport != nil: send(ClientRequest(type: "consume", rtpCapabilities: capabilities))
        case "consumed": send(.connectTransport(media.peer.certificate.fingerprint()))
        case "transportConnected":
            guard let transport else { return finish("no_transport") }
            open { try media.open(transport) }
            send(ClientRequest(type: "resumeConsumer"))
        default: break
        }
    }

    private func open(_ open: () throws -> Void) {
        isAnswered = true
        do { try open() } catch { finish("\(error)") }
    }

    private func hasKeys() {
        guard state == .joining else { return }
        state = .connected
        onConnected(.now - begin)
        // It proves the keys at once, and reports do not come all at the same time.
        sendReport()
        nextReport = .now + Self.reportInterval * Double.random(in: 0.2...1)
    }

    private func finish(_ reason: String) {
        switch state {
        case .joining: state = .failed(reason)
        case .connected: state = .dropped(reason)
        default: return
        }
        media.close()
    }

    // MARK: - Time

    func timePassed(at now: ContinuousClock.Instant) {
        switch state {
        case .joining:
            media.timePassed(at: now)
            if now - begin > settings.joinTimeout { finish("timeout") }
        case .connected:
            guard now >= due || reception.isWaiting else { return }
            guard media.hasConsent(at: now) else { return finish("consent_expired") }
            let numbers = reception.requests(at: now)
            if let ssrc, !numbers.isEmpty { media.peer.sendNack(numbers, mediaSsrc: ssrc) }
            if let time = nextReport, now >= time {
                sendReport()
                nextReport = now + Self.reportInterval
            }
            media.timePassed(at: now)
            due = min(media.nextTime, nextReport ?? media.nextTime)
        default: break
        }
    }

    private func sendReport() {
        var bytes: [UInt8] = []
        let block = ssrc.flatMap { reception.report(ssrc: $0) }
        ReceiverReport(ssrc: ownSsrc, blocks: block.map { [$0] } ?? []).append(to: &bytes)
        media.peer.sendRtcp(bytes)
        media.flush()
    }

    // MARK: - Sound

    /// What lies in clear is counted for every packet; true for those that are opened.
    private func receive(_ view: ByteView) -> Bool {
        guard let sequenceNumber = view.u16(at: 2), let timestamp = view.u32(at: 4), let source = view.u32(at: 8) else { return false }
        bytes += view.count
        if settings.loss > 0, Double.random(in: 0..<1) < settings.loss {
            dropped += 1
            return false
        }
        guard let ssrc else { return true }
        guard source == ssrc else {
            strangers += 1
            return false
        }
        let (number, arrival) = reception.receive(sequenceNumber, timestamp: timestamp, at: loop.arrival)
        return arrival != .duplicate && (anchor == nil || number % Int64(settings.sample) == sampleOffset)
    }

    private func check(_ packet: ReceivedPacket) {
        if ssrc == nil {
            ssrc = packet.ssrc
            onFirstPacket(.now - begin)
            _ = reception.receive(packet.sequenceNumber, timestamp: packet.timestamp, at: loop.arrival)
        }
        checked += 1
        guard let payload = Self.primary(of: packet) else {
            wrong += 1
            return
        }
        switch StampedPayload.read(payload) {
        case .damaged: wrong += 1
        case .foreign: if settings.knowsHost { wrong += 1 }
        case .whole(let stamped): place(stamped, packet)
        }
    }

    /// Opus itself, also where the server has added redundancy (RFC 2198).
    private static func primary(of packet: ReceivedPacket) -> ArraySlice<UInt8>? {
        guard packet.payloadType == TestPeer.redPayloadType else { return packet.payload[...] }
        guard let red = packet.payload.withByteView({ RedPayload($0) }) else { return nil }
        return packet.payload[red.primaryOffset...]
    }

    /// Within a host's life, numbers, sequence numbers and timestamps go in step.
    private func place(_ stamped: StampedPayload, _ packet: ReceivedPacket) {
        let sequence = SequenceNumber.widen(packet.sequenceNumber, near: reception.highest ?? Int64(packet.sequenceNumber))
        guard let anchor, anchor.stamped.life >= stamped.life else {
            self.anchor = (sequence, packet.timestamp, stamped)
            return
        }
        // What is repaired of a life that is over is tied to nothing any more.
        guard anchor.stamped.life == stamped.life else { return }
        let step = sequence - anchor.sequence
        let isInStep =
            Int64(stamped.number) - Int64(anchor.stamped.number) == step
            && packet.timestamp &- anchor.timestamp == UInt32(truncatingIfNeeded: step * 960)
        guard isInStep else {
            wrong += 1
            return
        }
        if sequence == reception.highest {
            onPacket(.nanoseconds(Int64(clamping: loop.arrival.nanoseconds) - Int64(clamping: stamped.nanoseconds)))
        }
    }

    // MARK: - Leaving

    /// - Returns: false for who keeps its connections: `end()` has to follow.
    func leave(_ leaving: Leaving) -> Bool {
        guard state == .joining || state == .connected else { return true }
        state = .left
        switch leaving {
        case .politely:
            socket.close()
            media.close()
        case .abruptly:
            socket.end()
            media.close()
        case .silently:
            socket.fallSilent()
            media.onDatagram = { _ in false }
            return false
        }
        return true
    }

    func end() {
        socket.end()
        media.close()
    }

    /// Nothing more is to come: what is missing will not, and neither will what the host sent last.
    func finishCounting(hostsLast: UInt32?) -> PacketCounters {
        reception.finish()
        var counters = counters
        if let hostsLast, let lastNumber, hostsLast > lastNumber { counters.lost += Int(hostsLast - lastNumber) }
        return counters
    }
}
