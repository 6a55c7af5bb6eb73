/// `/api/stats`: the row `main` of `Statistics`, or zeros.
import GatewayAPI
import Postgres

struct StatisticsRoutes: Sendable {
    let database: PostgresPool

    func add(to api: some RouterMethods<GatewayRequestContext>) {
        api.get("stats") { _, _ in try await database.requiredJSON(Self.statistics) }
    }

    /// Nothing ever writes `plays`, so it is what the artists' counters add up to (dmp-api.md, section 5).
    private static let statistics: SQL = .answer(
        #"""
        SELECT coalesce(s."artists", 0) AS "artists", coalesce(s."tracks", 0) AS "tracks", coalesce(s."releases", 0) AS "releases",
        coalesce(s."genres", 0) AS "genres", coalesce(s."playtime", 0) AS "playtime",
        greatest(coalesce(s."plays", 0), (SELECT coalesce(sum("totalPlayCount"), 0) FROM "Artist")) AS "plays",
        coalesce(s."artistsSyncedWithMusicbrainz", 0) AS "artistsSyncedWithMusicbrainz",
        coalesce(s."releasesSyncedWithMusicbrainz", 0) AS "releasesSyncedWithMusicbrainz",
        coalesce(s."artistsWithCoverArt", 0) AS "artistsWithCoverArt", coalesce(s."releasesWithCoverArt", 0) AS "releasesWithCoverArt",
        \#(SQL.date(#"s."lastScanStartedAt""#)) AS "lastScanStartedAt", \#(SQL.date(#"s."lastScanEndedAt""#)) AS "lastScanEndedAt"
        FROM (SELECT) AS one LEFT JOIN "Statistics" s ON s."id" = 'main'
        """#)
}
