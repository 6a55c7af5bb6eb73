/// Networks whose word on a client's address is taken (`TRUSTED_PROXIES`). Used by `ClientAddress`.
import Glibc

/// A list of IPv4 and IPv6 networks.
public struct TrustedProxies: Sendable, Equatable {
    private let networks: [Network]

    init() { networks = [] }

    /// - Parameter text: addresses and networks in CIDR notation (RFC 4632, RFC 4291 §2.3), separated by commas.
    init?(_ text: String) {
        var networks: [Network] = []
        for entry in text.split(separator: ",") {
            let entry = entry.filter { $0 != " " }
            if entry.isEmpty { continue }
            guard let network = Network(entry) else { return nil }
            networks.append(network)
        }
        self.networks = networks
    }

    var isEmpty: Bool { networks.isEmpty }

    func contains(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }

    private struct Network: Equatable {
        let address: IPAddress
        let prefixBits: Int

        init?(_ text: String) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, let address = IPAddress(parts[0]) else { return nil }
            self.address = address
            let bits = address.bytes.count * 8
            guard parts.count == 2 else {
                prefixBits = bits
                return
            }
            guard let number = Int(parts[1]), (0...bits).contains(number) else { return nil }
            prefixBits = number
        }

        func contains(_ other: IPAddress) -> Bool {
            guard other.bytes.count == address.bytes.count else { return false }
            return zip(address.bytes, other.bytes).enumerated().allSatisfy { index, pair in
                let bits = min(max(prefixBits - index * 8, 0), 8)
                return (pair.0 ^ pair.1) >> (8 - bits) == 0
            }
        }
    }
}

/// An IPv4 or IPv6 address. An IPv4 address that is mapped into IPv6 (RFC 4291 §2.5.5.2) is an IPv4 address.
struct IPAddress: Sendable, Equatable {
    /// 4 or 16, in network order.
    let bytes: [UInt8]

    init?(_ text: some StringProtocol) {
        let text = String(text)
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            bytes = withUnsafeBytes(of: v4) { Array($0) }
            return
        }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: v6) { Array($0) }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        self.bytes = isMapped ? Array(bytes.suffix(4)) : bytes
    }

    /// In the usual notation (RFC 5952 for IPv6).
    var text: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let result = bytes.withUnsafeBytes {
            inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, $0.baseAddress, &buffer, socklen_t(buffer.count))
        }
        return result == nil ? "" : String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
