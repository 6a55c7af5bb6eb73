/// Refuses a request that announces a larger body than any route takes. One that does not announce it is cut by `ConnectionGuard`,
/// and whoever reads it gets the same answer.
import GatewayAPI

struct BodyLimit: RouterMiddleware {
    let bytes: Int

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        if let announced = request.headers[.contentLength].flatMap({ Int($0) }), announced > bytes {
            throw APIError(.contentTooLarge, "The request's body is larger than \(bytes) bytes", code: "too_large")
        }
        return try await next(request, context)
    }
}
