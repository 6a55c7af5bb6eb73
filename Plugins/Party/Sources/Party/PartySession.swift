/// One party: its host, its listeners, what is playing. A state machine without sockets, media or clock: each method is named after
/// an event, takes the time, and returns what must be done; only `Signaling` does it.
///
/// The host is present, or away for a grace time in which listeners stay and hear silence; the party ends when it is over. A socket
/// has a role only through this value: host if it is the host's, listener if it has joined, none otherwise, so a taken-over or ended
/// party leaves no ghosts behind.
import WebRTC

/// One WebSocket, for its life.
typealias PeerID = UInt64

struct PartySession: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Role: Sendable { case none, host, listener }

    enum Host: Equatable, Sendable {
        case present(PeerID)
        case away(until: Instant)
    }

    /// What the caller does after an event, in this order.
    enum Effect: Equatable, Sendable {
        case tell(PeerID, ServerMessage)
        case tellListeners(ServerMessage)
        /// Host and listeners are told `listenerCount`, soon and once for many changes.
        case listenerCountChanged
        case closeTransport(TransportID)
        case disconnect(PeerID, SocketCloseReason)
        /// The party is over: forget it, and every transport with it.
        case end
    }

    struct Limits: Sendable {
        var hostGraceSeconds = 60
        var maximumListeners = 2_000
        var maximumListenersPerAddress = 600
        /// How long a listener whose socket was lost keeps its media and its place.
        static let listenerGrace: Duration = .seconds(10)
        /// Of `listenerList`.
        static let maximumListed = 200
        /// A host who wants to ban more ends the party.
        static let maximumBans = 2_000
    }

    let id: String
    /// 256 random bits: whoever shows it is the host. One for the party's life, so that the owner can always take it back.
    private(set) var hostKey: String
    /// Of the host's key before a restart of the server, until it is shown.
    private var earlierHostKeyHash: String?
    /// What clients see as the source. It stays the same over a change of host: nobody renegotiates.
    let producerId: String
    private(set) var host: Host
    private(set) var hasProducer = false
    private(set) var currentTrack: PartyTrack?
    private(set) var isPlaying = false
    /// Seconds into the track, and its length, as the host said last.
    private(set) var currentTime = 0.0
    private(set) var duration = 0.0
    /// The most listeners at once, and different ones, since the party's beginning.
    private(set) var peakListeners = 0
    private(set) var totalListeners = 0
    private(set) var history = ListenerHistory()

    private let began: Instant
    private let limits: Limits
    private var listeners: [String: Listener] = [:]
    private var listenerKeys: [PeerID: String] = [:]
    private var listenersPerAddress: [String: Int] = [:]
    private var hostTransports: [PartyTransport] = []
    /// Addresses and keys of those whom the host does not want in this party.
    private var banned: Set<String> = []
    private var bannedKeys: Set<String> = []
    private var transportOwners: [TransportID: TransportOwner] = [:]

    private enum TransportOwner {
        case host
        case listener(key: String)
    }

    private struct Listener {
        /// What the host calls it.
        let id: String
        /// Its place among all that ever came.
        let number: Int
        let since: Instant
        /// Its network in text: what counts as one client.
        let address: String
        /// Nil while the socket is lost; then `leaves` says until when the listener may come back.
        var peer: PeerID?
        var leaves: Instant?
        var transport: PartyTransport?
    }

    init(host: PeerID, limits: Limits, now: Instant) {
        id = randomUUID()
        hostKey = randomHex(bytes: 32)
        producerId = randomUUID()
        self.host = .present(host)
        self.limits = limits
        began = now
    }

    /// A party from before a restart of the server. It waits for its host.
    init(_ kept: KeptParty, limits: Limits, now: Instant) {
        id = kept.id
        hostKey = randomHex(bytes: 32)
        earlierHostKeyHash = kept.hostKeyHash
        producerId = randomUUID()
        host = .away(until: now + .seconds(limits.hostGraceSeconds))
        currentTrack = kept.currentTrack
        isPlaying = kept.isPlaying
        currentTime = kept.currentTime
        duration = kept.duration
        banned = Set(kept.banned)
        if let attendance = kept.attendance {
            peakListeners = attendance.peak
            totalListeners = attendance.total
            history = attendance.history
        }
        self.limits = limits
        // The time without a server is left out.
        began = now - .seconds(history.seconds)
    }

    /// What outlives a restart of the server: covers do not, and a listener's key is worth nothing then.
    func kept(hostLastSeen: Int) -> KeptParty {
        var track = currentTrack
        if track?.coverPath?.hasPrefix(PartyCover.pathPrefix) == true { track?.coverPath = nil }
        return KeptParty(
            id: id, hostKeyHash: earlierHostKeyHash ?? Self.hash(hostKey), hostLastSeen: hostLastSeen, currentTrack: track,
            isPlaying: isPlaying, currentTime: currentTime, duration: duration, banned: banned.sorted(),
            attendance: .init(peak: peakListeners, total: totalListeners, history: history))
    }

    // MARK: - Questions

    /// In a time that says nothing of the right one.
    func isHostKey(_ shown: String) -> Bool {
        HostToken.areEqual(shown, hostKey) || earlierHostKeyHash.map { HostToken.areEqual(Self.hash(shown), $0) } ?? false
    }

    private static func hash(_ hostKey: String) -> String { sha256(Array(hostKey.utf8)).hex }

    /// Those that have joined and whose socket is there, each listener once.
    var listenerCount: Int { listenerKeys.count }
    var isHostAway: Bool {
        if case .away = host { true } else { false }
    }

    func role(of peer: PeerID) -> Role {
        if host == .present(peer) { return .host }
        return listenerKeys[peer] == nil ? .none : .listener
    }

    /// The listeners that a message to all of them goes to.
    var listeningPeers: Dictionary<PeerID, String>.Keys { listenerKeys.keys }
    var hostPeer: PeerID? {
        if case .present(let peer) = host { peer } else { nil }
    }

    /// How long the party still waits for its host; nil while it is here.
    func graceSeconds(now: Instant) -> Int? {
        guard case .away(let until) = host else { return nil }
        return max(0, Int(((until - now) / .seconds(1)).rounded(.up)))
    }

    func isHost(_ transport: TransportID) -> Bool {
        if case .host = transportOwners[transport] { true } else { false }
    }

    /// Of those who listen now.
    var listenerTransports: some Sequence<TransportID> { listeners.values.lazy.filter { $0.peer != nil }.compactMap(\.transport?.id) }

    /// Those who listen now, the newest first.
    func newestListeners(now: Instant) -> [(id: String, seconds: Int, transport: TransportID?)] {
        listeners.values.filter { $0.peer != nil }.sorted { $0.number > $1.number }.prefix(Limits.maximumListed).map {
            ($0.id, Int((now - $0.since) / .seconds(1)), $0.transport?.id)
        }
    }

    // MARK: - Host

    /// `peer` has proved to be the host, or may be it because nobody is.
    ///
    /// - Parameter shownKey: what it came with, right or wrong.
    mutating func hostArrived(_ peer: PeerID, shownKey: String? = nil) -> [Effect] {
        if let shownKey, let earlier = earlierHostKeyHash, HostToken.areEqual(Self.hash(shownKey), earlier) {
            hostKey = shownKey
            earlierHostKeyHash = nil
        }
        switch host {
        case .present(peer): return []
        case .present(let old):
            host = .present(peer)
            // The old host may not be heard any more either.
            return [.tell(old, .takenOver)] + removeHostTransports()
        case .away:
            // Its media may never have stopped: the transport goes on until a new one takes over.
            host = .present(peer)
            return [.tellListeners(.hostBack)]
        }
    }

    mutating func nowPlaying(_ track: PartyTrack, isPlaying: Bool, rtpTimestamp: UInt32?) -> [Effect] {
        currentTrack = track
        self.isPlaying = isPlaying
        currentTime = 0
        duration = track.duration
        let told = Effect.tellListeners(.nowPlaying(track, isPlaying: isPlaying, rtpTimestamp: rtpTimestamp))
        // The original's listeners take every nowPlaying for playing.
        return isPlaying ? [told] : [told, .tellListeners(.pause(rtpTimestamp: rtpTimestamp))]
    }

    mutating func pause(rtpTimestamp: UInt32?) -> [Effect] {
        isPlaying = false
        return [.tellListeners(.pause(rtpTimestamp: rtpTimestamp))]
    }

    mutating func resume(rtpTimestamp: UInt32?) -> [Effect] {
        isPlaying = true
        return [.tellListeners(.resume(rtpTimestamp: rtpTimestamp))]
    }

    /// A value that the host's browser did not know stays as it was.
    mutating func position(currentTime: Double?, duration: Double?, rtpTimestamp: UInt32?) -> [Effect] {
        self.currentTime = currentTime ?? self.currentTime
        self.duration = duration ?? self.duration
        return [.tellListeners(.position(currentTime: self.currentTime, duration: self.duration, rtpTimestamp: rtpTimestamp))]
    }

    /// The host's page has sent a cover that listeners can load.
    mutating func coverStored(trackId: String, coverPath: String) -> [Effect] {
        guard currentTrack?.id == trackId else { return [] }
        currentTrack?.coverPath = coverPath
        return [.tellListeners(.cover(trackId: trackId, coverPath: coverPath))]
    }

    mutating func produced() -> [Effect] {
        hasProducer = true
        return [.tellListeners(.producerAvailable)]
    }

    /// The host does not want this listener.
    ///
    /// - Parameter ban: its key and its address may not join this party again.
    /// - Throws: `unknown_listener`.
    mutating func removeListener(id: String, ban: Bool) throws(SignalingError) -> [Effect] {
        guard let (key, listener) = listeners.first(where: { $0.value.id == id }) else { throw .unknownListener }
        if ban, banned.count < Limits.maximumBans {
            banned.insert(listener.address)
            bannedKeys.insert(key)
        }
        let told = listener.peer.map { [Effect.tell($0, .removed(banned: ban)), .disconnect($0, .removed)] } ?? []
        return told + remove(listener: key) + [.listenerCountChanged]
    }

    func ended() -> [Effect] { [.tellListeners(.sessionEnded), .end] }

    // MARK: - Listeners

    /// A listener comes, or comes back with its `key`; then it is the same one, keeps its media until it brings a new offer, and a
    /// socket that still held its place is closed.
    mutating func join(
        _ peer: PeerID, key: String?, address: String, now: Instant
    ) throws(SignalingError) -> (key: String, effects: [Effect]) {
        if let own = listenerKeys[peer] { return (own, []) }
        guard !banned.contains(address), key.map({ !bannedKeys.contains($0) }) ?? true else { throw .banned }
        if let key, var listener = listeners[key] {
            var effects: [Effect] = []
            if let old = listener.peer {
                listenerKeys[old] = nil
                effects.append(.disconnect(old, .replaced))
            }
            listener.peer = peer
            listener.leaves = nil
            listeners[key] = listener
            listenerKeys[peer] = key
            peakListeners = max(peakListeners, listenerCount)
            return (key, effects + [.listenerCountChanged])
        }
        // Who is refused changes nothing, so the one who makes room leaves last.
        let isFull = listeners.count >= limits.maximumListeners
        let away = isFull ? listeners.first { $0.value.peer == nil } : nil
        let neighbours = listenersPerAddress[address, default: 0] - (away?.value.address == address ? 1 : 0)
        guard !isFull || away != nil, neighbours < limits.maximumListenersPerAddress else {
            throw SignalingError(.partyFull, "The party is full")
        }
        let effects = away.map { remove(listener: $0.key) } ?? []
        let new = randomHex(bytes: 16)
        totalListeners += 1
        listeners[new] = Listener(id: randomHex(bytes: 8), number: totalListeners, since: now, address: address, peer: peer)
        listenerKeys[peer] = new
        peakListeners = max(peakListeners, listenerCount)
        listenersPerAddress[address, default: 0] += 1
        return (new, effects + [.listenerCountChanged])
    }

    // MARK: - Transports

    /// The transport that a message of `peer` is about: the newest of a host, the only one of a listener.
    func transport(of peer: PeerID) -> PartyTransport? {
        switch role(of: peer) {
        case .none: nil
        case .host: hostTransports.last
        case .listener: listenerKeys[peer].flatMap { listeners[$0]?.transport }
        }
    }

    /// `peer` gets a new transport. A listener's old one is freed. Of a host's, the one that is connected stays until the new one
    /// carries sound.
    mutating func add(_ transport: PartyTransport, for peer: PeerID) -> [Effect] {
        switch role(of: peer) {
        case .none: return [.closeTransport(transport.id)]
        case .host:
            let kept = hostTransports.last { $0.isConnected }
            let freed = hostTransports.filter { $0.id != kept?.id }
            hostTransports = (kept.map { [$0] } ?? []) + [transport]
            transportOwners[transport.id] = .host
            return freed.map { close($0) }
        case .listener:
            guard let key = listenerKeys[peer] else { return [.closeTransport(transport.id)] }
            let freed = listeners[key]?.transport
            listeners[key]?.transport = transport
            transportOwners[transport.id] = .listener(key: key)
            return freed.map { [close($0)] } ?? []
        }
    }

    mutating func update(_ transport: PartyTransport, of peer: PeerID) {
        switch role(of: peer) {
        case .none: break
        case .host:
            if let index = hostTransports.lastIndex(where: { $0.id == transport.id }) { hostTransports[index] = transport }
        case .listener:
            if let key = listenerKeys[peer], listeners[key]?.transport?.id == transport.id { listeners[key]?.transport = transport }
        }
    }

    mutating func transportConnected(_ id: TransportID) {
        switch transportOwners[id] {
        case nil: break
        case .listener(let key): listeners[key]?.transport?.isConnected = true
        case .host:
            if let index = hostTransports.firstIndex(where: { $0.id == id }) { hostTransports[index].isConnected = true }
        }
    }

    /// The media thread has given a transport up: whoever had it is told, and may bring a new offer.
    mutating func transportClosed(_ id: TransportID, reason: String) -> [Effect] {
        let told = ServerMessage.transportClosed(id: id, reason: reason)
        switch transportOwners.removeValue(forKey: id) {
        case nil: return []
        case .listener(let key):
            listeners[key]?.transport = nil
            return listeners[key]?.peer.map { [.tell($0, told)] } ?? []
        case .host:
            let wasNewest = hostTransports.last?.id == id
            hostTransports.removeAll { $0.id == id }
            // An older one that made room for its successor is no news.
            return wasNewest ? hostPeer.map { [.tell($0, told)] } ?? [] : []
        }
    }

    private mutating func close(_ transport: PartyTransport) -> Effect {
        transportOwners[transport.id] = nil
        return .closeTransport(transport.id)
    }

    private mutating func removeHostTransports() -> [Effect] {
        let freed = hostTransports
        hostTransports = []
        return freed.map { close($0) }
    }

    private mutating func remove(listener key: String) -> [Effect] {
        guard let listener = listeners.removeValue(forKey: key) else { return [] }
        if let peer = listener.peer { listenerKeys[peer] = nil }
        let others = listenersPerAddress[listener.address, default: 1] - 1
        listenersPerAddress[listener.address] = others > 0 ? others : nil
        return listener.transport.map { [close($0)] } ?? []
    }

    // MARK: - Leaving

    mutating func disconnected(_ peer: PeerID, now: Instant) -> [Effect] {
        switch role(of: peer) {
        case .none: return []
        case .host:
            host = .away(until: now + .seconds(limits.hostGraceSeconds))
            return [.tellListeners(.hostAway(graceSeconds: limits.hostGraceSeconds))]
        case .listener:
            guard let key = listenerKeys.removeValue(forKey: peer) else { return [] }
            listeners[key]?.peer = nil
            listeners[key]?.leaves = now + Limits.listenerGrace
            return [.listenerCountChanged]
        }
    }

    /// To be called about once a second.
    mutating func timePassed(now: Instant) -> [Effect] {
        if case .away(let until) = host, now >= until { return ended() }
        history.record(seconds: Int((now - began) / .seconds(1)), listeners: listenerCount)
        let gone = listeners.filter { $0.value.leaves.map { now >= $0 } ?? false }.keys
        return gone.flatMap { remove(listener: $0) }
    }
}
