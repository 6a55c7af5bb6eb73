/// Handshakes with an independent OpenSSL peer: certificates, roles, loss, forgeries, and the end of the handshake's state.
import RTP
import TestSupport
import Testing

@testable import WebRTC

@Suite struct DtlsHandshakeTests {
    let server: SimulatedServer

    init() throws { server = try SimulatedServer() }

    func expectMediaFlows(_ listener: PeerPair) {
        let host = server.addHost()
        server.connectAll()
        var source = TestSource()
        server.speak(host, &source, count: 5)
        #expect(listener.peer.received.count == 5)
    }

    @Test(arguments: [TestCertificate.ecdsa, .rsa], [RemotePeer.DtlsRole.client, .server])
    func certificatesAndRoles(_ certificate: TestCertificate, _ role: RemotePeer.DtlsRole) {
        let pair = server.addListener(TestPeer(certificate, dtlsRole: role))
        server.connectAll()
        #expect(pair.events == [.validated(pair.address, replacing: nil), .connected])
        #expect(pair.transport.srtpProfile != nil && pair.transport.srtpProfile == pair.peer.profile)
        expectMediaFlows(pair)
    }

    @Test(arguments: DtlsFingerprint.Algorithm.allCases)
    func fingerprintAlgorithms(_ algorithm: DtlsFingerprint.Algorithm) {
        let peer = TestPeer()
        let pair = server.add(peer, connects: false)
        let wrong = TestCertificate.rsa.fingerprint()
        pair.transport.connect(
            RemotePeer(iceUfrag: peer.iceUfrag, fingerprints: [wrong, peer.certificate.fingerprint(algorithm)]), at: server.clock.now)
        server.connectAll()
        #expect(pair.transport.state == .connected)
    }

    @Test(arguments: [RemotePeer.DtlsRole.client, .server])
    func anotherCertificateThanAnnouncedEndsTheTransport(_ role: RemotePeer.DtlsRole) {
        let peer = TestPeer(dtlsRole: role)
        let pair = server.add(peer, connects: false)
        pair.transport.connect(
            RemotePeer(iceUfrag: nil, fingerprints: [TestCertificate.rsa.fingerprint()], dtlsRole: role), at: server.clock.now)
        server.run(for: .seconds(1))
        #expect(pair.closeReason == .fingerprintMismatch && pair.transport.state == .closed)
        #expect(server.context.drops[.dtlsFingerprint] == 1)
        #expect(!peer.isConnected || role == .server, "our last flight is not sent to a client that is not who it should be")
    }

    /// Whichever single DTLS datagram is lost, on either side, the handshake completes.
    @Test(arguments: [LossyLink.Direction.toServer, .toPeer], [TestCertificate.ecdsa, .rsa])
    func anyOneLostDatagram(_ direction: LossyLink.Direction, _ certificate: TestCertificate) throws {
        for lost in 0..<8 {
            #expect(try connects(TestPeer(certificate), losing: lost, direction), "datagram \(lost)")
        }
    }

