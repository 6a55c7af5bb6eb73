/// Bytes in and out of files and pipes, a piece at a time. Reading and writing block.
internal import Glibc
internal import Synchronization

protocol ByteSource {
    /// At least one byte and at most `count`; none at the end.
    func read(atMost count: Int) throws -> [UInt8]
}

protocol ByteSink {
    func write(_ bytes: UnsafeRawBufferPointer) throws
}

extension ByteSink {
    func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }
}

/// Set from another thread; looked at between two pieces.
final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    func set() { flag.store(true, ordering: .relaxed) }

    func check() throws {
        if flag.load(ordering: .relaxed) { throw TransferError.stopped }
    }
}

/// An open file or a pipe. Counts the bytes that pass.
final class OpenFile: ByteSource, ByteSink {
    let path: String
    private let descriptor: CInt
    private let isOwned: Bool
    private let stop: StopFlag
    private(set) var byteCount = 0

    /// - Parameter flags: as of open(2).
    init(_ path: String, flags: CInt, stop: StopFlag) throws {
        descriptor = open(path, flags | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw TransferError.file(path: path, errno: errno) }
        self.path = path
        self.stop = stop
        isOwned = true
    }

    /// Standard input or output, which stays open.
    init(standard descriptor: CInt, named name: String, stop: StopFlag) {
        path = name
        self.descriptor = descriptor
        self.stop = stop
        isOwned = false
    }

    deinit { if isOwned { close(descriptor) } }

    func read(atMost count: Int) throws -> [UInt8] {
        try wait(for: POLLIN)
        var failure: CInt = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { memory, used in
            let result = Glibc.read(descriptor, memory.baseAddress, count)
            if result < 0 { failure = errno }
            used = max(0, result)
        }
        guard failure == 0 else { throw TransferError.file(path: path, errno: failure) }
        byteCount += bytes.count
        return bytes
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try wait(for: POLLOUT)
            // A pipe that is ready takes PIPE_BUF bytes without blocking; more may block until the reader goes on, or has gone.
            let result = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            guard result >= 0 else {
                if errno == EINTR || errno == EAGAIN { continue }
                throw TransferError.file(path: path, errno: errno)
            }
            byteCount += result
            rest = rest.dropFirst(result)
        }
    }

    /// Until what was written is on the disk.
    func synchronize() throws {
        guard fsync(descriptor) == 0 else { throw TransferError.file(path: path, errno: errno) }
    }

    /// A pipe's other end may be slow: looks now and then whether to go on.
    private func wait(for event: Int32) throws {
        while true {
            try stop.check()
            var state = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            let result = poll(&state, 1, 200)
            if result > 0 { return }
            guard result == 0 || errno == EINTR else { throw TransferError.file(path: path, errno: errno) }
        }
    }
}
