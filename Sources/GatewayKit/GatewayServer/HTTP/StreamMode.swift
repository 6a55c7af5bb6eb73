/// Stream mode: on a party's public server everything may be browsed and nothing changed (DESIGN, Roles). A page's buttons only
/// mirror what is refused here.
import Foundation
import GatewayAPI

struct StreamMode: RouterMiddleware {
    /// Routes of modules, as the router names them. They answer for themselves.
    let exempt: Set<String>

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        // The router has set the endpoint before any middleware runs.
        let isModules = context.endpointPath.map(exempt.contains) ?? false
        guard isModules || !Self.refuses(request.method, request.uri.path) else {
            throw APIError(.forbidden, "This server only plays along with a party: here nothing can be changed", code: "stream_mode")
        }
        return try await next(request, context)
    }

    /// Refused with any method.
    private static let closed = [["api", "playlists"], ["api", "favorites"], ["api", "tracks", "explore"], ["api", "audio"]]

    /// Whatever is no plain reading is refused, whether or not a route would answer it. Segments are compared as liberally as any
    /// router could read them: case, empty segments and percent-encoding make no difference.
    static func refuses(_ method: HTTPRequest.Method, _ path: String) -> Bool {
        guard method == .get || method == .head || method == .options else { return true }
        let segments = path.split { $0 == "/" || $0 == "\\" }.prefix(3).map { (decoded($0) ?? String($0)).lowercased() }
        return closed.contains { segments.starts(with: $0) }
    }

    /// Decoded as often as it is encoded, within reason.
    private static func decoded(_ segment: Substring) -> String? {
        var text = String(segment)
        for _ in 0..<3 where text.contains("%") {
            guard let next = text.removingPercentEncoding else { return nil }
            text = next
        }
        return text
    }
}
