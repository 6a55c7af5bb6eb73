/// Keeps pages of other sites from changing anything through a visitor's browser (cross-site request forgery): a form or a plain
/// `fetch` of theirs needs no preflight, and this site asks nobody for a password. `MusicSite` puts it around the core's routes;
/// modules' answer for themselves.
import GatewayAPI

struct CrossOriginProtection: RouterMiddleware {
    /// Routes of the core, as the router names them.
    let routes: Set<String>

    static let refusal = APIError(.forbidden, "Only this site's own pages may change anything here", code: "foreign_origin")

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        let isGuarded = !Self.isReading(request.method) && (context.endpointPath.map(routes.contains) ?? false)
        guard
            !isGuarded
                || Self.allows(
                    fetchSite: request.headers[values: .secFetchSite], origin: request.headers[values: .origin],
                    host: request.head.authority)
        else {
            throw Self.refusal
        }
        return try await next(request, context)
    }

    /// How a route that changes something is described.
    static func description(of operation: APIOperation) -> APIOperation {
        isReading(operation.method) ? operation : operation.answering(also: [.error(refusal)])
    }

    private static func isReading(_ method: HTTPRequest.Method) -> Bool { method == .get || method == .head || method == .options }

    /// A browser says where a request comes from in `Sec-Fetch-Site` (W3C Fetch Metadata) where the site is reached over TLS or on this
    /// machine, and with every request that changes something in `Origin` (Fetch §3.2). What says neither is no page. The scheme is
    /// not compared: behind a reverse proxy the server does not know its own.
    ///
    /// - Parameters:
    ///   - fetchSite: the header's lines; `none` is a person's own doing, such as a typed address.
    ///   - origin: the header's lines.
    ///   - host: the `Host` header.
    static func allows(fetchSite: [String], origin: [String], host: String?) -> Bool {
        if !fetchSite.isEmpty { return fetchSite.allSatisfy { $0 == "same-origin" || $0 == "none" } }
        return origin.allSatisfy { origin in
            guard let host, let scheme = ["http://", "https://"].first(where: origin.lowercased().hasPrefix) else { return false }
            let standardPort = scheme == "http://" ? ":80" : ":443"
            func withoutStandardPort(_ authority: String) -> String {
                authority.hasSuffix(standardPort) ? String(authority.dropLast(standardPort.count)) : authority
            }
            return withoutStandardPort(String(origin.lowercased().dropFirst(scheme.count))) == withoutStandardPort(host.lowercased())
        }
    }
}
