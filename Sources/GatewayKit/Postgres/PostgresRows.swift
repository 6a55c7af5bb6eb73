/// The result of a query: rows over libpq's own memory, decoded on demand.
internal import CPostgres

/// The rows of one query, in order.
public struct PostgresRows: Sendable, RandomAccessCollection {
    let result: Result
    public let startIndex = 0
    public let endIndex: Int

    init(_ result: Result) {
        self.result = result
        endIndex = result.rowCount
    }

    public subscript(position: Int) -> PostgresRow {
        precondition(indices.contains(position), "row \(position) of \(endIndex)")
        return PostgresRow(result: result, index: Int32(position))
    }

    /// How many rows the statement has inserted, updated, deleted or selected; 0 for other statements.
    public var affectedRows: Int { result.affectedRows }

    /// The word that the server calls the statement by, such as `ROLLBACK` or `INSERT 0 1`.
    var commandTag: String { result.commandTag }

    /// Owns one `PGresult`.
    ///
    /// Unchecked because the handle is a pointer: a `PGresult` is never changed once libpq has returned it, reading it from several threads
    /// at once is allowed (libpq, Behavior in Threaded Programs), and it is freed when the last reference is gone.
    final class Result: @unchecked Sendable {
        private let handle: OpaquePointer
        private let columns: [String: Int32]
        let rowCount: Int

        init(_ handle: OpaquePointer) {
            self.handle = handle
            var columns: [String: Int32] = [:]
            for column in 0..<PQnfields(handle) {
                guard let name = PQfname(handle, column) else { continue }
                columns[String(cString: name)] = column
            }
            self.columns = columns
            rowCount = Int(PQntuples(handle))
        }

        deinit { PQclear(handle) }

        func column(_ name: String) -> Int32? { columns[name] }

        /// The bytes of a value, nil for NULL; valid as long as this object.
        func value(row: Int32, column: Int32) -> UnsafeRawBufferPointer? {
            guard PQgetisnull(handle, row, column) == 0, let start = PQgetvalue(handle, row, column) else { return nil }
            return UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(handle, row, column)))
        }

        var affectedRows: Int { PQcmdTuples(handle).flatMap { Int(String(cString: $0)) } ?? 0 }

        var commandTag: String { PQcmdStatus(handle).map { String(cString: $0) } ?? "" }
    }
}

/// One row. Columns go by the name that the statement gives them.
public struct PostgresRow: Sendable {
    let result: PostgresRows.Result
    let index: Int32

    /// - Parameter type: what the column holds; an `Optional` where it can be NULL.
    /// - Throws: `PostgresError.decoding` when there is no such column, or its value is not one of `type`.
    public func decode<Value: PostgresDecodable>(_ column: String, as type: Value.Type = Value.self) throws(PostgresError) -> Value {
        guard let number = result.column(column), let value = Value.decode(result.value(row: index, column: number)) else {
            throw .decoding(column: column, expected: String(describing: type))
        }
        return value
    }

    /// Gives the column's text to `body` without a copy; nil for NULL. The pointer is valid only during the call.
    public func withBytes<Value, Failure: Error>(
        of column: String, _ body: (UnsafeRawBufferPointer?) throws(Failure) -> Value
    ) throws -> Value {
        guard let number = result.column(column) else { throw PostgresError.decoding(column: column, expected: "there") }
        return try withExtendedLifetime(result) { try body(result.value(row: index, column: number)) }
    }
}
