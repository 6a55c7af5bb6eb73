/// An advisory lock on a file (flock(2)): the kernel lets go of it when its process ends, however that happens.
internal import Glibc

final class FileLock {
    enum Mode {
        case shared, exclusive
    }

    private let descriptor: Int32

    /// - Returns: nil when another holder is in the way.
    /// - Throws: `EmbeddedClusterError` when the file cannot be opened.
    init?(path: String, mode: Mode) throws(EmbeddedClusterError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .folder("cannot open \(path): \(String(cString: strerror(errno)))") }
        guard flock(descriptor, (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit {
        // Closing alone would leave it locked while a program that is being started has a copy of the descriptor, from fork to exec.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Waits for the lock, asking ten times a second.
    static func wait(path: String, mode: Mode, atMost limit: Duration) async throws(EmbeddedClusterError) -> FileLock {
        let deadline = ContinuousClock.now + limit
        while true {
            if let lock = try FileLock(path: path, mode: mode) { return lock }
            guard ContinuousClock.now < deadline, (try? await Task.sleep(for: .milliseconds(100))) != nil else {
                throw .folder("another process holds \(path)")
            }
        }
    }
}
