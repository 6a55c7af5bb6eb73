/// The site's files, all of them in memory: read, compressed and hashed once, at start. Answers whatever no route does.
import Foundation
import GatewayAPI

struct StaticSite: Sendable {
    private let files: [String: SiteFile]
    private let index: SiteFile
    private let role: PartyRole

    /// - Parameter directory: holds `index.html` (`PublicDirectory.find`).
    /// - Throws: `ConfigurationError`.
    init(directory: String, flags: SiteFlags, role: PartyRole) throws(ConfigurationError) {
        var files: [String: SiteFile] = [:]
        var index: SiteFile?
        for (path, data) in try PublicDirectory.files(in: directory) {
            guard path == "/index.html" else {
                files[path] = SiteFile(ByteBuffer(bytes: data), contentType: ContentType.of(path: path))
                continue
            }
            let page = IndexPage(template: String(decoding: data, as: UTF8.self), flags: flags)
            index = SiteFile(ByteBuffer(string: page.html), contentType: ContentType.html)
        }
        guard let index else {
            throw ConfigurationError(key: CoreKeys.publicDirectory.name, problem: "there is no index.html in \(directory)")
        }
        self.files = files
        self.index = index
        self.role = role
    }

    /// Whether there is a file or a page of the site at this path, or a page that only another role has: its address stays the site's.
    func has(_ path: String) -> Bool { file(at: path) != nil || PartyRole.allCases.contains { Self.isPage(path, role: $0) } }

    private func file(at path: String) -> SiteFile? {
        files[path] ?? (path.contains("%") ? path.removingPercentEncoding.flatMap { files[$0] } : nil)
    }

    /// - Returns: nil when there is nothing at this path, not even the page's own "not found".
    func response(to request: Request) -> Response? {
        guard request.method == .get || request.method == .head else { return nil }
        let path = request.uri.path
        if let file = file(at: path) { return Self.response(to: request, file) }
        if Self.isPage(path, role: role) { return Self.response(to: request, index) }
        // An unknown page gets the index, too, and shows its error page; an unknown file must not.
        guard path.split(separator: "/").last?.contains(".") != true else { return nil }
        return Self.response(to: request, index, status: .notFound)
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

    private static func response(to request: Request, _ file: SiteFile, status: HTTPResponse.Status = .ok) -> Response {
        // A range is one of the file itself: of what a client has saved and wants the rest of.
        let wantsRange = request.headers[.range] != nil && status == .ok
        let (variant, coding) = wantsRange ? (file.plain, nil) : file.variant(accepting: request.headers[values: .acceptEncoding])
        let selection = status == .ok ? variant.representation.selection(for: request.headers) : .whole
        var (statusOfSelection, headers) = variant.representation.head(for: selection)
        headers[.cacheControl] = "no-cache"
        if file.isCompressed { headers[.vary] = "accept-encoding" }
        if let coding, selection != .notModified { headers[.contentEncoding] = coding.rawValue }
        let bytes: ByteBuffer? =
            switch selection {
            case .whole: variant.bytes
            case .part(let range): variant.bytes.getSlice(at: variant.bytes.readerIndex + range.lowerBound, length: range.count)
            case .notModified, .unsatisfiable: nil
            }
        let body = request.method == .head ? nil : bytes
        if status != .ok { statusOfSelection = status }
        return Response(status: statusOfSelection, headers: headers, body: body.map { ResponseBody(byteBuffer: $0) } ?? ResponseBody())
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
