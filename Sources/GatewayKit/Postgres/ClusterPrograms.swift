/// Where the server's programs are, and how they are run: as the user postgres when this process is root's, which Postgres refuses.
internal import Foundation

/// What stops the embedded database from starting, in words for the owner.
public enum EmbeddedClusterError: Error, Equatable, CustomStringConvertible {
    /// No installed PostgreSQL server, or not of the version that made the data.
    case programsMissing(version: String?)
    /// This process is root's, and there is no user to run Postgres as.
    case userMissing
    /// A folder cannot be used; says which and why.
    case folder(String)
    /// A program of Postgres failed.
    case failed(program: String, output: String)

    public var description: String {
        switch self {
        case .programsMissing(nil):
            "no PostgreSQL server is installed: install the Debian package postgresql, or set DATABASE_URL to a database that runs"
        case .programsMissing(let version?):
            "the data was made by PostgreSQL \(version), which is not installed: install the Debian package postgresql-\(version)"
        case .userMissing: "Postgres does not run as root and there is no user postgres: the Debian package postgresql makes one"
        case .folder(let problem): problem
        case .failed(let program, let output): "\(program) failed: \(output)"
        }
    }
}

struct ClusterPrograms: Sendable, Equatable {
    /// The folder of `initdb` and `pg_ctl`.
    let folder: String

    /// Debian keeps them out of PATH, one folder for each version.
    ///
    /// - Parameter version: the major version that made the data; nil takes the newest.
    static func locate(
        version: String?, debianRoot: String = "/usr/lib/postgresql", path: String = ProcessInfo.processInfo.environment["PATH"] ?? ""
    ) throws(EmbeddedClusterError) -> ClusterPrograms {
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: debianRoot)) ?? [])
            .filter { version == nil || $0 == version }
            .sorted { ($0 as NSString).doubleValue > ($1 as NSString).doubleValue }
        let folders = versions.map { "\(debianRoot)/\($0)/bin" } + path.split(separator: ":").map(String.init)
        let found = folders.first { folder in
            ["initdb", "pg_ctl", "postgres"].allSatisfy { FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)") }
        }
        guard let found else { throw .programsMissing(version: version) }
        return ClusterPrograms(folder: found)
    }

    /// Runs a program of Postgres and waits for it.
    ///
    /// - Throws: `EmbeddedClusterError.failed` with what it printed, unless it exits with 0.
    func run(_ program: String, _ arguments: [String], as user: ClusterUser, in directory: String, data: String)
        async throws(EmbeddedClusterError)
    {
        try await Self.run([folder + "/" + program] + arguments, as: user, in: directory, environment: ["PGDATA": data])
    }

    static func run(
        _ command: [String], as user: ClusterUser, in directory: String, environment: [String: String] = [:]
    ) async throws(EmbeddedClusterError) {
        let name = ((command.first ?? "") as NSString).lastPathComponent
        let process = Process()
        // Through env, which searches PATH for setpriv and is where every system has it.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = user.prefix + command
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        // Nothing of ours: a PGPORT or PGOPTIONS of the owner's shell must not decide here.
        process.environment = environment.merging(["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"]) { own, _ in own }
        process.standardInput = FileHandle.nullDevice
        // A file, not a pipe: a pipe would not end while the server that pg_ctl leaves behind holds it.
        guard let output = tmpfile() else { throw .failed(program: name, output: "no temporary file") }
        defer { fclose(output) }
        let handle = FileHandle(fileDescriptor: fileno(output), closeOnDealloc: false)
        process.standardOutput = handle
        process.standardError = handle
        let isStarted = await withCheckedContinuation { continuation in
            process.terminationHandler = { _ in continuation.resume(returning: true) }
            do { try process.run() } catch {
                process.terminationHandler = nil
                continuation.resume(returning: false)
            }
        }
        guard isStarted, process.terminationReason == .exit, process.terminationStatus == 0 else {
            rewind(output)
            let text = (try? handle.read(upToCount: 16_384)).flatMap { $0 }.map { String(decoding: $0, as: UTF8.self) } ?? ""
            let lines = text.split(whereSeparator: \.isNewline).suffix(6)
            throw .failed(program: name, output: lines.isEmpty ? "exit code \(process.terminationStatus)" : lines.joined(separator: "; "))
        }
    }
}

/// Whom the server runs as.
struct ClusterUser: Sendable, Equatable {
    let id: uid_t
    let group: gid_t
    /// Before a command, to become this user.
    let prefix: [String]

    static func current() throws(EmbeddedClusterError) -> ClusterUser {
        guard geteuid() == 0 else { return ClusterUser(id: geteuid(), group: getegid(), prefix: []) }
        var entry = passwd()
        var buffer = [CChar](repeating: 0, count: 16_384)
        var found: UnsafeMutablePointer<passwd>?
        guard getpwnam_r("postgres", &entry, &buffer, buffer.count, &found) == 0, found != nil else { throw .userMissing }
        return ClusterUser(
            id: entry.pw_uid, group: entry.pw_gid, prefix: ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"])
    }
}
