import RTP
import Testing

@testable import Party
@testable import WebRTC

@Suite struct TransportTableTests {
    private let context: MediaContext
    private let now = ContinuousClock.now

    init() throws {
        context = try MediaContext(
            certificate: Certificate(), outgoing: OutgoingDatagrams(capacity: 1) { $0.removeAll() },
            clock: NtpClock(sinceUnixEpoch: .zero, at: .now))
    }

    private func newTransport() -> Transport { Transport(credentials: IceCredentials(), context: context) }
    private func address(_ port: UInt16) -> SocketAddress { SocketAddress(ipv4: 0xC000_0201, port: port) }

    @Test func findsByUfragAndByAddress() {
        var table = TransportTable()
        let transport = newTransport()
        table.insert(transport)
        #expect(table[transport.credentials.ufrag] === transport)
        #expect(table[address(1)] == nil)
        table.assign(address(1), to: transport, replacing: nil, at: now)
        table.assign(address(2), to: transport, replacing: nil, at: now)
        #expect(table[address(1)] === transport)
        #expect(table[address(2)] === transport)
        table.remove(transport)
        #expect(table.isEmpty)
        #expect(table[transport.credentials.ufrag] == nil)
        #expect(table[address(1)] == nil)
        #expect(table[address(2)] == nil)
    }

    @Test func aMovedPeerGivesUpItsAddress() {
        var table = TransportTable()
        let transport = newTransport()
        table.insert(transport)
        table.assign(address(1), to: transport, replacing: nil, at: now)
        table.assign(address(2), to: transport, replacing: address(1), at: now)
        #expect(table[address(1)] == nil)
        #expect(table[address(2)] === transport)
    }

    @Test func anAddressBelongsToWhoeverProvedItLast() {
        var table = TransportTable()
        let (old, new) = (newTransport(), newTransport())
        table.insert(old)
        table.insert(new)
        table.assign(address(1), to: old, replacing: nil, at: now)
        table.assign(address(1), to: new, replacing: nil, at: now)
        #expect(table[address(1)] === new)
        // The old one's end must not take the address away from the new one.
        table.remove(old)
        #expect(table[address(1)] === new)
        #expect(table.count == 1)
    }

    /// Nobody can take the address of somebody whose checks still come from there: neither to hear it fall silent, nor by giving it up.
    @Test func anAddressInUseCannotBeTaken() {
        var table = TransportTable()
        let (owner, thief) = (newTransport(), newTransport())
        for transport in [owner, thief] {
            table.insert(transport)
            check(transport, from: address(1), at: now)
            #expect(transport.hasConsent(from: address(1), at: now))
            table.assign(address(1), to: transport, replacing: nil, at: now)
        }
        #expect(table[address(1)] === owner)
        table.assign(address(2), to: thief, replacing: address(1), at: now)
        #expect(table[address(1)] === owner && table[address(2)] === thief)
        // The owner has fallen silent.
        let later = now + IceAgent.consentTimeout
        table.assign(address(1), to: thief, replacing: nil, at: later)
        #expect(table[address(1)] === thief)
        table.remove(owner)
        #expect(table[address(1)] === thief)
    }

    /// An authentic connectivity check.
    private func check(_ transport: Transport, from peer: SocketAddress, at now: ContinuousClock.Instant) {
        var message = StunMessageBuilder(.request, transactionId: StunTransactionId(high: 1, low: 2))
        message.append(StunAttribute.username, Array("\(transport.credentials.ufrag):peer".utf8))
        var bytes = message.finish { hmacSha1(key: Array(transport.credentials.password.utf8), $0) }
        bytes.withUnsafeMutableBytes { _ = transport.receive($0, from: peer, to: address(9), at: now) }
    }

    @Test func aRemovedTransportGetsNoAddress() {
        var table = TransportTable()
        let transport = newTransport()
        table.assign(address(1), to: transport, replacing: nil, at: now)
        #expect(table[address(1)] == nil)
    }

