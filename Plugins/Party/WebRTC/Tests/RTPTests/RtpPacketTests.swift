import TestSupport
import Testing

@testable import RTP

@Suite struct RtpPacketTests {
    @Test func everyPartOfAFullPacket() throws {
        // Padding, extension and 2 CSRCs; marker, payload type 111.
        let bytes = [UInt8](
            hex: """
                B2 EF 12 34 89 AB CD EF 11 22 33 44  00 00 00 01 00 00 00 02
                BE DE 00 02  12 41 42 43 A0 7F 00 00
                DE AD BE EF  00 00 03
                """)
        try bytes.withUnsafeBytes { raw in
            let packet = try #require(RtpPacket(ByteView(raw)))
            #expect(packet.payloadType == 111 && packet.marker)
            #expect(packet.sequenceNumber == 0x1234 && packet.timestamp == 0x89AB_CDEF && packet.ssrc == 0x1122_3344)
            #expect(packet.payload.array == [0xDE, 0xAD, 0xBE, 0xEF])
            #expect(packet.headerExtension?.element(1)?.array == Array("ABC".utf8))
            #expect(packet.headerExtension?.element(10)?.array == [0x7F])
            #expect(packet.headerExtension?.element(2) == nil)
        }
    }

    @Test(arguments: [
        ("version 1", "40 6F 0001 00000000 00000001"),
        ("no SSRC", "80 6F 0001 00000000 000001"),
        ("CSRC missing", "81 6F 0001 00000000 00000001"),
        ("extension longer than the packet", "90 6F 0001 00000000 00000001 BEDE 0002 00000000"),
        ("padding of 0", "A0 6F 0001 00000000 00000001 AA 00"),
        ("padding longer than the payload", "A0 6F 0001 00000000 00000001 AA 03"),
    ])
    func malformed(_ name: String, _ hex: String) {
        [UInt8](hex: hex).withByteView { #expect(RtpPacket($0) == nil, "\(name)") }
    }

    @Test func nothingButPaddingIsAnEmptyPayload() {
        [UInt8](hex: "A0 6F 0001 00000000 00000001 00 02").withByteView { #expect(RtpPacket($0)?.payload.count == 0) }
    }
}

@Suite struct RtpHeaderExtensionTests {
    func element(_ id: UInt8, profile: UInt16, _ hex: String) -> [UInt8]? {
        [UInt8](hex: hex).withByteView { RtpHeaderExtension(profile: profile, body: $0).element(id)?.array }
    }

    @Test func oneByteForm() {
        #expect(element(2, profile: 0xBEDE, "00 10 AA 21 BB CC 00 00") == [0xBB, 0xCC])
        #expect(element(1, profile: 0xBEDE, "1F AA") == nil)  // 16 bytes announced, one there
        #expect(element(2, profile: 0xBEDE, "F0 AA 20 BB") == nil)  // id 15 ends it
        #expect(element(2, profile: 0xBEDE, "01 AA BB 20 CC") == nil)  // so does id 0 with a length
        #expect(element(0, profile: 0xBEDE, "00 00") == nil)
    }

    @Test func twoByteForm() {
        #expect(element(200, profile: 0x1000, "00 05 00 C8 02 AA BB") == [0xAA, 0xBB])
        #expect(element(5, profile: 0x100F, "05 00") == [])
        #expect(element(5, profile: 0x1000, "05") == nil)
        #expect(element(5, profile: 0x1000, "05 03 AA BB") == nil)
    }

    @Test func otherProfilesHaveNoElements() { #expect(element(1, profile: 0x1234, "10 AA") == nil) }
}

@Suite struct SequenceNumberTests {
    @Test(
        arguments: [
            (0, 10, 10), (65_535, 0, 65_536), (65_536, 65_535, 65_535), (100, 32_867, 32_867), (100, 32_868, -32_668),
            (Int64(1) << 40, 7, Int64(1) << 40 + 7),
        ] as [(Int64, UInt16, Int64)])
    func widens(_ reference: Int64, _ sequence: UInt16, _ expected: Int64) {
        #expect(SequenceNumber.widen(sequence, near: reference) == expected)
    }
}
