/// DTLS datagrams that wait for their step. One costs some 0.3 ms, and five hundred listeners may come at once: the media thread takes one
/// of these between two looks at the socket, so that no sound waits for more than one step.
import RTP

/// Plain state of one media thread.
struct HandshakeQueue {
    /// What is beyond it is dropped, and comes again with its flight's next repetition (RFC 6347 §4.2.4).
    static let capacity = 1_024

    struct Datagram {
        var bytes: [UInt8]
        let peer: SocketAddress
        let local: SocketAddress
    }

    private var datagrams: [Datagram] = []
    private var first = 0

    var isEmpty: Bool { first == datagrams.count }

    /// - Returns: false when there is no room.
    mutating func append(_ bytes: UnsafeRawBufferPointer, from peer: SocketAddress, to local: SocketAddress) -> Bool {
        guard datagrams.count - first < Self.capacity else { return false }
        datagrams.append(Datagram(bytes: Array(bytes), peer: peer, local: local))
        return true
    }

    mutating func takeFirst() -> Datagram? {
        guard !isEmpty else { return nil }
        let datagram = datagrams[first]
        first += 1
        // Moved together now and then, so that one costs the same for any number.
        if first == datagrams.count || first >= Self.capacity {
            datagrams.removeFirst(first)
            first = 0
        }
        return datagram
    }
}
