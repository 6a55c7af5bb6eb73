/// One peer: sorts its datagrams (RFC 7983, RFC 5761) to ICE, DTLS and SRTP, and owns all three.
///
/// The owner of the sockets finds the transport (`DatagramKind`, then by ufrag for STUN and by remote address for all else), passes
/// the datagram in, sends what is in `MediaContext.outgoing`, and calls `handleTimeout(at:)` when `nextTimeout` has come.
///
///     new ── connect ──> connecting ── SRTP keys ──> connected
///      └────────────────────┴── close, or by itself ──┴──> closed
import RTP

/// What the owner of a transport has to do after a call.
public enum TransportEvent: Equatable, Sendable {
    case none
    /// From now on datagrams from this address belong to this transport; those from `replacing`, if any, no longer do.
    case validated(SocketAddress, replacing: SocketAddress?)
    /// SRTP keys are agreed on; media flows.
    case connected
    /// This transport's producer is now the source of its router's timeline: it is the first, or has taken over.
    case producing
    /// The transport has closed itself; forget it.
    case closed(CloseReason)
}

public enum CloseReason: Equatable, Sendable {
    /// No valid check for 30 s (RFC 7675).
    case consentExpired
    /// Not connected 15 s after signalling was complete.
    case handshakeTimeout
    case fingerprintMismatch
    /// DTLS close_notify.
    case closedByPeer
}

/// Plain state of one media thread.
public final class Transport {
    public enum State: Sendable { case new, connecting, connected, closed }

    private static let handshakeTimeout = Duration.seconds(15)
    /// How long after the keys a handshake's state is kept for a peer that proves nothing.
    private static let dtlsLinger = Duration.seconds(10)
    /// Ten times what the worst handshake needs; and how many times one may begin anew after OpenSSL refused something.
    private static let maximumHandshakeDatagrams = 400, maximumHandshakes = 16

    /// Those that it began with; their ufrag is its name for life, whatever a restart brings.
    public let credentials: IceCredentials
    public private(set) var state = State.new
    public private(set) var producer: Producer?
    public private(set) var consumer: Consumer?
    private let context: MediaContext
    private let ice: IceAgent
    private var peer: RemotePeer?
    private var dtls: DtlsTransport?
    private var srtp: SrtpSession?
    private var handshakeDatagrams = 0, handshakes = 0
    /// While connecting the end of the handshake; then, until the peer has proved its keys, the release of its state.
    private var handshakeEnd: ContinuousClock.Instant?
    /// When `handleTimeout(at:)` is due; it may be called earlier. Nil when there is nothing to wait for.
    public private(set) var nextTimeout: ContinuousClock.Instant?

    /// Answers STUN checks from now on; nothing else before `connect`.
    public init(credentials: IceCredentials, context: MediaContext) {
        self.credentials = credentials
        self.context = context
        ice = IceAgent(credentials)
    }

    deinit { leaveRouter() }

    /// Which keys protect its media; nil before they are agreed on.
    public var srtpProfile: SrtpProfile? { srtp?.profile }

    // MARK: - Signalling

    /// Signalling knows the peer: a handshake may begin. It must end within 15 s.
    /// - Returns: false when the peer is known already; then nothing changes.
    @discardableResult
    public func connect(_ peer: RemotePeer, at now: ContinuousClock.Instant) -> Bool {
        guard state == .new else { return false }
        defer { updateTimeout() }
        state = .connecting
        self.peer = peer
        ice.connect(remoteUfrag: peer.iceUfrag)
        handshakeEnd = now + Self.handshakeTimeout
        startHandshakeIfOurs(at: now)
        return true
    }

    /// The peer has new ICE credentials and gets new ones (RFC 8445 §9): DTLS and SRTP stay as they are. `credentials` of the transport
    /// stay its name. Its owner then finds it by `ufrags`.
    /// - Returns: false when no peer is known, or the transport has closed; then nothing changes.
    @discardableResult
    public func restartIce(_ new: IceCredentials, remoteUfrag: String?) -> Bool {
        guard state == .connecting || state == .connected else { return false }
        ice.restart(new, remoteUfrag: remoteUfrag)
        return true
    }

