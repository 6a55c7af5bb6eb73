import TestSupport
/// The test vectors of RFC 5769.
import Testing

@testable import RTP

@Suite struct StunRfc5769Tests {
    static let password = Array("VOkJxbRl1RmTxUk/WvJxBt".utf8)

    static let request = [UInt8](
        hex: """
            00 01 00 58 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae
            80 22 00 10 53 54 55 4e 20 74 65 73 74 20 63 6c 69 65 6e 74
            00 24 00 04 6e 00 01 ff
            80 29 00 08 93 2f f9 b1 51 26 3b 36
            00 06 00 09 65 76 74 6a 3a 68 36 76 59 20 20 20
            00 08 00 14 9a ea a7 0c bf d8 cb 56 78 1e f2 b5 b2 d3 f2 49 c1 b5 71 a2
            80 28 00 04 e5 7a 3b cf
            """)
    static let ipv4Response = [UInt8](
        hex: """
            01 01 00 3c 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae
            80 22 00 0b 74 65 73 74 20 76 65 63 74 6f 72 20
            00 20 00 08 00 01 a1 47 e1 12 a6 43
            00 08 00 14 2b 91 f5 99 fd 9e 90 c3 8c 74 89 f9 2a f9 ba 53 f0 6b e7 d7
            80 28 00 04 c0 7d 4c 96
            """)
    static let ipv6Response = [UInt8](
        hex: """
            01 01 00 48 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae
            80 22 00 0b 74 65 73 74 20 76 65 63 74 6f 72 20
            00 20 00 14 00 02 a1 47 01 13 a9 fa a5 d3 f1 79 bc 25 f4 b5 be d2 b9 d9
            00 08 00 14 a3 82 95 4e 4b e6 7b f1 17 84 c9 7c 82 92 c2 75 bf e3 ed 41
            80 28 00 04 c8 fb 0b 4c
            """)

    static func isCorrect(_ covered: [UInt8], _ sent: ByteView) -> Bool { TestHmac.sha1(key: password, covered) == sent.array }

    @Test func request() throws {
        try Self.request.withUnsafeBytes { bytes in
            let message = try #require(StunMessage(ByteView(bytes)))
            #expect(message.messageClass == .request && message.method == StunMessage.bindingMethod)
            #expect(message.transactionId == StunTransactionId(high: 0xb7e7_a701, low: 0xbc34_d686_fa87_dfae))
            #expect(message.fingerprint == .correct)
            #expect(message.priority == 0x6e00_01ff)
            #expect(message.iceControlled == 0x932f_f9b1_5126_3b36)
            #expect(message.unknownRequired.isEmpty)
            let ufrags = try #require(message.ufrags)
            #expect(ufrags.receiver.array == Array("evtj".utf8) && ufrags.sender.array == Array("h6vY".utf8))
            #expect(message.hasIntegrity(Self.isCorrect))
        }
    }

    @Test func ipv4Response() throws {
        try Self.ipv4Response.withUnsafeBytes { bytes in
            let message = try #require(StunMessage(ByteView(bytes)))
            #expect(message.messageClass == .success && message.fingerprint == .correct)
            #expect(message.mappedAddress == SocketAddress(ipv4: 0xC000_0201, port: 32_853))
            #expect(message.hasIntegrity(Self.isCorrect))
        }
    }

    @Test func ipv6Response() throws {
        try Self.ipv6Response.withUnsafeBytes { bytes in
            let message = try #require(StunMessage(ByteView(bytes)))
            #expect(
                message.mappedAddress == SocketAddress(ipv6High: 0x2001_0db8_1234_5678, low: 0x0011_2233_4455_6677, port: 32_853))
            #expect(message.hasIntegrity(Self.isCorrect))
        }
    }

    @Test func aChangedByteBreaksIntegrityOrFingerprint() {
        for index in Self.request.indices {
            var changed = Self.request
            changed[index] ^= 1
            let passes = changed.withByteView { view in
                StunMessage(view).map { $0.fingerprint == .correct && $0.hasIntegrity(Self.isCorrect) } ?? false
            }
            #expect(!passes, "byte \(index)")
        }
    }
}
