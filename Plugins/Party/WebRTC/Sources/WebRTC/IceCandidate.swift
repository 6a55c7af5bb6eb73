/// A host candidate of ours (RFC 8839 §5.1, RFC 6544 §4.5); both SDP and mediasoup clients are told the same ones.

public struct IceCandidate: Encodable, Equatable, Sendable {
    public enum TransportProtocol: String, Sendable {
        case udp
        /// Passive: the peer connects.
        case tcp
    }

    public let foundation: String
    public let priority: UInt32
    public let `protocol`: TransportProtocol
    /// IPv4 or IPv6, without brackets or zone.
    public let address: String
    public let port: UInt16

    private static let hostTypePreference: UInt32 = 126
    /// RFC 6544 §4.2: 4 for a passive host candidate, in the upper 3 of 16 bits. UDP's are all above it.
    private static let passivePreference: UInt32 = 4 << 13 | 0x1FFF

    /// One UDP and one TCP candidate for each address of one port number, the first preferred, and UDP before TCP (RFC 8445 §5.1.2.1,
    /// RFC 6544 §4.2).
    public static func host(addresses: [String], port: UInt16) -> [IceCandidate] {
        func candidates(_ protocol: TransportProtocol, highest: UInt32) -> [IceCandidate] {
            zip(UInt32(0)..., addresses.prefix(32)).map { index, address in
                IceCandidate(
                    foundation: `protocol` == .udp ? "\(index + 1)" : "tcp\(index + 1)",
                    priority: hostTypePreference << 24 | (highest - index) << 8 | 255, protocol: `protocol`, address: address, port: port)
            }
        }
        return candidates(.udp, highest: 65_535) + candidates(.tcp, highest: passivePreference)
    }

    /// `a=candidate:` without the name.
    var sdpValue: String {
        "\(foundation) 1 \(`protocol`.rawValue) \(priority) \(address) \(port) typ host\(`protocol` == .tcp ? " tcptype passive" : "")"
    }

    private enum CodingKeys: String, CodingKey { case foundation, priority, ip, address, `protocol`, port, type, tcpType }

    /// mediasoup's shape; `ip` is the older name of `address`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(foundation, forKey: .foundation)
        try container.encode(priority, forKey: .priority)
        try container.encode(address, forKey: .ip)
        try container.encode(address, forKey: .address)
        try container.encode(`protocol`.rawValue, forKey: .protocol)
        try container.encode(port, forKey: .port)
        try container.encode("host", forKey: .type)
        if `protocol` == .tcp { try container.encode("passive", forKey: .tcpType) }
    }
}
