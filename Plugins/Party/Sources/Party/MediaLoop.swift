/// A media thread: one socket, one epoll, its share of the transports. A packet of the host comes in, is opened once, and leaves for every
/// listener in batches; on that path nothing is allocated, locked or logged. The first thread has the host and the TCP listener; the others
/// get each packet through a ring. Signalling reaches a thread through `Mailbox` alone.
///
/// The kernel spreads datagrams over the sockets by their addresses alone. What it gives to the wrong thread goes through a ring to the
/// owner: a STUN request names it, and it tells the thread that met the request which address is its.
internal import CLinux
import Glibc
import RTP
import WebRTC

/// What signalling hears from the media thread.
enum MediaEvent: Equatable, Sendable {
    case connected(TransportID)
    /// The transport is gone, not by signalling's wish. The reason is a word for programs.
    case closed(TransportID, reason: String)
}

/// Plain state of one thread: made before it starts, then touched by `run()` alone.
final class MediaLoop {
    /// Datagrams taken at once, and how often in a row before anything else gets its turn.
    private static let receiveBatch = 16, maximumBatches = 64
    private static let tick: Duration = .milliseconds(50)
    private static let snapshotInterval: Duration = .seconds(1)

    /// Under which numbers epoll knows what is not a TCP connection.
    private enum Source {
        static let socket: UInt64 = 1, mailbox: UInt64 = 2, listener: UInt64 = 3
    }
    /// New connections taken at once.
    private static let acceptBatch = 16

    private let worker: MediaWorker
    /// All of them, by index.
    private let workers: [MediaWorker]
    private let socket: UdpSocket
    /// The first thread's.
    private let listener: TcpListener?
    /// False while there is no room for another connection; then the next tick tries again.
    private var isListening = true
    private let connections: TcpConnections
    private let sender: MediaSender
    private let epoll: Int32
    private let context: MediaContext
    private let clock = ContinuousClock()
    private var router: Router
    /// How many there have been: what is still on its way from the last one is none of the next one's.
    private var party = 0
    private var transports = TransportTable()
    private var handshakes = HandshakeQueue()
    /// Those that produce or are about to, the newest last.
    private var hosts: [Transport] = []
    private let inbox: UnsafeMutablePointer<CLinuxDatagram>
    private let ready: UnsafeMutablePointer<CLinuxEvent>
    /// One packet out of a stream, where it can be decrypted.
    private let frame: UnsafeMutableRawBufferPointer
    /// Bit n: something lies in a ring of thread n that it has not been told of.
    private var rings: UInt64 = 0
    private var isRunning = true
    private var nextSnapshot: ContinuousClock.Instant
    /// The last snapshot names somebody: there has to be another before the thread may sleep for long.
    private var snapshotNamesPeers = false

    /// - Throws: `DtlsError` when OpenSSL or libsrtp2 cannot be set up.
    init(port: MediaPort, worker: MediaWorker, among workers: [MediaWorker], certificate: Certificate) throws(DtlsError) {
        var wallClock = timespec()
        clock_gettime(CLOCK_REALTIME, &wallClock)
        let sinceUnixEpoch: Duration = .seconds(wallClock.tv_sec) + .nanoseconds(wallClock.tv_nsec)

        let epoll = CLinux_epollCreate()
        let connections = TcpConnections(epoll: epoll)
        let socket = port.sockets[worker.index]
        let sender = MediaSender(socket: socket, connections: connections)
        let outgoing = OutgoingDatagrams(capacity: Int(CLINUX_BATCH)) { sender.send($0) }
        do {
            context = try MediaContext(
                certificate: certificate, outgoing: outgoing, clock: NtpClock(sinceUnixEpoch: sinceUnixEpoch, at: clock.now))
        } catch {
            close(epoll)
            throw error
        }
        self.sender = sender
        router = Router(context: context, pipes: Self.pipes(from: worker, to: workers))

        inbox = UdpSocket.makeBatch(capacity: Self.receiveBatch, bytes: MediaWorker.datagramBytes)
        ready = .allocate(capacity: Int(CLINUX_EVENTS))
        ready.initialize(repeating: CLinuxEvent(), count: Int(CLINUX_EVENTS))
        frame = .allocate(byteCount: FrameBuffer.maximumFrameBytes, alignment: 16)
        self.socket = socket
        listener = worker.index == 0 ? port.listener : nil
        self.connections = connections
        self.worker = worker
        self.workers = workers
        self.epoll = epoll
        nextSnapshot = clock.now
        precondition(
            epoll >= 0 && CLinux_epollAdd(epoll, socket.descriptor, Source.socket) == 0
                && CLinux_epollAdd(epoll, worker.mailbox.descriptor, Source.mailbox) == 0
                && listener.map { CLinux_epollAdd(epoll, $0.descriptor, Source.listener) == 0 } ?? true,
            "epoll refuses our own descriptors: \(String(cString: strerror(errno)))")
    }

