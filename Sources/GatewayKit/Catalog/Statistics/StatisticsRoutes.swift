/// `/api/stats`: the row `main` of `Statistics`, or zeros.
import GatewayAPI
import Postgres

struct StatisticsRoutes: Sendable {
    let database: PostgresPool

    func add(to api: some RouterMethods<GatewayRequestContext>) {
        api.get("stats") { _, _ in try await database.requiredJSON(Self.statistics) }
    }

    /// The original never writes `plays` (dmp-api.md, section 5): unless the row says more, it is what was counted. Each play counts for a
    /// track and for its release's artist; adding up the tracks of a large library would take a second, its artists some milliseconds.
    private static let statistics: SQL = .answer(
        #"""
        SELECT coalesce(s."artists", 0) AS "artists", coalesce(s."tracks", 0) AS "tracks", coalesce(s."releases", 0) AS "releases",
        coalesce(s."genres", 0) AS "genres", coalesce(s."playtime", 0) AS "playtime",
        greatest(coalesce(s."plays", 0), CASE WHEN pg_relation_size('"LocalReleaseTrack"') < \#(unescaped: largeLibraryBytes)
            THEN (SELECT coalesce(sum("playCount"), 0) FROM "LocalReleaseTrack")
            ELSE (SELECT coalesce(sum("totalPlayCount"), 0) FROM "Artist") END) AS "plays",
        coalesce(s."artistsSyncedWithMusicbrainz", 0) AS "artistsSyncedWithMusicbrainz",
        coalesce(s."releasesSyncedWithMusicbrainz", 0) AS "releasesSyncedWithMusicbrainz",
        coalesce(s."artistsWithCoverArt", 0) AS "artistsWithCoverArt", coalesce(s."releasesWithCoverArt", 0) AS "releasesWithCoverArt",
        \#(SQL.date(#"s."lastScanStartedAt""#)) AS "lastScanStartedAt", \#(SQL.date(#"s."lastScanEndedAt""#)) AS "lastScanEndedAt"
        FROM (SELECT) AS one LEFT JOIN "Statistics" s ON s."id" = 'main'
        """#)

    /// Some fifty thousand tracks.
    private static let largeLibraryBytes = "33554432"
}
