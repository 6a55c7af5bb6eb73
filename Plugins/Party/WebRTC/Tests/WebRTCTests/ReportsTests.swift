/// Reports that we send, and what we make of those that we get.
import RTP
import TestSupport
import Testing

@testable import WebRTC

@Suite struct ReportsTests {
    let server: SimulatedServer
    let host: PeerPair, listener: PeerPair

    init() throws {
        server = try SimulatedServer()
        host = server.addHost()
        listener = server.addListener(TestPeer(), ConsumerParameters(payloadType: 111, ssrc: 500))
        server.connectAll()
    }

    func packets(_ pair: PeerPair) -> [RtcpPacket] {
        pair.peer.receivedRtcp.flatMap { $0.withByteView { RtcpCompoundPacket($0)?.packets ?? [] } }
    }

    @Test func listenersGetSenderReportsOnTheSessionsClock() throws {
        var source = TestSource()
        server.speak(host, &source, count: 400)
        let reports = packets(listener).compactMap(\.senderReport)
        #expect(reports.count == 2, "after 1 s and every 5 s")
        let first = try #require(reports.first)
        let last = try #require(reports.last)
        #expect(first.ssrc == 500 && first.blocks.isEmpty)
        #expect((49...52).contains(first.packetCount) && first.octetCount == first.packetCount * 160)
        // Wall clock and stream clock advance alike.
        let seconds = Double(last.ntpTimestamp - first.ntpTimestamp) / 4_294_967_296
        let ticks = Double(last.rtpTimestamp &- first.rtpTimestamp)
        #expect(abs(ticks - seconds * 48_000) < 1_500)
        #expect(abs(Int64(first.ntpTimestamp >> 32) - (1_700_000_000 + 2_208_988_800)) < 10)
        let names = packets(listener).compactMap(\.names)
        #expect(names.first == [.init(ssrc: 500, cname: "party")])
    }

    @Test func hostsGetReceiverReportsAboutTheirOwnLink() throws {
        var source = TestSource(sequenceNumber: 65_530)
        var count = 0
        server.link.loses = { way, datagram in
            guard way == .toServer, datagram.withUnsafeBytes({ DatagramKind($0) }) == .rtp else { return false }
            count += 1
            return count % 10 == 0
        }
        var report: [UInt8] = []
        SenderReport(ssrc: 1_000, ntpTimestamp: 0x1122_3344_5566_7788, rtpTimestamp: 0, packetCount: 0, octetCount: 0).append(to: &report)
        server.speak(host, &source, count: 50)
        host.peer.sendRtcp(report)
        server.speak(host, &source, count: 60)
        let blocks = packets(host).compactMap(\.receiverReport?.blocks.first)
        let block = try #require(blocks.first)
        #expect(block.ssrc == 1_000 && (9...11).contains(block.packetsLost) && (22...28).contains(block.fractionLost))
        #expect(block.highestSequenceNumber >> 16 == 1, "one cycle of the sequence number")
        #expect(block.lastSenderReport == 0x3344_5566)
        #expect((62_000...68_000).contains(block.delaySinceLastSenderReport), "about a second, in 1/65,536 s")
    }

    /// The host's encoder would answer them with worse sound.
    @Test func listenersLossesNeverReachTheHost() {
        var source = TestSource()
        server.link.loses = { way, _ in way == .toPeer && server.context.counters.rtpForwarded % 2 == 0 }
        server.speak(host, &source, count: 50)
        var bytes: [UInt8] = []
        let loss = ReportBlock(
            ssrc: 500, fractionLost: 128, packetsLost: 25, highestSequenceNumber: 50, jitterTicks: 48, lastSenderReport: 0,
            delaySinceLastSenderReport: 0)
        ReceiverReport(ssrc: 77, blocks: [loss]).append(to: &bytes)
        listener.peer.sendRtcp(bytes)
        server.link = LossyLink()
        server.speak(host, &source, count: 150)
        #expect(listener.transport.consumer?.statistics.fractionLost == 0.5)
        #expect(listener.transport.consumer?.statistics.packetsLost == 25)
        let blocks = packets(host).flatMap { $0.receiverReport?.blocks ?? [] }
        #expect(!blocks.isEmpty && blocks.allSatisfy { $0.fractionLost == 0 && $0.packetsLost == 0 })
    }

