/// What is in a database, compared to what the site reads and writes: for `dmp doctor`. Changes nothing.

public struct SchemaInspection: Sendable {
    /// Such as `15.18`.
    public let version: String
    /// `server_version_num`, such as 150018.
    public let versionNumber: Int
    /// False in an empty database, and in one of something else.
    public let hasLibrary: Bool
    /// Columns that the site needs and the database lacks, by table; all of a table's when there is no such table.
    public let missingColumns: [String: [String]]
    /// The primary key of Prisma 6 on the tables between two others; false for the unique index of earlier versions.
    public let joinTablesHaveKeys: Bool
    /// Older libraries name their artists in `LocalRelease` alone.
    public let hasTrackArtists: Bool

    /// Tables of the original's other programs, which the site does not touch.
    private static let foreignTables: Set<String> = [
        "SearchSource", "Settings", "IndexCheckpoint", "SyncCheckpoint", "S3DeletionQueue", "_ReleaseGenres",
    ]

    /// - Throws: `PostgresError`.
    public init(of pool: PostgresPool) async throws {
        let wanted = SchemaDefinition.columns.filter { !Self.foreignTables.contains($0.key) }
        let pairs = wanted.flatMap { table, columns in columns.map { (table, $0) } }
        let missing = try await pool.query(
            """
            SELECT t."table", t."column" FROM unnest(\(pairs.map(\.0))::text[], \(pairs.map(\.1))::text[]) AS t("table", "column")
            WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(quote_ident(t."table")) AND attname = t."column" AND NOT attisdropped)
            """)
        var missingColumns: [String: [String]] = [:]
        for row in missing { missingColumns[try row.decode("table"), default: []].append(try row.decode("column")) }
        self.missingColumns = missingColumns
        hasLibrary = missingColumns["Artist"]?.contains("id") != true
        let facts = try await pool.query(
            """
            SELECT current_setting('server_version') AS "version", current_setting('server_version_num')::int AS "number",
            EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass('"_ArtistGenres"') AND contype = 'p') AS "keys"
            """)
        guard let row = facts.first else { throw PostgresError.unavailable("an empty answer") }
        version = try row.decode("version")
        versionNumber = try row.decode("number")
        joinTablesHaveKeys = try row.decode("keys")
        if missingColumns["TrackArtist"] == nil {
            hasTrackArtists = try await !pool.query(#"SELECT FROM "TrackArtist" LIMIT 1"#).isEmpty
        } else {
            hasTrackArtists = false
        }
    }
}
