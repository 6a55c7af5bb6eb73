/// Statements over a real connection: types, errors that stay with their statement, many callers, cancellation, time.
import Foundation
import Testing

@testable import Postgres

extension DatabaseTests {
    @Suite struct QueryTests {
        @Test func valuesComeBack() async throws {
            try await withPool { pool in
                let date = Date(timeIntervalSince1970: 1_772_454_896.789)
                let text = "ünï✓ '\"\\ $1 %_ \n\t 🎵"
                let absent: Int? = nil
                let rows = try await pool.query(
                    """
                    SELECT \(text)::text AS text, \(Int.min)::bigint AS integer, \(0.1)::float8 AS number, \(true) AS yes, \(date)::timestamp(3) AS date,
                        \(["a", "b,c", "\"", "", "NULL"])::text[] AS list, \(absent)::int AS absent, ''::text AS empty, \([1, 2])::int[] AS numbers
                    """)
                let row = try #require(rows.first)
                #expect(rows.count == 1)
                #expect(try row.decode("text") == text)
                #expect(try row.decode("integer") == Int.min)
                #expect(try row.decode("number") == 0.1)
                #expect(try row.decode("yes") == true)
                #expect(try abs(row.decode("date", as: Date.self).timeIntervalSince(date)) < 0.0005)
                #expect(try row.decode("list") == ["a", "b,c", "\"", "", "NULL"])
                #expect(try row.decode("absent", as: Int?.self) == nil)
                #expect(try row.decode("empty") == "")
                #expect(try row.decode("numbers") == [1, 2])
                let absentText: String? = try row.decode("absent")
                #expect(absentText == nil)
                #expect(await failure { _ = try row.decode("absent", as: Int.self) } == .decoding(column: "absent", expected: "Int"))
                #expect(await failure { _ = try row.decode("text", as: Int.self) } == .decoding(column: "text", expected: "Int"))
                #expect(await failure { _ = try row.decode("other", as: Int.self) } == .decoding(column: "other", expected: "Int"))
                #expect(try row.withBytes(of: "text") { $0?.count } == text.utf8.count)
            }
        }

        @Test func theSessionIsInUTC() async throws {
            try await withPool { pool in
                let row = try #require(try await pool.query("SELECT current_setting('TimeZone') AS zone, now()::timestamp AS now").first)
                #expect(try row.decode("zone") == "UTC")
                #expect(try abs(row.decode("now", as: Date.self).timeIntervalSinceNow) < 60)
            }
        }

        @Test func injectionStaysData() async throws {
            try await withPool { pool in
                for attack in ["'; DROP TABLE x; --", "$1", "\\'; SELECT 1", "') OR ('1'='1", "\u{feff}%00", "x\u{0001}\u{007f}"] {
                    let text: String = try await pool.query("SELECT \(attack)::text AS text")[0].decode("text")
                    #expect(text == attack)
                }
            }
        }

        @Test func aNulIsRefusedBeforeItIsSent() async throws {
            try await withPool { pool in
                guard case .invalidParameter(let reason)? = await failure({ try await pool.query("SELECT \("a\0b")::text") }) else {
                    Issue.record("accepted")
                    return
                }
                #expect(reason.contains("U+0000"))
            }
        }

        @Test func errorsAreThoseOfTheServer() async throws {
            try await withPool { pool in
                try await pool.query("CREATE TABLE errors_parent (id text PRIMARY KEY)")
                try await pool.query("CREATE TABLE errors_child (id text REFERENCES errors_parent)")
                try await pool.query("INSERT INTO errors_parent VALUES ('a')")
                let unique = await failure { try await pool.query("INSERT INTO errors_parent VALUES (\("a"))") }
                #expect(unique?.isUniqueViolation == true)
                guard case .server(let message)? = unique else {
                    Issue.record("not of the server: \(String(describing: unique))")
                    return
                }
                #expect(message.constraint == "errors_parent_pkey")
                #expect(await failure { try await pool.query("INSERT INTO errors_child VALUES ('b')") }?.isForeignKeyViolation == true)
                #expect(await failure { try await pool.query("SELEC 1") }?.sqlState == "42601")
                #expect(await failure { try await pool.query("SELECT \("x")::int") }?.sqlState == "22P02")
                // The connection is as good as before.
                #expect(try await pool.query("UPDATE errors_parent SET id = 'c'").affectedRows == 1)
            }
        }

        /// All statements go down one pipeline; every third fails, in parsing or in execution.
        @Test func anErrorStaysWithItsStatement() async throws {
            try await withPool(connections: 1, maximumInFlight: 1000) { pool in
                let outcomes = await withTaskGroup(of: (Int, Result<Int, PostgresError>).self) { group in
                    for number in 0..<300 {
                        group.addTask {
                            do throws(PostgresError) {
                                let sql: SQL =
                                    number % 3 == 0
                                    ? "SELECT 1 / (\(number) - \(number)) AS n"
                                    : number % 7 == 0
                                        ? "SELECT nonsense_\(unescaped: String(number % 21)) AS n" : "SELECT \(number)::int AS n"
                                let rows = try await pool.query(sql)
                                return (number, .success(try rows[0].decode("n")))
                            } catch {
                                return (number, .failure(error))
                            }
                        }
                    }
                    return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
                }
                #expect(outcomes.count == 300)
                for (number, outcome) in outcomes {
                    switch outcome {
                    case .success(let value): #expect(value == number && number % 3 != 0 && number % 7 != 0)
                    case .failure(let error):
                        // A statement without typed parameters may be refused while it is parsed.
                        #expect(
                            number % 3 == 0 ? error.sqlState != nil : number % 7 == 0 && error.sqlState == "42703", "\(number): \(error)")
                    }
                }
            }
        }

