/// The media thread: one socket, one epoll, all transports. A packet of the host comes in, is opened once, and leaves for every
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
    /// Datagrams taken at once. A handshake step costs some 0.3 ms: with 16 at most, a packet of the host waits 5 ms at worst.
    private static let receiveBatch = 16
    /// More than any datagram that we accept; what is longer is dropped.
    private static let receiveBytes = 2_048
    private static let tick: Duration = .milliseconds(50)
    private static let snapshotInterval: Duration = .seconds(1)

    private let socket: UdpSocket
    private let epoll: Int32
    private let mailbox: Mailbox
    private let output: MediaThread.Output
    private let context: MediaContext
    private let clock = ContinuousClock()
    private var router: Router
    private var transports = TransportTable()
    /// Those that produce or are about to, the newest last.
    private var hosts: [Transport] = []
    private let inbox: UnsafeMutablePointer<CLinuxDatagram>
    private let outbox: UnsafeMutablePointer<CLinuxDatagram>
    private var isRunning = true
    private var nextSnapshot: ContinuousClock.Instant

    /// - Throws: `DtlsError` when OpenSSL or libsrtp2 cannot be set up.
    init(socket: UdpSocket, mailbox: Mailbox, certificate: Certificate, output: MediaThread.Output) throws(DtlsError) {
        var wallClock = timespec()
        clock_gettime(CLOCK_REALTIME, &wallClock)
        let sinceUnixEpoch: Duration = .seconds(wallClock.tv_sec) + .nanoseconds(wallClock.tv_nsec)

        let outbox = UnsafeMutablePointer<CLinuxDatagram>.allocate(capacity: Int(CLINUX_BATCH))
        outbox.initialize(repeating: CLinuxDatagram(), count: Int(CLINUX_BATCH))
        let sender = Sender(socket: socket, outbox: outbox)
        let outgoing = OutgoingDatagrams(capacity: Int(CLINUX_BATCH)) { sender.send($0) }
        for slot in 0..<outgoing.capacity { outbox[slot].bytes = outgoing[slot].bytes.assumingMemoryBound(to: UInt8.self) }
        do {
            context = try MediaContext(
                certificate: certificate, outgoing: outgoing, clock: NtpClock(sinceUnixEpoch: sinceUnixEpoch, at: clock.now))
        } catch {
            outbox.deallocate()
            throw error
        }
        self.outbox = outbox
        self.sender = sender
        router = Router(context: context)

        inbox = UdpSocket.makeBatch(capacity: Self.receiveBatch, bytes: Self.receiveBytes)
        self.socket = socket
        self.mailbox = mailbox
        self.output = output
        nextSnapshot = clock.now
        epoll = CLinux_epollCreate()
        precondition(
            epoll >= 0 && CLinux_epollAdd(epoll, socket.descriptor) == 0 && CLinux_epollAdd(epoll, mailbox.descriptor) == 0,
            "epoll refuses our own descriptors: \(String(cString: strerror(errno)))")
    }

    deinit {
        close(epoll)
        UdpSocket.free(inbox)
        outbox.deallocate()
    }

    /// Until `MediaCommand.stop`.
    func run() {
        CLinux_nameThread("dmp-media")
        var nextTick = clock.now
        while isRunning {
            let ready = CLinux_epollWait(epoll, socket.descriptor, transports.isEmpty ? -1 : milliseconds(until: nextTick))
            let now = clock.now
            if ready & 2 != 0 {
                for command in mailbox.takeAll() { handle(command, at: now) }
            }
            if ready & 1 != 0 { receiveBatch(at: now) }
            if now >= nextTick {
                timePassed(at: now)
                nextTick = now + Self.tick
            }
            flush()
        }
    }

    private func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
        let (seconds, attoseconds) = (deadline - clock.now).components
        return Int32(clamping: max(0, seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1))
    }

    // MARK: - In

    private func receiveBatch(at now: ContinuousClock.Instant) {
        let count = socket.receive(into: inbox, capacity: Self.receiveBatch)
        // Sound first: a handshake of the same batch can wait, listeners cannot.
        for index in 0..<count where isMedia(inbox[index]) { receive(inbox[index], at: now) }
        for index in 0..<count where !isMedia(inbox[index]) { receive(inbox[index], at: now) }
        output.publish(newestRtpTimestamp: router.newestRtpTimestamp)
    }

    private func isMedia(_ datagram: CLinuxDatagram) -> Bool { datagram.count > 0 && datagram.bytes[0] & 0xC0 == 0x80 }

    private func receive(_ datagram: CLinuxDatagram, at now: ContinuousClock.Instant) {
        let bytes = UnsafeMutableRawBufferPointer(start: datagram.bytes, count: Int(datagram.count))
        guard let kind = DatagramKind(UnsafeRawBufferPointer(bytes)) else { return context.drops.count(.unknownProtocol) }
        let peer = SocketAddress(datagram.peer, port: datagram.port)
        let found: Transport?
        if case .stun = kind {
            found = IceUfrag(ofRequest: UnsafeRawBufferPointer(bytes)).flatMap { transports[$0] }
        } else {
            found = transports[peer]
        }
        guard let transport = found else { return context.drops.count(.unknownPeer) }
        handle(transport.receive(bytes, from: peer, to: SocketAddress(datagram.local, port: socket.port), at: now), of: transport)
    }

    private func handle(_ event: TransportEvent, of transport: Transport) {
        switch event {
        case .none: break
        case .validated(let address, let old): transports.assign(address, to: transport, replacing: old)
        case .connected: output.report(.connected(transport.credentials.ufrag))
        case .producing:
            // Whoever was the host before has been heard for the last time.
            guard let index = hosts.firstIndex(where: { $0 === transport }) else { break }
            for old in hosts.prefix(index) { forget(old, reason: "replaced") }
        case .closed(let reason): forget(transport, reason: reason.word)
        }
    }

    private func timePassed(at now: ContinuousClock.Instant) {
        var events: [(Transport, TransportEvent)] = []
        for transport in transports.all {
            guard let due = transport.nextTimeout, due <= now else { continue }
            let event = transport.handleTimeout(at: now)
            if event != .none { events.append((transport, event)) }
        }
        for (transport, event) in events { handle(event, of: transport) }
        guard now >= nextSnapshot else { return }
        nextSnapshot = now + Self.snapshotInterval
        output.publish(snapshot(at: now))
    }

    private func snapshot(at now: ContinuousClock.Instant) -> MediaSnapshot {
        var snapshot = MediaSnapshot(
            counters: context.counters, drops: context.drops, transports: transports.count, consumers: router.consumerCount, time: now)
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
        case .close(let id):
            guard let transport = transports[id] else { break }
            transport.close()
            remove(transport)
        case .endSession: endSession()
        case .stop:
            endSession()
            flush()
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
        transports.remove(transport)
        hosts.removeAll { $0 === transport }
    }

    // MARK: - Out

    private func flush() {
        guard !context.outgoing.isEmpty else { return }
        sender.send(context.outgoing)
        if sender.refused > 0 {
            context.drops.count(.sendRefused, by: UInt64(sender.refused))
            sender.refused = 0
        }
    }

    private let sender: Sender

    /// Hands a filled arena to the kernel. The bytes stay where they are: each slot of `outbox` points at its slot of the arena.
    private final class Sender {
        let socket: UdpSocket
        let outbox: UnsafeMutablePointer<CLinuxDatagram>
        var refused = 0

        init(socket: UdpSocket, outbox: UnsafeMutablePointer<CLinuxDatagram>) {
            self.socket = socket
            self.outbox = outbox
        }

        func send(_ arena: OutgoingDatagrams) {
            for index in 0..<arena.count {
                let datagram = arena[index]
                outbox[index].count = UInt32(truncatingIfNeeded: datagram.count)
                outbox[index].peer = datagram.peer.linuxAddress
                outbox[index].port = datagram.peer.port
                outbox[index].local = datagram.local.linuxAddress
            }
            refused += socket.send(outbox, count: arena.count)
            arena.removeAll()
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

extension SocketAddress {
    /// A mapped address is the IPv4 address that the peer really has.
    init(_ address: CLinuxAddress, port: UInt16) {
        let (high, low) = withUnsafeBytes(of: address.bytes) {
            (UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)), UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
        self = SocketAddress(ipv6High: high, low: low, port: port).unmapped
    }

    var linuxAddress: CLinuxAddress {
        var address = CLinuxAddress()
        let low = family == .ipv4 && self.low != 0 ? 0xFFFF << 32 | self.low : self.low
        withUnsafeMutableBytes(of: &address.bytes) {
            $0.storeBytes(of: high.bigEndian, as: UInt64.self)
            $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        return address
    }
}
