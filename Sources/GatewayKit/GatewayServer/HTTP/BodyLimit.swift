/// Refuses a request whose body is larger than any route takes: at once when its length is announced, else when the reader of the
/// body gets that far. What nobody reads waits at the client, until `ConnectionGuard` ends it.
import GatewayAPI

struct BodyLimit: RouterMiddleware {
    let bytes: Int

    static func refusal(bytes: Int) -> APIError {
        APIError(.contentTooLarge, "The request's body is larger than \(bytes) bytes", code: "too_large")
    }

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        if let announced = request.headers[.contentLength].flatMap({ Int($0) }) {
            guard announced <= bytes else { throw Self.refusal(bytes: bytes) }
            return try await next(request, context)
        }
        guard request.headers[.transferEncoding] != nil else { return try await next(request, context) }
        var request = request
        request.body = RequestBody(asyncSequence: LimitedBody(body: request.body, maximumBytes: bytes))
        return try await next(request, context)
    }
}

/// A body that fails after so many bytes.
private struct LimitedBody: AsyncSequence, Sendable {
    let body: RequestBody
    let maximumBytes: Int

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: RequestBody.AsyncIterator
        let maximumBytes: Int
        var bytes = 0

        mutating func next() async throws -> ByteBuffer? {
            guard let part = try await base.next() else { return nil }
            bytes += part.readableBytes
            guard bytes <= maximumBytes else { throw NIOTooManyBytesError(maxBytes: maximumBytes) }
            return part
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: body.makeAsyncIterator(), maximumBytes: maximumBytes) }
}
