/// The way out of the media thread: what transports have written into the arena goes to the kernel in batches, or onto TCP connections.
internal import CLinux
import RTP
import WebRTC

/// Plain state of `MediaLoop`. The bytes stay where they are: `outbox` points at the slots of the arena.
final class MediaSender {
    private let socket: UdpSocket
    private let connections: TcpConnections
    private let outbox: UnsafeMutablePointer<CLinuxDatagram>
    /// Datagrams that did not go out, since the last `takeRefused`.
    private var refused = 0

    init(socket: UdpSocket, connections: TcpConnections) {
        self.socket = socket
        self.connections = connections
        outbox = .allocate(capacity: Int(CLINUX_BATCH))
        outbox.initialize(repeating: CLinuxDatagram(), count: Int(CLINUX_BATCH))
    }

    deinit { outbox.deallocate() }

    func takeRefused() -> Int {
        defer { refused = 0 }
        return refused
    }

    /// - Parameter arena: of at most `CLINUX_BATCH` slots; it is empty afterwards.
    func send(_ arena: OutgoingDatagrams) {
        var count = 0
        for index in 0..<arena.count {
            let datagram = arena[index]
            guard datagram.peer.connection == 0 else {
                let bytes = UnsafeRawBufferPointer(start: datagram.bytes, count: datagram.count)
                if !connections.send(bytes, on: datagram.peer.connection) { refused += 1 }
                continue
            }
            outbox[count].bytes = datagram.bytes.assumingMemoryBound(to: UInt8.self)
            outbox[count].count = UInt32(truncatingIfNeeded: datagram.count)
            outbox[count].peer = datagram.peer.linuxAddress
            outbox[count].port = datagram.peer.port
            outbox[count].local = datagram.local.linuxAddress
            count += 1
        }
        refused += socket.send(outbox, count: count)
        arena.removeAll()
    }
}
