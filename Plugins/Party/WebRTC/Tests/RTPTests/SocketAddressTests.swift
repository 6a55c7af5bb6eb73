import RTP
import TestSupport
import Testing

@Suite struct SocketAddressTests {
    @Test func ipv4InsideOfIpv6IsUnmapped() {
        let mapped = SocketAddress(ipv6High: 0, low: 0xFFFF_C000_0201, port: 9)
        #expect(mapped.unmapped == SocketAddress(ipv4: 0xC000_0201, port: 9))
        let other = SocketAddress(ipv6High: 0x2001_0DB8_0000_0000, low: 0xFFFF_C000_0201, port: 9)
        #expect(other.unmapped == other)
    }

    @Test(arguments: ["C0000201", "20010DB8000000000000000000000007"])
    func bytesRoundTrip(_ hex: String) {
        let bytes = [UInt8](hex: hex)
        #expect(bytes.withUnsafeBytes { SocketAddress(addressBytes: $0, port: 1) }?.addressBytes == bytes)
    }

    @Test func otherLengthsAreRefused() {
        for count in [0, 3, 5, 15, 17] {
            #expect([UInt8](repeating: 0, count: count).withUnsafeBytes { SocketAddress(addressBytes: $0, port: 1) } == nil)
        }
    }
}
