/// The addresses that browsers are told to send media to (ICE host candidates, RFC 8839): the announced ones, else every interface's.
import Glibc

enum LocalAddresses {
    /// A machine with many virtual interfaces would make every browser check them all.
    static let maximumCount = 8

    /// - Returns: the address in its usual text form, nil when it is neither IPv4 nor IPv6.
    static func parse(_ text: String) -> String? {
        for (family, size) in [(AF_INET, MemoryLayout<in_addr>.size), (AF_INET6, MemoryLayout<in6_addr>.size)] {
            var address = [UInt8](repeating: 0, count: size)
            guard inet_pton(family, text, &address) == 1 else { continue }
            var name = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            guard inet_ntop(family, &address, &name, socklen_t(name.count)) != nil else { return nil }
            return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return nil
    }

    /// What to offer.
    ///
    /// - Parameters:
    ///   - announced: what the owner has set; it wins whole.
    ///   - hasIPv6: whether the media socket takes IPv6.
    static func offered(announced: [String], hasIPv6: Bool, interfaces: [String] = interfaceAddresses()) -> [String] {
        if !announced.isEmpty { return announced.compactMap(parse) }
        let usable = interfaces.filter { hasIPv6 || !$0.contains(":") }
        let outside = usable.filter { !isLoopback($0) && !isLinkLocal($0) }
        // Loopback serves a machine without a network, and is of no use to anybody else.
        return Array((outside.isEmpty ? usable.filter(isLoopback) : outside).prefix(maximumCount))
    }

    /// Of every interface that is up; IPv4 first.
    static func interfaceAddresses() -> [String] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return ["127.0.0.1"] }
        defer { freeifaddrs(list) }
        var found: [String] = []
        var next = list
        while let entry = next {
            next = entry.pointee.ifa_next
            guard let address = entry.pointee.ifa_addr, entry.pointee.ifa_flags & UInt32(IFF_UP) != 0 else { continue }
            let size: Int
            switch Int32(address.pointee.sa_family) {
            case AF_INET: size = MemoryLayout<sockaddr_in>.size
            case AF_INET6: size = MemoryLayout<sockaddr_in6>.size
            default: continue
            }
            var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard getnameinfo(address, socklen_t(size), &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0 else { continue }
            found.append(String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        return found.filter { !$0.contains(":") } + found.filter { $0.contains(":") }
    }

    /// Reached from its own network alone: RFC 1918, RFC 6598, RFC 4193, and loopback.
    static func isPrivate(_ address: String) -> Bool {
        var four = in_addr()
        if inet_pton(AF_INET, address, &four) == 1 {
            let value = UInt32(bigEndian: four.s_addr)
            let networks: [(UInt32, UInt32)] = [
                (0x0a00_0000, 8), (0xac10_0000, 12), (0xc0a8_0000, 16), (0x6440_0000, 10), (0x7f00_0000, 8), (0xa9fe_0000, 16),
            ]
            return networks.contains { value >> (32 - $1) == $0 >> (32 - $1) }
        }
        let text = address.lowercased()
        return text.hasPrefix("fc") || text.hasPrefix("fd") || isLoopback(text) || isLinkLocal(text)
    }

    static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }

    /// Needs an interface's name to be reached, which a candidate cannot carry.
    private static func isLinkLocal(_ address: String) -> Bool {
        address.hasPrefix("169.254.") || ["fe8", "fe9", "fea", "feb"].contains { address.lowercased().hasPrefix($0) }
    }
}
