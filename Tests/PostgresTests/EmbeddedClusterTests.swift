/// The embedded cluster: what it keeps, what it lets in, and what it makes of what a killed server or a killed database left behind.
import Foundation
import Testing

@testable import Postgres

@Suite struct EmbeddedClusterTests {
    private func number(of pool: PostgresPool) async throws -> Int { try await pool.query("SELECT n FROM kept")[0].decode("n") }

    @Test func dataIsKeptOverStopsAndKills() async throws {
        try await withTemporaryFolder { folder in
            let data = folder + "/postgres/data"
            let first = EmbeddedCluster(dataDirectory: folder, logger: .quiet)
            try await withPool(on: try await first.start()) { pool in
                try await pool.query("CREATE TABLE kept (n int)")
                try await pool.query("INSERT INTO kept VALUES (42)")
                let settings = try await pool.query(
                    "SELECT current_setting('listen_addresses') AS addresses, current_setting('unix_socket_permissions') AS mode")
                #expect(try settings[0].decode("addresses") == "")
                #expect(try settings[0].decode("mode") == "0700")
            }
            await first.stop()
            #expect(Postmaster.state(dataDirectory: data) == .stopped)

            // A second start finds it.
            let second = EmbeddedCluster(dataDirectory: folder, logger: .quiet)
            let foundLater = try await withPool(on: try await second.start()) { try await number(of: $0) }
            #expect(foundLater == 42)

            // Killed with its children left to themselves: the next start recovers.
            guard case .running(let postmaster) = Postmaster.state(dataDirectory: data) else {
                Issue.record("not running")
                return
            }
            kill(postmaster.processID, SIGKILL)
            let third = EmbeddedCluster(dataDirectory: folder, logger: .quiet)
            try await eventually("the server is dead") { Postmaster.state(dataDirectory: data) != .running(postmaster) }
            let foundAfterKill = try await withPool(on: try await third.start()) { try await number(of: $0) }
            #expect(foundAfterKill == 42)

            // `second` still counts as a user, so it stays.
            await third.stop()
            guard case .running = Postmaster.state(dataDirectory: data) else {
                Issue.record("stopped while another server uses it")
                return
            }
            await second.stop()
            #expect(Postmaster.state(dataDirectory: data) == .stopped)
        }
    }

