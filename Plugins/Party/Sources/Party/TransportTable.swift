/// All transports of a media thread, found by remote address, or by our ufrag in a STUN request (RFC 8445 section 7.3).
import RTP
import WebRTC

struct TransportTable {
    private struct Entry {
        let transport: Transport
        /// Its keys in `byAddress`.
        var addresses: [SocketAddress] = []
    }

    private var byUfrag: [TransportID: Entry] = [:]
    private var byAddress: [SocketAddress: Transport] = [:]

    var count: Int { byUfrag.count }
    var isEmpty: Bool { byUfrag.isEmpty }
    /// Not to be changed while it is gone through.
    var all: some Sequence<Transport> { byUfrag.values.lazy.map(\.transport) }

    subscript(id: TransportID) -> Transport? { byUfrag[id]?.transport }
    subscript(address: SocketAddress) -> Transport? { byAddress[address] }

    /// - Returns: false when the ufrag is taken, which random ones never are.
    @discardableResult
    mutating func insert(_ transport: Transport) -> Bool {
        let id = transport.credentials.ufrag
        guard byUfrag[id] == nil else { return false }
        byUfrag[id] = Entry(transport: transport)
        return true
    }

    /// A check has proved that `address` is this transport's, and `old` no longer is. It may have been another's, whose peer has gone.
    mutating func assign(_ address: SocketAddress, to transport: Transport, replacing old: SocketAddress?) {
        let id = transport.credentials.ufrag
        guard byUfrag[id] != nil else { return }
        if let old, old != address {
            byUfrag[id]?.addresses.removeAll { $0 == old }
            if byAddress[old] === transport { byAddress[old] = nil }
        }
        if byUfrag[id]?.addresses.contains(address) == false { byUfrag[id]?.addresses.append(address) }
        byAddress[address] = transport
    }

    mutating func remove(_ transport: Transport) {
        guard let entry = byUfrag.removeValue(forKey: transport.credentials.ufrag) else { return }
        for address in entry.addresses where byAddress[address] === transport { byAddress[address] = nil }
    }
}
