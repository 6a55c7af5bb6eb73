/// One media section of a session description (RFC 8866 §5.14).

/// `a=name` or `a=name:value`.
public struct SdpAttribute: Equatable, Sendable {
    public var name: String
    public var value: String?

    public init(_ name: String, _ value: String? = nil) {
        self.name = name
        self.value = value
    }

    var line: String { value.map { "a=\(name):\($0)" } ?? "a=\(name)" }
}

public struct MediaDescription: Equatable, Sendable {
    public enum Direction: String, Sendable, CaseIterable { case sendrecv, sendonly, recvonly, inactive }

    /// `audio`, `video`, `application` …
    public var kind: String
    /// 0 for a refused section, or one that is bundled only.
    public var port: UInt16
    /// `UDP/TLS/RTP/SAVPF` …
    public var transport: String
    /// Payload types, or what else the transport uses; never empty.
    public var formats: [String]
    /// `c=` without its name.
    public var connection: String?
    public var attributes: [SdpAttribute]

    public init(
        kind: String, port: UInt16, transport: String, formats: [String], connection: String? = nil, attributes: [SdpAttribute] = []
    ) {
        self.kind = kind
        self.port = port
        self.transport = transport
        self.formats = formats
        self.connection = connection
        self.attributes = attributes
    }

    /// From the value of an `m=` line.
    init?(line: String) {
        let words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard words.count >= 4, words.count <= 132, let portText = words[1].split(separator: "/").first, let port = UInt16(portText) else {
            return nil
        }
        self.init(kind: words[0], port: port, transport: words[2], formats: Array(words[3...]))
    }

    /// The value of the first attribute of this name; nil when there is none, or it has no value.
    public func value(_ name: String) -> String? { attributes.first { $0.name == name }?.value }

    public func values(_ name: String) -> [String] { attributes.compactMap { $0.name == name ? $0.value : nil } }

    public func has(_ name: String) -> Bool { attributes.contains { $0.name == name } }

    /// `sendrecv` when nothing else is said (RFC 8866 §6.7).
    public var direction: Direction { Direction.allCases.first { has($0.rawValue) } ?? .sendrecv }

    /// Refused, and not merely waiting to be bundled (RFC 9143 §6).
    public var isRefused: Bool { port == 0 && !has("bundle-only") }

    /// The first payload type that `rtpmap` gives this encoding, such as `opus/48000/2` (any case).
    public func payloadType(of encoding: String) -> UInt8? {
        for map in values("rtpmap") {
            let words = map.split(separator: " ")
            guard words.count == 2, words[1].lowercased() == encoding.lowercased(), let type = UInt8(words[0]), type < 128 else { continue }
            return type
        }
        return nil
    }

    /// What `fmtp` says about a payload type.
    public func formatParameters(_ payloadType: UInt8) -> String? {
        let prefix = "\(payloadType) "
        return values("fmtp").first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    var lines: [String] {
        ["m=\(kind) \(port) \(transport) \(formats.joined(separator: " "))"] + (connection.map { ["c=\($0)"] } ?? [])
            + attributes.map(\.line)
    }
}
