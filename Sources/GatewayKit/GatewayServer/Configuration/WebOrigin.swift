/// The origin of a web address (RFC 6454): what may stand in a content security policy without carrying anything else into it.

struct WebOrigin: Equatable, Sendable {
    /// `scheme://name[:port]` in lower case.
    let text: String

    /// - Parameter address: an address with one of the schemes http, https, ws and wss; path and query are dropped.
    init?(_ address: String) {
        let address = address.lowercased()
        guard let scheme = ["http://", "https://", "ws://", "wss://"].first(where: { address.hasPrefix($0) }) else { return nil }
        let authority = address.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let isPlain = authority.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                true
            default: false
            }
        }
        guard !authority.isEmpty, isPlain else { return nil }
        text = scheme + authority
    }
}
