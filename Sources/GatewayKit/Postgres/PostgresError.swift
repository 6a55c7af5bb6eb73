/// What can go wrong between this process and its database. GatewayServer maps it to an HTTP status; nothing here holds a secret.

public enum PostgresError: Error, Sendable, Equatable {
    /// No connection: not reachable, shut down or starting, refused, or lost on the way (then it is unknown whether a change was made).
    /// The pool goes on trying by itself.
    case unavailable(String)
    /// The statement, or the wait for a connection, took longer than the pool's `queryTimeout`.
    case timeout
    /// As many callers wait already as the pool lets wait.
    case queueFull
    /// The task that asked has been cancelled.
    case cancelled
    /// The server refused or aborted the statement.
    case server(ServerMessage)
    /// A column is missing, or its value is not one of the wanted type.
    case decoding(column: String, expected: String)
    /// A value that Postgres cannot store; nothing was sent.
    case invalidParameter(String)
    /// `COMMIT` was answered with `ROLLBACK`: a statement of the transaction had failed, and its error was swallowed.
    case transactionAborted

    /// The fields of an ErrorResponse (PostgreSQL, Error and Notice Message Fields) that callers decide by.
    public struct ServerMessage: Sendable, Equatable {
        /// Five characters (PostgreSQL, Appendix A).
        public var sqlState: String
        public var message: String
        public var detail: String?
        /// The violated constraint or unique index.
        public var constraint: String?
        /// The server's C function that reported it; tells apart what shares an SQLSTATE, whatever language messages are in.
        var function: String?

        public init(sqlState: String, message: String, detail: String? = nil, constraint: String? = nil) {
            self.sqlState = sqlState
            self.message = message
            self.detail = detail
            self.constraint = constraint
        }
    }

    /// The SQLSTATE, when the server has answered.
    public var sqlState: String? {
        if case .server(let message) = self { message.sqlState } else { nil }
    }

    public var isUniqueViolation: Bool { sqlState == "23505" }
    public var isForeignKeyViolation: Bool { sqlState == "23503" }

    /// What this error means to whoever depended on the connection that it ended.
    var asLossOfConnection: PostgresError {
        switch self {
        case .unavailable: self
        case .server(let message): .unavailable(message.message)
        default: .unavailable(description)
        }
    }
}

extension PostgresError: CustomStringConvertible {
    /// For logs.
    public var description: String {
        switch self {
        case .unavailable(let reason): "the database is not available: \(reason)"
        case .timeout: "the database did not answer in time"
        case .queueFull: "too many requests wait for the database"
        case .cancelled: "the request was cancelled"
        case .server(let message):
            "SQLSTATE \(message.sqlState): \(message.message)" + (message.detail.map { " (\($0))" } ?? "")
        case .decoding(let column, let expected): "column \(column) is not \(expected)"
        case .invalidParameter(let reason): "a parameter is \(reason)"
        case .transactionAborted: "the transaction was rolled back because a statement in it had failed"
        }
    }
}
