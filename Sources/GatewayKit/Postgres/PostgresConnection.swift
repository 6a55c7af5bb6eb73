/// One connection in libpq's pipeline mode (PostgreSQL, libpq: Pipeline Mode): many awaiting callers, one socket, no blocked thread.
/// `PostgresPool` opens, chooses and replaces connections.
internal import CPostgres
internal import DequeModule
internal import Dispatch

actor PostgresConnection {
    struct Options: Sendable {
        var keywords: [DatabaseURL.Keyword]
        /// False behind PgBouncer, where the next statement may meet another server process.
        var preparesStatements = true
        /// The server is told the same (`statement_timeout`), except behind PgBouncer.
        var queryTimeout: Duration = .seconds(15)
        var connectTimeout: Duration = .seconds(5)
    }

    enum Preparation {
        /// Prepared once for each connection, when the connection prepares at all.
        case reused
        /// For statements that come once, and those that must not fail because of the cache.
        case once
    }

    /// A statement that was sent and whose answer has not come yet. Each has a Sync of its own, so an error stays with it.
    private struct Pending {
        let id: UInt64
        let text: String
        let parameters: [PostgresValue]
        let sent: ContinuousClock.Instant
        /// Sent under this name.
        var name: String?
        /// The name was prepared for an earlier statement: it may turn out not to be usable, and then nothing was executed.
        var reliesOnEarlierPreparation = false
        /// Answers to come before the statement's own: of `DEALLOCATE` and of preparing it.
        var preparationSteps = 0
        var transaction: UInt64?
        var isSecondAttempt = false
        var rows: PostgresRows?
        var error: PostgresError?
        /// Nil once the caller has gone: its task was cancelled, or it waited too long.
        var continuation: CheckedContinuation<Result<PostgresRows, PostgresError>, Never>?
    }

    private let executor = QueueExecutor(label: "dmp.postgres")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let options: Options
    /// Nil before it is open and after it was closed.
    private var handle: ConnectionHandle?
    private var events: SocketEvents?
    private var pending: Deque<Pending> = []
    private var lastID: UInt64 = 0
    private var statements = StatementCache()
    private var currentTransaction: UInt64?
    private var lastProgress = ContinuousClock.now
    private var isWatching = false
    private var closeReason: PostgresError?
    private var closeContinuations: [CheckedContinuation<PostgresError, Never>] = []

    private init(_ options: Options) { self.options = options }

    // MARK: Opening and closing

    /// - Throws: `PostgresError.unavailable`, or `.cancelled`.
    static func open(_ options: Options) async throws(PostgresError) -> PostgresConnection {
        let connection = PostgresConnection(options)
        try await connection.open()
        return connection
    }

    private func open() async throws(PostgresError) {
        guard let handle = ConnectionHandle(keywords: options.keywords) else { throw .unavailable("out of memory") }
        let deadline = ContinuousClock.now + options.connectTimeout
        var status = PQstatus(handle.pointer) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while status != PGRES_POLLING_OK {
            let socket = PQsocket(handle.pointer)
            guard status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING, socket >= 0 else {
                throw .unavailable(handle.message)
            }
            let readiness: SocketEvents.Readiness = status == PGRES_POLLING_READING ? .readable : .writable
            guard await SocketEvents.wait(for: readiness, socket: socket, queue: executor.queue, until: deadline) else {
                throw Task.isCancelled ? .cancelled : .unavailable("no answer within \(options.connectTimeout)")
            }
            status = PQconnectPoll(handle.pointer)
        }
        guard PQsetnonblocking(handle.pointer, 1) == 0, PQenterPipelineMode(handle.pointer) == 1 else {
            throw .unavailable(handle.message)
        }
        self.handle = handle
        events = SocketEvents(
            socket: PQsocket(handle.pointer), queue: executor.queue, owner: handle,
            onReadable: { [weak self] in self?.assumeIsolated { $0.receive() } },
            onWritable: { [weak self] in self?.assumeIsolated { $0.flush() } })
    }

    func close() { close(.unavailable("the connection was closed")) }

    /// Waits until the connection is closed, by either side.
    ///
    /// - Returns: why.
    func closed() async -> PostgresError {
        if let closeReason { return closeReason }
        return await withCheckedContinuation { closeContinuations.append($0) }
    }

    private func close(_ reason: PostgresError) {
        guard closeReason == nil else { return }
        closeReason = reason
        events?.cancel()
        events = nil
        handle = nil
        let abandoned = pending
        pending = []
        for statement in abandoned { statement.continuation?.resume(returning: .failure(statement.error?.asLossOfConnection ?? reason)) }
        for continuation in closeContinuations { continuation.resume(returning: reason) }
        closeContinuations = []
    }

    // MARK: Statements

    /// Sends a statement behind those that were sent before, and waits for its rows.
    ///
    /// - Parameters:
    ///   - transaction: the open transaction that the statement belongs to.
    ///   - isCancellable: false for statements that must have their answer, such as `COMMIT`.
    func query(
        _ sql: SQL, preparation: Preparation = .reused, transaction: UInt64? = nil, isCancellable: Bool = true
    ) async throws(PostgresError) -> PostgresRows {
        guard transaction == nil || transaction == currentTransaction else { throw .transactionAborted }
        for case .invalid(let reason) in sql.parameters { throw .invalidParameter(reason) }
        // The protocol counts parameters in 16 bits.
        guard sql.parameters.count <= 65_535 else { throw .invalidParameter("one of more than 65,535") }
        lastID += 1
        let id = lastID
        let statement = Pending(id: id, text: sql.text, parameters: sql.parameters, sent: .now, transaction: transaction)
        // Both closures name self: one that reaches it only through a local function would not run on this actor.
        guard isCancellable else {
            return try await withCheckedContinuation { self.send(statement, preparation: preparation, continuation: $0) }.get()
        }
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { self.send(statement, preparation: preparation, continuation: $0) }
        } onCancel: {
            Task { await self.abandon(id) }
        }.get()
    }

    private func send(
        _ statement: Pending, preparation: Preparation, continuation: CheckedContinuation<Result<PostgresRows, PostgresError>, Never>?
    ) {
        assertIsolated()
        guard let handle else {
            continuation?.resume(returning: .failure(closeReason ?? .unavailable("the connection is not open")))
            return
        }
        var statement = statement
        statement.continuation = continuation
        var isSent = true
        if preparation == .reused, options.preparesStatements {
            switch statements.entry(for: statement.text) {
            case .prepared(let name):
                statement.name = name
                statement.reliesOnEarlierPreparation = true
            case .new(let name, let evicted):
                statement.name = name
                statement.preparationSteps = evicted == nil ? 1 : 2
                if let evicted { isSent = PQsendQueryParams(handle.pointer, "DEALLOCATE \(evicted)", 0, nil, nil, nil, nil, 0) == 1 }
                isSent = isSent && PQsendPrepare(handle.pointer, name, statement.text, 0, nil) == 1
            }
        }
        let values = statement.parameters.map { if case .text(let text) = $0 { text } else { nil as String? } }
        let count = Int32(values.count)
        isSent =
            isSent
            && withCStrings(values) { values in
                if let name = statement.name {
                    PQsendQueryPrepared(handle.pointer, name, count, values, nil, nil, 0) == 1
                } else {
                    PQsendQueryParams(handle.pointer, statement.text, count, nil, values, nil, nil, 0) == 1
                }
            }
        if pending.isEmpty { lastProgress = .now }
        pending.append(statement)
        // After checks of our own, sending fails only when the connection or memory has gone.
        guard isSent, PQpipelineSync(handle.pointer) == 1 else { return close(.unavailable(handle.message)) }
        flush()
        watch()
    }

    private func flush() {
        guard let handle else { return }
        switch PQflush(handle.pointer) {
        case 0: events?.setWriting(false)
        case 1: events?.setWriting(true)
        default: close(.unavailable(handle.message))
        }
    }

    /// The caller of `id` has gone; its answer will be dropped.
    private func abandon(_ id: UInt64) {
        guard let index = pending.firstIndex(where: { $0.id == id }), let continuation = pending[index].continuation else { return }
        pending[index].continuation = nil
        continuation.resume(returning: .failure(.cancelled))
    }

    // MARK: Answers

    private func receive() {
        guard let handle else { return }
        repeat {
            let isAlive = PQconsumeInput(handle.pointer) == 1
            // What came before the end of the connection is read first: it may say why it ended.
            readResults(handle)
            guard self.handle != nil else { return }
            guard isAlive else { return close(.unavailable(handle.message)) }
        } while SocketEvents.isReadable(PQsocket(handle.pointer))
        flush()
    }

    private func readResults(_ handle: ConnectionHandle) {
        var wasEndOfStatement = false
        // While there are statements in flight, a second NULL in a row means that libpq has nothing more to say for now.
        while !pending.isEmpty, PQisBusy(handle.pointer) == 0 {
            guard let pointer = PQgetResult(handle.pointer) else {
                if wasEndOfStatement { return }
                wasEndOfStatement = true
                continue
            }
            wasEndOfStatement = false
            lastProgress = .now
            let result = PostgresRows.Result(pointer)
            switch PQresultStatus(pointer) {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                pending[0].rows = PostgresRows(result)
                pending[0].preparationSteps -= 1
            case PGRES_FATAL_ERROR:
                // The first error is the cause; what follows in the same Sync is skipped.
                if pending[0].error == nil { pending[0].error = PostgresError(result: pointer) }
            case PGRES_PIPELINE_ABORTED:
                break
            case PGRES_PIPELINE_SYNC:
                finish(pending.removeFirst())
            default:
                return close(.unavailable("an answer of a kind that is never asked for, such as COPY's"))
            }
            guard self.handle != nil else { return }
        }
    }

    private func finish(_ statement: Pending) {
        guard let error = statement.error else {
            statement.continuation?.resume(returning: statement.rows.map { .success($0) } ?? .failure(.unavailable("an empty answer")))
            return
        }
        if let name = statement.name, statement.preparationSteps > 0 || error.isUnusablePlan {
            statements.forget(statement.text, name: name)
        }
        // Nothing was executed, so it may be sent again: the statement that was to prepare the name failed, or tables have changed since.
        // In a transaction there is no second attempt, since the error has aborted it.
        if error.isUnusablePlan, statement.reliesOnEarlierPreparation, !statement.isSecondAttempt, statement.transaction == nil,
            statement.continuation != nil
        {
            var again = Pending(id: statement.id, text: statement.text, parameters: statement.parameters, sent: statement.sent)
            again.isSecondAttempt = true
            return send(again, preparation: .once, continuation: statement.continuation)
        }
        statement.continuation?.resume(returning: .failure(error))
    }

    // MARK: Time

    /// Looks, while anything is in flight, once in a while whether callers have waited too long or the connection hangs.
    private func watch() {
        guard !isWatching, !pending.isEmpty else { return }
        isWatching = true
        executor.queue.asyncAfter(deadline: .now() + min(1, options.queryTimeout.timeInterval / 4)) { [weak self] in
            self?.assumeIsolated { $0.checkTime() }
        }
    }

    private func checkTime() {
        isWatching = false
        let now = ContinuousClock.now
        for index in pending.indices where now - pending[index].sent > options.queryTimeout {
            pending[index].continuation?.resume(returning: .failure(.timeout))
            pending[index].continuation = nil
        }
        // The server ends a statement at `queryTimeout` itself. When it does not (PgBouncer, a dead network), nothing more will come.
        if let handle, !pending.isEmpty, now - lastProgress > options.queryTimeout + .seconds(2) {
            cancelRunningStatement(handle)
            close(.timeout)
        }
        watch()
    }

    /// Asks the server to stop what it does for this connection. The request is a connection of its own, and libpq makes it blocking.
    private func cancelRunningStatement(_ handle: ConnectionHandle) {
        guard let request = PQgetCancel(handle.pointer) else { return }
        nonisolated(unsafe) let owned = request  // only the block below uses it from here on
        DispatchQueue.global().async {
            var buffer = [CChar](repeating: 0, count: 256)
            PQcancel(owned, &buffer, Int32(buffer.count))
            PQfreeCancel(owned)
        }
    }

    // MARK: Transactions

    /// Starts a transaction; until `end`, only statements that name it belong to it. The pool keeps others away meanwhile.
    func begin() async throws(PostgresError) -> UInt64 {
        lastID += 1
        let transaction = lastID
        currentTransaction = transaction
        do throws(PostgresError) {
            _ = try await query("BEGIN", preparation: .once, isCancellable: false)
        } catch {
            close(error)
            throw error
        }
        return transaction
    }

    /// Ends the open transaction. When that fails the connection is closed: the server then rolls back by itself.
    func end(commit: Bool) async throws(PostgresError) {
        currentTransaction = nil
        let answer: PostgresRows
        do throws(PostgresError) {
            answer = try await query(commit ? "COMMIT" : "ROLLBACK", preparation: .once, isCancellable: false)
        } catch {
            close(error)
            throw error
        }
        if commit, answer.commandTag == "ROLLBACK" { throw .transactionAborted }
    }
}

