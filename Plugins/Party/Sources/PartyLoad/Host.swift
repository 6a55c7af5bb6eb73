/// The host, if asked for: opens the party, sends 50 packets a second, answers requests for lost ones, and comes again after a reload
/// with another source that begins at the same numbers.
import Foundation
import RTP
import TestSupport
import WebRTC

final class Host {
    struct Settings {
        var secret: String?
        var signaling = SignalingProtocol.sdp
        var firstSequenceNumber: UInt16 = 0
        var firstTimestamp: UInt32 = 0
        /// 0…1 of the packets that are thrown away.
        var loss = 0.0
    }

    static let packetInterval = Duration.milliseconds(20)
    private static let packetTicks: UInt32 = 960
    private static let newsInterval = Duration.seconds(1), reportInterval = Duration.seconds(5), trackSeconds = 180
    private static let reloadTime = Duration.seconds(1)
    private static let keptPackets = 256

    /// Of all lives; the number of the next packet.
    private(set) var sent: UInt32 = 0
    private(set) var lives: UInt32 = 0
    private(set) var dropped = 0, repaired = 0
    /// Set when the party cannot be, or is lost.
    private(set) var failure: String?
    /// Sound waits for it.
    var isSending = false

    private let server: ServerAddress, loop: EventLoop, settings: Settings
    private var hostKey: String?
    private var socket: WebSocketClient?
    private var media: MediaConnection?
    /// Of the original's messages.
    private var transport: ServerTransport?
    private var returns: ContinuousClock.Instant?
    private var next = ContinuousClock.now, nextNews = ContinuousClock.now, nextReport = ContinuousClock.now
    private var lifeBegan = ContinuousClock.now
    private var packetsOfLife: UInt32 = 0
    /// Sealed, by the lower bits of their numbers.
    private var kept: [(sequenceNumber: UInt16, datagram: [UInt8])?] = []

    init(_ server: ServerAddress, _ loop: EventLoop, _ settings: Settings) {
        self.server = server
        self.loop = loop
        self.settings = settings
        arrive()
    }

    var isConnected: Bool { media?.peer.isConnected ?? false }
    private var ssrc: UInt32 { 1_000 &+ lives }

    private func arrive() {
        lives += 1
        packetsOfLife = 0
        transport = nil
        kept = Array(repeating: nil, count: Self.keptPackets)
        let media = MediaConnection(name: "host\(lives)", loop)
        media.onRtcp = { [unowned self] in answer($0) }
        self.media = media
        lifeBegan = .now
        do {
            let socket = try WebSocketClient(server, loop)
            self.socket = socket
            socket.onOpen = { [unowned self] in ask(settings.secret == nil ? "createSession" : "hostChallenge") }
            socket.onMessage = { [unowned self] in receive($0) }
            socket.onEnd = { [unowned self] in failure = "the host's socket ended: \($0)" }
        } catch {
            failure = "\(error)"
        }
    }

    private func ask(_ type: String, sdp: String? = nil, token: String? = nil) {
        socket?.send(ClientRequest(type: type, sdp: sdp, token: token, hostKey: type == "createSession" ? hostKey : nil).json)
    }

    private func receive(_ message: String) {
        guard let reply = ServerReply(message) else { return }
        switch reply.type {
        case "hostChallenge":
            guard let secret = settings.secret, let nonce = reply.nonce else { break }
            let token = hmacSha256(key: Array(secret.utf8), Array(nonce.utf8)).map {
                String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
            }
            ask("createSession", token: token.joined())
        case "sessionCreated":
            hostKey = reply.hostKey ?? hostKey
            guard let media, !media.isOpen else { break }
            switch settings.signaling {
            case .sdp: ask("publish", sdp: media.peer.offer(sending: true, ssrc: ssrc))
            case .mediasoup: ask("createProducerTransport")
            }
        case "published":
            do { try media?.open(answer: reply.sdp ?? "") } catch { failure = "\(error)" }
        case "producerTransportCreated":
            transport = reply.transport
            if let media { socket?.send(ClientRequest.connectTransport(media.peer.certificate.fingerprint()).json) }
        case "transportConnected":
            socket?.send(ClientRequest(type: "produce", kind: "audio", rtpParameters: OpusParameters(ssrc: ssrc)).json)
        case "produced":
            guard let transport else { break }
            do { try media?.open(transport) } catch { failure = "\(error)" }
        case "error": failure = "the host was refused: \(reply.code ?? reply.message ?? message)"
        case "takenOver": failure = "another host has taken over"
        default: break
        }
    }