    @Test func aRunningOneIsAdopted() async throws {
        try await withTemporaryFolder { folder in
            let first = EmbeddedCluster(dataDirectory: folder, logger: .quiet)
            let url = try await first.start()
            let before = Postmaster.state(dataDirectory: folder + "/postgres/data")
            let second = EmbeddedCluster(dataDirectory: folder, logger: .quiet)
            #expect(try await second.start() == url)
            #expect(Postmaster.state(dataDirectory: folder + "/postgres/data") == before)
            await first.stop()
            try await withPool(on: url) { #expect(await $0.health(within: .seconds(60)) == nil) }
            await second.stop()
            #expect(Postmaster.state(dataDirectory: folder + "/postgres/data") == .stopped)
        }
    }

    @Test func aKilledDatabaseIsStartedAgainAndThePoolRecovers() async throws {
        try await withTemporaryFolder { folder in
            let cluster = EmbeddedCluster(dataDirectory: folder, logger: .quiet)
            let url = try await cluster.start()
            try await withPool(on: url) { pool in
                #expect(await pool.health(within: .seconds(60)) == nil)
                guard case .running(let postmaster) = Postmaster.state(dataDirectory: folder + "/postgres/data") else {
                    Issue.record("not running")
                    return
                }
                kill(postmaster.processID, SIGKILL)
                try await eventually("the loss is noticed") {
                    if case .unavailable? = await failure({ try await pool.query("SELECT 1") }) { true } else { false }
                }
                let running = Task { await cluster.run() }
                try await eventually("the pool recovers") { await failure { try await pool.query("SELECT 1") } == nil }
                running.cancel()
                await running.value
            }
            #expect(Postmaster.state(dataDirectory: folder + "/postgres/data") == .stopped)
        }
    }

    @Test func aHalfMadeClusterAndAMisleadingFileAreCleanedUp() async throws {
        try await withTemporaryFolder { folder in
            let user = try ClusterUser.current()
            let cluster = EmbeddedCluster(dataDirectory: folder, logger: .quiet)
            #expect(mkdir(folder + "/postgres", 0o700) == 0)
            #expect(chown(folder + "/postgres", user.id, user.group) == 0)
            try FileManager.default.createDirectory(atPath: folder + "/postgres/data.unfinished/base", withIntermediateDirectories: true)
            _ = try await cluster.start()
            await cluster.stop()
            // A live process that is not the server: this one.
            try "\(getpid())\n\(folder)/postgres/data\n0\n5432\n\n\n\n\n".write(
                toFile: folder + "/postgres/data/postmaster.pid", atomically: false, encoding: .utf8)
            #expect(Postmaster.state(dataDirectory: folder + "/postgres/data") == .misleadingFile)
            try await withPool(on: try await cluster.start()) { #expect(await $0.health(within: .seconds(60)) == nil) }
            await cluster.stop()
        }
    }

    @Test func awkwardFoldersWork() async throws {
        // Longer than a socket's address, and with what shells and Postgres treat specially.
        try await withTemporaryFolder { folder in
            let awkward = folder + "/it's \"$HOME\", ok; " + String(repeating: "x", count: 100)
            let cluster = EmbeddedCluster(dataDirectory: awkward, logger: .quiet)
            let url = try await cluster.start()
            #expect(!"\(url)".contains("xxx"))
            try await withPool(on: url) { #expect(await $0.health(within: .seconds(60)) == nil) }
            await cluster.stop()
            guard case .running(let left) = Postmaster.state(dataDirectory: awkward + "/postgres/data") else { return }
            Issue.record("still running: \(left)")
        }
        try await withTemporaryFolder { folder in
            let awkward = folder + "/it's \"$HOME\", ok"
            let cluster = EmbeddedCluster(dataDirectory: awkward, logger: .quiet)
            try await withPool(on: try await cluster.start()) { #expect(await $0.health(within: .seconds(60)) == nil) }
            await cluster.stop()
        }
    }

    @Test func aFolderOfSomeoneElseIsRefused() async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createSymbolicLink(atPath: folder + "/postgres", withDestinationPath: folder)
            let cluster = EmbeddedCluster(dataDirectory: folder, logger: .quiet)
            await #expect(throws: EmbeddedClusterError.self) { try await cluster.start() }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root starts Postgres as another user"))
    func aFolderThatPostgresCannotEnterIsExplained() async throws {
        try await withTemporaryFolder { folder in
            #expect(chmod(folder, 0o700) == 0)
            let cluster = EmbeddedCluster(dataDirectory: folder + "/data", logger: .quiet)
            do {
                _ = try await cluster.start()
                Issue.record("started")
            } catch {
                #expect("\(error)".contains("DMP_DATA_DIR"))
            }
        }
    }

    @Test func missingProgramsAreNamed() throws {
        #expect(throws: EmbeddedClusterError.programsMissing(version: nil)) {
            try ClusterPrograms.locate(version: nil, debianRoot: "/nonexistent", path: "/nonexistent:")
        }
        #expect(EmbeddedClusterError.programsMissing(version: nil).description.contains("package postgresql"))
        #expect(EmbeddedClusterError.programsMissing(version: "12").description.contains("package postgresql-12"))
    }

    @Test func theNewestVersionIsTakenUnlessDataWantsAnother() async throws {
        try await withTemporaryFolder { folder in
            for version in ["9.6", "15", "17"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(version)/bin", withIntermediateDirectories: true)
                for program in ["initdb", "pg_ctl", "postgres"] where !(version == "17" && program == "postgres") {
                    let isMade = FileManager.default.createFile(
                        atPath: "\(folder)/\(version)/bin/\(program)", contents: nil, attributes: [.posixPermissions: 0o755])
                    #expect(isMade)
                }
            }
            func locate(_ version: String?) throws -> String {
                try ClusterPrograms.locate(version: version, debianRoot: folder, path: "").folder
            }
            // 17 has the client only.
            #expect(try locate(nil) == folder + "/15/bin")
            #expect(try locate("9.6") == folder + "/9.6/bin")
            #expect(throws: EmbeddedClusterError.programsMissing(version: "17")) { try locate("17") }
        }
    }

    @Test func theDataFolderIsXDGs() {
        func folder(_ environment: [String: String], isRoot: Bool = false) -> String {
            EmbeddedCluster.defaultDataDirectory(environment: environment, isRoot: isRoot)
        }
        #expect(folder(["HOME": "/home/me"]) == "/home/me/.local/share/dmp")
        #expect(folder(["HOME": "/home/me", "XDG_DATA_HOME": "/data"]) == "/data/dmp")
        #expect(folder(["HOME": "/home/me", "XDG_DATA_HOME": "relative"]) == "/home/me/.local/share/dmp")
        #expect(folder(["HOME": "/root", "XDG_DATA_HOME": "/data"], isRoot: true) == "/var/lib/dmp")
    }
}
