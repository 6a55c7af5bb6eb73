/// NACKs and what they bring back: the identical packet, from a bounded buffer, at a bounded rate.
import RTP
import TestSupport
import Testing

@testable import WebRTC

@Suite struct RetransmissionTests {
    let server: SimulatedServer
    let host: PeerPair, listener: PeerPair
    static let ssrc: UInt32 = 4_711

    init() throws {
        server = try SimulatedServer()
        host = server.addHost()
        listener = server.addListener(TestPeer(), ConsumerParameters(payloadType: 111, ssrc: Self.ssrc))
        server.connectAll()
    }

    @Test func lostPacketsComeBack() throws {
        var source = TestSource()
        var lost: Set<Int> = []
        var count = 0
        server.link.loses = { way, datagram in
            guard way == .toPeer, datagram.withUnsafeBytes({ DatagramKind($0) }) == .rtp else { return false }
            count += 1
            if count % 5 == 0 { lost.insert(count) }
            return count % 5 == 0
        }
        server.speak(host, &source, count: 50)
        server.link = LossyLink()
        #expect(listener.peer.received.count == 40)
        let got = Set(listener.peer.received.map(\.sequenceNumber))
        let first = try #require(listener.peer.received.first?.sequenceNumber)
        let missing = (0..<50).map { first &+ UInt16($0) }.filter { !got.contains($0) }
        listener.peer.sendNack(missing, mediaSsrc: Self.ssrc)
        server.deliver()
        #expect(listener.peer.received.count == 50)
        #expect(Set(listener.peer.received.map { Int($0.payload[3]) }) == Set(0..<50), "each with its own sound")
        #expect(listener.transport.consumer?.statistics.packetsRetransmitted == 10)
    }

    @Test func aRetransmissionIsTheIdenticalPacket() throws {
        var source = TestSource()
        server.speak(host, &source, count: 10)
        let originals = listener.peer.receivedSealed
        listener.peer.clearReceived()
        let first = originals[0].withByteView { $0.u16(at: 2) ?? 0 }
        listener.peer.sendNack((0..<10).map { first &+ $0 }, mediaSsrc: Self.ssrc)
        server.deliver()
        #expect(listener.peer.receivedSealed == originals)
        #expect(listener.peer.refused == 10, "which the receiver refuses as a replay")
    }

    @Test func whatWasNeverSentOrIsTooOldIsNotThere() {
        var source = TestSource()
        server.speak(host, &source, count: 5)
        let first = listener.peer.received[0].sequenceNumber
        listener.peer.sendNack([first &- 1, first &+ 5, first &+ 1_000, first &+ 32_768], mediaSsrc: Self.ssrc)
        server.deliver()
        #expect(server.context.drops[.nackNotKept] == 4)
        server.run(for: .milliseconds(2_100))
        listener.peer.sendNack([first], mediaSsrc: Self.ssrc)
        server.deliver()
        #expect(server.context.drops[.nackNotKept] == 5)
        #expect(server.context.counters.rtpRetransmitted == 0)
    }

    @Test func othersNumbersMeanNothing() {
        var source = TestSource()
        server.speak(host, &source, count: 5)
        listener.peer.sendNack([listener.peer.received[0].sequenceNumber], mediaSsrc: Self.ssrc + 1)
        server.deliver()
        #expect(server.context.counters.rtpRetransmitted == 0 && server.context.drops.total == 0)
    }

    @Test func onlyWhereItWasNegotiated() {
        listener.transport.consume(ConsumerParameters(payloadType: 111, ssrc: Self.ssrc, nack: false), from: server.router)
        var source = TestSource()
        server.speak(host, &source, count: 5)
        listener.peer.sendNack([listener.peer.received[0].sequenceNumber], mediaSsrc: Self.ssrc)
        server.deliver()
        #expect(server.context.counters.rtpRetransmitted == 0)
    }

    @Test func aGreedyListenerIsHeldToItsAllowance() {
        var source = TestSource()
        server.speak(host, &source, count: 50)
        let numbers = listener.peer.received.map(\.sequenceNumber)
        for _ in 0..<40 { listener.peer.sendNack(numbers, mediaSsrc: Self.ssrc) }
        server.deliver()
        #expect(server.context.counters.rtpRetransmitted == 100)
        #expect(server.context.drops[.nackTooMany] > 30)
        server.run(for: .seconds(1))
        listener.peer.sendNack(numbers + numbers, mediaSsrc: Self.ssrc)
        server.deliver()
        #expect((145...155).contains(server.context.counters.rtpRetransmitted), "50 a second come back")
    }

    @Test func nothingFromBeforeAPause() {
        var source = TestSource()
        server.speak(host, &source, count: 5)
        let old = listener.peer.received[2].sequenceNumber
        listener.transport.consumer?.pause()
        listener.transport.consumer?.resume()
        server.speak(host, &source, count: 5)
        listener.peer.sendNack([old], mediaSsrc: Self.ssrc)
        server.deliver()
        #expect(server.context.drops[.nackNotKept] == 1)
    }

    @Test func theRingKeepsTheNewest() {
        let ring = RetransmissionBuffer()
        let clock = TestClock()
        withUnsafeTemporaryAllocation(byteCount: 8, alignment: 8) { payload in
            guard let base = payload.baseAddress else { return }
            for sequence in 0..<300 as Range<Int64> {
                payload.storeBytes(of: sequence, as: Int64.self)
                _ = ring.store(
                    TimelinePacket(
                        sequence: sequence, timestamp: UInt32(sequence), marker: false, audioLevel: nil, payload: base, payloadCount: 8),
                    at: clock.now)
            }
        }
        #expect(ring.find(171, at: clock.now) == nil && ring.find(300, at: clock.now) == nil && ring.find(-1, at: clock.now) == nil)
        #expect((172..<300).allSatisfy { ring.find($0, at: clock.now)?.payload.loadUnaligned(as: Int64.self) == $0 })
    }
}
