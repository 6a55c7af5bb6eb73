/// A real private Postgres for the tests of this target, started by the code under test.
import Foundation
import Logging
import Testing

@testable import Postgres

/// Starts one cluster for all tests of a suite, and stops it after the last.
struct ClusterTrait: SuiteTrait, TestScoping {
    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let cluster = EmbeddedCluster(dataDirectory: folder, logger: .quiet)
            let url = try await cluster.start()
            do {
                try await ClusterTrait.$url.withValue(url) { try await function() }
            } catch {
                await cluster.stop()
                throw error
            }
            await cluster.stop()
        }
    }

    @TaskLocal static var url: DatabaseURL?
}

extension Trait where Self == ClusterTrait {
    static var cluster: Self { ClusterTrait() }
}

/// The tests that need a database; each file adds its own to this suite.
@Suite(.cluster) struct DatabaseTests {}

extension Logger {
    static var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }
}

/// Lends an open pool on the suite's cluster.
func withPool<Value: Sendable>(
    connections: Int = 4, maximumInFlight: Int? = nil, maximumWaiting: Int? = nil, queryTimeout: Duration? = nil,
    _ body: @Sendable (PostgresPool) async throws -> Value
) async throws -> Value {
    var options = PostgresPool.Options()
    options.connections = connections
    if let maximumInFlight { options.maximumInFlight = maximumInFlight }
    if let maximumWaiting { options.maximumWaiting = maximumWaiting }
    if let queryTimeout { options.queryTimeout = queryTimeout }
    return try await withPool(on: try #require(ClusterTrait.url), options: options, body)
}

func withPool<Value: Sendable>(
    on url: DatabaseURL, options: PostgresPool.Options = PostgresPool.Options(), _ body: @Sendable (PostgresPool) async throws -> Value
) async throws -> Value {
    let pool = PostgresPool(url, options: options, logger: .quiet)
    async let running: Void = pool.run()
    do {
        let value = try await body(pool)
        await pool.close()
        await running
        return value
    } catch {
        await pool.close()
        await running
        throw error
    }
}

func withTemporaryFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = "/tmp/dmp-test-\(UUID().uuidString.prefix(8))"
    // Passable: with root's tests Postgres runs as another user.
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// Waits until `condition` holds; a minute is more than any machine needs, and only a failing test takes it.
func eventually(
    _ what: Comment, within limit: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record(what, sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// The error of a query, nil when it succeeds.
func failure(_ body: () async throws -> Void) async -> PostgresError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? PostgresError ?? .invalidParameter("another error: \(error)")
    }
}
