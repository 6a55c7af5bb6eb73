/// The site's content security policy (CSP 3): own scripts and styles alone, nothing inline; pictures of any https site, since cover
/// addresses stand in database rows; connections to where modules say. A static Nuxt build gets its own inline scripts, too, its
/// inline styles and its fonts.
import GatewayAPI

struct ContentSecurityPolicy {
    /// What `img-src` allows besides the site itself, `data:` and https.
    var imageSources: [String] = []
    /// What `connect-src` allows besides the site itself.
    var connectSources: [String] = []
    /// Of a static Nuxt build.
    var inlineScripts: InlineScriptSources?

    /// Sources that are no web origin are left out: they could carry a directive of their own.
    var text: String {
        [
            "default-src 'none'",
            (["script-src 'self'"] + (inlineScripts?.sources ?? [])).joined(separator: " "),
            inlineScripts == nil ? "style-src 'self'" : "style-src 'self' 'unsafe-inline'; font-src 'self' data:",
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
