/// A file that is open for reading and certainly lies below a directory: music and pictures, whose paths stand in a database or a URL.
import Glibc
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix

/// Owns a file descriptor. Reading at an offset keeps no state, so any thread may do it.
public final class ConfinedFile: Sendable {
    /// Bytes that are read and on their way at a time; a slow client holds no more.
    private static let chunkBytes = 128 << 10

    private let descriptor: CInt
    public let representation: Representation

    /// Blocks: call it on a thread that may.
    ///
    /// The descriptor is checked, not the path: what the kernel says it has opened must be a regular file below the directory, so
    /// neither `..` nor a symbolic link that leads out, nor one that is swapped in the meantime, gets past.
    /// - Parameter path: relative to the directory.
    public init?(path: String, below directory: String, contentType: String) {
        guard !path.isEmpty, !path.utf8.contains(0), let root = Self.resolved(directory) else { return nil }
        // Without O_NONBLOCK the opening of a pipe would wait for a writer.
        let descriptor = open(root + "/" + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let real = Self.resolved("/proc/self/fd/\(descriptor)"), real.hasPrefix(root == "/" ? "/" : root + "/")
        else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        let modified =
            UInt64(bitPattern: Int64(status.st_mtim.tv_sec)) &* 1_000_000_000 &+ UInt64(bitPattern: Int64(status.st_mtim.tv_nsec))
        representation = Representation(
            entityTag: "\"\(String(status.st_size, radix: 16))-\(String(modified, radix: 16))\"", contentType: contentType,
            length: Int(status.st_size))
    }

    deinit { close(descriptor) }

    public enum ReadError: Error {
        /// The file has become shorter than it was when it was opened.
        case truncated
        case system(CInt)
    }

    /// Blocks. At least one byte, at most `count`.
    public func read(at offset: Int, count: Int) throws(ReadError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        let descriptor = descriptor
        let result = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { memory in
            max(0, pread(descriptor, memory.baseAddress, min(count, memory.count), off_t(offset)))
        }
        guard result > 0 else { throw errno == 0 ? .truncated : .system(errno) }
        return buffer
    }

    /// The answer to a GET or HEAD request: conditional requests and ranges as `Representation` says, the bytes in chunks, each read
    /// when the client has taken the one before.
    public func response(to request: Request, cacheControl: String) -> Response {
        let selection = representation.selection(for: request.headers)
        var (status, headers) = representation.head(for: selection)
        headers[.cacheControl] = cacheControl
        let range: ClosedRange<Int>
        switch selection {
        case .whole where representation.length > 0: range = 0...representation.length - 1
        case .part(let part): range = part
        default: return Response(status: status, headers: headers)
        }
        guard request.method == .get else { return Response(status: status, headers: headers) }
        return Response(status: status, headers: headers, body: body(range))
    }

    private func body(_ range: ClosedRange<Int>) -> ResponseBody {
        ResponseBody(contentLength: range.count) { writer in
            var offset = range.lowerBound
            while offset <= range.upperBound {
                let wanted = min(Self.chunkBytes, range.upperBound - offset + 1)
                let at = offset
                let bytes = try await NIOThreadPool.singleton.runIfActive { try self.read(at: at, count: wanted) }
                try await writer.write(bytes)
                offset += bytes.readableBytes
            }
            try await writer.finish(nil)
        }
    }

    private static func resolved(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }
}
