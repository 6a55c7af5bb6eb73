/// A session description (RFC 8866) in general: sections and attributes, read totally and within limits, and written.
///
/// What they mean for us is `SdpNegotiator`'s concern.

public struct SessionDescription: Equatable, Sendable {
    /// More than any browser writes for a few sections.
    public static let maximumBytes = 64 * 1_024, maximumLines = 2_000, maximumSections = 16

    /// `o=` without its name.
    public var origin: String
    public var attributes: [SdpAttribute]
    public var media: [MediaDescription]

    public init(origin: String, attributes: [SdpAttribute], media: [MediaDescription]) {
        self.origin = origin
        self.attributes = attributes
        self.media = media
    }

    /// Nil for text that is not of the form `x=…`, line by line from `v=0` on, or exceeds a limit. Lines may end with LF alone; lines of
    /// other types than `o`, `a`, `m` and `c` are skipped.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.maximumBytes else { return nil }
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), maxSplits: Self.maximumLines)
        guard lines.count <= Self.maximumLines else { return nil }
        self.init(origin: "", attributes: [], media: [])
        for (index, bytes) in lines.enumerated() {
            let line = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
            guard index > 0 || line.elementsEqual("v=0".utf8) else { return nil }
            guard !line.isEmpty else { continue }
            // Nothing that could end a line when it is written into an answer.
            guard line.dropFirst().first == UInt8(ascii: "="), let type = line.first, line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                return nil
            }
            guard read(type, String(decoding: line.dropFirst(2), as: UTF8.self)) else { return nil }
        }
        guard !lines.isEmpty else { return nil }
    }

    private mutating func read(_ type: UInt8, _ value: String) -> Bool {
        switch type {
        case UInt8(ascii: "m"):
            guard media.count < Self.maximumSections, let section = MediaDescription(line: value) else { return false }
            media.append(section)
        case UInt8(ascii: "a"):
            let parts = value.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let name = parts.first, !name.isEmpty else { return false }
            let attribute = SdpAttribute(name, parts.count > 1 ? parts[1] : nil)
            if media.isEmpty {
                attributes.append(attribute)
            } else {
                media[media.count - 1].attributes.append(attribute)
            }
        case UInt8(ascii: "o"): if media.isEmpty { origin = value }
        case UInt8(ascii: "c"): if !media.isEmpty { media[media.count - 1].connection = value }
        default: break
        }
        return true
    }

    /// The value of a section's attribute, or of the session's when the section has none: what holds for ICE and DTLS (RFC 8839 §5.4,
    /// RFC 8122 §5).
    public func value(_ name: String, of section: MediaDescription) -> String? {
        section.value(name) ?? attributes.first { $0.name == name }?.value
    }

    /// As `value(_:of:)`, for attributes that may stand several times.
    public func values(_ name: String, of section: MediaDescription) -> [String] {
        let own = section.values(name)
        return own.isEmpty ? attributes.compactMap { $0.name == name ? $0.value : nil } : own
    }

    /// With CRLF, as the wire wants it.
    public var text: String {
        let session = ["v=0", "o=\(origin)", "s=-", "t=0 0"] + attributes.map(\.line)
        return (session + media.flatMap(\.lines)).joined(separator: "\r\n") + "\r\n"
    }
}
