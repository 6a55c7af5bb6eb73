/// An answer in the bytes that travel, but for what every answer has of its own: its id and its date. With the 304 that takes its place
/// for a client that has it.
import GatewayAPI
import HTTPTypes
import NIOCore
import Synchronization

struct PreparedAnswer: Sendable {
    private final class Head: Sendable {
        let status: HTTPResponse.Status
        let length: Int
        /// Status line and headers, with room for id and date; then what stands behind them. Each answer's id and date are written into
        /// the same memory as the last one's, unless that is still on its way: then `ByteBuffer` makes a copy.
        private let bytes: Mutex<ByteBuffer>
        private let idOffset: Int
        private let dateOffset: Int

        init(_ response: Response, body: ByteBuffer? = nil) {
            var bytes = ByteBuffer()
            bytes.writeString("HTTP/1.1 \(response.status.code) \(response.status.reasonPhrase)\r\n")
            for field in response.headers {
                // NIO's encoder leaves this out, too (RFC 9110 §8.6).
                if response.status == .notModified, field.name == .contentLength { continue }
                bytes.writeString("\(field.name.rawName): \(field.value)\r\n")
            }
            bytes.writeStaticString("X-Request-Id: ")
            idOffset = bytes.writerIndex
            bytes.writeRepeatingByte(UInt8(ascii: "0"), count: RequestIDs.length)
            bytes.writeStaticString("\r\nDate: ")
            dateOffset = bytes.writerIndex
            bytes.writeRepeatingByte(UInt8(ascii: " "), count: HTTPDate.length)
            bytes.writeStaticString("\r\n\r\n")
            if let body { bytes.writeImmutableBuffer(body) }
            status = response.status
            length = bytes.readableBytes
            self.bytes = Mutex(bytes)
        }

        func bytes(id: String, date: String) -> ByteBuffer {
            bytes.withLock { bytes in
                bytes.setString(id, at: idOffset)
                bytes.setString(date, at: dateOffset)
                return bytes
            }
        }
    }

    /// What stands behind its head in one piece, rather than be sent from where it is: one write is cheaper than two.
    private static let maximumCopiedBytes = 32 << 10

    /// With its body, where that is small.
    private let whole: Head
    private let headOnly: Head
    private let notModified: Head?
    private let entityTag: String?
    private let body: ByteBuffer?
    /// At which the request is logged.
    let logLevel: Logger.Level

    /// - Parameters:
    ///   - whole: the answer to a GET, as it leaves its route.
    ///   - notModified: the answer to one that names the entity tag of `whole`.
    ///   - endpoint: of the route; nil for the site's files.
    init(_ whole: Response, body: ByteBuffer, notModified: Response?, endpoint: String?, securityHeaders: SecurityHeaders) {
        func head(_ response: Response, _ body: ByteBuffer? = nil) -> Head {
            var response = response
            securityHeaders.add(to: &response)
            return Head(response, body: body)
        }
        let isCopied = body.readableBytes <= Self.maximumCopiedBytes
        headOnly = head(whole)
        self.whole = isCopied ? head(whole, body) : headOnly
        self.notModified = notModified.map { head($0) }
        entityTag = notModified == nil ? nil : whole.headers[.eTag]
        self.body = isCopied ? nil : body
        logLevel = RequestLog.level(of: .get, endpoint, whole.status)
    }

    /// In memory.
    var bytes: Int { whole.length + headOnly.length + (body?.readableBytes ?? 0) }

    /// What a request gets: the bytes up to the body, and the body where it is none of them.
    ///
    /// - Parameters:
    ///   - id: of `RequestIDs`.
    ///   - date: of `HTTPDate`.
    func parts(for request: PlainRequest, id: String, date: String) -> (status: HTTPResponse.Status, head: ByteBuffer, body: ByteBuffer?) {
        if let notModified, let entityTag, let condition = request.ifNoneMatch, Representation.weaklyMatches(condition, entityTag) {
            return (notModified.status, notModified.bytes(id: id, date: date), nil)
        }
        if request.isHead { return (headOnly.status, headOnly.bytes(id: id, date: date), nil) }
        return (whole.status, whole.bytes(id: id, date: date), body)
    }
}

/// A document that is held in memory, in each of its codings.
struct PreparedDocument: Sendable {
    private let plain: PreparedAnswer
    private let gzip: PreparedAnswer?
    private let brotli: PreparedAnswer?

    /// - Parameters:
    ///   - endpoint: of the route; nil for the site's files.
    ///   - isImmutable: as in `SiteFile.response`.
    /// - Returns: nil for a document that is compressed for each request.
    init?(_ file: SiteFile, endpoint: String?, isImmutable: Bool = false, securityHeaders: SecurityHeaders) {
        guard !CompressedJSON.compresses(file) else { return nil }
        func prepared(_ variant: SiteFile.Variant, _ coding: ContentCoding?) -> PreparedAnswer {
            func response(_ headers: HTTPFields) -> Response {
                let codings: HTTPFields = [.acceptEncoding: coding?.rawValue ?? "identity"]
                let request = Request(
                    head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/", headerFields: codings + headers),
                    body: RequestBody(buffer: ByteBuffer()))
                var response = file.response(to: request, isImmutable: isImmutable)
                _ = CompressedJSON.isCompressible(&response)
                return response
            }
            return PreparedAnswer(
                response([:]), body: variant.bytes, notModified: response([.ifNoneMatch: variant.representation.entityTag]),
                endpoint: endpoint, securityHeaders: securityHeaders)
        }
        plain = prepared(file.plain, nil)
        gzip = file.gzip.map { prepared($0, .gzip) }
        brotli = file.brotli.map { prepared($0, .brotli) }
    }

    func answer(accepting codings: AcceptedCodings) -> PreparedAnswer {
        if codings.brotli, let brotli { return brotli }
        if codings.gzip, let gzip { return gzip }
        return plain
    }
}
