/// DTLS datagrams that wait for their step. One costs some 0.3 ms, and five hundred listeners may come at once: the media thread takes one
/// of these between two looks at the socket, so that no sound waits for more than one step.
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

    private var datagrams: [Datagram] = []
    private var first = 0
    private var waiting: [SocketAddress: Int] = [:]

    var isEmpty: Bool { first == datagrams.count }

    /// - Returns: false when there is no room, or none for this peer.
    mutating func append(_ bytes: UnsafeRawBufferPointer, from peer: SocketAddress, to local: SocketAddress) -> Bool {
        let own = waiting[peer, default: 0]
        guard datagrams.count - first < Self.capacity, own < Self.capacityPerPeer else { return false }
        waiting[peer] = own + 1
        datagrams.append(Datagram(bytes: Array(bytes), peer: peer, local: local))
        return true
    }

    mutating func takeFirst() -> Datagram? {
        guard !isEmpty else { return nil }
        let datagram = datagrams[first]
        first += 1
        let own = waiting[datagram.peer, default: 1] - 1
        waiting[datagram.peer] = own > 0 ? own : nil
        // Moved together now and then, so that one costs the same for any number.
        if first == datagrams.count || first >= Self.capacity {
            datagrams.removeFirst(first)
            first = 0
        }
        return datagram
    }
}
