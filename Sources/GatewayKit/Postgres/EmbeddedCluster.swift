/// The database that DMP brings itself when there is no `DATABASE_URL`: a private Postgres cluster in the data folder, behind a unix socket
/// that only this user (and root) can reach, never a TCP port.
///
/// Several servers of one owner may share a data folder: the first starts the database, the others adopt it, and the last to leave stops it.
/// A server that is killed leaves the database running; the next one adopts that, too. Who uses it is known by locks, which the kernel
/// lets go of when a process ends.
internal import Foundation
public import Logging

public actor EmbeddedCluster {
    private let directory: String
    private let logger: Logger
    private var usersLock: FileLock?

    private var dataDirectory: String { directory + "/data" }
    private static let user = "dmp"
    private static let port = 5432

    /// - Parameter dataDirectory: `DMP_DATA_DIR`; the cluster lives in its subfolder `postgres`. Made when missing.
    public init(dataDirectory: String, logger: Logger) {
        directory = URL(fileURLWithPath: dataDirectory).standardizedFileURL.path + "/postgres"
        self.logger = logger
    }

    /// `DMP_DATA_DIR` when it is not set: the XDG data folder; for root `/var/lib/dmp`, since Postgres runs as another user, who cannot enter
    /// root's home (XDG Base Directory Specification).
    public static func defaultDataDirectory(environment: [String: String]) -> String {
        defaultDataDirectory(environment: environment, isRoot: geteuid() == 0)
    }

    static func defaultDataDirectory(environment: [String: String], isRoot: Bool) -> String {
        if isRoot { return "/var/lib/dmp" }
        // A relative path there is invalid and to be ignored.
        if let folder = environment["XDG_DATA_HOME"], folder.hasPrefix("/") { return folder + "/dmp" }
        return (environment["HOME"] ?? "") + "/.local/share/dmp"
    }

    // MARK: Life

    /// Starts the database, or adopts one that runs on this data already; makes the cluster the first time.
    ///
    /// - Returns: where to connect to.
    /// - Throws: `EmbeddedClusterError` in words for the owner.
    public func start() async throws(EmbeddedClusterError) -> DatabaseURL {
        let user = try ClusterUser.current()
        try await prepareFolder(for: user)
        let startLock = try await FileLock.wait(path: directory + "/start.lock", mode: .exclusive, atMost: .seconds(120))
        defer { withExtendedLifetime(startLock) {} }
        if usersLock == nil {
            usersLock = try await FileLock.wait(path: directory + "/users.lock", mode: .shared, atMost: .seconds(10))
        }
        let postmaster = try await runningPostmaster(as: user)
        return DatabaseURL(socketDirectory: postmaster.socketDirectory, port: postmaster.port, user: Self.user, database: "postgres")
    }

    /// Starts the database again whenever its server is gone, until the task is cancelled; then stops it as `stop()` does.
    public func run() async {
        var backOff = BackOff()
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            guard case .running = Postmaster.state(dataDirectory: dataDirectory) else {
                logger.warning("database server is gone, starting it again")
                do throws(EmbeddedClusterError) {
                    _ = try await start()
                    backOff = BackOff()
                } catch {
                    logger.error("database server does not start", metadata: ["reason": "\(error)"])
                    try? await Task.sleep(for: backOff.next())
                }
                continue
            }
        }
        // A task of its own, since what is cancelled cannot wait.
        await Task { await stop() }.value
    }

    /// Stops the database, unless another server still uses it. Connections are ended, and nothing is lost.
    public func stop() async {
        guard usersLock != nil else { return }
        do throws(EmbeddedClusterError) {
            let startLock = try await FileLock.wait(path: directory + "/start.lock", mode: .exclusive, atMost: .seconds(60))
            defer { withExtendedLifetime(startLock) {} }
            usersLock = nil
            guard try FileLock(path: directory + "/users.lock", mode: .exclusive) != nil else {
                logger.info("database left running for another server")
                return
            }
            guard case .running(let postmaster) = Postmaster.state(dataDirectory: dataDirectory) else { return }
            let user = try ClusterUser.current()
            try await programs().run("pg_ctl", ["stop", "-m", "fast", "-w", "-t", "30"], as: user, in: directory, data: dataDirectory)
            rmdir(postmaster.socketDirectory)  // it may lie in /tmp
            logger.info("database stopped")
        } catch {
            logger.error("database did not stop", metadata: ["reason": "\(error)"])
        }
    }

    // MARK: Starting

    /// Under the start lock.
    private func runningPostmaster(as user: ClusterUser) async throws(EmbeddedClusterError) -> Postmaster {
        let deadline = ContinuousClock.now + .seconds(15)
        while true {
            switch Postmaster.state(dataDirectory: dataDirectory) {
            case .running(let postmaster) where postmaster.isReady:
                logger.info("database ready", metadata: ["pid": "\(postmaster.processID)", "folder": "\(dataDirectory)"])
                return postmaster
            case .running:
                // Left behind while it was starting or stopping.
                guard ContinuousClock.now < deadline + .seconds(120) else {
                    throw .folder("the server on \(dataDirectory) does not become ready")
                }
            case .misleadingFile:
                try remove(dataDirectory + "/postmaster.pid")
                continue
            case .stopped:
                if !FileManager.default.fileExists(atPath: dataDirectory) { try await initialize(as: user) }
                do throws(EmbeddedClusterError) {
                    try await launch(as: user)
                    continue
                } catch {
                    // Processes of a server that was killed take a moment to notice it, and hold its shared memory until then.
                    guard ContinuousClock.now < deadline else { throw withLog(error) }
                }
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    private func launch(as user: ClusterUser) async throws(EmbeddedClusterError) {
        let socketDirectory = try socketDirectory(for: user)
        let log = directory + "/postgres.log"
        // One earlier log is kept, so that restarts do not fill the disk.
        if FileManager.default.fileExists(atPath: log) {
            try? FileManager.default.removeItem(atPath: log + ".1")
            try? FileManager.default.moveItem(atPath: log, toPath: log + ".1")
        }
        // A list of folders in double quotes, for Postgres; all of it in single quotes, for the shell that pg_ctl starts.
        let folders = "\"" + socketDirectory.replacing("\"", with: "\"\"") + "\""
        let options = "-p \(Self.port) -c " + "unix_socket_directories=\(folders)".shellQuoted
        try await programs().run(
            "pg_ctl", ["start", "-w", "-t", "120", "-l", "postgres.log", "-o", options], as: user, in: directory, data: dataDirectory)
    }

    /// Makes the cluster under another name first: a half-made one is never taken for a whole one.
    private func initialize(as user: ClusterUser) async throws(EmbeddedClusterError) {
        logger.info("making the database", metadata: ["folder": "\(dataDirectory)"])
        let unfinished = directory + "/data.unfinished"
        try remove(unfinished)
        // Anyone who can reach the socket is trusted: its folder lets in this user and root only.
        try await programs().run(
            "initdb", ["--username", Self.user, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8"], as: user, in: directory,
            data: unfinished)
        let settings = """

            # Written by dmp when it made this cluster.
            listen_addresses = ''
            unix_socket_permissions = 0700
            max_connections = 100
            shared_buffers = 64MB
            timezone = 'UTC'
            log_timezone = 'UTC'
            jit = off

            """
        guard let file = FileHandle(forWritingAtPath: unfinished + "/postgresql.conf") else {
            throw .folder("cannot write \(unfinished)/postgresql.conf")
        }
        do {
            try file.seekToEnd()
            try file.write(contentsOf: Data(settings.utf8))
            try file.close()
            try FileManager.default.moveItem(atPath: unfinished, toPath: dataDirectory)
        } catch {
            throw .folder("cannot write to \(unfinished): \(error.localizedDescription)")
        }
    }

    private func programs() throws(EmbeddedClusterError) -> ClusterPrograms {
        let version = try? String(contentsOfFile: dataDirectory + "/PG_VERSION", encoding: .utf8)
        return try ClusterPrograms.locate(version: version?.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Adds the end of the server's own log, which says why it did not start.
    private func withLog(_ error: EmbeddedClusterError) -> EmbeddedClusterError {
        guard case .failed(let program, let output) = error,
            let log = try? String(contentsOfFile: directory + "/postgres.log", encoding: .utf8)
        else { return error }
        let lines = log.split(whereSeparator: \.isNewline).suffix(4).joined(separator: "; ")
        return .failed(program: program, output: "\(output); \(lines)")
    }

    // MARK: Folders

    private func prepareFolder(for user: ClusterUser) async throws(EmbeddedClusterError) {
        do {
            // For everyone: with root, Postgres' user has to get through it.
            let parent = (directory as NSString).deletingLastPathComponent
            if !FileManager.default.fileExists(atPath: parent) {
                try FileManager.default.createDirectory(
                    atPath: parent, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            }
        } catch {
            throw .folder("cannot make \(directory): \(error.localizedDescription)")
        }
        try makePrivateFolder(directory, for: user)
        guard !user.prefix.isEmpty else { return }
        do throws(EmbeddedClusterError) {
            try await ClusterPrograms.run(["test", "-w", directory], as: user, in: "/")
        } catch {
            throw .folder(
                "Postgres runs as the user postgres, who cannot enter \(directory): set DMP_DATA_DIR to a folder that others may pass through, such as /var/lib/dmp"
            )
        }
    }

    /// Where the socket is. Its path has 107 bytes in the kernel's address (unix(7)), and libpq takes a comma for the end of one host:
    /// with a data folder that does not fit, it goes to `/tmp`.
    private func socketDirectory(for user: ClusterUser) throws(EmbeddedClusterError) -> String {
        var folder = directory + "/socket"
        if "\(folder)/.s.PGSQL.\(Self.port)".utf8.count > 107 || folder.contains(",") {
            folder =
                "/tmp/dmp-\(user.id)-"
                + String(directory.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }, radix: 16)
        }
        try makePrivateFolder(folder, for: user)
        return folder
    }

    /// A folder that is `user`'s and nobody else's. One that someone else has put there is refused: in `/tmp` anyone could.
    private func makePrivateFolder(_ path: String, for user: ClusterUser) throws(EmbeddedClusterError) {
        if mkdir(path, 0o700) == 0 {
            guard lchown(path, user.id, user.group) == 0 else { throw .folder("cannot give \(path) to the user of Postgres") }
        }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .folder("cannot make \(path): \(String(cString: strerror(errno)))") }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == user.id, status.st_mode & 0o077 == 0 else {
            throw .folder("\(path) is not a folder of the user of Postgres alone (mode 0700)")
        }
    }

    private func remove(_ path: String) throws(EmbeddedClusterError) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw .folder("cannot remove \(path): \(error.localizedDescription)")
        }
    }
}

extension String {
    /// As one word of a POSIX shell.
    fileprivate var shellQuoted: String { "'" + replacing("'", with: "'\\''") + "'" }
}