    /// The same where we are the client, but for the server's last flight: see ASSUMPTIONS.md.
    @Test func anyOneLostDatagramAsTheClient() throws {
        for lost in 0..<8 { #expect(try connects(TestPeer(dtlsRole: .server), losing: lost, .toPeer), "datagram \(lost)") }
        for lost in 0..<4 { #expect(try connects(TestPeer(dtlsRole: .server), losing: lost, .toServer), "datagram \(lost)") }
    }

    private func connects(_ peer: TestPeer, losing lost: Int, _ direction: LossyLink.Direction) throws -> Bool {
        let server = try SimulatedServer()
        let pair = server.addListener(peer)
        var seen = 0
        server.link.loses = { way, datagram in
            guard way == direction, datagram.withUnsafeBytes({ DatagramKind($0) }) == .dtls else { return false }
            seen += 1
            return seen - 1 == lost
        }
        server.connectAll()
        return pair.isConnected
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func aThirdOfEverythingLost(_ seed: UInt64) {
        let pair = server.addListener()
        server.link = .losing(oneIn: 3, seed: seed)
        let end = server.clock.now + .seconds(14)
        while server.clock.now < end, !pair.isConnected { server.run(for: .milliseconds(50)) }
        #expect(pair.isConnected)
    }

    @Test func ourFlightIsRepeatedWithGrowingDelays() {
        let pair = server.addListener()
        pair.isAlive = false
        pair.peer.sendCheck()
        server.deliver()
        var flights: [Duration] = []
        let start = server.clock.now
        server.link.loses = { way, datagram in
            if way == .toPeer, datagram.first == 22 { flights.append(server.clock.now - start) }
            return way == .toPeer
        }
        pair.peer.startHandshake()
        server.run(for: .seconds(8))
        #expect(flights == [0, 250, 750, 1_750, 3_750, 7_750].map { .milliseconds($0) })
    }

    @Test func aPeerWithoutSrtpIsNotConnected() {
        let pair = server.addListener(TestPeer(profiles: ""))
        server.run(for: .seconds(1))
        #expect(pair.transport.state == .connecting)
        #expect(server.context.drops[.dtlsRefused] > 0)
    }

    /// A bad ClientHello neither kills the transport nor makes it send an alert, which would end the real peer's handshake.
    @Test func brokenHellosAreDropped() {
        let pair = server.addListener()
        pair.isAlive = false
        pair.peer.sendCheck()
        server.deliver()
        pair.peer.startHandshake()
        let hello = pair.peer.takeOutgoing().first ?? []
        #expect(!hello.isEmpty)
        // An old version; wrong lengths of session id, cookie, cipher suites.
        let breakages: [(Int, UInt8)] = [(25, 0xFF), (59, 200), (60, 200), (61, 0xFF), (62, 1)]
        for (number, (offset, value)) in breakages.enumerated() {
            var broken = hello
            broken[offset] = value
            broken[10] = UInt8(number)  // of the record: none is a replay
            server.inject(broken, as: pair)
        }
        for count in stride(from: 1, to: hello.count, by: 7) { server.inject(Array(hello.prefix(count)), as: pair) }
        #expect(server.context.drops[.dtlsRefused] > 3)
        var answers: [UInt8] = []
        server.link.loses = { way, datagram in
            if way == .toPeer { answers.append(datagram.first ?? 0) }
            return false
        }
        server.deliver()
        #expect(!answers.contains(21), "no alert")
        #expect(pair.transport.state == .connecting)
        pair.isAlive = true
        server.connectAll()
        #expect(pair.isConnected)
    }

    /// Somebody else's good ClientHello, under the peer's address, does not lock the peer out.
    @Test func anotherHelloBeginsAnew() {
        let pair = server.addListener()
        pair.isAlive = false
        pair.peer.sendCheck()
        server.deliver()
        let stranger = TestPeer()
        stranger.connect(ufrag: "", password: "")
        stranger.startHandshake()
        for datagram in stranger.takeOutgoing() { server.inject(datagram, as: pair) }
        server.context.outgoing.removeAll()
        pair.isAlive = true
        server.connectAll()
        #expect(pair.isConnected && server.context.counters.handshakesStarted == 2)
    }

    @Test func handshakesAreBounded() {
        let pair = server.addListener()
        pair.isAlive = false
        pair.peer.sendCheck()
        server.deliver()
        for _ in 0..<1_000 { server.inject([22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4], as: pair) }
        #expect(server.context.drops[.dtlsTooMany] > 500)
        #expect(pair.transport.state == .connecting)
    }

    @Test func stateIsFreedWhenThePeerHasProvedItsKeys() {
        let pair = server.addListener()
        server.connectAll()
        pair.peer.sendReceiverReport()
        server.deliver()
        pair.peer.sendCloseNotify()
        server.deliver()
        #expect(server.context.drops[.dtlsAfterRelease] == 1)
        #expect(pair.transport.state == .connected)
    }

    @Test func stateIsFreedInTheEndAnyhow() {
        let pair = server.addListener()
        server.connectAll()
        server.run(for: .seconds(11))
        pair.peer.sendCloseNotify()
        server.deliver()
        #expect(server.context.drops[.dtlsAfterRelease] == 1)
    }

    @Test func closeNotifyClosesWhileItCanBeRead() {
        let pair = server.addListener()
        server.connectAll()
        pair.peer.sendCloseNotify()
        server.deliver()
        #expect(pair.closeReason == .closedByPeer)
        #expect(server.router.consumerCount == 0)
    }

    @Test func nothingBeforeTheFingerprintIsKnown() {
        let peer = TestPeer()
        let pair = server.add(peer, connects: false)
        peer.sendCheck()
        peer.startHandshake()
        server.deliver()
        #expect(peer.checksAnswered == 1 && server.context.drops[.dtlsBeforeFingerprint] > 0)
        #expect(pair.transport.connect(peer.remotePeer, at: server.clock.now))
        #expect(!pair.transport.connect(peer.remotePeer, at: server.clock.now))
        server.connectAll()
        #expect(pair.transport.state == .connected)
    }

    @Test func fingerprintsAsTextRoundTrip() {
        let fingerprint = TestCertificate.ecdsa.fingerprint()
        #expect(DtlsFingerprint(algorithm: "SHA-256", value: fingerprint.value.lowercased()) == fingerprint)
        #expect(fingerprint.value.count == 95 && fingerprint.value == fingerprint.value.uppercased())
        for value in ["", ":", "AA", String(repeating: "A:", count: 47) + "A", String(repeating: "GG:", count: 31) + "GG"] {
            #expect(DtlsFingerprint(algorithm: "sha-256", value: value) == nil)
        }
        #expect(DtlsFingerprint(algorithm: "sha-1", value: fingerprint.value) == nil)
    }
}
