/// Tells a client that uses a wrong method on a path of the API which ones there are (RFC 9110 §15.5.6), rather than that the path is
/// unknown. Stands behind everything else that may answer.
import GatewayAPI

struct MethodNotAllowed: RouterMiddleware {
    private struct Path {
        /// Parameters stand in braces, as in `RouterPath.description`.
        let segments: [Substring]
        let parameterCount: Int
        /// As in the header `Allow`.
        let methods: String

        func matches(_ other: [Substring]) -> Bool {
            segments.count == other.count && zip(segments, other).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
    }

    /// Literal ones first, since the router prefers them.
    private let paths: [Path]

    init(endpoints: [Endpoint]) {
        paths = Dictionary(grouping: endpoints, by: \.path.description).map { path, endpoints in
            var methods = Set(endpoints.map(\.method.rawValue))
            // The router answers HEAD wherever there is a GET.
            if methods.contains("GET") { methods.insert("HEAD") }
            let segments = path.split(separator: "/")
            return Path(
                segments: segments, parameterCount: segments.count { $0.hasPrefix("{") }, methods: methods.sorted().joined(separator: ", "))
        }.sorted { $0.parameterCount < $1.parameterCount }
    }

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        // The router names the endpoint of every request that it has a route for.
        guard context.endpointPath == nil, let methods = methods(of: request.uri.path) else { return try await next(request, context) }
        throw APIError(.methodNotAllowed, "Method not allowed; use \(methods)", code: "method_not_allowed", headers: [.allow: methods])
    }

    /// - Returns: nil for a path that no route has.
    func methods(of path: String) -> String? {
        let segments = path.split(separator: "/")
        return paths.first { $0.matches(segments) }?.methods
    }
}
