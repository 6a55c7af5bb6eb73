/// The SQL behind `/api/releases…`.
import Postgres

enum ReleaseQueries {
    /// One row if the local release has a picture.
    static func cover(id: String) -> SQL {
        #"SELECT FROM "LocalRelease" WHERE "id" = \#(id) AND coalesce(nullif("imageUrl", ''), nullif("image", '')) IS NOT NULL"#
    }

    static func latest(limit: Int) -> SQL {
        .answer(
            array: #"""
                SELECT \#(Shape.releaseCard), \#(SQL.date(#"r."createdAt""#)) AS "createdAt", m."id" AS "musicBrainzId"
                FROM \#(Shape.releases(#"SELECT * FROM "LocalRelease" ORDER BY "createdAt" DESC, "id" LIMIT \#(limit)::int"#))
                ORDER BY r."createdAt" DESC, r."id"
                """#)
    }

    static func lastPlayed(limit: Int) -> SQL {
        .answer(
            array: #"""
                SELECT \#(Shape.releaseCard), \#(SQL.date(#"r."lastPlayedAt""#)) AS "lastPlayedAt", r."totalPlayCount" AS "playCount",
                m."id" AS "musicBrainzId"
                FROM \#(Shape.releases(#"""
                    SELECT * FROM "LocalRelease" WHERE "lastPlayedAt" IS NOT NULL ORDER BY "lastPlayedAt" DESC, "id" LIMIT \#(limit)::int
                    """#)) ORDER BY r."lastPlayedAt" DESC, r."id"
                """#)
    }

    /// - Parameter id: of a local release, or of a MusicBrainz release, which stands for its first local one.
    static func tracks(id: String) -> SQL {
        .answer(
            #"""
            SELECT \#(SQL.object(#"""
                SELECT r."id", r."title", r."image", r."imageUrl", a."name" AS "artistName", a."slug" AS "artistSlug" WHERE r."id" IS NOT NULL
                """#)) AS "release",
            \#(SQL.array(#"""
                SELECT \#(Shape.trackRow) FROM "LocalReleaseTrack" k WHERE k."localReleaseId" = r."id"
                ORDER BY k."discNumber", k."trackNumber", k."title", k."id"
                """#)) AS "tracks"
            FROM (SELECT) AS one LEFT JOIN LATERAL (
                SELECT * FROM "LocalRelease" WHERE "id" = \#(id) OR "releaseId" = \#(id) ORDER BY "id" = \#(id) DESC, "createdAt", "id" LIMIT 1
            ) r ON true LEFT JOIN "Artist" a ON a."id" = r."artistId"
            """#)
    }
}
