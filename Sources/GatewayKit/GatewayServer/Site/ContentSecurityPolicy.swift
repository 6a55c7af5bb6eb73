/// The site's content security policy (CSP 3): own scripts and styles alone, nothing inline; pictures of any https site, since cover
/// addresses stand in database rows; connections to where modules say.
import GatewayAPI

struct ContentSecurityPolicy {
    /// What `img-src` allows besides the site itself, `data:` and https.
    var imageSources: [String] = []
    /// What `connect-src` allows besides the site itself.
    var connectSources: [String] = []

    /// Sources that are no web origin are left out: they could carry a directive of their own.
    var text: String {
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            (["img-src 'self' data: https:"] + origins(imageSources)).joined(separator: " "),
            "media-src 'self' blob:",
            (["connect-src 'self'"] + origins(connectSources)).joined(separator: " "),
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ].joined(separator: "; ")
    }

    private func origins(_ sources: [String]) -> [String] {
        var result: [String] = []
        for origin in sources.compactMap({ WebOrigin($0)?.text }) where !result.contains(origin) { result.append(origin) }
        return result
    }
}
