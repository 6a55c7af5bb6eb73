/// Which checks are answered, which path is used, and what an unauthenticated sender gets: nothing.
import RTP
import TestSupport
import Testing

@testable import WebRTC

@Suite struct IceLiteConnectivityTests {
    let server: SimulatedServer
    let pair: PeerPair
    static let elsewhere = SocketAddress(ipv4: 0xC633_6407, port: 6_000)

    init() throws {
        server = try SimulatedServer()
        pair = server.addListener()
    }

    @Test func aCheckIsAnsweredWithTheAddressItCameFrom() {
        pair.peer.sendCheck()
        server.deliver()
        #expect(pair.peer.checksAnswered == 1)
        #expect(pair.peer.mappedAddress == pair.address)
        #expect(pair.events == [.validated(pair.address, replacing: nil)])
        #expect(pair.transport.validatedAddresses == [pair.address])
    }

    @Test func ipv6AndMappedIpv4() {
        let ipv6 = SocketAddress(ipv6High: 0x2001_0DB8_0000_0001, low: 2, port: 700)
        pair.address = ipv6
        pair.peer.sendCheck()
        server.deliver()
        #expect(pair.peer.mappedAddress == ipv6)
        pair.address = SocketAddress(ipv6High: 0, low: 0xFFFF_CB00_7101, port: 700)
        pair.peer.sendCheck()
        server.deliver()
        #expect(pair.peer.mappedAddress == SocketAddress(ipv4: 0xCB00_7101, port: 700))
    }

    @Test func aRepeatedCheckIsAnsweredAgainAndReportedOnce() {
        let check = pair.peer.makeCheck()
        for _ in 0..<3 { server.inject(check, as: pair) }
        server.deliver()
        #expect(pair.peer.checksAnswered == 3)
        #expect(pair.events.count == 1)
    }

    @Test(arguments: [
        ("wrong password", DropReason.stunIntegrity), ("wrong local ufrag", .stunUsername), ("wrong remote ufrag", .stunUsername),
        ("no fingerprint", .stunFingerprint), ("no integrity", .stunIntegrity), ("indication", .stunNotBindingRequest),
        ("cut", .stunMalformed),
    ])
    func nothingIsAnsweredToWhoKnowsNoPassword(_ name: String, _ reason: DropReason) {
        var check = TestPeer.Check()
        var bytes: [UInt8]
        switch name {
        case "wrong password":
            check.password = "not it"
            bytes = pair.peer.makeCheck(check)
        case "wrong local ufrag":
            check.username = "ABCDEFGH:peer"
            bytes = pair.peer.makeCheck(check)
        case "wrong remote ufrag":
            check.username = "\(pair.transport.credentials.ufrag):other"
            bytes = pair.peer.makeCheck(check)
        case "no fingerprint":
            bytes = pair.peer.makeCheck()
            bytes.removeLast(8)
            bytes[3] -= 8
        case "no integrity":
            var builder = StunMessageBuilder(.request, transactionId: StunTransactionId(high: 0, low: 0))
            builder.append(StunAttribute.username, Array("\(pair.transport.credentials.ufrag):peer".utf8))
            bytes = builder.finish()
        case "indication": bytes = StunMessageBuilder(.indication, transactionId: StunTransactionId(high: 0, low: 0)).finish()
        default:
            bytes = pair.peer.makeCheck()
            bytes.removeLast(4)
        }
        server.inject(bytes, as: pair)
        #expect(server.context.outgoing.isEmpty)
        #expect(pair.events.isEmpty)
        #expect(server.context.drops.nonZero.map(\.reason) == [reason])
    }

    @Test func withoutARemoteUfragOnlyOursCounts() {
        let peer = TestPeer(iceUfrag: "never-signalled")
        let pair = server.add(peer, connects: false)
        pair.transport.connect(RemotePeer(iceUfrag: nil, fingerprints: [peer.certificate.fingerprint()]), at: server.clock.now)
        peer.sendCheck()
        server.deliver()
        #expect(peer.checksAnswered == 1)
    }