    // MARK: - Time

    /// When something is due.
    func nextTimeout(before latest: ContinuousClock.Instant) -> ContinuousClock.Instant {
        isSending && isConnected ? min(next, latest) : latest
    }

    func timePassed(at now: ContinuousClock.Instant) {
        if let returns, now >= returns {
            self.returns = nil
            arrive()
        }
        guard let media, returns == nil else { return }
        media.timePassed(at: now)
        guard isConnected else {
            if now - lifeBegan > .seconds(30) { failure = failure ?? "the host does not get through" }
            return
        }
        guard isSending else { return }
        if packetsOfLife == 0 { next = now }
        // What was missed while the machine was busy is not made up for in one burst.
        if now - next > .seconds(1) { next = now }
        while now >= next {
            sendPacket()
            next += Self.packetInterval
        }
        tellNews(at: now)
        media.flush()
    }

    private func sendPacket() {
        guard let media else { return }
        let sequenceNumber = settings.firstSequenceNumber &+ UInt16(truncatingIfNeeded: packetsOfLife)
        media.flush()
        media.peer.sendRtp(
            sequenceNumber: sequenceNumber, timestamp: timestamp(of: packetsOfLife), ssrc: ssrc,
            payload: StampedPayload(life: lives, number: sent).bytes)
        sent += 1
        packetsOfLife += 1
        for datagram in media.peer.takeOutgoing() {
            kept[Int(sequenceNumber) % Self.keptPackets] = (sequenceNumber, datagram)
            deliver(datagram)
        }
    }

    private func timestamp(of packet: UInt32) -> UInt32 { settings.firstTimestamp &+ packet &* Self.packetTicks }

    private func deliver(_ datagram: [UInt8]) {
        if settings.loss > 0, Double.random(in: 0..<1) < settings.loss {
            dropped += 1
        } else {
            media?.send(datagram)
        }
    }

    /// The server asks for what it misses.
    private func answer(_ rtcp: [UInt8]) {
        guard let packets = rtcp.withByteView({ RtcpCompoundPacket($0)?.packets }) else { return }
        for case .transportLayerNack(let nack) in packets where nack.mediaSsrc == ssrc {
            for number in nack.sequenceNumbers {
                guard let packet = kept[Int(number) % Self.keptPackets], packet.sequenceNumber == number else { continue }
                repaired += 1
                deliver(packet.datagram)
            }
        }
    }

    /// What a host's page says beside the sound: a track each three minutes, the position each second, reports.
    private func tellNews(at now: ContinuousClock.Instant) {
        if now >= nextReport {
            nextReport = now + Self.reportInterval
            var bytes: [UInt8] = []
            SenderReport(
                ssrc: ssrc, ntpTimestamp: (UInt64(Date().timeIntervalSince1970) + 2_208_988_800) << 32,
                rtpTimestamp: timestamp(of: packetsOfLife), packetCount: packetsOfLife,
                octetCount: packetsOfLife &* UInt32(StampedPayload.byteCount)
            ).append(to: &bytes)
            media?.peer.sendRtcp(bytes)
        }
        guard now >= nextNews else { return }
        nextNews = now + Self.newsInterval
        let seconds = Int(sent / 50)
        let track = seconds / Self.trackSeconds
        let position = seconds % Self.trackSeconds
        if position == 0 || packetsOfLife <= 50 {
            let playing = ClientRequest.Track(id: String(track + 1), title: "Track \(track + 1)", duration: Self.trackSeconds)
            socket?.send(ClientRequest(type: "nowPlaying", track: playing).json)
        }
        socket?.send(ClientRequest(type: "position", currentTime: Double(position), duration: Double(Self.trackSeconds)).json)
    }

    // MARK: - Coming and going

    /// As when its page is loaded anew; each second time as when it was killed.
    func reload() {
        guard returns == nil else { return }
        if lives % 2 == 0 { socket?.end() } else { socket?.close() }
        socket = nil
        media = nil
        returns = .now + Self.reloadTime
    }

    /// Ends the party.
    func end() {
        ask("endSession")
        socket?.close()
        socket = nil
        media = nil
    }
}
