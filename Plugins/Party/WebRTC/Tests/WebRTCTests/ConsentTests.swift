/// Consent (RFC 7675): nobody is sent to who does not keep asking for it.
import TestSupport
import Testing

@testable import WebRTC

@Suite struct ConsentTests {
    let server: SimulatedServer
    let host: PeerPair, listener: PeerPair

    init() throws {
        server = try SimulatedServer()
        host = server.addHost()
        listener = server.addListener()
        server.connectAll()
    }

    @Test func aPeerThatKeepsCheckingStays() {
        server.run(for: .seconds(120))
        #expect(listener.transport.state == .connected && listener.closeReason == nil)
    }

    @Test func thirtySecondsWithoutACheckEndIt() {
        server.run(for: .milliseconds(10))
        var source = TestSource()
        listener.isAlive = false
        server.run(for: .milliseconds(27_000))
        #expect(listener.transport.state == .connected)
        server.run(for: .milliseconds(3_100))
        #expect(listener.closeReason == .consentExpired && listener.transport.state == .closed)
        #expect(server.router.consumerCount == 0)
        let before = listener.peer.receivedSealed.count + listener.peer.receivedRtcp.count
        server.speak(host, &source, count: 5)
        #expect(listener.peer.receivedSealed.count + listener.peer.receivedRtcp.count == before, "nothing is sent any more")
        #expect(host.transport.state == .connected)
    }

    @Test func mediaAndReportsAreNoConsent() {
        host.isAlive = false
        var source = TestSource()
        for _ in 0..<31 {
            source.send(by: host.peer)
            host.peer.sendReceiverReport()
            server.run(for: .seconds(1))
        }
        #expect(host.closeReason == .consentExpired)
    }

    @Test func forgedChecksAreNoConsent() {
        listener.isAlive = false
        var check = TestPeer.Check()
        check.password = "guessed"
        for _ in 0..<31 {
            server.inject(listener.peer.makeCheck(check), as: listener)
            server.run(for: .seconds(1))
        }
        #expect(listener.closeReason == .consentExpired)
    }

    /// When the path in use dies and another still has consent, that one is used.
    @Test func anotherValidPathTakesOver() {
        listener.isAlive = false
        let other = SimulatedServer.local
        for _ in 0..<16 {
            var check = TestPeer.Check()
            check.useCandidate = false
            server.inject(listener.peer.makeCheck(check), as: listener, from: other)
            server.run(for: .seconds(2))
        }
        #expect(listener.transport.state == .connected)
        listener.address = other
        var source = TestSource()
        server.speak(host, &source, count: 3)
        #expect(listener.peer.received.count == 3)
    }
}