    /// Which ufrags of ours a check may name.
    public var ufrags: [IceUfrag] { ice.ufrags }

    /// A TCP connection that a check had proved has ended.
    public func connectionEnded(_ address: SocketAddress, at now: ContinuousClock.Instant) {
        guard state != .closed else { return }
        ice.connectionEnded(address, at: now)
        updateConsumer()
        updateTimeout()
    }

    /// Makes the peer a host; it becomes the router's source at its first authenticated RTP packet. Called again, it replaces the
    /// producer before.
    public func produce(_ parameters: ProducerParameters, to router: Router) {
        guard state != .closed else { return }
        producer = Producer(parameters, router: router)
        updateTimeout()
    }

    /// Makes the peer a listener; called again, it replaces the consumer before. A mediasoup consumer starts paused.
    public func consume(_ parameters: ConsumerParameters, from router: Router, paused: Bool = false) {
        guard state != .closed else { return }
        leaveRouter()
        let consumer = Consumer(parameters, router: router, paused: paused)
        self.consumer = consumer
        router.add(consumer)
        updateConsumer()
        updateTimeout()
    }

    /// Leaves the router, tells the peer (RTCP BYE; close_notify while there is a handshake's state), and frees everything.
    public func close() {
        guard state != .closed else { return }
        if srtp != nil, let ssrc = consumer?.parameters.ssrc ?? producer?.router.reporterSsrc {
            var bytes: [UInt8] = []
            ReceiverReport(ssrc: ssrc, blocks: []).append(to: &bytes)
            SourceDescription(chunks: [.init(ssrc: ssrc, cname: Consumer.cname)]).append(to: &bytes)
            Goodbye(ssrcs: [ssrc]).append(to: &bytes)
            sendRtcp(bytes, from: ssrc)
        }
        dtls?.close { send($0) }
        leaveRouter()
        state = .closed
        producer = nil
        dtls = nil
        srtp = nil
        handshakeEnd = nil
        updateTimeout()
    }

    private func leaveRouter() {
        guard let consumer else { return }
        consumer.router?.remove(consumer)
        self.consumer = nil
    }

    /// Closes by itself, for the reason that its owner then reads.
    private func close(_ reason: CloseReason) -> TransportEvent {
        close()
        return .closed(reason)
    }

    /// What the packet's path needs lies in the consumer itself.
    private func updateConsumer() {
        consumer?.setTarget(ice.selected, srtp)
    }

    /// Whether the peer has proved a moment ago that it is at this address, as every peer does again and again.
    public func hasConsent(from address: SocketAddress, at now: ContinuousClock.Instant) -> Bool {
        state != .closed && ice.hasConsent(from: address, at: now)
    }

    /// Addresses that checks have proved to be this peer's: what the owner's table holds for it.
    public var validatedAddresses: [SocketAddress] { ice.validAddresses }

    // MARK: - Datagrams

    /// Handles one datagram from `peer` that arrived at our `local` address. Its bytes are decrypted in place, so they must begin at a
    /// 4-byte boundary (libsrtp2).
    public func receive(
        _ datagram: UnsafeMutableRawBufferPointer, from peer: SocketAddress, to local: SocketAddress, at now: ContinuousClock.Instant
    ) -> TransportEvent {
        guard state != .closed else { return drop(.transportClosed) }
        defer { updateTimeout() }
        guard let kind = DatagramKind(UnsafeRawBufferPointer(datagram)) else { return drop(.unknownProtocol) }
        let path = IcePath(peer: peer, local: local)
        guard kind == .stun || ice.isValid(path) else { return drop(.addressNotValidated) }
        return switch kind {
        case .stun: receiveStun(ByteView(UnsafeRawBufferPointer(datagram)), path, now)
        case .dtls: receiveDtls(ByteView(UnsafeRawBufferPointer(datagram)), now)
        case .rtp: receiveRtp(datagram, now)
        case .rtcp: receiveRtcp(datagram, now)
        }
    }

    private func drop(_ reason: DropReason) -> TransportEvent {
        context.drops.count(reason)
        return .none
    }

