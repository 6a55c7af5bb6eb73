import TestSupport
/// Writing messages, and reading what a hostile or odd peer sends.
import Testing

@testable import RTP

@Suite struct StunMessageTests {
    let id = StunTransactionId(high: 1, low: 2)
    func hmac(_ bytes: [UInt8]) -> [UInt8] { TestHmac.sha1(key: [1, 2, 3], bytes) }

    @Test(arguments: [
        SocketAddress(ipv4: 0xCB00_7107, port: 40_123), SocketAddress(ipv6High: 0xFD00_0000_0000_0001, low: 7, port: 1),
    ])
    func mappedAddressRoundTrip(_ address: SocketAddress) {
        var builder = StunMessageBuilder(.success, transactionId: id)
        builder.appendMappedAddress(address)
        builder.finish(hmac).withByteView { view in
            let message = StunMessage(view)
            #expect(message?.mappedAddress == address)
            #expect(message?.fingerprint == .correct)
            #expect(message?.hasIntegrity { hmac($0) == $1.array } == true)
            #expect(message?.hasIntegrity { TestHmac.sha1(key: [9], $0) == $1.array } == false)
        }
    }

    @Test func errorWithUnknownAttributes() {
        var builder = StunMessageBuilder(.error, transactionId: id)
        builder.appendError(420, "Unknown Attribute")
        builder.appendUnknownAttributes([0x7FFF, 0x0001])
        builder.finish(hmac).withByteView { #expect(StunMessage($0)?.errorCode == 420) }
    }

    @Test func attributesBehindMessageIntegrityDoNotCount() {
        var builder = StunMessageBuilder(.request, transactionId: id)
        builder.append(StunAttribute.username, Array("a:b".utf8))
        var bytes = builder.finish(hmac)
        bytes.removeLast(8)  // FINGERPRINT
        bytes += [0, 0x25, 0, 0]  // USE-CANDIDATE
        bytes[3] = UInt8(bytes.count - 20)
        bytes.withByteView { view in
            #expect(StunMessage(view)?.useCandidate == false)
            #expect(StunMessage(view)?.fingerprint == .missing)
        }
    }

    @Test func unknownRequiredAttributesAreNamed() {
        var builder = StunMessageBuilder(.request, transactionId: id)
        builder.append(0x7ABC, [1])
        builder.append(0x8ABC, [1])
        builder.finish().withByteView { #expect(StunMessage($0)?.unknownRequired == [0x7ABC]) }
    }

    @Test func nothingFollowsFingerprint() {
        var bytes = StunMessageBuilder(.request, transactionId: id).finish() + [0x80, 0x22, 0, 0]
        bytes[3] += 4
        bytes.withByteView { #expect(StunMessage($0) == nil) }
    }

    @Test func usernameOfAnUnreadMessage() {
        var builder = StunMessageBuilder(.request, transactionId: id)
        builder.append(StunAttribute.software, [1, 2, 3])
        builder.append(StunAttribute.username, Array("abcdefgh:peer".utf8))
        builder.finish().withByteView { #expect(StunMessage.username(of: $0)?.array == Array("abcdefgh:peer".utf8)) }
    }

    @Test func usernameWithoutColonHasNoUfrags() {
        var builder = StunMessageBuilder(.request, transactionId: id)
        builder.append(StunAttribute.username, Array("abcdefgh".utf8))
        builder.finish().withByteView { #expect(StunMessage($0)?.ufrags == nil) }
    }

    @Test func crc32OfTheUsualText() { Array("123456789".utf8).withByteView { #expect(Crc32.checksum($0) == 0xCBF4_3926) } }
}
