/// Content codings (RFC 9110 §8.4.1): which ones a client takes, and gzip (RFC 1952) through zlib.
internal import CZlib
import GatewayAPI

enum ContentCoding: String, Sendable {
    case gzip
    case brotli = "br"

    /// - Parameter lines: of the request's `Accept-Encoding` (RFC 9110 §12.5.3). Malformed weights count as 0.
    func isAccepted(by lines: [String]) -> Bool {
        var wildcard = false
        for line in lines {
            for entry in line.split(separator: ",") {
                let parts = entry.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
                guard let name = parts.first else { continue }
                let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
                if name == rawValue { return weight > 0 }
                if name == "*" { wildcard = weight > 0 }
            }
        }
        return wildcard
    }
}

/// Those of our codings that a client takes.
struct AcceptedCodings {
    let gzip: Bool
    let brotli: Bool

    /// - Parameter lines: as in `ContentCoding.isAccepted`.
    init(_ lines: [String]) {
        gzip = ContentCoding.gzip.isAccepted(by: lines)
        brotli = ContentCoding.brotli.isAccepted(by: lines)
    }
}

enum Gzip {
    /// - Parameter level: 1 (fast) to 9 (small).
    /// - Returns: nil when zlib has no memory.
    static func compress(_ bytes: ByteBuffer, level: CInt) -> ByteBuffer? {
        var stream = z_stream()
        let gzipWindow: CInt = 15 + 16
        guard
            deflateInit2_(
                &stream, level, Z_DEFLATED, gzipWindow, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.readableBytes)))
        var result = ByteBufferAllocator().buffer(capacity: bound)
        let status = bytes.withUnsafeReadableBytes { source -> CInt in
            // zlib does not write to its input; the C declaration lacks the const.
            stream.next_in = UnsafeMutablePointer(mutating: source.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(clamping: source.count)
            var status = Z_STREAM_ERROR
            result.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { target in
                stream.next_out = target.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = UInt32(clamping: target.count)
                status = deflate(&stream, Z_FINISH)
                return Int(stream.total_out)
            }
            return status
        }
        return status == Z_STREAM_END ? result : nil
    }
}
