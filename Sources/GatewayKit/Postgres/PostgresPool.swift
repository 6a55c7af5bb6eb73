/// A few connections kept open, shared by everyone who asks the database. A database that is away gives `PostgresError.unavailable` at once,
/// and the pool comes back by itself.
internal import DequeModule
public import Logging

public actor PostgresPool {
    public struct Options: Sendable {
        /// Connections. `DatabaseURL.connectionLimit` wins.
        public var connections = 4
        /// Statements in flight on one connection at once.
        public var maximumInFlight = 32
        /// Callers that wait for a connection; one more gets `PostgresError.queueFull`.
        public var maximumWaiting = 512
        /// For one statement, and for the wait for a connection.
        public var queryTimeout: Duration = .seconds(15)
        public var connectTimeout: Duration = .seconds(5)

        public init() {}
    }

    private struct Member {
        let connection: PostgresConnection
        var inFlight = 0
        /// A transaction has it for itself.
        var isReserved = false
    }

    private enum Use {
        case query, transaction
    }

    private struct Lease {
        let member: Int
        let connection: PostgresConnection
        let use: Use
    }

    private struct Waiting {
        let id: UInt64
        let continuation: CheckedContinuation<Result<Lease, PostgresError>, Never>
        let timeout: Task<Void, Never>

        func finish(_ result: Result<Lease, PostgresError>) {
            timeout.cancel()
            continuation.resume(returning: result)
        }
    }

    private let connectionOptions: PostgresConnection.Options
    private let options: Options
    private let logger: Logger
    /// Open connections by the number of their place in the pool.
    private var members: [Int: Member] = [:]
    /// Places whose next attempt to connect is likely to succeed: the first, or right after a connection was lost.
    private var hopefulPlaces: Set<Int>
    private var lastFailure = PostgresError.unavailable("not connected yet")
    private var waitingQueries: Deque<Waiting> = []
    private var waitingTransactions: Deque<Waiting> = []
    private var lastID: UInt64 = 0
    private var isClosed = false
    private var runningTask: Task<Void, Never>?

    /// Connects only when `run()` is called.
    public init(_ url: DatabaseURL, options: Options = Options(), logger: Logger) {
        self.options = options
        self.logger = logger
        let count = max(1, min(url.connectionLimit ?? options.connections, 64))
        hopefulPlaces = Set(0..<count)
        connectionOptions = PostgresConnection.Options(
            keywords: url.keywords(statementTimeout: options.queryTimeout), preparesStatements: !url.isBehindPgBouncer,
            queryTimeout: options.queryTimeout, connectTimeout: options.connectTimeout)
    }

    // MARK: Life

    /// Keeps the connections open until the task is cancelled or `close()` is called. Call it once.
    public func run() async {
        guard runningTask == nil, !isClosed else { return }
        let places = hopefulPlaces
        let task = Task {
            await withTaskGroup { group in
                for place in places { group.addTask { await self.keepConnected(place) } }
            }
        }
        runningTask = task
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        shutDown()
    }

    /// Closes all connections; what is in flight or waits fails with `PostgresError.unavailable`.
    public func close() async {
        shutDown()
        await runningTask?.value
    }

    private func shutDown() {
        isClosed = true
        hopefulPlaces = []
        lastFailure = .unavailable("the pool was closed")
        runningTask?.cancel()
        failWaiting()
    }

    private func keepConnected(_ place: Int) async {
        var backOff = BackOff()
        while !Task.isCancelled {
            do throws(PostgresError) {
                let connection = try await PostgresConnection.open(connectionOptions)
                let opened = ContinuousClock.now
                add(connection, at: place)
                let reason = await withTaskCancellationHandler {
                    await connection.closed()
                } onCancel: {
                    Task { await connection.close() }
                }
                // A connection that ends at once is as good as none: do not ask again without a pause.
                if ContinuousClock.now - opened > .seconds(5) { backOff = BackOff() }
                remove(place, reason: reason, reconnectsAtOnce: backOff.isFresh)
            } catch {
                failed(place, error)
            }
            try? await Task.sleep(for: backOff.next())
        }
    }

    private func add(_ connection: PostgresConnection, at place: Int) {
        if members.isEmpty { logger.info("database connected") }
        hopefulPlaces.remove(place)
        members[place] = Member(connection: connection)
        serveWaiting()
    }

    private func remove(_ place: Int, reason: PostgresError, reconnectsAtOnce: Bool) {
        members[place] = nil
        guard !isClosed else { return }
        lastFailure = reason
        if reconnectsAtOnce { hopefulPlaces.insert(place) }
        if members.isEmpty { logger.warning("database connection lost", metadata: ["reason": "\(reason)"]) }
        failWaitingIfHopeless()
    }

    private func failed(_ place: Int, _ error: PostgresError) {
        guard !isClosed, error != .cancelled else { return }
        if members.isEmpty, hopefulPlaces == [place] { logger.warning("database not available", metadata: ["reason": "\(error)"]) }
        hopefulPlaces.remove(place)
        lastFailure = error
        failWaitingIfHopeless()
    }

    // MARK: Statements

    /// Runs one statement and gives its rows.
    ///
    /// - Throws: `PostgresError`; `.cancelled` as soon as the task is cancelled.
    @discardableResult
    public func query(_ sql: SQL) async throws(PostgresError) -> PostgresRows {
        let lease = try await acquire(.query)
        defer { release(lease) }
        return try await lease.connection.query(sql)
    }

    /// Runs `body` in a transaction on a connection that nobody else uses meanwhile, and commits when it returns.
    /// Rolls back when it throws or its task is cancelled.
    ///
    /// Inside, use the transaction, not the pool: with one connection the pool would wait for itself.
    /// - Throws: what `body` throws, `PostgresError` or, after `body`, `CancellationError`.
    public func withTransaction<Value: Sendable>(
        _ body: @Sendable (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        let lease = try await acquire(.transaction)
        defer { release(lease) }
        let connection = lease.connection
        let transaction = PostgresTransaction(connection: connection, id: try await connection.begin())
        let value: Value
        do {
            value = try await body(transaction)
            try Task.checkCancellation()
        } catch {
            // Should this fail, the connection is closed and the server rolls back; what the caller needs to know is the first error.
            try? await connection.end(commit: false)
            throw error
        }
        try await connection.end(commit: true)
        return value
    }

    /// Asks the database for a sign of life.
    ///
    /// - Returns: nil when it answers within `limit`.
    public func health(within limit: Duration = .seconds(2)) async -> PostgresError? {
        await withTaskGroup(of: PostgresError?.self) { group in
            group.addTask {
                do throws(PostgresError) {
                    _ = try await self.query("SELECT 1")
                    return nil
                } catch {
                    return error
                }
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return .timeout
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    // MARK: Choosing a connection

    private func acquire(_ use: Use) async throws(PostgresError) -> Lease {
        if let lease = lease(for: use) { return lease }
        guard !members.isEmpty || !hopefulPlaces.isEmpty else { throw lastFailure.asLossOfConnection }
        guard waitingQueries.count + waitingTransactions.count < options.maximumWaiting else { throw .queueFull }
        lastID += 1
        let id = lastID
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let timeout = Task { [limit = options.queryTimeout] in
                    guard (try? await Task.sleep(for: limit)) != nil else { return }
                    giveUp(id, .timeout)
                }
                let waiting = Waiting(id: id, continuation: continuation, timeout: timeout)
                switch use {
                case .query: waitingQueries.append(waiting)
                case .transaction: waitingTransactions.append(waiting)
                }
            }
        } onCancel: {
            Task { await self.giveUp(id, .cancelled) }
        }.get()
    }

    /// The least busy connection that may serve `use` now.
    private func lease(for use: Use) -> Lease? {
        if use == .transaction {
            // One connection is left to queries, where there is more than one.
            guard members.values.count(where: \.isReserved) < max(1, members.count - 1) else { return nil }
        }
        let free = members.filter { !$0.value.isReserved && $0.value.inFlight < options.maximumInFlight }
        guard let (place, member) = free.min(by: { $0.value.inFlight < $1.value.inFlight }) else { return nil }
        members[place]?.inFlight += 1
        // Statements that are in flight on it were sent before the transaction's first and stay outside of it.
        if use == .transaction { members[place]?.isReserved = true }
        return Lease(member: place, connection: member.connection, use: use)
    }

    private func release(_ lease: Lease) {
        // The connection may have been lost and replaced meanwhile.
        if let member = members[lease.member], member.connection === lease.connection {
            members[lease.member]?.inFlight -= 1
            if lease.use == .transaction { members[lease.member]?.isReserved = false }
        }
        serveWaiting()
    }

    private func serveWaiting() {
        while let waiting = waitingTransactions.first, let lease = lease(for: .transaction) {
            waitingTransactions.removeFirst()
            waiting.finish(.success(lease))
        }
        while let waiting = waitingQueries.first, let lease = lease(for: .query) {
            waitingQueries.removeFirst()
            waiting.finish(.success(lease))
        }
    }

    private func giveUp(_ id: UInt64, _ error: PostgresError) {
        if let index = waitingQueries.firstIndex(where: { $0.id == id }) {
            waitingQueries.remove(at: index).finish(.failure(error))
        } else if let index = waitingTransactions.firstIndex(where: { $0.id == id }) {
            waitingTransactions.remove(at: index).finish(.failure(error))
        }
    }

    private func failWaitingIfHopeless() {
        if members.isEmpty, hopefulPlaces.isEmpty { failWaiting() }
    }

    private func failWaiting() {
        for waiting in waitingQueries + waitingTransactions { waiting.finish(.failure(lastFailure.asLossOfConnection)) }
        waitingQueries = []
        waitingTransactions = []
    }
}

/// One open transaction; over when the closure that got it has returned.
public struct PostgresTransaction: Sendable {
    let connection: PostgresConnection
    let id: UInt64

    /// As `PostgresPool.query`, in this transaction. After a statement has failed, all further ones do.
    @discardableResult
    public func query(_ sql: SQL) async throws(PostgresError) -> PostgresRows {
        try await connection.query(sql, transaction: id)
    }

    /// A statement that comes once in a process's life and is not worth preparing, such as DDL.
    @discardableResult
    public func queryOnce(_ sql: SQL) async throws(PostgresError) -> PostgresRows {
        try await connection.query(sql, preparation: .once, transaction: id)
    }
}
