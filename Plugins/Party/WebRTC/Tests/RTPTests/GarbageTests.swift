/// Every parser against every truncation of valid input, single changed bytes, and random bytes: each must return, and nothing may trap.
import RTP
import TestSupport
import Testing

@Suite struct GarbageTests {
    /// Every parser of bytes, reading everything there is to read.
    static func parseAll(_ bytes: [UInt8]) {
        bytes.withByteView { view in
            if let packet = RtpPacket(view) {
                for id in 0...UInt8.max { _ = packet.headerExtension?.element(id) }
            }
            _ = RtpPacket.ssrc(of: view)
            _ = RtcpCompoundPacket(view)
            _ = StunMessage.username(of: view)
            if let message = StunMessage(view) {
                _ = message.ufrags
                _ = message.hasIntegrity { $0.count == $1.count }
            }
        }
    }

    static let valid: [[UInt8]] = {
        var rtcp: [UInt8] = []
        let block = ReportBlock(
            ssrc: 1, fractionLost: 2, packetsLost: 3, highestSequenceNumber: 4, jitterTicks: 5, lastSenderReport: 6,
            delaySinceLastSenderReport: 7)
        SenderReport(ssrc: 1, ntpTimestamp: 2, rtpTimestamp: 3, packetCount: 4, octetCount: 5, blocks: [block]).append(to: &rtcp)
        SourceDescription(chunks: [.init(ssrc: 1, cname: "party")]).append(to: &rtcp)
        TransportLayerNack(senderSsrc: 1, mediaSsrc: 2, sequenceNumbers: [1, 2, 40]).append(to: &rtcp)
        Goodbye(ssrcs: [1]).append(to: &rtcp)
        let rtp = [UInt8](hex: "B1 EF 1234 89ABCDEF 11223344 00000001 BEDE 0002 12414243 A07F0000 DEADBEEF 000003")
        let twoByte = [UInt8](hex: "90 6F 0001 00000000 00000001 1000 0002 05 02 AA BB 06 01 CC 00 DEADBEEF")
        return [rtcp, rtp, twoByte, StunRfc5769Tests.request, StunRfc5769Tests.ipv4Response, StunRfc5769Tests.ipv6Response]
    }()

    @Test(arguments: valid) func truncations(_ bytes: [UInt8]) {
        for count in 0...bytes.count { Self.parseAll(Array(bytes.prefix(count))) }
        for start in bytes.indices { Self.parseAll(Array(bytes.dropFirst(start))) }
    }

    @Test(arguments: valid) func changedBytes(_ bytes: [UInt8]) {
        for index in bytes.indices {
            for value in [0, 1, 0x7F, 0x80, 0xFF, bytes[index] ^ 0x10, bytes[index] &+ 1] as [UInt8] {
                var changed = bytes
                changed[index] = value
                Self.parseAll(changed)
            }
        }
    }

    @Test func randomBytes() {
        var random = SeededRandom(1)
        for round in 0..<20_000 {
            var bytes = random.bytes(Int.random(in: 0...200, using: &random))
            // Let most of them past the first byte.
            if round % 4 == 1, !bytes.isEmpty { bytes[0] = [0x80, 0x90, 0xB1, 0xA0].randomElement(using: &random) ?? 0x80 }
            if round % 4 == 2, bytes.count > 4 {
                bytes[0] = 0x80 | bytes[0] & 0x1F
                bytes[1] = UInt8.random(in: 200...207, using: &random)
                bytes[2] = 0
                bytes[3] &= 0x0F
            }
            if round % 4 == 3, bytes.count >= 20 {
                bytes.replaceSubrange(0..<8, with: [0, 1, 0, UInt8((bytes.count - 20) & 0xFC), 0x21, 0x12, 0xA4, 0x42])
                bytes = Array(bytes.prefix(20 + (bytes.count - 20) & ~3))
                for offset in stride(from: 20, to: bytes.count - 4, by: 12) {
                    bytes.replaceSubrange(
                        offset..<offset + 4, with: [0, [6, 8, 0x20, 0x24, 0x25].randomElement(using: &random) ?? 6, 0, 8])
                }
            }
            Self.parseAll(bytes)
        }
    }

    @Test func descriptions() {
        let text = SessionDescriptionTests.text
        for count in 0...text.utf8.count { _ = SessionDescription(String(decoding: text.utf8.prefix(count), as: UTF8.self)) }
        var random = SeededRandom(2)
        for _ in 0..<2_000 {
            var bytes = Array(text.utf8)
            for _ in 0..<5 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8(truncatingIfNeeded: random.next()) }
            guard let description = SessionDescription(String(decoding: bytes, as: UTF8.self)) else { continue }
            for section in description.media {
                _ = section.payloadType(of: "opus/48000/2")
                _ = section.formatParameters(109).map { OpusParameters($0) }
                _ = section.direction
            }
            #expect(SessionDescription(description.text)?.media.count == description.media.count)
        }
    }
}