    @Test func aRestartAddsAUfragAndTheNameStays() {
        var table = TransportTable()
        let transport = newTransport()
        let name = transport.credentials.ufrag
        table.insert(transport)
        #expect(table[ufrag: name] === transport)
        transport.connect(RemotePeer(iceUfrag: "peer", fingerprints: []), at: .now)
        let (first, second) = (IceCredentials(), IceCredentials())
        for new in [first, second] {
            transport.restartIce(new, remoteUfrag: "peer")
            table.updateUfrags(of: transport)
            #expect(table[ufrag: new.ufrag] === transport && table[ufrag: name] === transport)
            #expect(table[name] === transport)
        }
        #expect(table[ufrag: first.ufrag] == nil)
        table.remove(transport)
        #expect(table[ufrag: second.ufrag] == nil && table[ufrag: name] == nil)
    }

    @Test func anAddressThatHasEndedIsNobodys() {
        var table = TransportTable()
        let transport = newTransport()
        table.insert(transport)
        table.assign(address(1).over(connection: 20), to: transport, replacing: nil, at: now)
        table.assign(address(1), to: transport, replacing: nil, at: now)
        table.forget(address(1).over(connection: 20), of: transport)
        #expect(table[address(1).over(connection: 20)] == nil && table[address(1)] === transport)
        #expect(table.remove(transport) == [address(1)])
    }

    @Test(arguments: [
        SocketAddress(ipv4: 0x7F00_0001, port: 40_000), SocketAddress(ipv4: 0xFFFF_FFFF, port: 1),
        SocketAddress(ipv6High: 0x2001_0DB8_0000_0000, low: 7, port: 65_535), SocketAddress(ipv6High: 0, low: 1, port: 9),
    ])
    func addressesSurviveTheKernelsForm(address: SocketAddress) {
        #expect(SocketAddress(address.linuxAddress, port: address.port) == address)
    }
}

/// Addresses whose datagrams the kernel gives to one media thread while their transport is another's.
@Suite struct RedirectTests {
    private let context: MediaContext
    private let now = ContinuousClock.now
    private let address = SocketAddress(ipv4: 0xC000_0201, port: 5)

    init() throws {
        context = try MediaContext(
            certificate: Certificate(), outgoing: OutgoingDatagrams(capacity: 1) { $0.removeAll() },
            clock: NtpClock(sinceUnixEpoch: .zero, at: .now))
    }

    @Test func leadsToTheOtherThreadUntilItEnds() {
        var table = TransportTable()
        table.redirect(address, to: 2, at: now)
        #expect(table.worker(of: address) == 2 && table[address] == nil && !table.isEmpty)
        table.endRedirect(address, to: 1)
        #expect(table.worker(of: address) == 2, "only its owner ends it")
        table.endRedirect(address, to: 2)
        #expect(table.worker(of: address) == nil && table.isEmpty)
    }

    /// Whoever can forge a sender's address must not take somebody's packets away, on whatever thread.
    @Test func staysWithWhoeverProvedItAMomentAgo() {
        var table = TransportTable()
        let transport = Transport(credentials: IceCredentials(), context: context)
        table.insert(transport)
        table.redirect(address, to: 1, at: now)
        table.redirect(address, to: 2, at: now + .seconds(29))
        table.assign(address, to: transport, replacing: nil, at: now + .seconds(29))
        #expect(table.worker(of: address) == 1 && table[address] == nil)
        table.redirect(address, to: 1, at: now + .seconds(20))
        table.redirect(address, to: 2, at: now + .seconds(49))
        #expect(table.worker(of: address) == 1, "renewed by a check")
        table.assign(address, to: transport, replacing: nil, at: now + .seconds(50))
        #expect(table[address] === transport, "silent for 30 s")
    }

    @Test func isForgottenWhenNobodyRenewsIt() {
        var table = TransportTable()
        table.redirect(address, to: 1, at: now)
        table.timePassed(at: now + .seconds(29))
        #expect(table.worker(of: address) == 1)
        table.timePassed(at: now + .seconds(30))
        #expect(table.isEmpty)
    }
}
