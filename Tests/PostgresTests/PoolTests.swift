/// The pool: transactions that nobody gets into, bounded queues, and what happens when the server goes away.
import Foundation
import Synchronization
import Testing

@testable import Postgres

struct Refusal: Error {}

extension DatabaseTests {
    @Suite struct PoolTests {
        @Test(arguments: [1, 2, 4])
        func othersStayOutOfATransaction(connections: Int) async throws {
            try await withPool(connections: connections) { pool in
                let table = "transactions_\(connections)"
                try await pool.query("CREATE TABLE \(unescaped: table) (n int)")
                let inside = Gate()
                let outside = Gate()
                let transaction = Task {
                    defer { inside.open() }
                    try await pool.withTransaction { transaction in
                        try await transaction.query("INSERT INTO \(unescaped: table) VALUES (1)")
                        inside.open()
                        if connections > 1 { await outside.wait() }
                        try await transaction.query("INSERT INTO \(unescaped: table) VALUES (2)")
                    }
                }
                defer { outside.open() }
                await inside.wait()
                if connections > 1 {
                    // While it is open: not seen, and not on its connection (it would be seen there).
                    for _ in 0..<20 { #expect(try await pool.query("SELECT * FROM \(unescaped: table)").isEmpty) }
                    outside.open()
                }
                try await transaction.value
                #expect(try await pool.query("SELECT * FROM \(unescaped: table)").count == 2)
            }
        }

        @Test func aTransactionThatThrowsIsRolledBack() async throws {
            try await withPool(connections: 1) { pool in
                try await pool.query("CREATE TABLE rolled_back (n int)")
                await #expect(throws: Refusal.self) {
                    try await pool.withTransaction { transaction in
                        try await transaction.query("INSERT INTO rolled_back VALUES (1)")
                        throw Refusal()
                    }
                }
                #expect(try await pool.query("SELECT * FROM rolled_back").isEmpty)
                // An error of the server in it, too, and the next transaction is unharmed.
                let error = await failure {
                    try await pool.withTransaction { transaction in
                        try await transaction.query("INSERT INTO rolled_back VALUES (1)")
                        try await transaction.query("SELECT 1 / 0")
                    }
                }
                #expect(error?.sqlState == "22012")
                try await pool.withTransaction { _ = try await $0.query("INSERT INTO rolled_back VALUES (2)") }
                #expect(try await pool.query("SELECT * FROM rolled_back").count == 1)
            }
        }

        @Test func aSwallowedErrorIsNotASuccess() async throws {
            try await withPool(connections: 1) { pool in
                let error = await failure {
                    try await pool.withTransaction { transaction in _ = try? await transaction.query("SELECT 1 / 0") }
                }
                #expect(error == .transactionAborted)
                #expect(await failure { try await pool.query("SELECT 1") } == nil)
            }
        }

        @Test func aCancelledTransactionIsRolledBack() async throws {
            try await withPool(connections: 1) { pool in
                try await pool.query("CREATE TABLE cancelled (n int)")
                let inside = Gate()
                let task = Task {
                    try await pool.withTransaction { transaction in
                        try await transaction.query("INSERT INTO cancelled VALUES (1)")
                        inside.open()
                        try? await Task.sleep(for: .seconds(3600))
                    }
                }
                await inside.wait()
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                #expect(try await pool.query("SELECT * FROM cancelled").isEmpty)
            }
        }

        @Test func aTransactionIsOverAfterItsClosure() async throws {
            try await withPool(connections: 1) { pool in
                let escaped = try await pool.withTransaction { $0 }
                #expect(await failure { try await escaped.query("SELECT 1") } == .transactionAborted)
            }
        }

