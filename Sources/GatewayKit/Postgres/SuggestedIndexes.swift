/// The indexes that the site asks for and the original's schema lacks: one table. An embedded database has them all (`Schema`); for an
/// owner's database `dmp doctor` suggests the missing ones, and `dmp db tune` creates them on request. Nothing else ever adds one.

public struct SuggestedIndex: Sendable, Equatable {
    public let name: String
    public let table: String
    /// Method and columns as Postgres writes them itself (`pg_get_indexdef`, after `USING`): what is there is found by comparing.
    let definition: String
    /// What gets faster by it, for the owner.
    public let purpose: String

    /// Whether it needs the extension pg_trgm.
    public var isTrigram: Bool { definition.contains("gin_trgm_ops") }

    /// In one line.
    public var statement: String { statement(concurrently: true) }

    /// - Parameter concurrently: without locking out those who write, and outside of a transaction.
    func statement(concurrently: Bool) -> String {
        "CREATE INDEX \(concurrently ? "CONCURRENTLY " : "")\"\(name)\" ON \"\(table)\" USING \(definition)"
    }

    public static let all: [SuggestedIndex] = [
        SuggestedIndex("Artist", "totalPlayCount", #"btree ("totalPlayCount" DESC, slug)"#, purpose: "artists by plays"),
        SuggestedIndex("Artist", "averageMatchScore", #"btree ("averageMatchScore" DESC NULLS LAST, slug)"#, purpose: "artists by score"),
        SuggestedIndex("Artist", "createdAt", #"btree ("createdAt" DESC, slug)"#, purpose: "newest artists"),
        SuggestedIndex("LocalRelease", "createdAt", #"btree ("createdAt" DESC, id)"#, purpose: "newest releases"),
        SuggestedIndex(
            "LocalRelease", "lastPlayedAt", #"btree ("lastPlayedAt" DESC, id) WHERE ("lastPlayedAt" IS NOT NULL)"#,
            purpose: "releases played last"),
        SuggestedIndex("LocalRelease", "year", "btree (year, title, id)", purpose: "the timeline"),
        SuggestedIndex("Artist", "name_trgm", "gin (name gin_trgm_ops)", purpose: "searching artists"),
        SuggestedIndex("LocalRelease", "title_trgm", "gin (title gin_trgm_ops)", purpose: "searching releases"),
        SuggestedIndex("MusicBrainzRelease", "title_trgm", "gin (title gin_trgm_ops)", purpose: "searching releases"),
        SuggestedIndex("LocalReleaseTrack", "title_trgm", "gin (title gin_trgm_ops)", purpose: "searching tracks"),
    ]

    private init(_ table: String, _ subject: String, _ definition: String, purpose: String) {
        name = "\(table)_\(subject)_idx"
        self.table = table
        self.definition = definition
        self.purpose = purpose
    }
}

/// Which of `SuggestedIndex.all` a database has, and making the others.
public struct SuggestedIndexes: Sendable {
    /// Not there, or there and not valid, in the table's order. Without those of tables that the database does not have.
    public let missing: [SuggestedIndex]
    /// Of `missing`: left behind by a creation that was interrupted, and to be dropped first.
    public let invalid: Set<String>
    /// Whether pg_trgm is there, or can be made by `CREATE EXTENSION`.
    public let trigram: Extension

    public enum Extension: Sendable { case present, available, missing }

    /// Compares by definition, so that an index of another name counts.
    /// - Throws: `PostgresError`.
    public init(of pool: PostgresPool) async throws {
        let rows = try await pool.query(
            """
            SELECT t."name", t."definition", i.indexrelid IS NULL OR NOT i.indisvalid AS "isMissing",
            EXISTS (SELECT FROM pg_class c JOIN pg_index x ON x.indexrelid = c.oid
                WHERE c.relname = t."name" AND NOT x.indisvalid AND x.indrelid = to_regclass(quote_ident(t."table"))) AS "isInvalid"
            FROM unnest(\(SuggestedIndex.all.map(\.name))::text[], \(SuggestedIndex.all.map(\.table))::text[],
                \(SuggestedIndex.all.map(\.definition))::text[]) AS t("name", "table", "definition")
            LEFT JOIN LATERAL (
                SELECT x.* FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
                WHERE x.indrelid = to_regclass(quote_ident(t."table"))
                AND (c.relname = t."name" OR substring(pg_get_indexdef(x.indexrelid) FROM ' USING (.*)$') = t."definition")
                ORDER BY x.indisvalid DESC LIMIT 1
            ) i ON true
            WHERE to_regclass(quote_ident(t."table")) IS NOT NULL
            """)
        var missing: Set<String> = []
        var invalid: Set<String> = []
        for row in rows {
            let name = try row.decode("name", as: String.self)
            if try row.decode("isMissing", as: Bool.self) { missing.insert(name) }
            if try row.decode("isInvalid", as: Bool.self) { invalid.insert(name) }
        }
        self.missing = SuggestedIndex.all.filter { missing.contains($0.name) }
        self.invalid = invalid
        let found = try await pool.query(
            "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') AS present FROM pg_available_extensions WHERE name = 'pg_trgm'"
        )
        switch try found.first?.decode("present", as: Bool.self) {
        case true?: trigram = .present
        case false?: trigram = .available
        case nil: trigram = .missing
        }
    }

    /// What would be executed, in order: the extension where it is to be made, drops of invalid indexes, creations. Without the trigram
    /// indexes where there is no extension.
    public var statements: [String] {
        var statements: [String] = []
        let wanted = missing.filter { !$0.isTrigram || trigram != .missing }
        if trigram == .available, wanted.contains(where: \.isTrigram) { statements.append(Self.createExtension) }
        for index in wanted {
            if invalid.contains(index.name) { statements.append("DROP INDEX CONCURRENTLY \"\(index.name)\"") }
            statements.append(index.statement)
        }
        return statements
    }

    private static let createExtension = "CREATE EXTENSION IF NOT EXISTS pg_trgm"

    /// Creates what is missing while others go on reading and writing.
    ///
    /// - Parameters:
    ///   - pool: its statement timeout must allow for the size of the tables.
    ///   - progress: called before each statement.
    /// - Throws: `PostgresError`; what was made until then stays, and doing it again goes on. An extension that this user may not make is
    ///   no error: the indexes that need it are left out.
    public func create(in pool: PostgresPool, progress: @Sendable (String) async -> Void) async throws {
        var hasTrigram = true
        for statement in statements {
            guard hasTrigram || !statement.contains("gin_trgm_ops") else { continue }
            await progress(statement)
            do throws(PostgresError) {
                try await pool.query(SQL(unescaped: statement))
            } catch {
                guard statement == Self.createExtension, error.sqlState == "42501" else { throw error }
                hasTrigram = false
                await progress("-- left out the indexes for searching: only a superuser may create the extension pg_trgm here")
            }
        }
    }

    /// All of them in an empty database of our own.
    static func create(in transaction: PostgresTransaction) async throws {
        // Debian ships pg_trgm with the server; elsewhere it may be a package of its own.
        let available = try await transaction.queryOnce("SELECT FROM pg_available_extensions WHERE name = 'pg_trgm'")
        if !available.isEmpty { try await transaction.queryOnce(SQL(unescaped: createExtension)) }
        for index in SuggestedIndex.all where !index.isTrigram || !available.isEmpty {
            try await transaction.queryOnce(SQL(unescaped: index.statement(concurrently: false)))
        }
    }
}
