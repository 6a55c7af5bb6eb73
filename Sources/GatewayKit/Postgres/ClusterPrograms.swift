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
        // A file, not a pipe: a pipe would not end while the server that pg_ctl leaves behind holds it.
        guard let output = tmpfile() else { throw .failed(program: name, output: "no temporary file") }
        defer { fclose(output) }
        // Nothing of ours: a PGPORT or PGOPTIONS of the owner's shell must not decide here. env searches PATH for setpriv.
        let environment = environment.merging(["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"]) { own, _ in own }
        let process = try spawn(
            ["/usr/bin/env", "--chdir=" + directory] + user.prefix + command, environment: environment, output: fileno(output))
        // Waiting for a process blocks; it happens a few times in a server's life.
        let status = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var status: Int32 = 0
                while waitpid(process, &status, 0) == -1, errno == EINTR {}
                continuation.resume(returning: status)
            }
        }
        guard status != 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = pread(fileno(output), &buffer, buffer.count, 0)
        let lines = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(whereSeparator: \.isNewline).suffix(6)
        throw .failed(program: name, output: lines.isEmpty ? "status \(status)" : lines.joined(separator: "; "))
    }

    /// Starts a process that has nothing of this one's but its output: no descriptors, since a server that outlives us would keep our ports,
    /// not its process group, whose Ctrl-C is not for it, and no signal settings.
    ///
    /// Foundation's `Process` will not do: it takes a program for running as long as a child of that program is.
    private static func spawn(
        _ command: [String], environment: [String: String], output: Int32
    ) throws(EmbeddedClusterError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        // glibc ignores it when one of these is closed by then.
        for descriptor in ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).compactMap({ Int32($0) })
        where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var process: pid_t = 0
        let problem = withCStrings(command) { arguments in
            withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
                posix_spawn(&process, command[0], &actions, &attributes, mutable(arguments), mutable(environment))
            }
        }
        guard problem == 0 else { throw .failed(program: command[0], output: String(cString: strerror(problem))) }
        return process
    }

    /// C declares the strings of `posix_spawn` without const for historical reasons; they are not written to.
    private static func mutable(_ strings: UnsafePointer<UnsafePointer<CChar>?>) -> UnsafePointer<UnsafeMutablePointer<CChar>?> {
        UnsafeRawPointer(strings).assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
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