    @Test func roundTripTime() throws {
        var source = TestSource()
        server.speak(host, &source, count: 60)
        let report = packets(listener).compactMap(\.senderReport).first
        let middle = UInt32(truncatingIfNeeded: try #require(report).ntpTimestamp >> 16)
        let sentAt = server.clock.now
        server.run(for: .milliseconds(300))
        // The peer says that it held the report for as long as has passed since, but 100 ms.
        let now = server.context.clock.timestamp(at: server.clock.now) >> 16
        let delay = UInt32(truncatingIfNeeded: now) &- middle &- 6_554
        var bytes: [UInt8] = []
        let block = ReportBlock(
            ssrc: 500, fractionLost: 0, packetsLost: 0, highestSequenceNumber: 0, jitterTicks: 0, lastSenderReport: middle,
            delaySinceLastSenderReport: delay)
        ReceiverReport(ssrc: 77, blocks: [block]).append(to: &bytes)
        listener.peer.sendRtcp(bytes)
        server.deliver()
        let time = try #require(listener.transport.consumer?.statistics.roundTripTime)
        #expect(time > .milliseconds(99) && time < .milliseconds(101))
        #expect(server.clock.now > sentAt)
    }

    /// A browser that only sends answers our reference time with the delay that it held it for.
    @Test func roundTripTimeOfAHost() throws {
        var source = TestSource()
        server.speak(host, &source, count: 110)
        let asked = try #require(packets(host).compactMap(\.extendedReport).last)
        let sent = UInt32(truncatingIfNeeded: try #require(asked.receiverReferenceTime) >> 16)
        #expect(packets(host).compactMap(\.receiverReport?.ssrc).last == asked.ssrc)
        server.run(for: .milliseconds(300))
        let held = UInt32(truncatingIfNeeded: server.context.clock.timestamp(at: server.clock.now) >> 16) &- sent &- 6_554
        func answer(_ ssrc: UInt32, _ sent: UInt32) {
            var bytes: [UInt8] = []
            ReceiverReport(ssrc: 1_000, blocks: []).append(to: &bytes)
            ExtendedReport(
                ssrc: 1_000, delays: [.init(ssrc: ssrc, lastReceiverReference: sent, delaySinceLastReceiverReference: held)]
            ).append(to: &bytes)
            host.peer.sendRtcp(bytes)
            server.deliver()
        }
        answer(asked.ssrc &+ 1, sent)
        answer(asked.ssrc, 0)
        #expect(host.transport.producer?.statistics.roundTripTime == nil, "somebody else's, or none")
        answer(asked.ssrc, sent)
        let time = try #require(host.transport.producer?.statistics.roundTripTime)
        #expect(time > .milliseconds(99) && time < .milliseconds(101))
    }

    @Test func goodbyeWhenWeClose() {
        listener.transport.close()
        server.deliver()
        #expect(packets(listener).contains { if case .goodbye(Goodbye(ssrcs: [500])) = $0 { true } else { false } })
    }

    @Test func jitterOfASteadyStreamIsSmall() {
        var stream = RtpReceiveStream(sequenceNumber: 1)
        var clock = TestClock()
        for number in 1...200 as ClosedRange<UInt16> {
            var bytes: [UInt8] = [0x80, 111]
            bytes.append(bigEndian: number)
            bytes.append(bigEndian: UInt32(number) * 960)
            bytes.append(bigEndian: 1 as UInt32)
            bytes.withByteView { view in if let packet = RtpPacket(view) { _ = stream.receive(packet, at: clock.now) } }
            clock.advance(by: .milliseconds(20))
        }
        #expect(stream.report(ssrc: 1, at: clock.now).jitterTicks <= 1)
    }
}

extension RtcpPacket {
    fileprivate var senderReport: SenderReport? { if case .senderReport(let report) = self { report } else { nil } }
    fileprivate var receiverReport: ReceiverReport? { if case .receiverReport(let report) = self { report } else { nil } }
    fileprivate var extendedReport: ExtendedReport? { if case .extendedReport(let report) = self { report } else { nil } }
    fileprivate var names: [SourceDescription.Chunk]? { if case .sourceDescription(let names) = self { names.chunks } else { nil } }
}
