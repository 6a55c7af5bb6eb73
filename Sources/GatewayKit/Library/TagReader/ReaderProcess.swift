/// One running tag reader (Sources/TagReader): paths go in, answers come out in the same order. A file that kills it or makes it hang
/// costs that file alone: the process is started again for the next ones.
internal import Foundation
internal import Glibc

/// For one thread at a time.
final class ReaderProcess {
    struct Request {
        /// Relative to the music folder.
        let path: MusicPath
        let withPicture: Bool
    }

    enum Answer {
        /// The picture is empty unless it was asked for and is there.
        case sound(FileTags, picture: [UInt8])
        case failure(String)
    }

    /// Until a file is answered. A disk that sleeps takes ten seconds to turn.
    static let patience: Duration = .seconds(30)
    /// A line has tags of at most half a megabyte; more is no answer of the reader's.
    private static let maximumLineBytes = 4 << 20
    static let maximumPictureBytes = 10 << 20
    /// Read ahead of the answers, so that the reader never waits. It gives answers together, so that after an accident nobody knows which
    /// of so many files it was: they are read again, one by one.
    private static let window = 32

    private let program: String
    private let root: String
    private let patience: Duration
    private var process: Running?
    /// Bytes that have come, of which those from `start` on belong to no answer yet.
    private var received: [UInt8] = []
    private var start = 0

    private struct Running {
        let id: pid_t
        /// The other end is its standard input and output. A socket, since a write to a pipe that the reader has left would end `dmp`, too
        /// (SIGPIPE, which a pipe can only be spared for the whole process).
        let socket: CInt
    }

    private enum Failure: Error {
        case ended(String)
    }

    /// - Parameter root: the music folder, without a slash at the end.
    init(program: String, root: String, patience: Duration = ReaderProcess.patience) {
        self.program = program
        self.root = root
        self.patience = patience
    }

    deinit { stop() }

    /// Blocks until every request is answered, or `isCancelled` says that nobody waits any more: then the rest is missing.
    ///
    /// - Throws: `IndexError.brokenReader` when the program does not even start.
    func read(_ requests: [Request], isCancelled: () -> Bool) throws(IndexError) -> [Answer] {
        var answers: [Answer] = []
        answers.reserveCapacity(requests.count)
        /// Up to here one by one.
        var suspects = 0
        while answers.count < requests.count, !isCancelled() {
            do throws(Failure) {
                try exchange(requests, &answers, suspects: suspects, isCancelled: isCancelled)
            } catch {
                guard !isCancelled() else { break }
                let wasFresh = process == nil
                let status = stop()
                if wasFresh { throw .brokenReader(path: program, reason: "it cannot be started") }
                // 127: as a shell says that a program, or a library that it needs, is not there.
                if status == 127 { throw .brokenReader(path: program, reason: "a library that it needs (libtag) is missing") }
                if answers.count < suspects || answers.count + 1 == requests.count {
                    if case .ended(let reason) = error { answers.append(.failure(reason)) }
                } else {
                    suspects = min(requests.count, answers.count + Self.window)
                }
            }
        }
        return answers
    }

    // MARK: Exchange

    private func exchange(
        _ requests: [Request], _ answers: inout [Answer], suspects: Int, isCancelled: () -> Bool
    ) throws(Failure) {
        if process == nil { process = try launch() }
        var sent = answers.count
        var unsent: [UInt8] = []
        var deadline = ContinuousClock.now + patience
        while answers.count < requests.count {
            while sent < requests.count, sent - answers.count < (answers.count < suspects ? 1 : Self.window), unsent.count < 16 << 10 {
                unsent.append(UInt8(ascii: requests[sent].withPicture ? "p" : "t"))
                unsent += root.utf8
                unsent.append(UInt8(ascii: "/"))
                unsent += requests[sent].path.text.utf8
                unsent.append(0)
                sent += 1
            }
            guard !isCancelled() else { throw .ended("stopped") }
            try transfer(&unsent)
            while answers.count < requests.count, let answer = try takeAnswer(requests[answers.count]) {
                answers.append(answer)
                deadline = ContinuousClock.now + patience
            }
            guard ContinuousClock.now < deadline else {
                throw .ended("reading it took too long")
            }
        }
    }

    /// Waits until the reader takes or gives something, and moves as much as it does.
    private func transfer(_ unsent: inout [UInt8]) throws(Failure) {
        guard let running = process else { throw .ended("it was stopped") }
        var ready = pollfd(fd: running.socket, events: Int16(unsent.isEmpty ? POLLIN : POLLIN | POLLOUT), revents: 0)
        guard poll(&ready, 1, 200) > 0 else { return }
        if ready.revents & Int16(POLLOUT) != 0 {
            let count = unsent.withUnsafeBytes { send(running.socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            if count > 0 { unsent.removeFirst(count) }
        }
        guard ready.revents & ~Int16(POLLOUT) != 0 else { return }
        received.removeFirst(start)
        start = 0
        let count = withUnsafeTemporaryAllocation(byteCount: 128 << 10, alignment: 1) { buffer in
            let count = Glibc.read(running.socket, buffer.baseAddress, buffer.count)
            if count > 0 { received.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
            return count
        }
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) {
            throw .ended("reading it ended the tag reader: the file is damaged")
        }
    }

    /// The next answer when it is here in full.
    private func takeAnswer(_ request: Request) throws(Failure) -> Answer? {
        guard let end = received[start...].firstIndex(of: UInt8(ascii: "\n")) else {
            guard received.count - start <= Self.maximumLineBytes else { throw .ended("the tag reader's answer is too long") }
            return nil
        }
        let line = start..<end
        guard let answer = received.withUnsafeBytes({ ReaderAnswer(UnsafeRawBufferPointer(rebasing: $0[line])) }) else {
            throw .ended("the tag reader's answer is not understood")
        }
        switch answer {
        case .failure(let reason):
            start = end + 1
            return .failure(reason)
        case .sound(let tags):
            let pictureBytes = request.withPicture ? tags.pictureBytes : 0
            guard pictureBytes <= Self.maximumPictureBytes else { throw .ended("the tag reader's answer is too long") }
            let picture = received[(end + 1)...].prefix(pictureBytes)
            guard picture.count == pictureBytes else { return nil }
            start = picture.endIndex
            return .sound(tags, picture: Array(picture))
        }
    }

    // MARK: Process

    private func launch() throws(Failure) -> Running {
        var ends: [CInt] = [0, 0]
        // Closed in every program that other threads start, or the end of this reader would not be seen.
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else { throw .ended("no socket") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: Ctrl-C is for `dmp`, which then ends its readers. Signals that `dmp` ignores are the reader's again.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGINT, SIGTERM, SIGPIPE, SIGHUP] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        var id: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(program), nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("LANG=C.UTF-8"), nil]
        defer { for text in arguments + environment { free(text) } }
        let problem = posix_spawn(&id, program, &actions, &attributes, &arguments, &environment)
        close(ends[1])
        guard problem == 0 else {
            close(ends[0])
            throw .ended(String(cString: strerror(problem)))
        }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        return Running(id: id, socket: ends[0])
    }

    /// - Returns: the exit status, when it has ended by itself.
    @discardableResult
    private func stop() -> CInt? {
        guard let running = process else { return nil }
        process = nil
        received = []
        start = 0
        close(running.socket)
        var status: CInt = 0
        // It has ended, or it hangs; one that waits for paths need not be asked either.
        if waitpid(running.id, &status, WNOHANG) != running.id {
            kill(running.id, SIGKILL)
            waitpid(running.id, &status, 0)
        }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : nil
    }
}
