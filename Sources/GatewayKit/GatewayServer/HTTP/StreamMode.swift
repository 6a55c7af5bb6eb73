/// Stream mode: on a party's public server everything may be browsed and nothing changed (DESIGN, Roles). A page's buttons only
/// mirror what is refused here.
import Foundation
import GatewayAPI

struct StreamMode: RouterMiddleware {
    /// Routes of modules, as the router names them. They answer for themselves.
    let exempt: Set<String>

    static let refusal = APIError(
        .forbidden, "This server only plays along with a party: here nothing can be changed", code: "stream_mode")

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        // The router has set the endpoint before any middleware runs.
        let isModules = context.endpointPath.map(exempt.contains) ?? false
        guard isModules || !Self.refuses(request.method, request.uri.path) else {
            throw Self.refusal
        }
        return try await next(request, context)
    }

    /// How a route of the core is described on a server in stream mode.
    static func description(of operation: APIOperation) -> APIOperation {
        refuses(operation.method, operation.path) ? operation.answering(only: [.error(refusal)]) : operation
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

    /// Whether a request for another server behind this one is refused: it may serve the same music under the same paths, and read
    /// them in its own way. So nothing of an API goes there, wherever it is mounted, and no path that two readers could understand
    /// differently: with dots, empty segments, backslashes or encoded separators.
    static func refusesToPassOn(_ method: HTTPRequest.Method, _ path: String) -> Bool {
        guard !refuses(method, path), path.hasPrefix("/"), !path.contains("\\") else { return true }
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        return segments.enumerated().contains { index, segment in
            if segment.isEmpty { return index < segments.count - 1 }
            guard let text = decoded(segment), !text.contains("%"), text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }),
                !text.contains("/"), !text.contains("\\")
            else { return true }
            // Some servers read `name;parameter` as `name`, some drop dots and blanks at its end, and some fold what merely looks like
            // ASCII into it.
            let folded = text.prefix { $0 != ";" }.precomposedStringWithCompatibilityMapping.lowercased()
            let name = String(folded.reversed().drop { $0 == "." || $0.isWhitespace }.reversed())
            return name.isEmpty || name == "api" || name == "_ws"
        }
    }

    /// Headers by which some servers take another method or path than the request's own.
    static let overridingHeaders: Set = [
        "x-http-method", "x-http-method-override", "x-method-override", "x-original-method", "x-original-url", "x-rewrite-url",
    ]

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
