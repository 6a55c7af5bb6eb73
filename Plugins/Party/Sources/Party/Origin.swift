/// Where a browser's page came from (RFC 6454), compared with the server's own name. `/_ws` uses no cookies, so an origin grants
/// nothing: a foreign one only loses `join` (DESIGN, "Origin").

/// A host name or address with an optional port, as in a `Host` header (RFC 9110 section 7.2).
struct Authority: Equatable, Sendable {
    /// In lower case; an IPv6 address keeps its brackets.
    let host: String
    let port: Int?

    init?(_ text: String) {
        let text = text.lowercased()
        guard !text.isEmpty, text.utf8.count <= 255 else { return nil }
        let host: Substring
        let rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[...end]
            rest = text[text.index(after: end)...]
            guard host.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
        } else {
            host = text.prefix { $0 != ":" }
            rest = text.dropFirst(host.count)
            guard !host.isEmpty, host.utf8.allSatisfy(Self.isNameByte) else { return nil }
        }
        if rest.isEmpty {
            port = nil
        } else {
            guard rest.first == ":", let number = Int(rest.dropFirst()), (1...65_535).contains(number) else { return nil }
            port = number
        }
        self.host = String(host)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// A name that no stranger's DNS can answer for, so that a page under it is really of this network: against DNS rebinding.
    var isLocalName: Bool {
        if host.hasPrefix("[") || host == "localhost" { return true }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        if labels.count == 1 { return true }
        if labels.count == 4, labels.allSatisfy({ UInt8($0) != nil }) { return true }
        return [".localhost", ".local", ".lan", ".home.arpa", ".internal"].contains { host.hasSuffix($0) }
    }
}

struct Origin: Equatable, Sendable {
    let isSecure: Bool
    let authority: Authority

    /// - Returns: nil for what is no web origin, such as `null` of a sandboxed frame.
    init?(_ text: String) {
        let text = text.lowercased()
        if text.hasPrefix("https://"), let authority = Authority(String(text.dropFirst(8))) {
            self.init(isSecure: true, authority: authority)
        } else if text.hasPrefix("http://"), let authority = Authority(String(text.dropFirst(7))) {
            self.init(isSecure: false, authority: authority)
        } else {
            return nil
        }
    }

    init(isSecure: Bool, authority: Authority) {
        self.isSecure = isSecure
        self.authority = authority
    }

    /// Whether a page of this origin lies on the server that `other` names. The scheme is not compared: behind a reverse proxy the
    /// server does not know its own.
    func isSame(as other: Authority) -> Bool {
        let standard = isSecure ? 443 : 80
        return authority.host == other.host && (authority.port ?? standard) == (other.port ?? standard)
    }

    /// What a socket or request may do, by its `Origin` and `Host` headers.
    static func isOwn(origin: String?, host: String?, partyURL: PartyURL?) -> Bool {
        guard let origin else { return true }  // not a browser
        guard let origin = Origin(origin) else { return false }
        return [host, partyURL?.authority].contains { name in name.flatMap(Authority.init).map(origin.isSame) ?? false }
    }
}
