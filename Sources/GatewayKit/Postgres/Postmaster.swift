/// What a data folder's `postmaster.pid` says about the server that runs on it, checked against the process list.
internal import Foundation

struct Postmaster: Equatable {
    let processID: pid_t
    let socketDirectory: String
    let port: Int
    /// Accepts connections, as far as the file tells.
    let isReady: Bool

    enum State: Equatable {
        /// No server, and nothing that would keep one from starting: Postgres itself removes the file of a dead one.
        case stopped
        case running(Postmaster)
        /// The file names a process that has nothing to do with this data: the server was killed, and its number was given away.
        case misleadingFile
    }

    /// The lines of the file, in this order: process, data folder, start time, port, first socket folder, first TCP address,
    /// shared memory, status.
    static func state(dataDirectory: String) -> State {
        guard let text = try? String(contentsOfFile: dataDirectory + "/postmaster.pid", encoding: .utf8) else { return .stopped }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let processID = lines.first.flatMap({ pid_t($0) }), processID > 0 else { return .stopped }
        guard kill(processID, 0) == 0 || errno == EPERM else { return .stopped }
        // A server's working folder is its data.
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(processID)/cwd")
        guard let link, let resolved = realpath(dataDirectory, nil) else { return .misleadingFile }
        defer { free(resolved) }
        guard link == String(cString: resolved) else { return .misleadingFile }
        func line(_ number: Int) -> String {
            lines.indices.contains(number) ? lines[number].trimmingCharacters(in: .whitespaces) : ""
        }
        return .running(
            Postmaster(processID: processID, socketDirectory: line(4), port: Int(line(3)) ?? 0, isReady: line(7) == "ready"))
    }
}
