/// The second half of an import, within its transaction: the old catalog out, the imported one in. Readers are never locked out; whoever
/// writes waits until the transaction ends.
internal import Postgres

struct CatalogExchange {
    /// What users have made; rows whose track or release is in the new catalog, under the same id, stay.
    private static let userTables = [
        (name: "PlaylistTrack", column: "trackId", refersTo: "LocalReleaseTrack"),
        (name: "FavoriteTrack", column: "trackId", refersTo: "LocalReleaseTrack"),
        (name: "FavoriteRelease", column: "releaseId", refersTo: "MusicBrainzRelease"),
    ]

    let connection: CopyConnection
    let stop: StopFlag
    /// For the progress.
    let bytes: Int
    let report: @Sendable (TransferProgress) -> Void

    /// - Parameter check: looks at the old catalog again, now that nobody can change it.
    /// - Returns: pictures that no row names any more.
    func run(totalRows: Int, check: () throws -> Void) throws -> [PicturePath] {
        var completed = 0
        func step(_ table: String) throws {
            try stop.check()
            report(TransferProgress(step: .replacing(table: table), completed: completed, total: totalRows, bytes: bytes))
        }
        let tables = CatalogTable.all.map(\.identifier) + Self.userTables.map { "\"\($0.name)\"" }
        try execute("LOCK TABLE \(tables.joined(separator: ", ")) IN SHARE ROW EXCLUSIVE MODE")
        try check()
        try keep("dmp_old_pictures", "SELECT DISTINCT \"path\" FROM (\(CatalogTable.picturePaths)) AS \"paths\"")
        for table in Self.userTables {
            try keep("dmp_kept_\(table.name)", "SELECT * FROM \"\(table.name)\"")
            try execute("DELETE FROM \"\(table.name)\"")
        }
        try withoutDeletionOfStoredPictures {
            for table in CatalogTable.all.reversed() {
                try step(table.name)
                try connection.execute(table.delete)
            }
        }
        for table in CatalogTable.all {
            try step(table.name)
            completed += try connection.execute(table.insert).affectedRows
        }
        for table in Self.userTables {
            try execute(
                """
                INSERT INTO "\(table.name)" SELECT * FROM "dmp_kept_\(table.name)" AS kept
                WHERE EXISTS (SELECT FROM "\(table.refersTo)" WHERE "id" = kept."\(table.column)")
                """)
        }
        try step("")
        let obsolete = try connection.execute(
            SQL(unescaped: "SELECT \"path\" FROM \"dmp_old_pictures\" EXCEPT \(CatalogTable.picturePaths)"))
        return try obsolete.compactMap { PicturePath(try $0.decode("path", as: String.self)) }
    }

    private func execute(_ statement: String) throws { try connection.execute(SQL(unescaped: statement)) }

    private func keep(_ name: String, _ selection: String) throws {
        try execute("CREATE TEMPORARY TABLE \"\(name)\" ON COMMIT DROP AS \(selection)")
    }

    /// Some databases have triggers that list the pictures of deleted rows for deletion from S3 (dmp-schema.md, Optional triggers). Here
    /// those rows come back, and S3 is the owner's.
    private func withoutDeletionOfStoredPictures(_ body: () throws -> Void) throws {
        let queue = try connection.execute("SELECT FROM pg_class WHERE oid = to_regclass('\"S3DeletionQueue\"')")
        guard !queue.isEmpty else { return try body() }
        try keep("dmp_kept_S3DeletionQueue", "SELECT \"id\" FROM \"S3DeletionQueue\"")
        try body()
        try execute(#"DELETE FROM "S3DeletionQueue" WHERE "id" NOT IN (SELECT "id" FROM "dmp_kept_S3DeletionQueue")"#)
    }
}
