/// One TCP connection of a browser, as `TcpConnections` keeps it: packets in frames (RFC 4571), and a bounded queue towards a reader that
/// is slower than the sound.
internal import CLinux
import Glibc
import RTP

final class TcpConnection {
    /// Two or three seconds of sound, beside the kernel's own queue: what is later helps nobody, so the reader is cut.
    static let maximumWaitingBytes = 64 << 10

    /// -1 once it was given away.
    private(set) var descriptor: Int32
    /// The peer, with this connection's number.
    let peer: SocketAddress
    let local: SocketAddress
    let opened: ContinuousClock.Instant
    /// When something came.
    var lastHeard: ContinuousClock.Instant
    /// A check on it has proved whose it is.
    var isProved = false
    var frames = FrameBuffer()
    /// Bytes that the kernel had no room for, in order.
    private var waiting: [UInt8] = []

    /// Owns `descriptor` from now on.
    init(descriptor: Int32, peer: SocketAddress, local: SocketAddress, at now: ContinuousClock.Instant) {
        self.descriptor = descriptor
        self.peer = peer
        self.local = local
        opened = now
        lastHeard = now
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Whoever calls it owns the descriptor from now on.
    func giveAway() -> Int32 {
        defer { descriptor = -1 }
        return descriptor
    }

    /// Bytes that somebody else has read from it.
    func received(_ bytes: [UInt8]) {
        let space = frames.space()
        let count = min(bytes.count, space.count)
        space.copyBytes(from: bytes.prefix(count))
        frames.received(count)
    }

    var id: UInt32 { peer.connection }
    /// Room to write is worth knowing.
    var isWaiting: Bool { !waiting.isEmpty }

    /// Reads once what has come into `frames`.
    ///
    /// - Returns: false when the connection has ended.
    func read(at now: ContinuousClock.Instant) -> Bool {
        let space = frames.space()
        let count = recv(descriptor, space.baseAddress, space.count, 0)
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
        frames.received(count)
        lastHeard = now
        return true
    }

    /// Sends one packet, or queues it behind those that wait. Never waits.
    ///
    /// - Returns: false when the connection has ended, or its reader is too slow.
    func send(_ packet: UnsafeRawBufferPointer) -> Bool {
        guard let length = UInt16(exactly: packet.count) else { return true }
        return withUnsafeBytes(of: length.bigEndian) { header in
            var sent = 0
            if waiting.isEmpty {
                sent = write(header, packet)
                guard sent >= 0 else { return false }
            }
            let rest = header.count + packet.count - sent
            guard rest > 0 else { return true }
            guard waiting.count + rest <= Self.maximumWaitingBytes else { return false }
            waiting += header.dropFirst(sent)
            waiting += packet.dropFirst(max(0, sent - header.count))
            return true
        }
    }

    /// There is room again.
    ///
    /// - Returns: false when the connection has ended.
    func sendWaiting() -> Bool {
        let sent = waiting.withUnsafeBytes { write(UnsafeRawBufferPointer(start: nil, count: 0), $0) }
        guard sent >= 0 else { return false }
        waiting.removeFirst(min(sent, waiting.count))
        return true
    }

    /// Ends it for the peer and for epoll now, whoever still holds this object.
    func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private func write(_ header: UnsafeRawBufferPointer, _ packet: UnsafeRawBufferPointer) -> Int {
        func bytes(_ part: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? { part.assumingMemoryBound(to: UInt8.self).baseAddress }
        return CLinux_sendTcp(descriptor, bytes(header), UInt32(clamping: header.count), bytes(packet), UInt32(clamping: packet.count))
    }
}
