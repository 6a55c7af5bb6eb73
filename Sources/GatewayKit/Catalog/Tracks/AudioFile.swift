/// A music file that is open for reading and certainly lies below the music directory.
import GatewayAPI
import Glibc

/// Owns a file descriptor. Reading at an offset keeps no state, so any thread may do it.
final class AudioFile: Sendable {
    private let descriptor: CInt
    let representation: Representation

    /// Blocks: call it on a thread that may.
    ///
    /// The descriptor is checked, not the path: what the kernel says it has opened must be a regular file below the directory, so
    /// neither `..` nor a symbolic link that leads out, nor one that is swapped in the meantime, gets past.
    /// - Parameters:
    ///   - path: as the database has it, relative to the directory.
    ///   - directory: `MUSIC_DIR`.
    init?(path: String, below directory: String) {
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
            entityTag: "\"\(String(status.st_size, radix: 16))-\(String(modified, radix: 16))\"",
            contentType: Self.contentType(of: path), length: Int(status.st_size))
    }

    deinit { close(descriptor) }

    enum ReadError: Error {
        /// The file has become shorter than it was when it was opened.
        case truncated
        case system(CInt)
    }

    /// Blocks. At least one byte, at most `count`.
    func read(at offset: Int, count: Int) throws(ReadError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        let descriptor = descriptor
        let result = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { memory in
            max(0, pread(descriptor, memory.baseAddress, min(count, memory.count), off_t(offset)))
        }
        guard result > 0 else { throw errno == 0 ? .truncated : .system(errno) }
        return buffer
    }

    private static func resolved(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }

    /// By extension, as players expect it; an `.opus` file is Ogg (RFC 7845 §9).
    static func contentType(of path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        let fileExtension = name.split(separator: ".", omittingEmptySubsequences: false).dropFirst().last?.lowercased() ?? ""
        return contentTypes[fileExtension] ?? "audio/mpeg"
    }

    private static let contentTypes = [
        "mp3": "audio/mpeg", "flac": "audio/flac", "m4a": "audio/mp4", "aac": "audio/aac", "ogg": "audio/ogg", "opus": "audio/ogg",
        "wav": "audio/wav",
    ]
}