    private func receiveStun(_ view: ByteView, _ path: IcePath, _ now: ContinuousClock.Instant) -> TransportEvent {
        let outcome = ice.receive(view, on: path, at: now, context.outgoing)
        if case .dropped(let reason) = outcome { return drop(reason) }
        context.counters.stunAnswered &+= 1
        updateConsumer()
        startHandshakeIfOurs(at: now)
        if case .validated(let replacing) = outcome { return .validated(path.peer, replacing: replacing) }
        return .none
    }

    /// A peer that wants to be the DTLS server gets our ClientHello as soon as there is somewhere to send it.
    private func startHandshakeIfOurs(at now: ContinuousClock.Instant) {
        guard state == .connecting, let peer, peer.dtlsRole == .server, ice.selected != nil, dtls == nil,
            handshakes < Self.maximumHandshakes
        else { return }
        let dtls = startHandshake(peer)
        if case .refused = dtls.start(at: now, send: { send($0) }) { self.dtls = nil }
    }

    private func startHandshake(_ peer: RemotePeer) -> DtlsTransport {
        let dtls = DtlsTransport(context.dtls, peer)
        self.dtls = dtls
        handshakes += 1
        context.counters.handshakesStarted &+= 1
        return dtls
    }

    private func receiveDtls(_ view: ByteView, _ now: ContinuousClock.Instant) -> TransportEvent {
        guard let peer else { return drop(.dtlsBeforeFingerprint) }
        guard dtls != nil || srtp == nil else { return drop(.dtlsAfterRelease) }
        if let dtls, handshakes < Self.maximumHandshakes, dtls.isAnotherClientHello(view) { self.dtls = nil }
        guard handshakeDatagrams < Self.maximumHandshakeDatagrams, dtls != nil || handshakes < Self.maximumHandshakes else {
            return drop(.dtlsTooMany)
        }
        handshakeDatagrams += 1
        switch (dtls ?? startHandshake(peer)).receive(view, at: now, send: { send($0) }) {
        case .waiting: return .none
        case .connected(let keys):
            srtp = SrtpSession(keys)
            state = .connected
            handshakeEnd = now + Self.dtlsLinger
            context.counters.handshakesFinished &+= 1
            updateConsumer()
            return .connected
        case .fingerprintMismatch:
            context.drops.count(.dtlsFingerprint)
            return close(.fingerprintMismatch)
        case .closedByPeer: return close(.closedByPeer)
        case .refused:
            // Forged or broken; the real peer repeats its flight, and a new handshake takes it.
            dtls = nil
            return drop(.dtlsRefused)
        }
    }

    private func receiveRtp(_ datagram: UnsafeMutableRawBufferPointer, _ now: ContinuousClock.Instant) -> TransportEvent {
        guard let srtp else { return drop(.mediaBeforeKeys) }
        guard let producer else { return drop(.rtpNotProducing) }
        guard let ssrc = RtpPacket.ssrc(of: ByteView(UnsafeRawBufferPointer(datagram))) else { return drop(.rtpMalformed) }
        guard producer.mayReceive(ssrc: ssrc) else { return drop(.rtpUnknownSource) }
        switch srtp.openRtp(datagram, ssrc: ssrc) {
        case .dropped(let reason): return drop(reason)
        case .bytes(let count):
            releaseDtls()
            let plain = ByteView(UnsafeRawBufferPointer(rebasing: datagram[..<count]))
            guard let packet = RtpPacket(plain) else { return drop(.rtpMalformed) }
            switch producer.receive(packet, at: now) {
            case .dropped(let reason): return drop(reason)
            case .packet(let number, let startsSource, let red):
                let takesOver = producer.router.receive(
                    packet, number: number, startsSource: startsSource, red: red, from: producer, at: now)
                askAgain(producer, at: now)
                return takesOver ? .producing : .none
            }
        }
    }

    private func receiveRtcp(_ datagram: UnsafeMutableRawBufferPointer, _ now: ContinuousClock.Instant) -> TransportEvent {
        guard let srtp else { return drop(.mediaBeforeKeys) }
        switch srtp.openRtcp(datagram) {
        case .dropped(let reason): return drop(reason)
        case .bytes(let count):
            releaseDtls()
            guard let compound = RtcpCompoundPacket(ByteView(UnsafeRawBufferPointer(rebasing: datagram[..<count]))) else {
                return drop(.rtcpMalformed)
            }
            context.counters.rtcpReceived &+= 1
            for packet in compound.packets { handle(packet, now) }
            return .none
        }
    }

