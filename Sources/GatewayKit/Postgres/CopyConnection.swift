/// A connection of its own for `COPY`, which pipeline mode cannot do (libpq, Functions Associated with the COPY Command). It blocks and
/// belongs to one thread at a time: for commands that carry whole tables, never for requests.
internal import CPostgres
internal import Glibc

public final class CopyConnection {
    private let handle: ConnectionHandle
    /// Asks the server to stop the running statement; may be called from any thread.
    public let canceller: Canceller

    /// Unchecked because it holds a pointer: libpq allows `PQcancel` from any thread and never changes a `PGcancel` that it has made;
    /// it is freed when the last reference is gone.
    public final class Canceller: @unchecked Sendable {
        private let request: OpaquePointer

        init?(_ handle: ConnectionHandle) {
            guard let request = PQgetCancel(handle.pointer) else { return nil }
            self.request = request
        }

        deinit { PQfreeCancel(request) }

        /// Blocks for the time of one connection to the server.
        public func cancel() {
            var buffer = [CChar](repeating: 0, count: 256)
            PQcancel(request, &buffer, Int32(buffer.count))
        }
    }

    /// Connects.
    ///
    /// - Throws: `PostgresError.unavailable`.
    public init(_ url: DatabaseURL) throws(PostgresError) {
        guard let handle = ConnectionHandle(keywords: url.keywords(statementTimeout: .zero)) else { throw .unavailable("out of memory") }
        var status = PQstatus(handle.pointer) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while status != PGRES_POLLING_OK {
            guard status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING else { throw .unavailable(handle.message) }
            let wanted = Int16(status == PGRES_POLLING_READING ? POLLIN : POLLOUT)
            var socket = pollfd(fd: PQsocket(handle.pointer), events: wanted, revents: 0)
            guard poll(&socket, 1, 10_000) > 0 else { throw .unavailable("no answer within 10 seconds") }
            status = PQconnectPoll(handle.pointer)
        }
        guard let canceller = Canceller(handle) else { throw .unavailable("out of memory") }
        self.handle = handle
        self.canceller = canceller
    }

    /// Runs one statement, which may not be `COPY`.
    @discardableResult
    public func execute(_ sql: SQL) throws(PostgresError) -> PostgresRows {
        for case .invalid(let reason) in sql.parameters { throw .invalidParameter(reason) }
        let values = sql.parameters.map { if case .text(let text) = $0 { text } else { nil as String? } }
        let pointer = withCStrings(values) { PQexecParams(handle.pointer, sql.text, Int32(values.count), nil, $0, nil, nil, 0) }
        return try rows(pointer, expected: [PGRES_TUPLES_OK, PGRES_COMMAND_OK])
    }

    /// `COPY … TO STDOUT`: hands each row to `body` as it comes; the server waits meanwhile. After an error the connection is of no
    /// further use.
    public func copyOut(_ statement: SQL, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try rows(PQexec(handle.pointer, statement.text), expected: [PGRES_COPY_OUT])
        while true {
            var buffer: UnsafeMutablePointer<CChar>?
            let count = PQgetCopyData(handle.pointer, &buffer, 0)
            guard count > 0, let buffer else {
                if count == -1 { break }
                throw PostgresError.unavailable(handle.message)
            }
            defer { PQfreemem(buffer) }
            try body(UnsafeRawBufferPointer(start: buffer, count: Int(count)))
        }
        try finishCopy()
    }

    /// Begins `COPY … FROM STDIN`; the data follow with `putCopyData`, in pieces of any size.
    public func beginCopyIn(_ statement: SQL) throws(PostgresError) {
        try rows(PQexec(handle.pointer, statement.text), expected: [PGRES_COPY_IN])
    }

    /// Waits while the server does not take more.
    public func putCopyData(_ bytes: [UInt8]) throws(PostgresError) {
        let isSent = bytes.withUnsafeBytes { bytes in
            PQputCopyData(handle.pointer, bytes.bindMemory(to: CChar.self).baseAddress, Int32(clamping: bytes.count)) == 1
        }
        guard isSent else { throw .unavailable(handle.message) }
    }

    /// - Returns: how many rows the server has taken.
    public func endCopyIn() throws(PostgresError) -> Int {
        guard PQputCopyEnd(handle.pointer, nil) == 1 else { throw .unavailable(handle.message) }
        return try finishCopy()
    }

    @discardableResult
    private func finishCopy() throws(PostgresError) -> Int {
        let count = try rows(PQgetResult(handle.pointer), expected: [PGRES_COMMAND_OK]).affectedRows
        while let rest = PQgetResult(handle.pointer) { PQclear(rest) }
        return count
    }

    @discardableResult
    private func rows(_ pointer: OpaquePointer?, expected: [ExecStatusType]) throws(PostgresError) -> PostgresRows {
        guard let pointer else { throw .unavailable(handle.message) }
        let result = PostgresRows.Result(pointer)
        guard expected.contains(PQresultStatus(pointer)) else { throw PostgresError(result: pointer) }
        return PostgresRows(result)
    }
}
