import Foundation
import GatewayAPI

/// One file of the site in memory: as it is, and compressed where that makes it smaller, each with its own strong validator.
#if BROTLI
    internal import CBrotli
#endif

struct SiteFile: Sendable {
    struct Variant: Sendable {
        let representation: Representation
        let bytes: ByteBuffer
    }

    let plain: Variant
    let gzip: Variant?
    let brotli: Variant?

    init(_ bytes: ByteBuffer, contentType: String) {
        let tag = Self.hash(bytes)
        func variant(_ bytes: ByteBuffer, _ suffix: String) -> Variant {
            // The codings of one file are different representations (RFC 9110 §8.8.3.3).
            Variant(
                representation: Representation(entityTag: "\"\(tag)\(suffix)\"", contentType: contentType, length: bytes.readableBytes),
                bytes: bytes)
        }
        plain = variant(bytes, "")
        guard Self.gainsByCompression(contentType) else {
            (gzip, brotli) = (nil, nil)
            return
        }
        let smaller = { (compressed: ByteBuffer) in compressed.readableBytes < bytes.readableBytes ? compressed : nil }
        gzip = Gzip.compress(bytes, level: 9).flatMap(smaller).map { variant($0, "-gz") }
        brotli = Brotli.compress(bytes).flatMap(smaller).map { variant($0, "-br") }
    }

    /// What a client gets that accepts `codings` (the lines of `Accept-Encoding`).
    func variant(accepting codings: [String]) -> (variant: Variant, coding: ContentCoding?) {
        let accepted = AcceptedCodings(codings)
        if let brotli, accepted.brotli { return (brotli, .brotli) }
        if let gzip, accepted.gzip { return (gzip, .gzip) }
        return (plain, nil)
    }

    var isCompressed: Bool { gzip != nil || brotli != nil }

    /// The answer to a GET or HEAD request: conditional requests, ranges and codings.
    ///
    /// - Parameters:
    ///   - status: other than 200 for a page that says what went wrong.
    ///   - isImmutable: for a path that changes with its content.
    func response(to request: Request, status: HTTPResponse.Status = .ok, isImmutable: Bool = false) -> Response {
        // A range is one of the file itself: of what a client has saved and wants the rest of.
        let wantsRange = request.headers[.range] != nil && status == .ok
        let (variant, coding) = wantsRange ? (plain, nil) : self.variant(accepting: request.headers[values: .acceptEncoding])
        let selection = status == .ok ? variant.representation.selection(for: request.headers) : .whole
        var (statusOfSelection, headers) = variant.representation.head(for: selection)
        headers[.cacheControl] = isImmutable ? "public, max-age=31536000, immutable" : "no-cache"
        if isCompressed { headers[.vary] = "accept-encoding" }
        if let coding, selection != .notModified { headers[.contentEncoding] = coding.rawValue }
        let bytes: ByteBuffer? =
            switch selection {
            case .whole: variant.bytes
            case .part(let range): variant.bytes.getSlice(at: variant.bytes.readerIndex + range.lowerBound, length: range.count)
            case .notModified, .unsatisfiable: nil
            }
        let body = request.method == .head ? nil : bytes
        if status != .ok { statusOfSelection = status }
        return Response(status: statusOfSelection, headers: headers, body: body.map { ResponseBody(byteBuffer: $0) } ?? ResponseBody())
    }

    private static func gainsByCompression(_ contentType: String) -> Bool {
        contentType.hasPrefix("text/") || ["json", "xml", "wasm"].contains { contentType.split(separator: ";")[0].hasSuffix($0) }
    }

    /// FNV-1a of 64 bits and the length: told apart is what an owner edits, not what an attacker makes.
    private static func hash(_ bytes: ByteBuffer) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes.readableBytesView { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 36) + "-" + String(bytes.readableBytes, radix: 36)
    }
}

private enum Brotli {
    /// Quality 11 saves a twentieth more and takes ten times as long.
    private static let quality: CInt = 9

    /// - Returns: nil where the kit was built without brotli.
    static func compress(_ bytes: ByteBuffer) -> ByteBuffer? {
        #if BROTLI
            var length = BrotliEncoderMaxCompressedSize(bytes.readableBytes)
            guard length > 0 else { return nil }
            var result = ByteBufferAllocator().buffer(capacity: length)
            let isDone = bytes.withUnsafeReadableBytes { source -> Bool in
                var status = BROTLI_FALSE
                result.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
                    status = BrotliEncoderCompress(
                        quality, window(bytes: source.count), BROTLI_MODE_TEXT, source.count,
                        source.bindMemory(to: UInt8.self).baseAddress, &length, target.bindMemory(to: UInt8.self).baseAddress)
                    return status == BROTLI_TRUE ? length : 0
                }
                return status == BROTLI_TRUE
            }
            return isDone ? result : nil
        #else
            return nil
        #endif
    }

    #if BROTLI
        /// The least window, as a power of two, that holds all of a file (RFC 7932 §9.1: 10 to 24, and 16 bytes less than the power). The
        /// encoder clears its tables in the size of its window, for each file: at the default of 22 that is nine tenths of the time.
        private static func window(bytes: Int) -> CInt {
            let bits = Int.bitWidth - (bytes + 16).leadingZeroBitCount
            return CInt(min(max(bits, Int(BROTLI_MIN_WINDOW_BITS)), Int(BROTLI_DEFAULT_WINDOW)))
        }
    #endif
}