    deinit {
        close(epoll)
        UdpSocket.free(inbox)
        ready.deallocate()
        frame.deallocate()
    }

    /// Every packet reaches the first thread, which has a pipe to each other.
    private static func pipes(from worker: MediaWorker, to workers: [MediaWorker]) -> [RouterPipe] {
        worker.index == 0 ? workers.compactMap(\.pipe) : []
    }

    /// Until `MediaCommand.stop`.
    func run() {
        CLinux_nameThread("dmp-media-\(worker.index)")
        var nextTick = clock.now
        while isRunning {
            let isIdle = transports.isEmpty && connections.isEmpty && isListening && !snapshotNamesPeers
            let count = CLinux_epollWait(epoll, ready, handshakes.isEmpty ? (isIdle ? -1 : milliseconds(until: nextTick)) : 0)
            let now = clock.now
            handleEvents(Int(count), at: now)
            stepHandshake(at: now)
            if now >= nextTick {
                timePassed(at: now)
                nextTick = now + Self.tick
            }
            flush(at: now)
        }
    }

    private func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
        let (seconds, attoseconds) = (deadline - clock.now).components
        return Int32(clamping: max(0, seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1))
    }

    // MARK: - In

    /// Commands first: what comes in may belong to a transport that they open. Then the sound, whatever else waits.
    private func handleEvents(_ count: Int, at now: ContinuousClock.Instant) {
        let events = UnsafeBufferPointer(start: ready, count: count)
        if events.contains(where: { $0.id == Source.mailbox }) {
            for command in worker.mailbox.takeAll() { handle(command, at: now) }
            if let pipe = worker.pipe { router.receive(from: pipe, at: now) }
            for index in worker.datagrams.indices { receiveHandedOver(by: index, at: now) }
        }
        if events.contains(where: { $0.id == Source.socket }) { receive(at: now) }
        for event in events where event.id >= UInt64(TcpConnections.firstNumber) { receive(event, at: now) }
        if events.contains(where: { $0.id == Source.listener }) { accept(at: now) }
        if rings > 0 { ringOthers() }
        worker.publish(newestRtpTimestamp: router.newestRtpTimestamp)
    }

    /// Everything that is there: the newest may be sound.
    private func receive(at now: ContinuousClock.Instant) {
        for _ in 0..<Self.maximumBatches { guard receiveBatch(at: now) == Self.receiveBatch else { break } }
    }

    /// - Returns: how many datagrams there were.
    private func receiveBatch(at now: ContinuousClock.Instant) -> Int {
        let count = socket.receive(into: inbox, capacity: Self.receiveBatch)
        // Sound first: checks of the same batch can wait, listeners cannot.
        for index in 0..<count where isMedia(inbox[index]) { receive(inbox[index], at: now) }
        for index in 0..<count where !isMedia(inbox[index]) { receive(inbox[index], at: now) }
        return count
    }

    private func isMedia(_ datagram: CLinuxDatagram) -> Bool { datagram.count > 0 && datagram.bytes[0] & 0xC0 == 0x80 }

    private func receive(_ datagram: CLinuxDatagram, at now: ContinuousClock.Instant) {
        let bytes = UnsafeMutableRawBufferPointer(start: datagram.bytes, count: Int(datagram.count))
        receive(
            bytes, from: SocketAddress(datagram.peer, port: datagram.port), to: SocketAddress(datagram.local, port: socket.port), at: now)
    }

    /// - Parameter meeter: the thread that the kernel gave it to, when that is another one.
    /// - Returns: false when it is for none of our transports.
    @discardableResult
    private func receive(
        _ bytes: UnsafeMutableRawBufferPointer, from peer: SocketAddress, to local: SocketAddress, metBy meeter: Int? = nil,
        at now: ContinuousClock.Instant
    ) -> Bool {
        guard let kind = DatagramKind(UnsafeRawBufferPointer(bytes)) else {
            context.drops.count(.unknownProtocol)
            return false
        }
        let found: Transport?
        let owner: Int?
        if case .stun = kind {
            let ufrag = IceUfrag(ofRequest: UnsafeRawBufferPointer(bytes))
            found = ufrag.flatMap { transports[ufrag: $0] }
            owner = ufrag.map { $0.owner(of: workers.count) }
        } else {
            found = transports[peer]
            owner = transports.worker(of: peer)
        }
        guard let transport = found else {
            if let owner, owner != worker.index, meeter == nil { return handOver(bytes, from: peer, to: local, to: owner) }
            context.drops.count(.unknownPeer)
            return false
        }
        if case .dtls = kind {
            if !handshakes.append(UnsafeRawBufferPointer(bytes), from: peer, to: local) { context.drops.count(.dtlsQueueFull) }
        } else {
            handle(transport.receive(bytes, from: peer, to: local, at: now), of: transport, at: now)
            if case .stun = kind, transport.hasConsent(from: peer, at: now) {
                // An address whose owner was another's peer, until it fell silent.
                transports.assign(peer, to: transport, replacing: nil, at: now)
                if let meeter, transports[peer] === transport {
                    // One that finds no room is told at the next check.
                    _ = workers[meeter].mailbox.post([.redirect(peer, to: worker.index)])
                }
            }
        }
        return true
    }

    // MARK: - Between threads

    /// - Returns: false when there is no room.
    private func handOver(
        _ bytes: UnsafeMutableRawBufferPointer, from peer: SocketAddress, to local: SocketAddress, to owner: Int
    ) -> Bool {
        let path = MediaWorker.DatagramPath(peer: peer, local: local)
        guard workers[owner].datagrams[worker.index]?.append(path, UnsafeRawBufferPointer(bytes)) == true else {
            context.drops.count(.handoverFull)
            return false
        }
        rings |= 1 << UInt64(owner)
        return true
    }

    /// Once for all that this round has put into their rings.
    private func ringOthers() {
        for index in workers.indices where rings >> UInt64(index) & 1 == 1 { workers[index].mailbox.ring() }
        rings = 0
    }

    private func receiveHandedOver(by meeter: Int, at now: ContinuousClock.Instant) {
        guard let ring = worker.datagrams[meeter] else { return }
        while let (path, bytes) = ring.first {
            receive(bytes, from: path.peer, to: path.local, metBy: meeter, at: now)
            ring.removeFirst()
        }
    }

    /// No datagram of theirs is ours any more, whoever meets it.
    private func endRedirects(_ addresses: [SocketAddress]) {
        for address in addresses where address.connection == 0 {
            for other in workers where other !== worker { other.mailbox.post(freeing: .endRedirect(address, to: worker.index)) }
        }
    }

    /// One, behind the sound that has come in.
    private func stepHandshake(at now: ContinuousClock.Instant) {
        guard var datagram = handshakes.takeFirst() else { return }
        flush(at: now)
        guard let transport = transports[datagram.peer] else { return context.drops.count(.unknownPeer) }
        let event = datagram.bytes.withUnsafeMutableBytes { transport.receive($0, from: datagram.peer, to: datagram.local, at: now) }
        handle(event, of: transport, at: now)
    }

    /// Something has happened on a TCP connection.
    private func receive(_ event: CLinuxEvent, at now: ContinuousClock.Instant) {
        guard let connection = connections[UInt32(truncatingIfNeeded: event.id)] else { return }
        if event.isWritable != 0 { connections.sendWaiting(connection) }
        guard event.isReadable != 0 else { return }
        guard connection.read(at: now) else { return connections.close(connection) }
        receivePackets(of: connection, at: now)
    }

    private func receivePackets(of connection: TcpConnection, at now: ContinuousClock.Instant) {
        let received = connection.isProved || workers.count == 1 ? [] : Array(connection.frames.unread)
        while let packet = connection.frames.next() {
            if !received.isEmpty, let owner = IceUfrag(ofRequest: packet)?.owner(of: workers.count), owner != worker.index {
                return handOver(connection, received, to: owner)
            }
            frame.copyMemory(from: packet)
            let bytes = UnsafeMutableRawBufferPointer(rebasing: frame[..<packet.count])
            // A stranger's first word must be for one of us.
            guard receive(bytes, from: connection.peer, to: connection.local, at: now) || connection.isProved else {
                return connections.close(connection)
            }
        }
        if connection.frames.isBroken { connections.close(connection) }
    }

    /// Its first packet names a transport of another thread.
    private func handOver(_ connection: TcpConnection, _ received: [UInt8], to owner: Int) {
        guard let descriptor = connections.giveAway(connection) else { return }
        let handover = TcpHandover(
            descriptor: descriptor, peer: connection.peer.over(connection: 0), local: connection.local, received: received)
        workers[owner].mailbox.post(freeing: .adopt(handover))
    }

    private func adopt(_ handover: TcpHandover, at now: ContinuousClock.Instant) {
        guard
            let connection = connections.add(descriptor: handover.descriptor, peer: handover.peer, local: handover.local, at: now)
        else { return context.drops.count(.connectionRefused) }
        connection.received(handover.received)
        receivePackets(of: connection, at: now)
    }

    private func accept(at now: ContinuousClock.Instant) {
        guard let listener else { return }
        for _ in 0..<Self.acceptBatch {
            switch listener.accept() {
            case .connection(let descriptor, let peer, let local):
                if connections.add(descriptor: descriptor, peer: peer, local: local, at: now) == nil {
                    context.drops.count(.connectionRefused)
                }
            case .none: return
            case .noRoom: return listen(false)
            }
        }
    }

    private func listen(_ isListening: Bool) {
        guard let listener, isListening != self.isListening else { return }
        self.isListening = isListening
        _ = CLinux_epollChange(epoll, listener.descriptor, Source.listener, isListening ? CLINUX_READABLE : 0)
    }

    private func handle(_ event: TransportEvent, of transport: Transport, at now: ContinuousClock.Instant) {
        switch event {
        case .none: break
        case .validated(let address, let old):
            transports.assign(address, to: transport, replacing: old, at: now)
            connections.prove(address.connection)
            if let old {
                closeConnection(of: old)
                endRedirects([old])
            }
        case .connected: worker.report.yield(.connected(transport.credentials.ufrag))
        case .producing:
            // Whoever was the host before has been heard for the last time.
            guard let index = hosts.firstIndex(where: { $0 === transport }) else { break }
            for old in hosts.prefix(index) { forget(old, reason: "replaced") }
        case .closed(let reason): forget(transport, reason: reason.word)
        }
    }

    /// Whose address it was does not need it any more; of UDP there is nothing to close.
    private func closeConnection(of address: SocketAddress) {
        if let connection = connections[address.connection] { connections.close(connection) }
    }

    private func timePassed(at now: ContinuousClock.Instant) {
        listen(true)
        connections.timePassed(at: now)
        transports.timePassed(at: now)
        var events: [(Transport, TransportEvent)] = []
        for transport in transports.all {
            guard let due = transport.nextTimeout, due <= now else { continue }
            let event = transport.handleTimeout(at: now)
            if event != .none { events.append((transport, event)) }
        }
        for (transport, event) in events { handle(event, of: transport, at: now) }
        guard now >= nextSnapshot else { return }
        nextSnapshot = now + Self.snapshotInterval
        let snapshot = snapshot(at: now)
        snapshotNamesPeers = snapshot.transports + snapshot.connections > 0
        worker.publish(snapshot)
    }

    private func snapshot(at now: ContinuousClock.Instant) -> MediaSnapshot {
        var snapshot = MediaSnapshot(
            counters: context.counters, drops: context.drops, transports: transports.count, connections: connections.count,
            consumers: router.consumerCount, time: now)
        snapshot.listenerLinks.reserveCapacity(router.consumerCount)
        for transport in transports.all {
            if let consumer = transport.consumer {
                snapshot.listenerLinks[transport.credentials.ufrag] = LinkQuality(consumer.statistics)
            } else if let producer = transport.producer, producer === router.producer {
                snapshot.hostLink = (transport.credentials.ufrag, LinkQuality(producer.statistics))
            }
        }
        return snapshot
    }

    // MARK: - Commands

    private func handle(_ command: MediaCommand, at now: ContinuousClock.Instant) {
        switch command {
        case .open(let credentials): transports.insert(Transport(credentials: credentials, context: context))
        case .connect(let id, let peer): transports[id]?.connect(peer, at: now)
        case .produce(let id, let parameters):
            guard let transport = transports[id] else { break }
            transport.produce(parameters, to: router)
            hosts.removeAll { $0 === transport }
            hosts.append(transport)
        case .consume(let id, let parameters, let paused): transports[id]?.consume(parameters, from: router, paused: paused)
        case .resume(let id): transports[id]?.consumer?.resume()
        case .restartIce(let id, let credentials, let remoteUfrag):
            guard let transport = transports[id], transport.restartIce(credentials, remoteUfrag: remoteUfrag) else { break }
            transports.updateUfrags(of: transport)
        case .close(let id):
            guard let transport = transports[id] else { break }
            transport.close()
            remove(transport)
        case .endSession: endSession()
        case .redirect(let address, let owner): transports.redirect(address, to: owner, at: now)
        case .endRedirect(let address, let owner): transports.endRedirect(address, to: owner)
        case .adopt(let handover): adopt(handover, at: now)
        case .stop:
            endSession()
            flush(at: now)
            isRunning = false
        }
    }

    private func endSession() {
        for transport in Array(transports.all) {
            transport.close()
            remove(transport)
        }
        party += 1
        router = Router(context: context, party: party, pipes: Self.pipes(from: worker, to: workers))
        worker.publish(newestRtpTimestamp: nil)
    }

    private func forget(_ transport: Transport, reason: String) {
        transport.close()
        remove(transport)
        worker.report.yield(.closed(transport.credentials.ufrag, reason: reason))
    }

    private func remove(_ transport: Transport) {
        let addresses = transports.remove(transport)
        endRedirects(addresses)
        if addresses.contains(where: { $0.connection != 0 }) {
            // Its goodbye goes first.
            sender.send(context.outgoing)
            addresses.forEach(closeConnection(of:))
        }
        hosts.removeAll { $0 === transport }
    }

    // MARK: - Out

    private func flush(at now: ContinuousClock.Instant) {
        if !context.outgoing.isEmpty { sender.send(context.outgoing) }
        let refused = sender.takeRefused()
        if refused > 0 { context.drops.count(.sendRefused, by: UInt64(refused)) }
        for address in connections.takeEnded() {
            guard let transport = transports[address] else { continue }
            transports.forget(address, of: transport)
            transport.connectionEnded(address, at: now)
        }
    }
}

extension CloseReason {
    /// For programs, in `transportClosed`.
    var word: String {
        switch self {
        case .consentExpired: "consent_expired"
        case .handshakeTimeout: "handshake_timeout"
        case .fingerprintMismatch: "fingerprint_mismatch"
        case .closedByPeer: "closed_by_peer"
        }
    }
}
