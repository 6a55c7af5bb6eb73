/// What a release's row says of all of its tracks, after some have come or gone; and its end, when none is left.
internal import Foundation
internal import Postgres

/// What has gone with tracks.
struct Removal: Sendable {
    /// Who may have nothing left.
    var artists: Set<String> = []
    /// Of releases that are no more.
    var images: [String] = []
}

enum ReleaseUpkeep {
    /// Sums up the releases, and deletes those without tracks. A MusicBrainz release stays, as missing; one that stood in for an unmatched
    /// release, to be a favourite, goes with it.
    static func refresh(_ ids: Set<String>, _ transaction: PostgresTransaction, _ removal: inout Removal) async throws {
        guard !ids.isEmpty else { return }
        let column = TextColumn(ids)
        // "C": the same first path in every database.
        try await transaction.query(
            """
            UPDATE "LocalRelease" r SET "totalDuration" = s."seconds", "totalFileSize" = s."bytes", "folderPath" = s."folder",
                "totalPlayCount" = greatest(r."totalPlayCount", s."plays"), "lastPlayedAt" = greatest(r."lastPlayedAt", s."played"),
                "updatedAt" = \(Date())
            FROM (
                SELECT k."localReleaseId" AS "id", least(sum(k."duration"), 2147483647)::int AS "seconds",
                    coalesce(sum(k."fileSize"), 0)::bigint AS "bytes", least(sum(k."playCount"), 2147483647)::int AS "plays",
                    max(k."lastPlayedAt") AS "played", substring(min(k."filePath" COLLATE "C") FROM '^(.*)/[^/]*$') AS "folder"
                FROM "LocalReleaseTrack" k WHERE k."localReleaseId" = ANY(\(column)::text[]) GROUP BY 1
            ) s
            WHERE r."id" = s."id"
            """)
        let rows = try await transaction.query(
            """
            DELETE FROM "LocalRelease" r WHERE r."id" = ANY(\(column)::text[])
                AND NOT EXISTS (SELECT FROM "LocalReleaseTrack" k WHERE k."localReleaseId" = r."id")
            RETURNING r."id", r."artistId", r."releaseId", r."image"
            """)
        guard !rows.isEmpty else { return }
        var gone: [String] = []
        var matches: [String] = []
        for row in rows {
            gone.append(try row.decode("id"))
            removal.artists.insert(try row.decode("artistId"))
            if let match = try row.decode("releaseId", as: String?.self) { matches.append(match) }
            if let image = try row.decode("image", as: String?.self) { removal.images.append(image) }
        }
        try await transaction.query(
            """
            DELETE FROM "MusicBrainzRelease" m
            WHERE m."id" = ANY(\(TextColumn(gone.map { "unmatched-" + $0 }))::text[]) AND m."musicbrainzId" IS NULL
                AND NOT EXISTS (SELECT FROM "LocalRelease" r WHERE r."releaseId" = m."id")
            """)
        try await transaction.query(
            """
            UPDATE "MusicBrainzRelease" m SET "status" = 'MISSING', "updatedAt" = \(Date())
            WHERE m."id" = ANY(\(TextColumn(matches))::text[])
                AND NOT EXISTS (SELECT FROM "LocalRelease" r WHERE r."releaseId" = m."id")
            """)
    }
}
