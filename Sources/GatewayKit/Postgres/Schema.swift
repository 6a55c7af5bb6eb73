/// Creates the schema in a database that has none. Called once at start-up, before requests are served; never alters an existing one.

public enum Schema {
    /// What `create` found.
    public enum Outcome: Sendable, Equatable {
        case created
        /// There is an `"Artist"` table: nothing was changed.
        case existed
    }

    /// Creates all tables in one transaction when the database has no `"Artist"` table.
    ///
    /// - Parameters:
    ///   - schema: `DatabaseURL.schema`; created when it is missing.
    ///   - isOwn: adds indexes that the original does not have; for the embedded database alone.
    /// - Throws: `PostgresError`, for instance when the user may not create tables.
    @discardableResult
    public static func createIfMissing(in pool: PostgresPool, schema: String? = nil, isOwn: Bool = false) async throws -> Outcome {
        try await pool.withTransaction { transaction in
            // Two servers that start at once must not both find nothing. The number is arbitrary and fixed.
            try await transaction.queryOnce("SELECT pg_advisory_xact_lock(7246010512)")
            let found = try await transaction.queryOnce("SELECT to_regclass('\"Artist\"') IS NOT NULL AS found")
            if try found.first?.decode("found", as: Bool.self) ?? false { return .existed }
            if let schema {
                let identifier = "\"" + schema.replacing("\"", with: "\"\"") + "\""
                try await transaction.queryOnce("CREATE SCHEMA IF NOT EXISTS \(unescaped: identifier)")
            }
            for statement in SchemaDefinition.statements { try await transaction.queryOnce(statement) }
            if isOwn { try await createOwnIndexes(in: transaction) }
            return .created
        }
    }

    private static func createOwnIndexes(in transaction: PostgresTransaction) async throws {
        for statement in SchemaDefinition.ownIndexes { try await transaction.queryOnce(statement) }
        // Debian ships pg_trgm with the server; elsewhere it may be a package of its own.
        let available = try await transaction.queryOnce("SELECT FROM pg_available_extensions WHERE name = 'pg_trgm'")
        guard !available.isEmpty else { return }
        try await transaction.queryOnce("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for statement in SchemaDefinition.ownTextIndexes { try await transaction.queryOnce(statement) }
    }
}
