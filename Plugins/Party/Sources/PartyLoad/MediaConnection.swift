/// One browser's media: a UDP socket, and on it ICE with consent, DTLS and SRTP of `TestPeer`, by libsrtp2 and apart from the server's code.
import Glibc
import RTP
import TestSupport
import WebRTC

final class MediaConnection {
    private static let firstCheckInterval = Duration.milliseconds(500), checkInterval = Duration.milliseconds(2_500)
    private static let flightInterval = Duration.seconds(1)
    /// Without an answer for so long there is no consent any more (RFC 7675 §5.1).
    private static let consentTimeout = Duration.seconds(30)

    let peer: TestPeer
    /// Once, when the keys are there.
    var onConnected: () -> Void = {}
    /// A packet as it came, for what lies in clear; says whether to open it.
    var onDatagram: (ByteView) -> Bool = { _ in true }
    var onPacket: (ReceivedPacket) -> Void = { _ in }
    var onRtcp: ([UInt8]) -> Void = { _ in }

    private let loop: EventLoop
    private var socket: (descriptor: Int32, number: UInt64)?
    private var nextCheck = ContinuousClock.now, nextFlight = ContinuousClock.now
    private var answered = (count: 0, at: ContinuousClock.now)

    init(name: String, _ loop: EventLoop) {
        peer = TestPeer(iceUfrag: name)
        self.loop = loop
    }

    deinit { close() }

    /// Takes an answer's credentials, and connects to its first candidate over UDP.
    func open(answer: String) throws {
        guard peer.accept(answer: answer) else { throw Failure("the answer has no ICE credentials") }
        let candidates = answer.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("a=candidate:") }.map { $0.split(separator: " ") }
        guard let candidate = candidates.first(where: { $0.count > 5 && $0[2].lowercased() == "udp" }), let port = UInt16(candidate[5])
        else { throw Failure("the answer has no candidate over UDP") }
        try connect(to: String(candidate[4]), port)
    }

    /// With what the original's server says of its transport.
    func open(_ transport: ServerTransport) throws {
        guard let candidate = transport.iceCandidates.first(where: { $0.protocol == "udp" }), let host = candidate.address ?? candidate.ip
        else {
            throw Failure("the transport has no candidate over UDP")
        }
        peer.connect(ufrag: transport.iceParameters.usernameFragment, password: transport.iceParameters.password)
        try connect(to: host, candidate.port)
    }

    private func connect(to host: String, _ port: UInt16) throws {
        guard let (family, address) = Self.socketAddress(host, port) else { throw Failure("\(host) is no address") }
        let descriptor = Glibc.socket(family, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw Failure("no socket: \(String(cString: strerror(errno)))") }
        let connected = address.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { Glibc.connect(descriptor, $0.baseAddress, socklen_t(bytes.count)) }
        }
        guard connected == 0 else {
            Glibc.close(descriptor)
            throw Failure("connect: \(String(cString: strerror(errno)))")
        }
        socket = (descriptor, try loop.add(descriptor) { [unowned self] _, _ in receive() })
        answered.at = .now
        timePassed(at: .now)
    }

    private static func socketAddress(_ text: String, _ port: UInt16) -> (Int32, [UInt8])? {
        var v4 = sockaddr_in()
        if inet_pton(AF_INET, text, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            return (AF_INET, withUnsafeBytes(of: v4) { Array($0) })
        }
        var v6 = sockaddr_in6()
        guard inet_pton(AF_INET6, text, &v6.sin6_addr) == 1 else { return nil }
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = port.bigEndian
        return (AF_INET6, withUnsafeBytes(of: v6) { Array($0) })
    }

    func close() {
        guard let socket else { return }
        self.socket = nil
        loop.remove(socket.descriptor, socket.number)
    }

    var isOpen: Bool { socket != nil }
    func hasConsent(at now: ContinuousClock.Instant) -> Bool { now - answered.at < Self.consentTimeout }

    /// When a browser does something by itself, once it is connected.
    var nextTime: ContinuousClock.Instant { nextCheck }

    /// What a browser does by itself: checks, and flights that are repeated.
    func timePassed(at now: ContinuousClock.Instant) {
        guard socket != nil else { return }
        if now >= nextCheck {
            peer.sendCheck()
            nextCheck = now + (peer.checksAnswered == 0 ? Self.firstCheckInterval : Self.checkInterval)
        }
        if !peer.isConnected, peer.checksAnswered > 0, now >= nextFlight {
            peer.repeatFlight()
            nextFlight = now + Self.flightInterval
        }
        flush()
    }

    func flush() { for datagram in peer.takeOutgoing() { send(datagram) } }

    func send(_ datagram: [UInt8]) {
        if let socket { _ = Glibc.send(socket.descriptor, datagram, datagram.count, Int32(MSG_NOSIGNAL)) }
    }

    /// One datagram: epoll tells of the next.
    private func receive() {
        guard let socket else { return }
        let count = recv(socket.descriptor, loop.buffer.baseAddress, loop.buffer.count, 0)
        guard count > 0 else { return }
        let datagram = UnsafeRawBufferPointer(rebasing: loop.buffer[..<count])
        if case .rtp = DatagramKind(datagram), !onDatagram(ByteView(datagram)) { return }
        receive([UInt8](datagram))
        flush()
    }

    private func receive(_ datagram: [UInt8]) {
        let wasConnected = peer.isConnected
        peer.receive(datagram)
        if peer.checksAnswered > answered.count {
            if answered.count == 0 {
                peer.startHandshake()
                nextFlight = .now + Self.flightInterval
            }
            answered = (peer.checksAnswered, .now)
        }
        if peer.isConnected, !wasConnected { onConnected() }
        for packet in peer.received { onPacket(packet) }
        for packet in peer.receivedRtcp { onRtcp(packet) }
        peer.clearReceived()
    }
}
