/// The SQL behind `/api/search`.
import Postgres

enum SearchQueries {
    /// What the index has found, in its order; without rows that are gone since.
    static func found(artists: [String], releases: [String], tracks: [String]) -> SQL {
        .answer(
            #"""
            SELECT \#(SQL.array(#"""
                SELECT a."id", a."name", a."slug", a."image", a."imageUrl"
                FROM \#(hits(artists)) JOIN "Artist" a ON a."id" = hit."id" ORDER BY hit."place"
                """#)) AS "artists",
            \#(SQL.array(#"""
                SELECT \#(Shape.releaseCard) FROM \#(Shape.releases(#"""
                    SELECT l.*, hit."place" FROM \#(hits(releases)) JOIN "LocalRelease" l ON l."id" = hit."id"
                    """#)) ORDER BY r."place"
                """#)) AS "releases",
            \#(SQL.array(#"""
                SELECT \#(Shape.nestedTrack) FROM \#(hits(tracks)) JOIN "LocalReleaseTrack" k ON k."id" = hit."id" ORDER BY hit."place"
                """#)) AS "tracks"
            """#)
    }

    /// Of each kind.
    static let maximumHits = 5

    /// Always as many, with null for what was not found: for an array whose length varies Postgres would plan anew each time, which takes
    /// ten times as long as reading the rows.
    private static func hits(_ ids: [String]) -> SQL {
        let padded = (0..<maximumHits).map { place -> SQL in "\(place < ids.count ? ids[place] : nil)::text" }
        return #"unnest(ARRAY[\#(padded.joined(by: ", "))]) WITH ORDINALITY AS hit("id", "place")"#
    }

    /// - Parameter text: nil finds nothing.
    static func search(_ text: String?) -> SQL {
        let pattern = text.map { "%" + $0.escapedForLike + "%" }
        return .answer(
            #"""
            SELECT \#(SQL.array(#"""
                SELECT a."id", a."name", a."slug", a."image", a."imageUrl" FROM "Artist" a WHERE a."name" ILIKE \#(pattern)
                ORDER BY a."averageMatchScore" DESC NULLS LAST, a."name", a."id" LIMIT 5
                """#)) AS "artists",
            \#(SQL.array(#"""
                SELECT \#(Shape.releaseCard) FROM \#(Shape.releases(#"""
                    SELECT * FROM "LocalRelease" WHERE "id" IN (
                        SELECT "id" FROM "LocalRelease" WHERE "title" ILIKE \#(pattern)
                        UNION SELECT l."id" FROM "MusicBrainzRelease" m JOIN "LocalRelease" l ON l."releaseId" = m."id"
                        WHERE m."title" ILIKE \#(pattern)
                    ) ORDER BY "createdAt" DESC, "id" LIMIT 5
                    """#)) ORDER BY r."createdAt" DESC, r."id"
                """#)) AS "releases",
            \#(SQL.array(#"""
                SELECT \#(Shape.nestedTrack) FROM "LocalReleaseTrack" k WHERE k."title" ILIKE \#(pattern) ORDER BY k."title", k."id" LIMIT 5
                """#)) AS "tracks"
            """#)
    }
}
