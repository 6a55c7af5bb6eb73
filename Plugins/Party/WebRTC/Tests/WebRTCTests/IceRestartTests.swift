/// ICE restart (RFC 8445 §9) and paths over TCP: the credentials and the way change, DTLS and SRTP do not.
import RTP
import TestSupport
import Testing

@testable import WebRTC

@Suite struct IceRestartTests {
    let server: SimulatedServer
    let host: PeerPair, listener: PeerPair
    let elsewhere = SocketAddress(ipv4: 0xC633_6407, port: 6_000)

    init() throws {
        server = try SimulatedServer()
        host = server.addHost()
        listener = server.addListener()
        server.connectAll()
    }

    /// As signalling does it: the peer keeps its own ufrag here, and gets a new one of ours.
    private func restart(_ pair: PeerPair) -> IceCredentials {
        let new = IceCredentials()
        #expect(pair.transport.restartIce(new, remoteUfrag: pair.peer.iceUfrag))
        return new
    }

    private func check(_ pair: PeerPair, _ credentials: IceCredentials, useCandidate: Bool = true) -> [UInt8] {
        var check = TestPeer.Check()
        check.useCandidate = useCandidate
        check.username = "\(credentials.ufrag):\(pair.peer.iceUfrag)"
        check.password = credentials.password
        return pair.peer.makeCheck(check)
    }

    @Test func theOldCredentialsServeUntilTheNewOnesAreProved() {
        let old = listener.transport.credentials
        let new = restart(listener)
        #expect(listener.transport.ufrags == [old.ufrag, new.ufrag])
        let answered = server.context.counters.stunAnswered
        server.inject(check(listener, old), as: listener)
        #expect(server.context.counters.stunAnswered == answered + 1)
        #expect(listener.transport.ufrags.count == 2, "an old check proves nothing new")

        server.inject(check(listener, new), as: listener)
        #expect(server.context.counters.stunAnswered == answered + 2)
        #expect(listener.transport.ufrags == [new.ufrag])
        #expect(listener.transport.credentials == old, "its name stays")

        let refused = server.context.drops[.stunUsername]
        server.inject(check(listener, old), as: listener)
        #expect(server.context.drops[.stunUsername] == refused + 1)
        #expect(server.context.counters.stunAnswered == answered + 2)
    }

    @Test func soundGoesOnAtAnotherAddressWithoutAHandshake() {
        var source = TestSource()
        server.speak(host, &source, count: 5)
        let handshakes = server.context.counters.handshakesStarted
        let new = restart(listener)
        server.speak(host, &source, count: 5)
        #expect(listener.peer.received.count == 10, "the old path is used until the new one is proved")

        listener.isAlive = false
        listener.address = elsewhere
        // Not nominated yet: but the old one may be dead.
        server.inject(check(listener, new, useCandidate: false), as: listener)
        server.speak(host, &source, count: 5)
        #expect(listener.peer.received.count == 15)
        let numbers = listener.peer.received.map(\.sequenceNumber)
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 &+ 1 })
        #expect(server.context.counters.handshakesStarted == handshakes)
        #expect(listener.peer.refused == 0)
    }

    @Test func aHostRestartsToo() {
        var source = TestSource()
        server.speak(host, &source, count: 3)
        let new = restart(host)
        host.isAlive = false
        host.address = elsewhere
        server.inject(check(host, new), as: host)
        #expect(host.events.contains(.validated(elsewhere, replacing: nil)))
        server.speak(host, &source, count: 3)
        #expect(listener.peer.received.count == 6)
    }

    @Test func whoDoesNotKnowTheNewPasswordChangesNothing() {
        let new = restart(listener)
        var forged = TestPeer.Check()
        forged.username = "\(new.ufrag):\(listener.peer.iceUfrag)"
        forged.password = "guessed"
        server.inject(listener.peer.makeCheck(forged), as: listener, from: elsewhere)
        #expect(listener.transport.ufrags.count == 2)
        #expect(!listener.transport.validatedAddresses.contains(elsewhere))
    }

    /// Two restarts before either is proved: what was proved last and what was told last.
    @Test func aSecondRestartReplacesTheFirst() {
        let old = listener.transport.credentials
        let first = restart(listener)
        let second = restart(listener)
        #expect(listener.transport.ufrags == [old.ufrag, second.ufrag])
        let refused = server.context.drops[.stunUsername]
        server.inject(check(listener, first), as: listener)
        #expect(server.context.drops[.stunUsername] == refused + 1)
        server.inject(check(listener, second), as: listener)
        #expect(listener.transport.ufrags == [second.ufrag])
    }

    @Test func aPathOfBeforeIsNotChosenAgain() {
        let old = listener.address
        let new = restart(listener)
        listener.isAlive = false
        server.inject(check(listener, new), as: listener, from: elsewhere)
        listener.transport.connectionEnded(elsewhere, at: server.clock.now)
        var source = TestSource()
        let before = listener.peer.received.count
        server.speak(host, &source, count: 3)
        #expect(listener.address == old && listener.peer.received.count == before)
    }

    @Test func onlyWhoIsConnectingOrConnectedRestarts() throws {
        let fresh = server.add(TestPeer(), connects: false)
        #expect(!fresh.transport.restartIce(IceCredentials(), remoteUfrag: nil))
        listener.transport.close()
        #expect(!listener.transport.restartIce(IceCredentials(), remoteUfrag: nil))
    }

    // MARK: - TCP

    @Test func aTcpConnectionIsAPathOfItsOwn() {
        let tcp = listener.address.over(connection: 7)
        #expect(tcp != listener.address && tcp.unmapped.connection == 7)
        server.inject(listener.peer.makeCheck(), as: listener, from: tcp)
        #expect(listener.transport.validatedAddresses == [listener.address, tcp])
        listener.address = tcp
        var source = TestSource()
        server.speak(host, &source, count: 3)
        #expect(listener.peer.received.count == 3, "what was nominated last is used")
        #expect(server.inject([0x80, 0, 0, 0], as: listener, from: tcp.over(connection: 8)) == .none)
        #expect(server.context.drops[.addressNotValidated] == 1)
    }

    @Test func theEndOfAConnectionGivesWayToAnotherPath() {
        let udp = listener.address
        let tcp = udp.over(connection: 7)
        server.inject(listener.peer.makeCheck(), as: listener, from: tcp)
        listener.transport.connectionEnded(tcp, at: server.clock.now)
        #expect(listener.transport.validatedAddresses == [udp])
        var source = TestSource()
        server.speak(host, &source, count: 3)
        #expect(listener.peer.received.count == 3)
    }

    @Test func withoutAnotherPathTheConsentRunsOutUnlessThePeerComesBack() {
        for comesBack in [true, false] {
            let pair = server.addListener()
            pair.address = pair.address.over(connection: comesBack ? 8 : 9)
            server.connectAll()
            pair.isAlive = false
            pair.transport.connectionEnded(pair.address, at: server.clock.now)
            #expect(pair.transport.validatedAddresses.isEmpty)
            server.run(for: .seconds(20))
            #expect(pair.transport.state == .connected)
            if comesBack {
                pair.address = pair.address.over(connection: 10)
                pair.isAlive = true
            }
            server.run(for: .seconds(20))
            #expect(pair.transport.state == (comesBack ? .connected : .closed))
            #expect(pair.closeReason == (comesBack ? nil : .consentExpired))
        }
    }
}
