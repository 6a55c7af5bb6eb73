/// DTLS datagrams that wait for their step. One costs some 0.3 ms, and a thousand listeners may come at once: the media thread takes one
/// of these between two looks at the socket, so that no sound waits for more than one step.
///
/// Handshakes that have begun go before those that have not. Each holds some 74 KB until it is over, so that a crowd's are under way a few
/// at a time, whoever came first is heard first, and nobody waits for the whole crowd's first half. Now and then a newcomer has its turn all
/// the same: what looks like a handshake that goes on may be somebody's noise.
import RTP

/// Plain state of one media thread.
struct HandshakeQueue {
    /// What is beyond it is dropped, and comes again with its flight's next repetition (RFC 6347 §4.2.4).
    static let capacity = 1_024
    /// Of one address: several flights. A peer that sends more must not take everybody else's turn.
    static let capacityPerPeer = 32

    struct Datagram {
        var bytes: [UInt8]
        let peer: SocketAddress
        let local: SocketAddress
    }

    /// Steps of handshakes that have begun, between two newcomers' while both wait.
    static let stepsBetweenBeginnings = 8

    private var begun = Line(), beginnings = Line()
    private var stepsSinceBeginning = 0
    private var waiting: [SocketAddress: Int] = [:]

    var isEmpty: Bool { begun.isEmpty && beginnings.isEmpty }

    /// - Returns: false when there is no room, or none for this peer.
    mutating func append(_ bytes: UnsafeRawBufferPointer, from peer: SocketAddress, to local: SocketAddress) -> Bool {
        let own = waiting[peer, default: 0]
        // Each line has room of its own: newcomers do not push out what would end the others' handshakes.
        let begins = Self.isClientHello(bytes)
        guard (begins ? beginnings : begun).count < Self.capacity, own < Self.capacityPerPeer else { return false }
        waiting[peer] = own + 1
        let datagram = Datagram(bytes: Array(bytes), peer: peer, local: local)
        if begins { beginnings.append(datagram) } else { begun.append(datagram) }
        return true
    }

    mutating func takeFirst() -> Datagram? {
        let isNewcomersTurn = begun.isEmpty || stepsSinceBeginning >= Self.stepsBetweenBeginnings && !beginnings.isEmpty
        stepsSinceBeginning = isNewcomersTurn ? 0 : stepsSinceBeginning + 1
        guard let datagram = isNewcomersTurn ? beginnings.takeFirst() : begun.takeFirst() else { return nil }
        let own = waiting[datagram.peer, default: 1] - 1
        waiting[datagram.peer] = own > 0 ? own : nil
        return datagram
    }

    /// In the first record (RFC 6347 §4.1, RFC 5246 §7.4): handshake, behind the 13 bytes of its header a ClientHello.
    private static func isClientHello(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let view = ByteView(bytes)
        return view.u8(at: 0) == 22 && view.u8(at: 13) == 1
    }

    /// First come, first served.
    private struct Line {
        private var datagrams: [Datagram] = []
        private var first = 0

        var count: Int { datagrams.count - first }
        var isEmpty: Bool { count == 0 }

        mutating func append(_ datagram: Datagram) { datagrams.append(datagram) }

        mutating func takeFirst() -> Datagram? {
            guard !isEmpty else { return nil }
            let datagram = datagrams[first]
            first += 1
            // Moved together now and then, so that one costs the same for any number.
            if first == datagrams.count || first >= HandshakeQueue.capacity {
                datagrams.removeFirst(first)
                first = 0
            }
            return datagram
        }
    }
}