    @Test func roleConflictAndUnknownAttributesAreNamed() {
        var check = TestPeer.Check()
        check.controlling = false
        pair.peer.sendCheck(check)
        server.deliver()
        #expect(pair.peer.lastErrorCode == 487)
        check = TestPeer.Check()
        check.extra = (0x7FFE, [0])
        pair.peer.sendCheck(check)
        server.deliver()
        #expect(pair.peer.lastErrorCode == 420)
        #expect(pair.events.isEmpty && pair.transport.validatedAddresses.isEmpty)
    }

    @Test func mediaFollowsTheLastNominationAndNothingElse() {
        let host = server.addHost()
        server.connectAll()
        var source = TestSource()
        server.speak(host, &source, count: 2)
        #expect(pair.peer.received.count == 2)
        // A check without nomination from another address is answered, and changes nothing.
        var check = TestPeer.Check()
        check.useCandidate = false
        server.inject(pair.peer.makeCheck(check), as: pair, from: Self.elsewhere)
        server.speak(host, &source, count: 2)
        #expect(pair.peer.received.count == 4)
        // With it, media goes there.
        server.inject(pair.peer.makeCheck(), as: pair, from: Self.elsewhere)
        pair.isAlive = false
        server.speak(host, &source, count: 2)
        #expect(pair.peer.received.count == 4)
        pair.address = Self.elsewhere
        server.speak(host, &source, count: 2)
        #expect(pair.peer.received.count == 6)
    }

    @Test func aLowerNominationValueDoesNotBringAnOldPathBack() {
        var first = TestPeer.Check()
        var second = TestPeer.Check()
        first.nomination = 1
        second.nomination = 2
        let ice = IceAgent(pair.transport.credentials)
        let a = IcePath(peer: pair.address, local: SimulatedServer.local)
        let b = IcePath(peer: Self.elsewhere, local: SimulatedServer.local)
        for (check, path) in [(first, a), (second, b), (first, a)] {
            pair.peer.makeCheck(check).withByteView { _ = ice.receive($0, on: path, at: server.clock.now, server.context.outgoing) }
        }
        #expect(ice.selected == b)
    }

    @Test func handshakeAndMediaOnlyFromValidatedAddresses() {
        server.inject([22, 254, 253, 0], as: pair)
        server.inject([0x80, 111, 0, 0], as: pair)
        #expect(server.context.drops[.addressNotValidated] == 2)
        pair.peer.sendCheck()
        server.deliver()
        server.inject([22, 254, 253, 0], as: pair, from: Self.elsewhere)
        #expect(server.context.drops[.addressNotValidated] == 3)
        server.inject([0x80, 111, 0, 0], as: pair)
        #expect(server.context.drops[.mediaBeforeKeys] == 1)
    }

    @Test func addressesOfOnePeerAreBounded() {
        pair.peer.sendCheck()
        server.deliver()
        var replaced: [SocketAddress] = []
        for port in 1...20 as ClosedRange<UInt16> {
            server.clock.advance(by: .milliseconds(1))
            var check = TestPeer.Check()
            check.useCandidate = false
            let event = server.inject(pair.peer.makeCheck(check), as: pair, from: SocketAddress(ipv4: 1, port: port))
            if case .validated(_, replacing: let old?) = event { replaced.append(old) }
        }
        #expect(pair.transport.validatedAddresses.count == IceAgent.maximumPaths)
        #expect(pair.transport.validatedAddresses.contains(pair.address), "the selected one stays")
        #expect(replaced == (1...13).map { SocketAddress(ipv4: 1, port: $0) }, "the oldest go first")
    }

    @Test func theTransportOfARequestIsFoundByItsUfrag() {
        let found = pair.peer.makeCheck().withUnsafeBytes { IceUfrag(ofRequest: $0) }
        #expect(found == pair.transport.credentials.ufrag)
        for username in ["short:x", "toolonger8:x", "noColon8", ""] {
            var check = TestPeer.Check()
            check.username = username
            #expect(pair.peer.makeCheck(check).withUnsafeBytes { IceUfrag(ofRequest: $0) } == nil)
        }
    }

    @Test func credentialsAreAsRfc8839WantsThem() {
        let credentials = IceCredentials()
        let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        #expect(credentials.ufrag.description.count == 8 && credentials.password.count == 32)
        #expect(Set(credentials.ufrag.description + credentials.password).isSubset(of: allowed))
        #expect(IceCredentials().ufrag != credentials.ufrag)
    }
}
