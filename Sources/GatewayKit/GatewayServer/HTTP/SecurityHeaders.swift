/// Headers that keep a page from doing more than it should, and caches from keeping what says nothing of being kept, on every answer.
import GatewayAPI

struct SecurityHeaders: RouterMiddleware {
    /// For answers that are no page: nothing in them may run, load or be framed.
    static let closedPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

    /// The policy of the site's own pages and files.
    let sitePolicy: String

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        add(to: &response)
        return response
    }

    func add(to response: inout Response) {
        let isPage = response.headers[.contentType]?.hasPrefix("text/html") ?? false
        // A 304 has no content type, and its headers replace those of the page that the browser has kept (RFC 9111 §3.2): it says nothing.
        if response.status != .notModified { response.headers[.contentSecurityPolicy] = isPage ? sitePolicy : Self.closedPolicy }
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.referrerPolicy] = "same-origin"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-cache" }
        if isPage {
            response.headers[.crossOriginOpenerPolicy] = "same-origin"
            response.headers[.permissionsPolicy] = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
            response.headers[.xFrameOptions] = "DENY"
        }
    }
}
