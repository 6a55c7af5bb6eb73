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
    ///   - isOwn: adds `SuggestedIndex.all`; for the embedded database alone.
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
            if isOwn { try await SuggestedIndexes.create(in: transaction) }
            return .created
        }
    }
}
