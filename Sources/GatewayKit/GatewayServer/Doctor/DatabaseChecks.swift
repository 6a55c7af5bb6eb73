/// What `dmp doctor` says of the database.
import GatewayAPI
import Postgres

enum DatabaseChecks {
    /// What the statements need (`MATERIALIZED`).
    private static let oldestVersion = 120_000

    @Sendable static func connection(_ patient: Patient) -> [Finding] {
        guard let schema = patient.schema else { return patient.databaseFindings }
        let version: Finding =
            schema.versionNumber >= oldestVersion
            ? .fine("PostgreSQL \(schema.version)")
            : .broken("PostgreSQL \(schema.version) is too old", "upgrade to PostgreSQL 12 or newer")
        return patient.databaseFindings + [version]
    }

    @Sendable static func schema(_ patient: Patient) -> [Finding] {
        guard let schema = patient.schema else { return [] }
        guard schema.hasLibrary else { return [.fine("empty; `dmp serve` makes the tables at its first start")] }
        var findings = schema.missingColumns.sorted { $0.key < $1.key }.map { table, columns in
            Finding.broken(
                "table \"\(table)\" lacks \(columns.sorted().map { "\"\($0)\"" }.joined(separator: ", "))",
                "bring the database to the newest schema with the original's `prisma db push`")
        }
        if findings.isEmpty { findings = [.fine("complete, as \(schema.joinTablesHaveKeys ? "Prisma 6" : "Prisma 5") makes it")] }
        if !schema.hasTrackArtists { findings.append(.fine("no rows in \"TrackArtist\": artists are taken from their releases alone")) }
        return findings
    }

    /// Suggestions alone; `dmp db tune` follows them.
    @Sendable static func indexes(_ patient: Patient) async throws -> [Finding] {
        guard let pool = patient.database, patient.schema?.hasLibrary == true else { return [] }
        let indexes = try await SuggestedIndexes(of: pool)
        var findings: [Finding] = indexes.missing.filter { !$0.isTrigram || indexes.trigram != .missing }.map { index in
            .advice("\(index.purpose) would be faster with an index", "`dmp db tune`, or: \(index.statement)")
        }
        if indexes.trigram == .missing {
            findings.append(.advice("no extension pg_trgm on the database's server", "install its package, such as postgresql-contrib"))
        }
        return findings.isEmpty ? [.fine("all there")] : findings
    }
}
