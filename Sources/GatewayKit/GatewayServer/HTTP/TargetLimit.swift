/// Refuses a longer target than any page or route has use for (RFC 9110 §15.5.15). What exceeds `ConnectionLimits.headerBytes`, too, does
/// not get this far: the decoder refuses it together with the headers.
import GatewayAPI

struct TargetLimit: RouterMiddleware {
    static let maximumBytes = 8 << 10

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        guard request.uri.string.utf8.count <= Self.maximumBytes else {
            throw APIError(.uriTooLong, "The address is longer than \(Self.maximumBytes) bytes", code: "uri_too_long")
        }
        return try await next(request, context)
    }
}
