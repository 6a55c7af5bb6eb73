/// One indexer at a time: an advisory lock of the database, which also holds against another machine.
internal import Logging
internal import Postgres

enum IndexLock {
    /// Arbitrary and fixed.
    private static let key = 7_246_010_513
    /// A transaction that does nothing for a minute is ended by the server.
    private static let sign: Duration = .seconds(20)

    /// Runs `body` under the lock; should the connection that holds it be lost, `body` is cancelled.
    ///
    /// - Parameter url: a connection of its own is opened to it.
    /// - Throws: `IndexError.anotherIndexer`, `PostgresError`, what `body` throws.
    static func with<Value: Sendable>(
        _ url: DatabaseURL, logger: Logger, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        var options = PostgresPool.Options()
        options.connections = 1
        let pool = PostgresPool(url, options: options, logger: logger)
        let connecting = Task { await pool.run() }
        let result: Result<Value, any Error>
        do {
            result = .success(try await hold(pool, body))
        } catch {
            result = .failure(error)
        }
        await pool.close()
        await connecting.value
        return try result.get()
    }

    private static func hold<Value: Sendable>(
        _ pool: PostgresPool, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await pool.withTransaction { transaction in
            let rows = try await transaction.queryOnce("SELECT pg_try_advisory_xact_lock(\(key)::bigint) AS locked")
            guard try rows.first?.decode("locked", as: Bool.self) ?? false else { throw IndexError.anotherIndexer }
            return try await withThrowingTaskGroup(of: Value?.self) { tasks in
                tasks.addTask { try await body() }
                tasks.addTask {
                    while true {
                        try await Task.sleep(for: sign)
                        try await transaction.query("SELECT 1")
                    }
                }
                defer { tasks.cancelAll() }
                guard let value = try await tasks.next() ?? nil else { throw CancellationError() }
                return value
            }
        }
    }
}