extension PostgresError {
    /// From an ErrorResponse.
    init(result: OpaquePointer) {
        func field(_ code: Character) -> String? {
            code.asciiValue.flatMap { PQresultErrorField(result, Int32($0)) }.map { String(cString: $0) }
        }
        // PG_DIAG_SQLSTATE, _MESSAGE_PRIMARY, _MESSAGE_DETAIL, _CONSTRAINT_NAME, _SOURCE_FUNCTION. An error of libpq's own has only a text.
        guard let sqlState = field("C") else {
            self = .unavailable(
                PQresultErrorMessage(result).map { String(cString: $0).split(whereSeparator: \.isNewline).joined(separator: "; ") } ?? "")
            return
        }
        var message = ServerMessage(sqlState: sqlState, message: field("M") ?? "", detail: field("D"), constraint: field("n"))
        message.function = field("R")
        switch sqlState {
        case "57014": self = .timeout  // query_canceled: by statement_timeout, or by `cancelRunningStatement`
        case "57P01", "57P02", "57P03", "57P05", "53300", "25P03": self = .unavailable(message.message)
        case _ where sqlState.hasPrefix("08"): self = .unavailable(message.message)
        default: self = .server(message)
        }
    }

    /// The prepared statement is not there (invalid_sql_statement_name), or returns other columns than when it was prepared
    /// ("cached plan must not change result type" has no SQLSTATE of its own).
    fileprivate var isUnusablePlan: Bool {
        guard case .server(let message) = self else { return false }
        return message.sqlState == "26000" || message.sqlState == "0A000" && message.function == "RevalidateCachedQuery"
    }
}
