import TestSupport
import Testing

@testable import RTP

@Suite struct RtcpTests {
    let block = ReportBlock(
        ssrc: 0xAABB_CCDD, fractionLost: 64, packetsLost: -2, highestSequenceNumber: 0x0001_FFFF, jitterTicks: 77,
        lastSenderReport: 0x1234_5678, delaySinceLastSenderReport: 65_536)

    func parse(_ bytes: [UInt8]) -> [RtcpPacket]? { bytes.withByteView { RtcpCompoundPacket($0)?.packets } }

    @Test func senderReportOnTheWire() {
        var bytes: [UInt8] = []
        SenderReport(ssrc: 0x0102_0304, ntpTimestamp: 0x8386_7E0D_8000_0000, rtpTimestamp: 5, packetCount: 6, octetCount: 7)
            .append(to: &bytes)
        #expect(bytes == [UInt8](hex: "80 C8 0006 01020304 83867E0D 80000000 00000005 00000006 00000007"))
    }

    @Test func extendedReportOnTheWire() {
        var bytes: [UInt8] = []
        let report = ExtendedReport(
            ssrc: 0x0102_0304, receiverReferenceTime: 0x8386_7E0D_8000_0000,
            delays: [.init(ssrc: 5, lastReceiverReference: 6, delaySinceLastReceiverReference: 7)])
        report.append(to: &bytes)
        #expect(bytes == [UInt8](hex: "80 CF 0008 01020304 04000002 83867E0D 80000000 05000003 00000005 00000006 00000007"))
        guard case .extendedReport(report) = parse(bytes)?.first else {
            Issue.record("not read back")
            return
        }
        // A block of another type is skipped; one that is cut is none.
        let other = [UInt8](hex: "80 CF 0006 01020304 2A000001 FFFFFFFF 04000002 83867E0D 80000000")
        guard case .extendedReport(ExtendedReport(ssrc: 0x0102_0304, receiverReferenceTime: 0x8386_7E0D_8000_0000)) = parse(other)?.first
        else {
            Issue.record("not skipped")
            return
        }
        #expect(parse([UInt8](hex: "80 CF 0002 01020304 04000002")) == nil)
        #expect(parse([UInt8](hex: "80 CF 0003 01020304 05000001 00000005")) == nil)
    }

    @Test func everyPacketThatWeWriteIsReadBack() throws {
        var bytes: [UInt8] = []
        let sender = SenderReport(ssrc: 1, ntpTimestamp: 2, rtpTimestamp: 3, packetCount: 4, octetCount: 5, blocks: [block])
        let receiver = ReceiverReport(ssrc: 9, blocks: [block, block])
        let description = SourceDescription(chunks: [
            .init(ssrc: 1, cname: "party"), .init(ssrc: 2, cname: nil), .init(ssrc: 3, cname: "abc"),
        ])
        let nack = TransportLayerNack(senderSsrc: 1, mediaSsrc: 2, sequenceNumbers: [65_530, 65_535, 3, 10, 11, 500])
        sender.append(to: &bytes)
        receiver.append(to: &bytes)
        description.append(to: &bytes)
        nack.append(to: &bytes)
        Goodbye(ssrcs: [1, 2]).append(to: &bytes)
        let packets = try #require(parse(bytes))
        try #require(packets.count == 5)
        guard case .senderReport(sender) = packets[0], case .receiverReport(receiver) = packets[1],
            case .sourceDescription(description) = packets[2], case .transportLayerNack(nack) = packets[3],
            case .goodbye(Goodbye(ssrcs: [1, 2])) = packets[4]
        else {
            Issue.record("\(packets)")
            return
        }
    }

    @Test func nackNamesTheSixteenThatFollow() {
        // 0xFFFF and, by the mask, the 1st and 16th behind it.
        let packets = parse([UInt8](hex: "81 CD 0003 00000001 00000002 FFFF 8001"))
        guard case .transportLayerNack(let nack) = packets?.first else {
            Issue.record("no NACK")
            return
        }
        #expect(nack.sequenceNumbers == [0xFFFF, 0, 15])
    }

    @Test func whatNobodyReadsIsSkipped() {
        // PLI, application-defined, receiver report.
        let packets = parse([UInt8](hex: "81 CE 0002 00000001 00000002  80 CC 0002 00000001 41424344  80 C9 0001 00000005"))
        guard packets?.count == 3, case .other(206) = packets?[0], case .other(204) = packets?[1], case .receiverReport = packets?[2] else {
            Issue.record("\(String(describing: packets))")
            return
        }
    }

    @Test(arguments: [
        ("empty", ""),
        ("version 1", "40 C9 0001 00000005"),
        ("longer than the datagram", "80 C9 0002 00000005"),
        ("a report block that is not there", "81 C9 0001 00000005"),
        ("a sender report without its counts", "80 C8 0002 00000001 00000000"),
        ("a name longer than its packet", "81 CA 0002 00000001 01 09 61 62"),
        ("a list of names without an end", "81 CA 0002 00000001 01 02 61 62"),
        ("half a NACK entry", "81 CD 0001 00000001"),
        ("padding before the last packet", "A0 C9 0002 00000005 00000004  80 C9 0001 00000005"),
        ("padding longer than its packet", "A0 C9 0001 00000008"),
        ("padding of no whole words", "A0 C9 0002 00000005 00000003"),
    ])
    func malformed(_ name: String, _ hex: String) { #expect(parse([UInt8](hex: hex)) == nil, "\(name)") }

    @Test func paddingInTheLastPacket() {
        guard case .receiverReport(let report) = parse([UInt8](hex: "A0 C9 0002 00000005 00000004"))?.first else {
            Issue.record("no report")
            return
        }
        #expect(report.ssrc == 5)
    }

    @Test(arguments: [Int32.max, .min, 0x7F_FFFF, -0x80_0000])
    func lossBeyond24BitsIsClamped(_ lost: Int32) {
        var block = block
        var bytes: [UInt8] = []
        block.packetsLost = lost
        ReceiverReport(ssrc: 1, blocks: [block]).append(to: &bytes)
        guard case .receiverReport(let report) = parse(bytes)?.first else {
            Issue.record("no report")
            return
        }
        #expect(report.blocks.first?.packetsLost == min(max(lost, -0x80_0000), 0x7F_FFFF))
    }
}
