/// A host candidate of ours (RFC 8839 §5.1); both SDP and mediasoup clients are told the same ones.

public struct IceCandidate: Encodable, Equatable, Sendable {
    public let foundation: String
    public let priority: UInt32
    /// IPv4 or IPv6, without brackets or zone.
    public let address: String
    public let port: UInt16

    /// One candidate for each address of one UDP port, the first preferred (RFC 8445 §5.1.2.1: type preference 126 for hosts).
    public static func host(addresses: [String], port: UInt16) -> [IceCandidate] {
        addresses.prefix(32).enumerated().map { index, address in
            IceCandidate(
                foundation: "\(index + 1)", priority: 126 << 24 | UInt32(65_535 - index) << 8 | 255, address: address, port: port)
        }
    }

    /// `a=candidate:` without the name.
    var sdpValue: String { "\(foundation) 1 udp \(priority) \(address) \(port) typ host" }

    private enum CodingKeys: String, CodingKey { case foundation, priority, ip, address, `protocol`, port, type }

    /// mediasoup's shape; `ip` is the older name of `address`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(foundation, forKey: .foundation)
        try container.encode(priority, forKey: .priority)
        try container.encode(address, forKey: .ip)
        try container.encode(address, forKey: .address)
        try container.encode("udp", forKey: .protocol)
        try container.encode(port, forKey: .port)
        try container.encode("host", forKey: .type)
    }
}
