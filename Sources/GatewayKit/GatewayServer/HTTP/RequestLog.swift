/// One log line for each request: id, method, path, status and the time until the response was ready. Never the query, which may
/// hold what is private, and the client's address at debug level only.
import GatewayAPI

struct RequestLog: RouterMiddleware {
    enum Key {
        static let method = "method"
        static let path = "path"
        static let status = "status"
        static let milliseconds = "ms"
        static let client = "client"
        static let error = "error"
    }

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response = try await next(request, context)
        // Hummingbird has put it into the metadata of the request's logger.
        response.headers[.xRequestID] = context.id
        Self.log(
            to: context.logger, level: Self.level(of: request.method, context.endpointPath, response.status), method: request.method,
            path: request.uri.path, status: response.status, after: ContinuousClock.now - start, client: context.clientAddress)
        return response
    }

    /// - Parameter logger: carries the request's id.
    static func log(
        to logger: Logger, level: Logger.Level, method: HTTPRequest.Method, path: String, status: HTTPResponse.Status, after time: Duration,
        client: String
    ) {
        var metadata: Logger.Metadata = [
            Key.method: "\(method.rawValue)", Key.path: "\(path)", Key.status: "\(status.code)",
            Key.milliseconds: .stringConvertible(time.milliseconds),
        ]
        if logger.logLevel <= .debug { metadata[Key.client] = "\(client)" }
        logger.log(level: level, "request", metadata: metadata)
    }

    /// Readings that come often and in masses, the site's files and whatever is polled, are for debugging.
    static func level(of method: HTTPRequest.Method, _ endpoint: String?, _ status: HTTPResponse.Status) -> Logger.Level {
        if status.code >= 500 { return .warning }
        let isReading = method == .get || method == .head || method == .options
        let isFrequent = endpoint.map { !$0.hasPrefix("/api/") || $0 == HealthRoutes.path || $0.hasSuffix("/status") } ?? true
        return isReading && isFrequent ? .debug : .info
    }
}

extension Duration {
    /// To a tenth.
    fileprivate var milliseconds: Double {
        let (seconds, attoseconds) = components
        return ((Double(seconds) * 1_000 + Double(attoseconds) / 1e15) * 10).rounded() / 10
    }
}
