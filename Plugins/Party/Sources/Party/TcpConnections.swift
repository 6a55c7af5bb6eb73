/// All TCP connections of a media thread, found by number, and their limits, each thread's own: anybody can open one, so whoever proves nothing is let go
/// of soon, and nobody has more than a share.
internal import CLinux
import RTP

/// Plain state of `MediaLoop`.
final class TcpConnections {
    struct Limits {
        var total = 4_096
        /// Of one IPv4 address or one IPv6 network of 64 bits.
        var perAddress = 512
        /// Of those that have not been proved, in all and per address. Another one takes the place of the oldest: a browser proves its
        /// own at once.
        var unproved = 256
        var unprovedPerAddress = 32
        /// A browser's first check comes with the connection.
        var proofTime: Duration = .seconds(5)
        /// Browsers check every 2.5 s what they use; the rest they leave open.
        var silence: Duration = .seconds(30)
    }

    /// Numbers below are other descriptors' in the same epoll.
    static let firstNumber: UInt32 = 16

    private let limits: Limits
    private let epoll: Int32
    private var byNumber: [UInt32: TcpConnection] = [:]
    private var perNetwork: [Network: Int] = [:]
    /// In order of arrival.
    private var unproved: [TcpConnection] = []
    private var newest = TcpConnections.firstNumber
    /// Proved ones that have ended, until `MediaLoop` has told their transports.
    private var ended: [SocketAddress] = []

    /// Who shares a limit.
    private struct Network: Hashable {
        let bits: UInt64
        let family: SocketAddress.Family

        init(_ address: SocketAddress) {
            family = address.family
            bits = family == .ipv4 ? address.low : address.high
        }
    }

    init(epoll: Int32, limits: Limits = Limits()) {
        self.epoll = epoll
        self.limits = limits
    }

    var count: Int { byNumber.count }
    var isEmpty: Bool { byNumber.isEmpty }

    subscript(number: UInt32) -> TcpConnection? { byNumber[number] }

    /// Takes a connection that has come, or closes it where there are too many.
    ///
    /// - Returns: nil when it was refused.
    @discardableResult
    func add(descriptor: Int32, peer: SocketAddress, local: SocketAddress, at now: ContinuousClock.Instant) -> TcpConnection? {
        repeat { newest = newest == .max ? Self.firstNumber : newest + 1 } while byNumber[newest] != nil
        let connection = TcpConnection(descriptor: descriptor, peer: peer.over(connection: newest), local: local, at: now)
        let network = Network(peer)
        let sameNetwork = unproved.filter { Network($0.peer) == network }
        if sameNetwork.count >= limits.unprovedPerAddress, let oldest = sameNetwork.first {
            close(oldest)
        } else if unproved.count >= limits.unproved, let oldest = unproved.first {
            close(oldest)
        }
        guard count < limits.total, perNetwork[network, default: 0] < limits.perAddress,
            CLinux_epollAdd(epoll, descriptor, UInt64(connection.id)) == 0
        else { return nil }
        byNumber[connection.id] = connection
        perNetwork[network, default: 0] += 1
        unproved.append(connection)
        return connection
    }

    /// A check has proved whose connection it is.
    func prove(_ number: UInt32) {
        guard let connection = byNumber[number], !connection.isProved else { return }
        connection.isProved = true
        unproved.removeAll { $0 === connection }
    }

    /// Ends it, for a reason of ours or the peer's.
    func close(_ connection: TcpConnection) {
        guard forget(connection) else { return }
        if connection.isProved { ended.append(connection.peer) }
        connection.shutDown()
    }

    /// It is none of ours: another media thread shall have it.
    ///
    /// - Returns: its descriptor, whose owner the caller is now.
    func giveAway(_ connection: TcpConnection) -> Int32? {
        guard forget(connection) else { return nil }
        CLinux_epollRemove(epoll, connection.descriptor)
        return connection.giveAway()
    }

    private func forget(_ connection: TcpConnection) -> Bool {
        guard byNumber.removeValue(forKey: connection.id) != nil else { return false }
        let network = Network(connection.peer)
        let others = perNetwork[network, default: 1] - 1
        perNetwork[network] = others > 0 ? others : nil
        if !connection.isProved { unproved.removeAll { $0 === connection } }
        return true
    }

    /// Sends one packet, and cuts a reader that is too slow.
    ///
    /// - Returns: false when it did not go out.
    func send(_ packet: UnsafeRawBufferPointer, on number: UInt32) -> Bool {
        guard let connection = byNumber[number] else { return false }
        let wasWaiting = connection.isWaiting
        guard connection.send(packet) else {
            close(connection)
            return false
        }
        if connection.isWaiting, !wasWaiting { setInterest(of: connection) }
        return true
    }

    /// There is room to write again.
    func sendWaiting(_ connection: TcpConnection) {
        guard connection.sendWaiting() else { return close(connection) }
        if !connection.isWaiting { setInterest(of: connection) }
    }

    private func setInterest(of connection: TcpConnection) {
        _ = CLinux_epollChange(
            epoll, connection.descriptor, UInt64(connection.id), CLINUX_READABLE | (connection.isWaiting ? CLINUX_WRITABLE : 0))
    }

    /// Ends those that have not proved anything in time, and those that nobody uses.
    func timePassed(at now: ContinuousClock.Instant) {
        for connection in unproved where now - connection.opened >= limits.proofTime { close(connection) }
        for connection in byNumber.values where now - connection.lastHeard >= limits.silence { close(connection) }
    }

    /// Proved connections that have ended since the last call.
    func takeEnded() -> [SocketAddress] {
        defer { ended.removeAll(keepingCapacity: true) }
        return ended
    }
}
