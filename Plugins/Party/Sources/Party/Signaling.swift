/// The signalling of `/_ws`: every socket, the one party, and what each message does (party-protocol.md §3; DESIGN, "Party:
/// signalling"). Rights are checked here, message by message; `PartySession` decides, `MediaWorkers` carry the sound, and this actor
/// is the only one that knows both. No step waits for a socket or for the media thread.
import Foundation
import GatewayAPI
import Synchronization
import WebRTC

actor Signaling {
    struct Settings: Sendable {
        var secret: String?
        var partyURL: PartyURL?
        var limits = PartySession.Limits()
    }

    /// Transports whose handshake is under way: each holds some 74 KB, and strangers can begin them.
    static let maximumHandshakes = 1_024
    /// Many listeners come at once: one message about their number is enough.
    private static let listenerCountDelay: Duration = .milliseconds(100)

    private let settings: Settings
    private let media: MediaWorkers
    private let logger: Logger
    private let clock = ContinuousClock()
    private var peers: [PeerID: Connected] = [:]
    private var session: PartySession?
    private let file: PartyFile
    /// What the file was told last.
    private var kept: KeptParty?
    private var handshakes: Set<TransportID> = []
    private var isListenerCountDue = false
    /// What `partyStatistics` measures the bitrate from.
    private var lastSnapshot = MediaSnapshot()
    private let covers: PartyCovers
    private let hasCover: @Sendable (_ releaseID: String) async throws -> Bool
    /// About the current track; asked in the background.
    private var coverQuestion: Task<Void, Never>?

    private struct Connected {
        let peer: SignalingPeer
        var nonce = HostNonce()
    }

    /// A party that was there before a restart is there again.
    ///
    /// - Parameter hasCover: asks this server's catalog; see `ModuleHost`.
    init(
        settings: Settings, media: MediaWorkers, covers: PartyCovers, file: PartyFile,
        hasCover: @escaping @Sendable (_ releaseID: String) async throws -> Bool, logger: Logger
    ) {
        self.covers = covers
        self.hasCover = hasCover
        self.file = file
        self.settings = settings
        self.media = media
        self.logger = logger
        kept = file.read(graceSeconds: settings.limits.hostGraceSeconds)
        session = kept.map { PartySession($0, limits: settings.limits, now: .now) }
        if session != nil { logger.info("party waits for its host after a restart") }
    }

    var status: PartyStatus { session.map { PartyStatus($0) } ?? .inactive }

    // MARK: - Sockets

    private static let lastPeerID = Atomic<PeerID>(0)

    /// For each socket of `/_ws`.
    nonisolated func open(_ client: WebSocketClient, _ connection: any WebSocketConnection) -> any WebSocketSession {
        let isForeign = !Origin.isOwn(origin: client.origin, host: client.host, partyURL: settings.partyURL)
        let id = Self.lastPeerID.add(1, ordering: .relaxed).newValue
        return Socket(
            signaling: self,
            peer: SignalingPeer(id: id, address: client.address, isForeign: isForeign, connection: connection))
    }

    private final class Socket: WebSocketSession {
        private let signaling: Signaling
        private let peer: SignalingPeer
        private let limiter = Mutex(RateLimiter(now: .now))

        init(signaling: Signaling, peer: SignalingPeer) {
            self.signaling = signaling
            self.peer = peer
        }

        func received(_ message: WebSocketMessage) async {
            switch limiter.withLock({ $0.take(now: .now) }) {
            case .allowed: break
            case .refused: return peer.send(ServerMessage.error(.rateLimited).json())
            case .excessive: return peer.close(.tooManyMessages)
            }
            guard case .text(let text) = message else {
                return peer.send(ServerMessage.error(SignalingError(.invalidMessage, "Messages are text")).json())
            }
            await signaling.handle(SignalingRequest(text), from: peer)
        }

        func closed() async { await signaling.disconnected(peer) }
    }

    private func disconnected(_ peer: SignalingPeer) {
        peers[peer.id] = nil
        guard let wasHost = session.map({ $0.role(of: peer.id) == .host }) else { return }
        if wasHost { logger.info("party host away") }
        change { $0.disconnected(peer.id, now: clock.now) }
    }

    // MARK: - Time and media

    /// To be called about once a second.
    func timePassed() {
        change { $0.timePassed(now: clock.now) }
        tellStatistics()
        keep()
    }

    /// The file follows each change within a second.
    private func keep() {
        guard let session else { return }
        let now = Int(Date().timeIntervalSince1970) / KeptParty.lastSeenStep * KeptParty.lastSeenStep
        let state = session.kept(hostLastSeen: session.isHostAway ? kept?.hostLastSeen ?? now : now)
        // Figures change every second: they go with what has to be written anyway, while a host is there every ten seconds.
        kept?.attendance = state.attendance
        guard state != kept else { return }
        kept = state
        file.keep(state)
    }

    private func tellStatistics() {
        let snapshot = media.snapshot
        defer { lastSnapshot = snapshot }
        guard let session, let host = session.hostPeer else { return }
        let statistics = PartyStatistics(session, media: snapshot, before: lastSnapshot)
        peers[host]?.peer.send(ServerMessage.partyStatistics(statistics).json())
    }

    func handle(_ event: MediaEvent) {
        switch event {
        case .connected(let id):
            handshakes.remove(id)
            session?.transportConnected(id)
        case .closed(let id, let reason):
            handshakes.remove(id)
            change { $0.transportClosed(id, reason: reason) }
        }
    }

    // MARK: - Messages

    private func handle(_ request: SignalingRequest, from peer: SignalingPeer) {
        // A socket that never speaks is nobody.
        if peers[peer.id] == nil { peers[peer.id] = Connected(peer: peer) }
        do throws(SignalingError) {
            try handle(try request.message.get(), from: peer, requestId: request.requestId)
        } catch {
            peer.send(ServerMessage.error(error).json(requestId: request.requestId))
        }
    }

    private func handle(_ message: SignalingMessage, from peer: SignalingPeer, requestId: RequestID?) throws(SignalingError) {
        func reply(_ message: ServerMessage) { peer.send(message.json(requestId: requestId)) }
        let timestamp = media.newestRtpTimestamp
        switch message {
        case .hostChallenge:
            reply(try hostChallenge(peer))
        case .createSession(let token, let hostKey):
            reply(try createSession(peer, token: token, hostKey: hostKey))
            if let session { peer.send(ServerMessage.listenerCount(session.listenerCount).json()) }
        case .publish(let sdp):
            reply(try publish(peer, offer: sdp))
            change { $0.produced() }
        case .restartIce(let sdp):
            reply(.iceRestarted(sdp: try restartIce(peer, offer: sdp)))
        case .createProducerTransport:
            try require(.host, peer)
            reply(.producerTransportCreated(try createTransport(peer)))
        case .createConsumerTransport:
            try require(.listener, peer)
            reply(.consumerTransportCreated(try createTransport(peer)))
        case .connectTransport(let parameters):
            try connectTransport(peer, parameters)
            reply(.transportConnected)
        case .produce(let parameters):
            reply(try produce(peer, parameters))
            change { $0.produced() }
        case .nowPlaying(var track, let isPlaying):
            try require(.host, peer)
            if let stored = covers.path(forTrack: track.id) { track.coverPath = stored } else { askForCover(of: track) }
            change { [track] in $0.nowPlaying(track, isPlaying: isPlaying, rtpTimestamp: timestamp) }
        case .pause:
            try require(.host, peer)
            change { $0.pause(rtpTimestamp: timestamp) }
        case .resume:
            try require(.host, peer)
            change { $0.resume(rtpTimestamp: timestamp) }
        case .position(let currentTime, let duration):
            try require(.host, peer)
            change { $0.position(currentTime: currentTime, duration: duration, rtpTimestamp: timestamp) }
        case .endSession:
            try require(.host, peer)
            change { $0.ended() }
            reply(.sessionEnded)
        case .join(let sdp, let listenerKey):
            reply(.joined(try join(peer, offer: sdp, listenerKey: listenerKey)))
        case .consume(let capabilities):
            reply(try consume(peer, capabilities))
        case .resumeConsumer:
            try require(.listener, peer)
            guard let transport = session?.transport(of: peer.id), transport.consumerId != nil else {
                throw SignalingError(.noTransport, "No consumer to resume")
            }
            try post([.resume(transport.id)], for: transport.id)
            reply(.consumerResumed)
        case .listListeners:
            let session = try require(.host, peer)
            let links = media.snapshot.listenerLinks
            reply(
                .listenerList(
                    session.newestListeners(now: clock.now).map { listener in
                        PartyListener(
                            listenerId: listener.id, seconds: listener.seconds,
                            link: listener.transport.flatMap { links[$0] } ?? LinkQuality())
                    }))
        case .removeListener(let listenerId, let ban):
            try require(.host, peer)
            perform(try session?.removeListener(id: listenerId, ban: ban) ?? [])
            logger.info("party listener removed", metadata: ["banned": "\(ban)"])
            reply(.listenerRemoved(listenerId: listenerId))
        case .listenerHistory:
            reply(.listenerHistory(try require(.host, peer).history))
        case .cover(let trackId, let jpeg):
            try require(.host, peer)
            guard let cover = PartyCover(jpeg) else { throw .coverInvalid }
            covers.store(cover, trackId: trackId)
            reply(.coverStored(coverPath: cover.path))
            change { $0.coverStored(trackId: trackId, coverPath: cover.path) }
        }
    }

    /// - Throws: `no_session` when no party runs, `wrong_role` when `peer` is something else in it.
    @discardableResult
    private func require(_ role: PartySession.Role, _ peer: SignalingPeer) throws(SignalingError) -> PartySession {
        guard let session else { throw .noSession }
        guard session.role(of: peer.id) == role else { throw .wrongRole }
        return session
    }

    // MARK: Host

    private func hostChallenge(_ peer: SignalingPeer) throws(SignalingError) -> ServerMessage {
        guard session?.role(of: peer.id) != .listener else { throw .wrongRole }
        let nonce = peers[peer.id]?.nonce.issue(now: clock.now) ?? ""
        return .hostChallenge(nonce: nonce, tokenRequired: settings.secret != nil)
    }

    private func createSession(_ peer: SignalingPeer, token: String?, hostKey: String?) throws(SignalingError) -> ServerMessage {
        let role = session?.role(of: peer.id) ?? .none
        guard role != .listener else { throw .wrongRole }
        let nonce = token == nil ? nil : peers[peer.id]?.nonce.take(now: clock.now)
        let claim = HostClaim(token: token, hostKey: hostKey, nonce: nonce, isHost: role == .host)
        switch claim.decide(secret: settings.secret, session: session) {
        case .refuse(let error):
            logger.info("party host refused", metadata: ["code": "\(error.code.rawValue)"])
            throw error
        case .open:
            session = PartySession(host: peer.id, limits: settings.limits, now: clock.now)
            logger.info("party opened")
        case .takeOver:
            logger.info("party host arrived", metadata: ["was_away": "\(session?.isHostAway ?? false)"])
            change { $0.hostArrived(peer.id, shownKey: hostKey) }
        }
        guard let session else { throw .noSession }
        return .sessionCreated(
            sessionId: session.id, hostKey: session.hostKey,
            routerRtpCapabilities: .router(maximumAverageBitrate: media.negotiator.maximumAverageBitrate))
    }

    private func publish(_ peer: SignalingPeer, offer: String) throws(SignalingError) -> ServerMessage {
        let session = try require(.host, peer)
        let credentials = media.credentials(forHost: true)
        let published: SdpNegotiator.Published
        do { published = try media.negotiator.publish(offer: offer, credentials: credentials) } catch { throw SignalingError(error) }
        let id = credentials.ufrag
        try beginHandshake(id, [.open(credentials), .connect(id, published.peer), .produce(id, published.producer)])
        let transport = PartyTransport(id: id, hasDtlsParameters: true, offered: .init(fingerprints: published.peer.fingerprints))
        change { $0.add(transport, for: peer.id) }
        return .published(sdp: published.answer, producerId: session.producerId)
    }

    private func produce(_ peer: SignalingPeer, _ parameters: RtpParameters) throws(SignalingError) -> ServerMessage {
        let session = try require(.host, peer)
        guard let transport = session.transport(of: peer.id) else { throw SignalingError(.noTransport, "No transport available") }
        let producer: ProducerParameters
        do { producer = try ProducerParameters(parameters) } catch {
            throw SignalingError(.invalidMessage, "These rtpParameters are not Opus at 48,000 Hz with 2 channels, or out of range")
        }
        try post([.produce(transport.id, producer)], for: transport.id)
        return .produced(producerId: session.producerId)
    }

    /// Listeners load covers from this server, whose catalog may not know the host's. Nothing waits for its answer; a database that is
    /// away means no.
    private func askForCover(of track: PartyTrack) {
        coverQuestion?.cancel()
        guard track.hasCoverOfItsOwnSite else { return }
        coverQuestion = Task { [hasCover] in
            if let release = track.releaseId, (try? await hasCover(release)) == true { return }
            guard !Task.isCancelled, session?.currentTrack?.id == track.id, covers.path(forTrack: track.id) == nil,
                let host = session?.hostPeer
            else { return }
            peers[host]?.peer.send(ServerMessage.coverWanted(trackId: track.id).json())
        }
    }

    // MARK: Listener

    private func join(_ peer: SignalingPeer, offer: String?, listenerKey: String?) throws(SignalingError) -> ServerMessage.Joined {
        guard !peer.isForeign else {
            // An owner meets this behind a reverse proxy that hides the name that browsers use.
            throw SignalingError(
                .foreignOrigin,
                "A page of another site may not listen here; if it is this server's own, set PARTY_URL to its address or let the proxy pass Host on"
            )
        }
        guard let role = session?.role(of: peer.id) else { throw .noSession }
        guard role != .host else { throw .wrongRole }
        // The offer first, so that a bad one changes nothing.
        let credentials = media.credentials(forHost: false)
        var negotiated: SdpNegotiator.Joined?
        if let offer {
            do { negotiated = try media.negotiator.join(offer: offer, credentials: credentials, ssrc: .randomSsrc()) } catch {
                throw SignalingError(error)
            }
        }
        let joined = try session?.join(peer.id, key: listenerKey, address: ClientNetwork(peer.address).text, now: clock.now)
        guard let (key, effects) = joined else { throw .noSession }
        perform(effects)
        if let negotiated {
            let id = credentials.ufrag
            try beginHandshake(
                id, [.open(credentials), .connect(id, negotiated.peer), .consume(id, negotiated.consumer, paused: false)])
            let offered = PartyTransport.Offered(fingerprints: negotiated.peer.fingerprints, ssrc: negotiated.consumer.ssrc)
            change { $0.add(PartyTransport(id: id, hasDtlsParameters: true, offered: offered), for: peer.id) }
        }
        guard let session else { throw .noSession }
        return ServerMessage.Joined(
            sessionId: session.id, listenerKey: key,
            routerRtpCapabilities: .router(maximumAverageBitrate: media.negotiator.maximumAverageBitrate),
            currentTrack: session.currentTrack,
            isPlaying: session.isPlaying, currentTime: session.currentTime, duration: session.duration,
            listenerCount: session.listenerCount, hostAway: session.isHostAway,
            graceSeconds: session.graceSeconds(now: clock.now), rtpTimestamp: media.newestRtpTimestamp,
            sdp: negotiated?.answer)
    }

    private func consume(_ peer: SignalingPeer, _ capabilities: RtpCapabilities) throws(SignalingError) -> ServerMessage {
        let producerId = try require(.listener, peer).producerId
        guard session?.hasProducer == true else { throw .noProducer }
        guard var transport = session?.transport(of: peer.id), transport.isMediasoup else {
            throw SignalingError(.noTransport, "No consumer transport")
        }
        let consumer: ConsumerParameters
        do { consumer = try ConsumerParameters(capabilities, ssrc: .randomSsrc(), mid: String(transport.nextMid)) } catch {
            throw SignalingError(.cannotConsume, "Cannot consume")
        }
        try post([.consume(transport.id, consumer, paused: true)], for: transport.id)
        let consumerId = randomUUID()
        transport.consumerId = consumerId
        transport.nextMid += 1
        session?.update(transport, of: peer.id)
        return .consumed(
            consumerId: consumerId, producerId: producerId,
            rtpParameters: consumer.rtpParameters(maximumAverageBitrate: media.negotiator.maximumAverageBitrate))
    }

    // MARK: Transports

    /// For mediasoup clients: the media thread answers checks at once, and begins the handshake after `connectTransport`.
    private func createTransport(_ peer: SignalingPeer) throws(SignalingError) -> ServerMessage.TransportParameters {
        let credentials = media.credentials(forHost: session?.role(of: peer.id) != .listener)
        try post([.open(credentials)], for: credentials.ufrag)
        change { $0.add(PartyTransport(id: credentials.ufrag, isMediasoup: true), for: peer.id) }
        return ServerMessage.TransportParameters(
            id: credentials.ufrag.description, iceParameters: IceParameters(credentials), iceCandidates: media.negotiator.candidates,
            dtlsParameters: DtlsParameters(media.negotiator.fingerprint))
    }

    private func connectTransport(_ peer: SignalingPeer, _ parameters: DtlsParameters) throws(SignalingError) {
        guard let role = session?.role(of: peer.id) else { throw .noSession }
        guard role != .none else { throw .wrongRole }
        guard var transport = session?.transport(of: peer.id) else { throw SignalingError(.noTransport, "No transport available") }
        guard !transport.hasDtlsParameters else { throw SignalingError(.alreadyConnected, "This transport is connected already") }
        guard let remote = parameters.remotePeer else {
            throw SignalingError(.invalidMessage, "dtlsParameters need a fingerprint in sha-256, sha-384 or sha-512")
        }
        try beginHandshake(transport.id, [.connect(transport.id, remote)])
        transport.hasDtlsParameters = true
        session?.update(transport, of: peer.id)
    }

    /// New ICE credentials on the transport that the peer has, which may be on a new socket (RFC 8839 §4.4.3): the answer is the one of
    /// before but for them, and DTLS goes on, so the certificate must be the same one (RFC 8842 §5.1).
    private func restartIce(_ peer: SignalingPeer, offer: String) throws(SignalingError) -> String {
        guard let session else { throw .noSession }
        guard session.role(of: peer.id) != .none else { throw .wrongRole }
        guard let transport = session.transport(of: peer.id), let offered = transport.offered else {
            throw SignalingError(.noTransport, "No transport to restart")
        }
        let credentials = media.credentials(restarting: transport.id)
        let answer: String
        let remote: RemotePeer
        do {
            if let ssrc = offered.ssrc {
                let joined = try media.negotiator.join(offer: offer, credentials: credentials, ssrc: ssrc)
                (answer, remote) = (joined.answer, joined.peer)
            } else {
                let published = try media.negotiator.publish(offer: offer, credentials: credentials)
                (answer, remote) = (published.answer, published.peer)
            }
        } catch { throw SignalingError(error) }
        guard remote.fingerprints == offered.fingerprints else {
            throw SignalingError(.noTransport, "This offer belongs to another connection: its certificate is another one")
        }
        try post([.restartIce(transport.id, credentials, remoteUfrag: remote.iceUfrag)], for: transport.id)
        return answer
    }

    private func beginHandshake(_ id: TransportID, _ commands: [MediaCommand]) throws(SignalingError) {
        guard handshakes.count < Self.maximumHandshakes else { throw .unavailable }
        try post(commands, for: id)
        handshakes.insert(id)
    }

    private func post(_ commands: [MediaCommand], for id: TransportID) throws(SignalingError) {
        guard media.post(commands, for: id) else { throw .unavailable }
    }

    // MARK: - Effects

    /// In place: while another copy of the session is held, each change would copy everything that is known of every listener.
    private func change(_ event: (inout PartySession) -> [PartySession.Effect]) {
        perform(session?.change(event) ?? [])
    }

    private func perform(_ effects: [PartySession.Effect]) {
        for effect in effects {
            switch effect {
            case .tell(let id, let message): peers[id]?.peer.send(message.json())
            case .tellListeners(let message):
                guard let session else { break }
                let json = message.json()
                for id in session.listeningPeers { peers[id]?.peer.send(json) }
            case .listenerCountChanged: listenerCountChanged()
            case .closeTransport(let id):
                handshakes.remove(id)
                media.close(id)
            case .disconnect(let id, let reason): peers[id]?.peer.close(reason)
            case .end:
                session = nil
                handshakes = []
                covers.removeAll()
                kept = nil
                file.keep(nil)
                media.endSession()
                logger.info("party closed")
            }
        }
    }

    private func listenerCountChanged() {
        guard !isListenerCountDue else { return }
        isListenerCountDue = true
        Task {
            try? await Task.sleep(for: Self.listenerCountDelay)
            tellListenerCount()
        }
    }

    private func tellListenerCount() {
        isListenerCountDue = false
        guard let session else { return }
        let json = ServerMessage.listenerCount(session.listenerCount).json()
        for id in session.listeningPeers { peers[id]?.peer.send(json) }
        if let host = session.hostPeer { peers[host]?.peer.send(json) }
    }
}

extension PartySession {
    fileprivate mutating func change(_ event: (inout PartySession) -> [Effect]) -> [Effect] { event(&self) }
}
