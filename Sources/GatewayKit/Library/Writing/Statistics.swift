/// The row `Statistics`, as far as an indexer keeps it (dmp-schema §5).
internal import Foundation
internal import Postgres

enum Statistics {
    static func begin(_ database: PostgresPool) async throws {
        let now = Date()
        try await database.query(
            """
            INSERT INTO "Statistics" ("id", "lastScanStartedAt", "updatedAt") VALUES ('main', \(now), \(now))
            ON CONFLICT ("id") DO UPDATE SET "lastScanStartedAt" = excluded."lastScanStartedAt", "updatedAt" = excluded."updatedAt"
            """)
    }

    static func end(_ database: PostgresPool) async throws {
        let now = Date()
        try await database.query(
            """
            INSERT INTO "Statistics" ("id", "artists", "tracks", "playtime", "releases", "releasesWithCoverArt", "genres", "lastScanEndedAt",
                "updatedAt")
            SELECT 'main', (SELECT count(*) FROM "Artist"), k."count", k."seconds", r."count", r."covers", (SELECT count(*) FROM "Genre"),
                \(now), \(now)
            FROM (SELECT count(*) AS "count", coalesce(sum("duration"), 0) AS "seconds" FROM "LocalReleaseTrack") k,
                (SELECT count(*) AS "count", count(*) FILTER (WHERE coalesce("image", "imageUrl", '') <> '') AS "covers" FROM "LocalRelease") r
            ON CONFLICT ("id") DO UPDATE SET "artists" = excluded."artists", "tracks" = excluded."tracks", "playtime" = excluded."playtime",
                "releases" = excluded."releases", "releasesWithCoverArt" = excluded."releasesWithCoverArt", "genres" = excluded."genres",
                "lastScanEndedAt" = excluded."lastScanEndedAt", "updatedAt" = excluded."updatedAt"
            """)
    }

    /// Whether the database waits for its first indexing: it holds no music, or a first run was not finished.
    static func isUnindexed(_ database: PostgresPool) async throws -> Bool {
        let rows = try await database.query(
            """
            SELECT NOT EXISTS (SELECT FROM "Artist") AND NOT EXISTS (SELECT FROM "LocalReleaseTrack")
                OR EXISTS (SELECT FROM "Statistics" WHERE "lastScanStartedAt" IS NOT NULL AND "lastScanEndedAt" IS NULL) AS "isUnindexed"
            """)
        return try rows.first?.decode("isUnindexed", as: Bool.self) ?? false
    }
}
