/// All transports of a media thread, found by name, by remote address, or by our ufrag in a STUN request (RFC 8445 section 7.3); and which
/// other thread an address belongs to, where the kernel gives its datagrams to this one.
import RTP
import WebRTC

struct TransportTable {
    private struct Entry {
        let transport: Transport
        /// Its keys in `byUfrag`: its name, and after an ICE restart others.
        var ufrags: [IceUfrag]
        /// Its keys in `byAddress`.
        var addresses: [SocketAddress] = []
    }

    private var entries: [TransportID: Entry] = [:]
    private var byUfrag: [IceUfrag: Transport] = [:]
    private var byAddress: [SocketAddress: Transport] = [:]
    private var redirects: [SocketAddress: Redirect] = [:]

    private struct Redirect {
        let worker: Int
        /// When that thread said so last, which it does at each check from there.
        let since: ContinuousClock.Instant
    }

    /// A redirect that nobody has renewed for so long, as each check does, is nobody's: longer than consent lasts (RFC 7675).
    static let redirectTimeout = Duration.seconds(30)

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty && redirects.isEmpty }
    /// Not to be changed while it is gone through.
    var all: some Sequence<Transport> { entries.values.lazy.map(\.transport) }

    subscript(id: TransportID) -> Transport? { entries[id]?.transport }
    subscript(ufrag ufrag: IceUfrag) -> Transport? { byUfrag[ufrag] }
    subscript(address: SocketAddress) -> Transport? { byAddress[address] }

    /// The other thread that an address belongs to.
    func worker(of address: SocketAddress) -> Int? { redirects[address]?.worker }

    /// - Returns: false when the ufrag is taken, which random ones never are.
    @discardableResult
    mutating func insert(_ transport: Transport) -> Bool {
        let id = transport.credentials.ufrag
        guard entries[id] == nil, byUfrag[id] == nil else { return false }
        entries[id] = Entry(transport: transport, ufrags: [id])
        byUfrag[id] = transport
        return true
    }

    /// An ICE restart has changed which ufrags are this transport's.
    mutating func updateUfrags(of transport: Transport) {
        guard let old = entries[transport.credentials.ufrag]?.ufrags else { return }
        for ufrag in old where byUfrag[ufrag] === transport { byUfrag[ufrag] = nil }
        let new = transport.ufrags.filter { byUfrag[$0] == nil }
        for ufrag in new { byUfrag[ufrag] = transport }
        entries[transport.credentials.ufrag]?.ufrags = new
    }

    /// A check has come from `address`, and `old` is no longer this transport's. It may have been another's, whose peer has gone; but while
    /// that one's checks come from there as well, it stays the other's: whoever can forge a sender's address would otherwise silence
    /// somebody else. To be called at each check, so that an address passes on when its owner is silent.
    mutating func assign(
        _ address: SocketAddress, to transport: Transport, replacing old: SocketAddress?, at now: ContinuousClock.Instant
    ) {
        let id = transport.credentials.ufrag
        guard entries[id] != nil else { return }
        if let old, old != address { forget(old, of: transport) }
        guard self[address] !== transport, isFree(address, at: now) else { return }
        if entries[id]?.addresses.contains(address) == false { entries[id]?.addresses.append(address) }
        byAddress[address] = transport
        redirects[address] = nil
    }

    /// Nobody has proved a moment ago to be there.
    private func isFree(_ address: SocketAddress, at now: ContinuousClock.Instant) -> Bool {
        if let owner = byAddress[address] { return !owner.hasConsent(from: address, at: now) }
        return redirects[address].map { now - $0.since >= Self.redirectTimeout } ?? true
    }

    /// `address` is nobody's any more.
    mutating func forget(_ address: SocketAddress, of transport: Transport) {
        entries[transport.credentials.ufrag]?.addresses.removeAll { $0 == address }
        if self[address] === transport { byAddress[address] = nil }
    }

    /// Another thread's transport has had a check from `address`, by the same rule.
    mutating func redirect(_ address: SocketAddress, to worker: Int, at now: ContinuousClock.Instant) {
        guard self.worker(of: address) == worker || isFree(address, at: now) else { return }
        byAddress[address] = nil
        redirects[address] = Redirect(worker: worker, since: now)
    }

    mutating func endRedirect(_ address: SocketAddress, to worker: Int) {
        if self.worker(of: address) == worker { redirects[address] = nil }
    }

    /// Redirects that nobody renews go.
    mutating func timePassed(at now: ContinuousClock.Instant) {
        for (address, redirect) in redirects where now - redirect.since >= Self.redirectTimeout { redirects[address] = nil }
    }

    /// - Returns: the addresses that were its own.
    @discardableResult
    mutating func remove(_ transport: Transport) -> [SocketAddress] {
        guard let entry = entries.removeValue(forKey: transport.credentials.ufrag) else { return [] }
        for ufrag in entry.ufrags where byUfrag[ufrag] === transport { byUfrag[ufrag] = nil }
        let own = entry.addresses.filter { self[$0] === transport }
        for address in own { byAddress[address] = nil }
        return own
    }
}
