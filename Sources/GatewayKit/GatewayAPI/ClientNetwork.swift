/// Whom a limit per client counts as one: an IPv4 address, or the /64 of an IPv6 one, which is the least that a household gets (RFC 6177)
/// and within which a client may take any address that it likes.
import Glibc

public struct ClientNetwork: Hashable, Sendable {
    /// `192.0.2.1`, `2001:db8:0:1::/64`, or the text as it was.
    public let text: String

    /// - Parameter address: in text, without a port, such as `GatewayRequestContext.clientAddress`.
    public init(_ address: String) {
        var parsed = in6_addr()
        guard address.contains(":"), inet_pton(AF_INET6, address, &parsed) == 1 else {
            text = address
            return
        }
        let bytes = withUnsafeBytes(of: parsed) { Array($0) }
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            // An IPv4 address that is mapped into IPv6 (RFC 4291 §2.5.5.2).
            text = bytes.suffix(4).map(String.init).joined(separator: ".")
        } else {
            let groups = stride(from: 0, to: 8, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
            text = groups.joined(separator: ":") + "::/64"
        }
    }
}