    /// Asks a host for what is missing, when it is time.
    private func askAgain(_ producer: Producer, at now: ContinuousClock.Instant) {
        let reporter = producer.router.reporterSsrc
        if let bytes = producer.nack(at: now, from: reporter) { sendRtcp(bytes, from: reporter) }
    }

    /// RTCP ends here: nothing of it is forwarded (ASSUMPTIONS.md says what becomes of each type).
    private func handle(_ packet: RtcpPacket, _ now: ContinuousClock.Instant) {
        switch packet {
        case .senderReport(let report):
            producer?.receive(report, at: now)
            handle(report.blocks, now)
        case .receiverReport(let report): handle(report.blocks, now)
        case .transportLayerNack(let nack):
            if let consumer, nack.mediaSsrc == consumer.parameters.ssrc { consumer.receive(nack, at: now, context) }
        case .extendedReport(let report): producer?.receive(report, at: now, context.clock)
        case .sourceDescription, .goodbye, .other: break
        }
    }

    private func handle(_ blocks: [ReportBlock], _ now: ContinuousClock.Instant) {
        guard let consumer else { return }
        for block in blocks where block.ssrc == consumer.parameters.ssrc { consumer.receive(block, at: now, context.clock) }
    }

    /// The peer has proved that it has the keys, so it has our last flight too.
    private func releaseDtls() {
        guard dtls != nil else { return }
        dtls = nil
        handshakeEnd = nil
    }

    private func send(_ bytes: UnsafeRawBufferPointer) {
        guard let path = ice.selected else { return }
        context.outgoing.append(bytes, to: path.peer, from: path.local)
    }

    private func sendRtcp(_ packet: [UInt8], from ssrc: UInt32) {
        guard let srtp, let path = ice.selected else { return }
        precondition(packet.count + SrtpSession.maximumOverheadBytes <= OutgoingDatagrams.slotBytes, "an RTCP packet of ours is too large")
        let slot = context.outgoing.next(to: path.peer, from: path.local)
        slot.pointee.bytes.copyMemory(from: packet, byteCount: packet.count)
        slot.pointee.count = srtp.sealRtcp(slot.pointee.bytes.assumingMemoryBound(to: UInt8.self), count: packet.count, ssrc: ssrc)
        context.counters.rtcpSent &+= 1
    }

    // MARK: - Time

    /// Kept ready, since its owner asks every transport again and again.
    private func updateTimeout() {
        guard state != .closed else {
            nextTimeout = nil
            return
        }
        var earliest = handshakeEnd
        func consider(_ time: ContinuousClock.Instant?) {
            if let time, earliest.map({ time < $0 }) ?? true { earliest = time }
        }
        consider(dtls?.retransmissionTime)
        if state == .connected {
            consider(ice.consentEnd)
            if let consumer { consider(consumer.nextTimeout ?? context.clock.anchor) }
            consider(producer?.nextTimeout)
        }
        nextTimeout = earliest
    }

    /// Reports, flights of a handshake that got no answer, and everything's end.
    public func handleTimeout(at now: ContinuousClock.Instant) -> TransportEvent {
        defer { updateTimeout() }
        guard state != .closed else { return .none }
        if let end = handshakeEnd, now >= end {
            guard state == .connected else { return close(.handshakeTimeout) }
            releaseDtls()
        }
        dtls?.handleTimeout(at: now) { send($0) }
        guard state == .connected else { return .none }
        if let end = ice.consentEnd, now >= end {
            guard ice.expireConsent(at: now) else {
                updateConsumer()
                return close(.consentExpired)
            }
            updateConsumer()
        }
        if let consumer, let bytes = consumer.report(at: now, context.clock) { sendRtcp(bytes, from: consumer.parameters.ssrc) }
        if let producer {
            if let bytes = producer.report(at: now, context.clock, from: producer.router.reporterSsrc) {
                sendRtcp(bytes, from: producer.router.reporterSsrc)
            }
            askAgain(producer, at: now)
        }
        return .none
    }
}
