/// The media thread: one port, one epoll, all transports. A packet of the host comes in, is opened once, and leaves for every
/// listener in batches; on that path nothing is allocated, locked or logged. Signalling reaches it through `Mailbox` alone.
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
    /// More than any datagram that we accept; what is longer is dropped.
    private static let receiveBytes = 2_048
    private static let tick: Duration = .milliseconds(50)
    private static let snapshotInterval: Duration = .seconds(1)

    /// Under which numbers epoll knows what is not a TCP connection.
    private enum Source {
        static let socket: UInt64 = 1, mailbox: UInt64 = 2, listener: UInt64 = 3
    }
    /// New connections taken at once.
    private static let acceptBatch = 16

    private let socket: UdpSocket
    private let listener: TcpListener
    /// False while there is no room for another connection; then the next tick tries again.
    private var isListening = true
    private let connections: TcpConnections
    private let sender: MediaSender
    private let epoll: Int32
    private let mailbox: Mailbox
    private let output: MediaThread.Output
    private let context: MediaContext
    private let clock = ContinuousClock()
    private var router: Router
    private var transports = TransportTable()
    private var handshakes = HandshakeQueue()
    /// Those that produce or are about to, the newest last.
    private var hosts: [Transport] = []
    private let inbox: UnsafeMutablePointer<CLinuxDatagram>
    private let ready: UnsafeMutablePointer<CLinuxEvent>
    /// One packet out of a stream, where it can be decrypted.
    private let frame: UnsafeMutableRawBufferPointer
    private var isRunning = true
    private var nextSnapshot: ContinuousClock.Instant
    /// The last snapshot names somebody: there has to be another before the thread may sleep for long.
    private var snapshotNamesPeers = false

    /// - Throws: `DtlsError` when OpenSSL or libsrtp2 cannot be set up.
    init(port: MediaPort, mailbox: Mailbox, certificate: Certificate, output: MediaThread.Output) throws(DtlsError) {
        var wallClock = timespec()
        clock_gettime(CLOCK_REALTIME, &wallClock)
        let sinceUnixEpoch: Duration = .seconds(wallClock.tv_sec) + .nanoseconds(wallClock.tv_nsec)

        let epoll = CLinux_epollCreate()
        let connections = TcpConnections(epoll: epoll)
        let sender = MediaSender(socket: port.socket, connections: connections)
        let outgoing = OutgoingDatagrams(capacity: Int(CLINUX_BATCH)) { sender.send($0) }
        do {
            context = try MediaContext(
                certificate: certificate, outgoing: outgoing, clock: NtpClock(sinceUnixEpoch: sinceUnixEpoch, at: clock.now))
        } catch {
            close(epoll)
            throw error
        }
        self.sender = sender
        router = Router(context: context)

        inbox = UdpSocket.makeBatch(capacity: Self.receiveBatch, bytes: Self.receiveBytes)
        ready = .allocate(capacity: Int(CLINUX_EVENTS))
        ready.initialize(repeating: CLinuxEvent(), count: Int(CLINUX_EVENTS))
        frame = .allocate(byteCount: FrameBuffer.maximumFrameBytes, alignment: 16)
        socket = port.socket
        listener = port.listener
        self.connections = connections
        self.mailbox = mailbox
        self.output = output
        self.epoll = epoll
        nextSnapshot = clock.now
        precondition(
            epoll >= 0 && CLinux_epollAdd(epoll, socket.descriptor, Source.socket) == 0
                && CLinux_epollAdd(epoll, mailbox.descriptor, Source.mailbox) == 0
                && CLinux_epollAdd(epoll, listener.descriptor, Source.listener) == 0,
            "epoll refuses our own descriptors: \(String(cString: strerror(errno)))")
    }

    deinit {
        close(epoll)
        UdpSocket.free(inbox)
        ready.deallocate()
        frame.deallocate()
    }

    /// Until `MediaCommand.stop`.
    func run() {
        CLinux_nameThread("dmp-media")
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
            for command in mailbox.takeAll() { handle(command, at: now) }
        }
        if events.contains(where: { $0.id == Source.socket }) { receive(at: now) }
        for event in events where event.id >= UInt64(TcpConnections.firstNumber) { receive(event, at: now) }
        if events.contains(where: { $0.id == Source.listener }) { accept(at: now) }
        output.publish(newestRtpTimestamp: router.newestRtpTimestamp)
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

    /// - Returns: false when it is for none of our transports.
    @discardableResult
    private func receive(
        _ bytes: UnsafeMutableRawBufferPointer, from peer: SocketAddress, to local: SocketAddress, at now: ContinuousClock.Instant
    ) -> Bool {
        guard let kind = DatagramKind(UnsafeRawBufferPointer(bytes)) else {
            context.drops.count(.unknownProtocol)
            return false
        }
        let found: Transport?
        if case .stun = kind {
            found = IceUfrag(ofRequest: UnsafeRawBufferPointer(bytes)).flatMap { transports[ufrag: $0] }
        } else {
            found = transports[peer]
        }
        guard let transport = found else {
            context.drops.count(.unknownPeer)
            return false
        }
        if case .dtls = kind {
            if !handshakes.append(UnsafeRawBufferPointer(bytes), from: peer, to: local) { context.drops.count(.dtlsQueueFull) }
        } else {
            handle(transport.receive(bytes, from: peer, to: local, at: now), of: transport, at: now)
            // An address whose owner was another's peer, until it fell silent.
            if case .stun = kind, transports[peer] !== transport, transport.hasConsent(from: peer, at: now) {
                transports.assign(peer, to: transport, replacing: nil, at: now)
            }
        }
        return true
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
        while let packet = connection.frames.next() {
            frame.copyMemory(from: packet)
            let bytes = UnsafeMutableRawBufferPointer(rebasing: frame[..<packet.count])
            // A stranger's first word must be for one of us.
            guard receive(bytes, from: connection.peer, to: connection.local, at: now) || connection.isProved else {
                return connections.close(connection)
            }
        }
        if connection.frames.isBroken { connections.close(connection) }
    }

    private func accept(at now: ContinuousClock.Instant) {
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
        guard isListening != self.isListening else { return }
        self.isListening = isListening
        _ = CLinux_epollChange(epoll, listener.descriptor, Source.listener, isListening ? CLINUX_READABLE : 0)
    }

    private func handle(_ event: TransportEvent, of transport: Transport, at now: ContinuousClock.Instant) {
        switch event {
        case .none: break
        case .validated(let address, let old):
            transports.assign(address, to: transport, replacing: old, at: now)
            connections.prove(address.connection)
            if let old { closeConnection(of: old) }
        case .connected: output.report(.connected(transport.credentials.ufrag))
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
        output.publish(snapshot)
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
        router = Router(context: context)
        output.publish(newestRtpTimestamp: nil)
    }

    private func forget(_ transport: Transport, reason: String) {
        transport.close()
        remove(transport)
        output.report(.closed(transport.credentials.ufrag, reason: reason))
    }

    private func remove(_ transport: Transport) {
        let addresses = transports.remove(transport).filter { $0.connection != 0 }
        if !addresses.isEmpty {
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
