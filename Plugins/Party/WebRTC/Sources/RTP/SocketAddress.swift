/// An IPv4 or IPv6 address with a port, as plain bits: it can be a key, a field of an arena, or cross threads. Of a TCP connection it
/// is the peer's, with the connection's number, so that a path over TCP is an address like every other.
///
/// This package opens no sockets, so the owner of one converts `sockaddr` to and from it.
public struct SocketAddress: Hashable, Sendable, BitwiseCopyable {
    public enum Family: UInt8, Sendable, BitwiseCopyable { case ipv4, ipv6 }

    public let family: Family
    /// In host order, as all numbers here.
    public let port: UInt16
    /// `sin6_scope_id`: the interface of a link-local address, else 0.
    public let scope: UInt32
    /// The first and last 64 bits of an IPv6 address. An IPv4 address is the lower 32 bits of `low`.
    public let high: UInt64, low: UInt64
    /// Which TCP connection reaches it, by its owner's numbering; 0 for UDP.
    public private(set) var connection: UInt32 = 0

    /// `ipv4` in host order: 127.0.0.1 is 0x7F00_0001.
    public init(ipv4: UInt32, port: UInt16) {
        family = .ipv4
        self.port = port
        scope = 0
        high = 0
        low = UInt64(ipv4)
    }

    public init(ipv6High high: UInt64, low: UInt64, port: UInt16, scope: UInt32 = 0) {
        family = .ipv6
        self.port = port
        self.scope = scope
        self.high = high
        self.low = low
    }

    /// The IPv4 address in host order; 0 for IPv6.
    public var ipv4: UInt32 { family == .ipv4 ? UInt32(truncatingIfNeeded: low) : 0 }

    /// The same address at the other end of a TCP connection.
    public func over(connection: UInt32) -> SocketAddress {
        var address = self
        address.connection = connection
        return address
    }

    /// The IPv4 address behind `::ffff:a.b.c.d`, which a dual-stack socket reports for IPv4 peers (RFC 4291 §2.5.5.2); itself for
    /// every other address.
    public var unmapped: SocketAddress {
        guard family == .ipv6, high == 0, low >> 32 == 0xFFFF else { return self }
        return SocketAddress(ipv4: UInt32(truncatingIfNeeded: low), port: port).over(connection: connection)
    }
}

extension SocketAddress {
    /// From the 4 or 16 bytes of an `in_addr` or `in6_addr`, in network order as a socket has them; nil for another length.
    public init?(addressBytes: UnsafeRawBufferPointer, port: UInt16, scope: UInt32 = 0) {
        let view = ByteView(addressBytes)
        if addressBytes.count == 4, let address = view.u32(at: 0) {
            self.init(ipv4: address, port: port)
        } else if addressBytes.count == 16, let high = view.u64(at: 0), let low = view.u64(at: 8) {
            self.init(ipv6High: high, low: low, port: port, scope: scope)
        } else {
            return nil
        }
    }

    /// The 4 or 16 bytes of the address in network order.
    public var addressBytes: [UInt8] {
        var bytes: [UInt8] = []
        switch family {
        case .ipv4: bytes.append(bigEndian: ipv4)
        case .ipv6:
            bytes.append(bigEndian: high)
            bytes.append(bigEndian: low)
        }
        return bytes
    }
}
