/// RTCP that is authentic and wrong all the same.
import RTP
import TestSupport
import Testing

@testable import WebRTC

@Suite struct MalformedRtcpTests {
    let server: SimulatedServer
    let host: PeerPair, listener: PeerPair

    init() throws {
        server = try SimulatedServer()
        host = server.addHost()
        listener = server.addListener(TestPeer(), ConsumerParameters(payloadType: 111, ssrc: 500))
        server.connectAll()
    }

    @Test(arguments: ["80 C9 0002 00000005", "9F C9 0001 00000005", "9F C8 0001 00000005", "9F CA 0001 00000001", "81 CD 0001 00000001"])
    func isCountedAndForgotten(_ hex: String) {
        for pair in [host, listener] { pair.peer.sendRtcp([UInt8](hex: hex)) }
        server.deliver()
        #expect(server.context.drops[.rtcpMalformed] == 2)
        #expect(host.transport.state == .connected && listener.transport.state == .connected)
    }

    @Test func randomBodiesBehindAnAuthenticHeader() {
        var random = SeededRandom(6)
        var source = TestSource()
        for _ in 0..<3_000 {
            var bytes: [UInt8] = [0x80 | UInt8(random.next() & 0x3F), UInt8.random(in: 200...207, using: &random)]
            let words = Int.random(in: 0...20, using: &random)
            bytes.append(bigEndian: UInt16(words))
            bytes += random.bytes(4 * words + 4)
            listener.peer.sendRtcp(bytes)
            host.peer.sendRtcp(bytes)
            server.deliver()
        }
        server.speak(host, &source, count: 5)
        #expect(listener.peer.received.count == 5)
        #expect(listener.transport.state == .connected)
    }

    @Test func nothingOfAListenersRtcpReachesTheHost() {
        var source = TestSource()
        var bytes: [UInt8] = []
        server.speak(host, &source, count: 5)
        let before = host.peer.receivedRtcp.count
        SenderReport(ssrc: 1_000, ntpTimestamp: 1, rtpTimestamp: 1, packetCount: 1, octetCount: 1).append(to: &bytes)
        Goodbye(ssrcs: [1_000, 500]).append(to: &bytes)
        bytes += [UInt8](hex: "81 CE 0002 00000001 000003E8")  // PLI
        bytes += [UInt8](hex: "8F CE 0004 00000001 00000000 52454D42 00000000")  // REMB
        listener.peer.sendRtcp(bytes)
        server.deliver()
        #expect(host.peer.receivedRtcp.count == before)
        server.speak(host, &source, count: 5)
        #expect(listener.peer.received.count == 10)
    }

    @Test func aHostsGoodbyeDoesNotEndIt() {
        var source = TestSource()
        var bytes: [UInt8] = []
        server.speak(host, &source, count: 2)
        Goodbye(ssrcs: [1_000]).append(to: &bytes)
        host.peer.sendRtcp(bytes)
        server.speak(host, &source, count: 2)
        #expect(host.transport.state == .connected && listener.peer.received.count == 4)
    }
}
