/// The site's files, all of them in memory: read, compressed and hashed once, at start. Answers whatever no route does.
import Foundation
import GatewayAPI

struct StaticSite: Sendable {
    private let files: [String: SiteFile]
    private let index: SiteFile
    private let role: PartyRole
    /// Of a static Nuxt build, whose pages need more of the content policy than ours; nil for a site like ours.
    let inlineScripts: InlineScriptSources?

    /// - Parameter directory: holds `index.html` (`PublicDirectory.find`).
    /// - Throws: `ConfigurationError`.
    init(directory: String, flags: SiteFlags, role: PartyRole, logger: Logger) throws(ConfigurationError) {
        var contents = try PublicDirectory.files(in: directory)
        guard let template = contents["/index.html"] else {
            throw ConfigurationError(key: CoreKeys.publicDirectory.name, problem: "there is no index.html in \(directory)")
        }
        contents["/index.html"] = Data(IndexPage(template: String(decoding: template, as: UTF8.self), flags: flags).html.utf8)
        inlineScripts = Self.setUpBuild(&contents, flags, logger)
        files = contents.reduce(into: [:]) { files, file in
            files[file.key] = SiteFile(ByteBuffer(bytes: file.value), contentType: ContentType.of(path: file.key))
        }
        // A build's index may be the home page alone, made on its server; what starts from any address is its fallback.
        guard let index = (inlineScripts != nil ? files["/200.html"] : nil) ?? files["/index.html"] else {
            throw ConfigurationError(key: CoreKeys.publicDirectory.name, problem: "there is no index.html in \(directory)")
        }
        self.index = index
        self.role = role
    }

    /// Puts the server's values into the pages of a static Nuxt build.
    ///
    /// - Returns: nil when they are none.
    private static func setUpBuild(_ contents: inout [String: Data], _ flags: SiteFlags, _ logger: Logger) -> InlineScriptSources? {
        let configuration = NuxtConfiguration(flags: flags)
        var isBuild = false
        var sources = InlineScriptSources()
        for path in contents.keys.filter({ $0.hasSuffix(".html") }).sorted() {
            let (page, outcome) = configuration.applied(to: Array(contents[path] ?? Data()))
            switch outcome {
            case .applied:
                isBuild = true
                contents[path] = Data(page)
            case .unreadable:
                isBuild = true
                logger.warning("the configuration in a page of the build cannot be read; it stays as it is", metadata: ["file": "\(path)"])
            case .none: break
            }
            sources.add(page)
        }
        guard isBuild else { return nil }
        if sources.isIncomplete {
            logger.warning("the site's pages have too many different inline scripts; some will not run")
        }
        return sources
    }

    /// Whether there is a file or a page of the site at this path, or a page that only another role has: its address stays the site's.
    func has(_ path: String) -> Bool { file(at: path) != nil || PartyRole.allCases.contains { Self.isPage(path, role: $0) } }

    private func file(at path: String) -> SiteFile? {
        if let file = files[path] { return file }
        if path.contains("%"), let decoded = path.removingPercentEncoding, let file = files[decoded] { return file }
        // A build has a folder with an index for each page that it could make.
        guard inlineScripts != nil else { return nil }
        return files[(path.hasSuffix("/") ? String(path.dropLast()) : path) + "/index.html"]
    }

    /// A build's files have a hash in their names; its list of them has not.
    private func isImmutable(_ path: String) -> Bool {
        inlineScripts != nil && path.hasPrefix("/_nuxt/") && path != "/_nuxt/builds/latest.json"
    }

    /// Files by path, and the home page, as they are answered.
    ///
    /// - Parameter isAnswered: whether a path gets that far: no route has it.
    func prepared(_ securityHeaders: SecurityHeaders, where isAnswered: (String) -> Bool) -> [String: PreparedDocument] {
        var documents = files
        if documents["/"] == nil { documents["/"] = index }
        return documents.reduce(into: [:]) { prepared, document in
            guard isAnswered(document.key) else { return }
            prepared[document.key] = PreparedDocument(
                document.value, endpoint: nil, isImmutable: isImmutable(document.key), securityHeaders: securityHeaders)
        }
    }

    /// - Returns: nil when there is nothing at this path, not even the page's own "not found".
    func response(to request: Request) -> Response? {
        guard request.method == .get || request.method == .head else { return nil }
        let path = request.uri.path
        if let file = file(at: path) { return file.response(to: request, isImmutable: isImmutable(path)) }
        if Self.isPage(path, role: role) { return index.response(to: request) }
        // An unknown page gets the index, too, and shows its error page; an unknown file must not.
        guard path.split(separator: "/").last?.contains(".") != true else { return nil }
        return index.response(to: request, status: .notFound)
    }

    /// Whether the page at `path` exists, which the frontend's own router knows as well.
    static func isPage(_ path: String, role: PartyRole) -> Bool {
        let segments = path.split(separator: "/")
        switch (segments.count, segments.first) {
        case (0, _): return true
        case (1, "browse"), (1, "explore"), (1, "timeline"), (1, "playlists"), (1, "favorites"), (1, "statistics"): return true
        case (1, "index.html"): return true
        case (1, "party"): return role == .host
        case (1, "party-status"), (1, "party-debug"): return role != .off
        case (2, "artist"), (2, "playlists"): return true
        default: return false
        }
    }
}

/// Puts the site behind the routes: it answers what the router has found nothing for.
struct SiteFallback: RouterMiddleware {
    let site: StaticSite

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        // The router names the endpoint of every request that it has a route for.
        guard context.endpointPath == nil, !request.uri.path.hasPrefix("/api/"), let response = site.response(to: request) else {
            return try await next(request, context)
        }
        return response
    }
}
