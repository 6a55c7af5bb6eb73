/// Content types of the site's files and pictures, by extension.

enum ContentType {
    static let html = "text/html; charset=utf-8"

    static func of(path: some StringProtocol) -> String {
        types[fileExtension(of: path) ?? ""] ?? "application/octet-stream"
    }

    /// In lower case; nil for a last segment without a dot, or with one at its begin alone.
    static func fileExtension(of path: some StringProtocol) -> String? {
        let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
        return name[name.index(after: dot)...].lowercased()
    }

    private static let types = [
        "avif": "image/avif", "css": "text/css; charset=utf-8", "gif": "image/gif", "html": html, "ico": "image/vnd.microsoft.icon",
        "jpeg": "image/jpeg", "jpg": "image/jpeg", "js": "text/javascript; charset=utf-8", "json": "application/json",
        "map": "application/json", "mjs": "text/javascript; charset=utf-8", "mp3": "audio/mpeg", "ogg": "audio/ogg", "opus": "audio/ogg",
        "png": "image/png", "svg": "image/svg+xml", "txt": "text/plain; charset=utf-8", "wasm": "application/wasm",
        "webmanifest": "application/manifest+json", "webp": "image/webp", "woff": "font/woff", "woff2": "font/woff2",
        "xml": "application/xml",
    ]
}
