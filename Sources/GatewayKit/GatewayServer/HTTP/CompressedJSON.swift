/// gzip for JSON answers that are large enough to gain by it (RFC 9110 §8.4). The site's files are compressed once, at start.
import GatewayAPI

struct CompressedJSON: RouterMiddleware {
    private static let minimumBytes = 1 << 10
    /// A larger body is passed on as it comes.
    private static let maximumBytes = 8 << 20

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard Self.isCompressible(&response) else { return response }
        guard request.method != .head, let length = response.body.contentLength, (Self.minimumBytes...Self.maximumBytes).contains(length),
            ContentCoding.gzip.isAccepted(by: request.headers[values: .acceptEncoding])
        else { return response }
        let collector = BodyCollector()
        try await response.body.write(collector)
        // Level 4 gives nearly the size of 6 in half the time.
        guard let compressed = Gzip.compress(collector.bytes, level: 4) else {
            response.body = ResponseBody(byteBuffer: collector.bytes)
            return response
        }
        // Setting the body sets the length, too.
        response.body = ResponseBody(byteBuffer: compressed)
        response.headers[.contentEncoding] = ContentCoding.gzip.rawValue
        return response
    }

    /// Whether it depends on the client's codings and its size how a response is sent; if so, the response says it.
    static func isCompressible(_ response: inout Response) -> Bool {
        guard response.status == .ok, response.headers[.contentEncoding] == nil,
            response.headers[.contentType]?.hasPrefix("application/json") == true
        else { return false }
        response.headers[.vary] = "accept-encoding"
        return true
    }

    /// Whether a file that did not become smaller is tried again for each request.
    static func compresses(_ file: SiteFile) -> Bool {
        file.gzip == nil && file.plain.representation.contentType.hasPrefix("application/json")
            && file.plain.bytes.readableBytes >= minimumBytes
    }
}

/// Puts a body into one piece.
final class BodyCollector: ResponseBodyWriter {
    private(set) var bytes = ByteBuffer()

    func write(_ buffer: ByteBuffer) async throws {
        if bytes.readableBytes == 0 { bytes = buffer } else { bytes.writeImmutableBuffer(buffer) }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
