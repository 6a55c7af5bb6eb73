/// `index.html` with what the page must know of its server: one build of the site serves every role.
import Foundation
import GatewayAPI

struct IndexPage {
    /// Where the flags go.
    static let marker = "<!--dmp:configuration-->"

    let html: String

    init(template: String, flags: SiteFlags) {
        html = template.replacing(Self.marker, with: "<script type=\"application/json\" id=\"dmp-configuration\">\(flags.json)</script>")
    }
}

/// The flags, in the shape that `public/` expects.
struct SiteFlags: Encodable, Equatable {
    let partyEnabled: Bool
    /// `host`, `listener` or empty.
    let partyRole: String
    let partyUrl: String
    let streamMode: Bool
    let imageStorage: String
    let version: String

    /// - Parameter modules: what modules add; a flag that the core sets stays the core's.
    init(role: PartyRole, imageStorage: String, version: String, modules: [SiteConfiguration]) {
        partyEnabled = role != .off
        partyRole = role == .off ? "" : role.rawValue
        partyUrl = modules.lazy.compactMap { $0.flags["partyUrl"] }.first ?? ""
        streamMode = role == .listener
        self.imageStorage = imageStorage
        self.version = version
    }

    /// JSON that may stand in a script element: no `<`, which could end it or open a comment.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Encoding plain strings and booleans does not fail.
        return Self.harmless((try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}")
    }

    /// A text as a string literal for a script element, with the same care.
    static func scriptLiteral(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return harmless((try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\"")
    }

    private static func harmless(_ json: String) -> String {
        json.replacing("<", with: "\\u003c").replacing("\u{2028}", with: "\\u2028").replacing("\u{2029}", with: "\\u2029")
    }
}
