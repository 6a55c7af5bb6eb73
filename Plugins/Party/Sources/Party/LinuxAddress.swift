/// Addresses as `CLinux` has them, and as transports do. Used wherever a descriptor takes or gives one.
internal import CLinux
import RTP

extension SocketAddress {
    /// A mapped address is the IPv4 address that the peer really has.
    init(_ address: CLinuxAddress, port: UInt16) {
        let (high, low) = withUnsafeBytes(of: address.bytes) {
            (UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)), UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
        self = SocketAddress(ipv6High: high, low: low, port: port).unmapped
    }

    var linuxAddress: CLinuxAddress {
        var address = CLinuxAddress()
        let low = family == .ipv4 && self.low != 0 ? 0xFFFF << 32 | self.low : self.low
        withUnsafeMutableBytes(of: &address.bytes) {
            $0.storeBytes(of: high.bigEndian, as: UInt64.self)
            $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        return address
    }
}
