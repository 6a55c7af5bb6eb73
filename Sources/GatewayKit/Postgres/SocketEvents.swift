/// When a connection's socket can be read or written, without a thread that waits. Used by `PostgresConnection`.
internal import Dispatch
internal import Glibc

/// Readiness of one socket for the life of a connection. Not Sendable: used on `queue` only.
final class SocketEvents {
    private let readSource: any DispatchSourceRead
    private let writeSource: any DispatchSourceWrite
    private var isWriting = false

    /// - Parameters:
    ///   - owner: kept alive until both sources have ended, since it owns the descriptor that they watch.
    ///   - onReadable: has to read until nothing is left (`isReadable`). Dispatch tells of a connection's end once (it stops watching a
    ///     descriptor at EPOLLHUP), and together with the last bytes when they come at the same time.
    init(
        socket: Int32, queue: DispatchQueue, owner: ConnectionHandle, onReadable: @escaping @Sendable () -> Void,
        onWritable: @escaping @Sendable () -> Void
    ) {
        readSource = DispatchSource.makeReadSource(fileDescriptor: socket, queue: queue)
        writeSource = DispatchSource.makeWriteSource(fileDescriptor: socket, queue: queue)
        readSource.setEventHandler(handler: onReadable)
        writeSource.setEventHandler(handler: onWritable)
        readSource.setCancelHandler { withExtendedLifetime(owner) {} }
        writeSource.setCancelHandler { withExtendedLifetime(owner) {} }
        readSource.resume()
    }

    /// Whether `onWritable` is wanted: only while libpq holds bytes that the socket did not take, since a socket is writable nearly always.
    func setWriting(_ wanted: Bool) {
        guard wanted != isWriting else { return }
        isWriting = wanted
        if wanted { writeSource.resume() } else { writeSource.suspend() }
    }

    func cancel() {
        readSource.cancel()
        writeSource.cancel()
        // A suspended source would never end.
        setWriting(true)
    }

    /// Whether there are bytes, or the connection's end, to be read from `socket` now.
    static func isReadable(_ socket: Int32) -> Bool {
        var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) > 0
    }

    enum Readiness {
        case readable, writable
    }

    /// Waits once, and returns after the source has let go of the descriptor: while connecting, libpq may close it and go on with another.
    ///
    /// - Returns: false when the deadline came first or the task was cancelled.
    static func wait(
        for readiness: Readiness, socket: Int32, queue: DispatchQueue, until deadline: ContinuousClock.Instant
    ) async -> Bool {
        // Dispatch's objects may be used from any thread; only their Swift types do not say so.
        nonisolated(unsafe) let source: any DispatchSourceProtocol =
            switch readiness {
            case .readable: DispatchSource.makeReadSource(fileDescriptor: socket, queue: queue)
            case .writable: DispatchSource.makeWriteSource(fileDescriptor: socket, queue: queue)
            }
        let left = ContinuousClock.now.duration(to: deadline)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                source.setEventHandler { source.cancel() }
                source.setCancelHandler { continuation.resume() }
                source.resume()
                queue.asyncAfter(deadline: .now() + left.timeInterval) { source.cancel() }
            }
        } onCancel: {
            source.cancel()
        }
        return ContinuousClock.now < deadline && !Task.isCancelled
    }
}

extension Duration {
    /// In seconds, as Dispatch counts.
    var timeInterval: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