        @Test func manyCallersShareFewConnections() async throws {
            try await withPool(connections: 2) { pool in
                let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                    for caller in 0..<64 {
                        group.addTask {
                            var sum = 0
                            for round in 0..<50 {
                                sum += try await pool.query(
                                    "SELECT \(caller)::int * 1000 + \(round)::int AS n, repeat('x', 5000) AS ballast")[0].decode("n")
                            }
                            return sum
                        }
                    }
                    return try await group.reduce(0, +)
                }
                #expect(sum == (0..<64).reduce(0) { $0 + $1 * 1000 * 50 } + 64 * (0..<50).reduce(0, +))
                #expect(
                    try await pool.query(
                        "SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'dmp' AND pid = pg_backend_pid()")[0].decode(
                            "n") == 1)
            }
        }

        /// Larger than any socket buffer, in both directions at once.
        @Test func largeValuesGoBothWays() async throws {
            try await withPool(connections: 1, queryTimeout: .seconds(300)) { pool in
                let large = String(repeating: "0123456789abcdef", count: 1 << 17)
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<8 { group.addTask { try await pool.query("SELECT \(large)::text AS text")[0].decode("text") == large } }
                    for try await isSame in group { #expect(isSame) }
                }
            }
        }

        @Test func moreTextsThanTheCacheHolds() async throws {
            try await withPool(connections: 1) { pool in
                for round in 0..<2 {
                    for number in 0..<200 {
                        #expect(
                            try await pool.query("SELECT \(unescaped: String(number))::int + \(round)::int AS n")[0].decode("n") == number
                                + round)
                    }
                }
                let prepared: Int = try await pool.query("SELECT count(*)::int AS n FROM pg_prepared_statements")[0].decode("n")
                #expect(prepared <= 129)
            }
        }

        @Test func aChangedTableDoesNotSpoilItsStatements() async throws {
            try await withPool(connections: 1) { pool in
                try await pool.query("CREATE TABLE changing (a int)")
                try await pool.query("INSERT INTO changing VALUES (1)")
                let sql: SQL = "SELECT * FROM changing WHERE a = \(1)"
                #expect(try await pool.query(sql).count == 1)
                try await pool.query("ALTER TABLE changing ADD COLUMN b text DEFAULT 'new'")
                #expect(try await pool.query(sql)[0].decode("b") == "new")
                // The same when the name is gone from the server.
                try await pool.query("DEALLOCATE ALL")
                let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<5 { group.addTask { try await pool.query(sql).count } }
                    return try await group.reduce(0, +)
                }
                #expect(answers == 5)
            }
        }

        @Test func behindPgBouncerNothingIsPrepared() async throws {
            let url = try #require(ClusterTrait.url)
            let host = try #require(url.keywords(statementTimeout: .seconds(1)).first { $0.name == "host" }).value
            let bouncer = try DatabaseURL("host=\(host) user=dmp dbname=postgres pgbouncer=true")
            try await withPool(on: bouncer) { pool in
                for number in 0..<3 {
                    let n: Int = try await pool.query("SELECT \(number)::int AS n")[0].decode("n")
                    #expect(n == number)
                }
                #expect(try await pool.query("SELECT count(*)::int AS n FROM pg_prepared_statements")[0].decode("n") == 0)
            }
        }

        @Test func aSlowStatementEnds() async throws {
            try await withPool(connections: 1, queryTimeout: .milliseconds(300)) { pool in
                #expect(await failure { try await pool.query("SELECT pg_sleep(600)") } == .timeout)
                try await eventually("the connection is free again") { await failure { try await pool.query("SELECT 1") } == nil }
            }
        }

        /// Behind PgBouncer the server is not told the limit: the connection is given up and its statement cancelled.
        @Test func aSlowStatementEndsWithoutTheServersHelp() async throws {
            let url = try #require(ClusterTrait.url)
            let host = try #require(url.keywords(statementTimeout: .seconds(1)).first { $0.name == "host" }).value
            let bouncer = try DatabaseURL("host=\(host) user=dmp dbname=postgres pgbouncer=true connection_limit=1 application_name=slow")
            var options = PostgresPool.Options()
            options.queryTimeout = .milliseconds(200)
            try await withPool(on: bouncer, options: options) { pool in
                #expect(await failure { try await pool.query("SELECT pg_sleep(600)") } == .timeout)
                try await eventually("the pool has a new connection") { await failure { try await pool.query("SELECT 1") } == nil }
                try await withPool { other in
                    try await eventually("the statement was cancelled") {
                        try await other.query(
                            "SELECT FROM pg_stat_activity WHERE application_name = 'slow' AND query LIKE '%pg_sleep%' AND state = 'active'"
                        ).isEmpty
                    }
                }
            }
        }

        @Test func aCancelledCallerDoesNotWait() async throws {
            try await withPool(connections: 1) { pool in
                try await withPool { other in
                    let task = Task { await failure { try await pool.query("SELECT pg_advisory_lock(1), pg_sleep(3600)") } }
                    try await eventually("the statement runs") {
                        try await !other.query("SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 1").isEmpty
                    }
                    task.cancel()
                    #expect(await task.value == .cancelled)
                    try await other.query(
                        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3600)%' AND pid <> pg_backend_pid()"
                    )
                    #expect(await failure { try await pool.query("SELECT 1") } == nil)
                }
            }
        }
    }
}