        @Test func manyTransactionsTakeTurns() async throws {
            try await withPool(connections: 2) { pool in
                try await pool.query("CREATE TABLE counter (n int)")
                try await pool.query("INSERT INTO counter VALUES (0)")
                try await withThrowingTaskGroup { group in
                    for number in 0..<40 {
                        group.addTask {
                            if number % 2 == 0 {
                                try await pool.withTransaction { transaction in
                                    let n: Int = try await transaction.query("SELECT n FROM counter FOR UPDATE")[0].decode("n")
                                    try await transaction.query("UPDATE counter SET n = \(n + 1)::int")
                                }
                            } else {
                                try await pool.query("SELECT n FROM counter")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await pool.query("SELECT n FROM counter")[0].decode("n") == 20)
            }
        }

        @Test func aFullQueueRefuses() async throws {
            try await withPool(connections: 1, maximumInFlight: 1, maximumWaiting: 2) { pool in
                try await whileATransactionIsOpen(in: pool) { letGo in
                    let errors = await withTaskGroup(of: PostgresError?.self) { group in
                        for _ in 0..<5 { group.addTask { await failure { try await pool.query("SELECT 1") } } }
                        var errors: [PostgresError?] = []
                        // Three are refused at once; then the other two may go on.
                        for await error in group {
                            errors.append(error)
                            if errors.count == 3 { letGo() }
                        }
                        return errors
                    }
                    #expect(errors == [.queueFull, .queueFull, .queueFull, nil, nil])
                }
            }
        }

        @Test func waitingEnds() async throws {
            // Long enough for the transaction to begin on a busy machine.
            try await withPool(connections: 1, queryTimeout: .seconds(3)) { pool in
                try await whileATransactionIsOpen(in: pool) { _ in
                    let cancelled = Task { await failure { try await pool.withTransaction { _ in } } }
                    cancelled.cancel()
                    #expect(await failure { try await pool.query("SELECT 1") } == .timeout)
                    #expect(await cancelled.value == .cancelled)
                }
            }
        }

        @Test func aLostConnectionIsReplaced() async throws {
            try await withPool(connections: 1) { pool in
                try await withPool { other in
                    for _ in 0..<3 {
                        let pid: Int = try await pool.query("SELECT pg_backend_pid() AS pid")[0].decode("pid")
                        try await other.query("SELECT pg_terminate_backend(\(pid)::int)")
                        try await eventually("the pool has another connection") {
                            let now: Int? = try? await pool.query("SELECT pg_backend_pid() AS pid").first?.decode("pid")
                            return now != nil && now != pid
                        }
                    }
                }
            }
        }

        @Test func aClosedPoolSaysSo() async throws {
            let pool = try await withPool { $0 }
            guard case .unavailable? = await failure({ try await pool.query("SELECT 1") }) else {
                Issue.record("a closed pool answers")
                return
            }
            #expect(await pool.health() != nil)
        }

        @Test func nobodyThere() async throws {
            // Nothing listens there; the first attempt is waited for, later callers get the answer at once.
            let url = DatabaseURL(socketDirectory: "/tmp/dmp-no-such-folder", port: 5432, user: "dmp", database: "postgres")
            try await withPool(on: url) { pool in
                for _ in 0..<3 {
                    guard case .unavailable(let reason)? = await failure({ try await pool.query("SELECT 1") }) else {
                        Issue.record("answered")
                        continue
                    }
                    #expect(reason.contains("dmp-no-such-folder"))
                }
                #expect(await pool.health() != nil)
            }
        }

        @Test func healthOfARunningDatabase() async throws {
            try await withPool { pool in #expect(await pool.health(within: .seconds(60)) == nil) }
        }
    }

    @Suite struct SchemaTests {
        @Test func isCreatedOnce() async throws {
            // A schema of its own, so that both the parameter and emptiness are exercised.
            let url = try #require(ClusterTrait.url)
            let host = try #require(url.keywords(statementTimeout: .seconds(1)).first { $0.name == "host" }).value
            let own = try DatabaseURL("host=\(host) user=dmp dbname=postgres schema='the music'")
            try await withPool(on: own) { pool in
                let outcomes = try await withThrowingTaskGroup(of: Schema.Outcome.self) { group in
                    for _ in 0..<3 { group.addTask { try await Schema.createIfMissing(in: pool, schema: own.schema) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(outcomes.count { $0 == .created } == 1)
                let count: (SQL) async throws -> Int = { try await pool.query($0)[0].decode("n") }
                #expect(try await count("SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'the music'") == 21)
                #expect(try await count("SELECT count(*)::int AS n FROM pg_indexes WHERE schemaname = 'the music'") == 57)
                #expect(
                    try await count(
                        "SELECT count(*)::int AS n FROM pg_constraint c JOIN pg_namespace s ON s.oid = connamespace WHERE contype = 'f' AND nspname = 'the music'"
                    )
                        == 18)
                // An existing table is left alone.
                try await pool.query("ALTER TABLE \"Artist\" DROP COLUMN \"image\"")
                #expect(try await Schema.createIfMissing(in: pool, schema: own.schema, isOwn: true) == .existed)
                #expect(try await count("SELECT count(*)::int AS n FROM pg_indexes WHERE schemaname = 'the music'") == 57)
            }
        }

        @Test func ownDatabasesGetMoreIndexes() async throws {
            try await withPool { pool in
                #expect(try await Schema.createIfMissing(in: pool, isOwn: true) == .created)
                let names = try await pool.query("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'").map {
                    try $0.decode("indexname", as: String.self)
                }
                #expect(names.contains("LocalRelease_createdAt_idx") && names.contains("Artist_name_trgm_idx"))
            }
        }

        @Test func isAllOrNothing() async throws {
            let url = try #require(ClusterTrait.url)
            let host = try #require(url.keywords(statementTimeout: .seconds(1)).first { $0.name == "host" }).value
            let own = try DatabaseURL("host=\(host) user=dmp dbname=postgres schema=half")
            try await withPool(on: own) { pool in
                try await pool.query("CREATE SCHEMA half")
                // In the way of a table that comes late.
                try await pool.query("CREATE TABLE \"SyncCheckpoint\" (id int)")
                #expect(await failure { try await Schema.createIfMissing(in: pool, schema: own.schema) }?.sqlState == "42P07")
                #expect(try await pool.query("SELECT FROM pg_tables WHERE schemaname = 'half'").count == 1)
            }
        }
    }
}

/// Runs `body` while a transaction has a connection for itself: until it calls what it is given, or returns.
private func whileATransactionIsOpen(in pool: PostgresPool, _ body: (_ letGo: @Sendable () -> Void) async throws -> Void) async throws {
    let isOpen = Gate()
    let mayEnd = Gate()
    let holder = Task {
        defer { isOpen.open() }
        try await pool.withTransaction { _ in
            isOpen.open()
            await mayEnd.wait()
        }
    }
    defer { mayEnd.open() }
    await isOpen.wait()
    try await body { mayEnd.open() }
    mayEnd.open()
    try await holder.value
}

/// Opens once; whoever waits goes on.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}
