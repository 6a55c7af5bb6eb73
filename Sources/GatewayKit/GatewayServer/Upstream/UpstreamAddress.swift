/// The backend that answers what this site does not (`UPSTREAM_URL`).

/// Scheme, name and port, without a path: what a browser asks of this site is asked of the backend under the same path.
public struct UpstreamAddress: Sendable, Equatable {
    let isSecure: Bool
    /// A name or an address, an IPv6 one without brackets.
    let host: String
    let port: Int

    /// - Parameter text: `http(s)://name[:port]`, with or without a slash at its end.
    init?(_ text: String) {
        guard let origin = WebOrigin(text)?.text, text.count == origin.count || text.dropFirst(origin.count) == "/",
            let scheme = ["http://", "https://"].first(where: origin.hasPrefix)
        else { return nil }
        isSecure = scheme == "https://"
        let authority = origin.dropFirst(scheme.count)
        var rest = authority
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]"), case let name = authority[authority.index(after: authority.startIndex)..<end],
                name.contains(":"), IPAddress(name) != nil
            else { return nil }
            host = String(name)
            rest = authority[authority.index(after: end)...]
        } else {
            host = String(authority.prefix { $0 != ":" })
            guard !host.isEmpty, !host.contains("["), !host.contains("]") else { return nil }
            rest = authority.dropFirst(host.count)
        }
        guard !rest.isEmpty else {
            port = isSecure ? 443 : 80
            return
        }
        guard rest.hasPrefix(":"), let number = UInt16(rest.dropFirst()), number > 0 else { return nil }
        port = Int(number)
    }

    /// With the port, always.
    var url: String { "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
