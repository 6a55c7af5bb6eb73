/// The SQL behind `/api/artists…`.
import Postgres

enum ArtistQueries {
    /// - Parameter matches: ids of the artists that the search has found; nil lets the database search.
    static func list(_ filter: ArtistFilter, among matches: [String]? = nil) -> SQL {
        var conditions: SQL = "true"
        if filter.letter == "#" {
            conditions = #"\#(conditions) AND a."slug" !~ '^[a-z]'"#
        } else if let letter = filter.letter {
            conditions = #"\#(conditions) AND a."slug" LIKE \#(letter.escapedForLike + "%")"#
        }
        if let matches {
            conditions = #"\#(conditions) AND a."id" = ANY (\#(matches)::text[])"#
        } else if let search = filter.search {
            conditions = #"\#(conditions) AND a."name" ILIKE \#("%" + search.escapedForLike + "%")"#
        }
        if let genre = filter.genre {
            conditions = #"""
                \#(conditions) AND a."id" IN (SELECT ag."A" FROM "Genre" g JOIN "_ArtistGenres" ag ON ag."B" = g."id" WHERE g."name" = \#(genre))
                """#
        }
        if let minimum = filter.minimumScore {
            conditions = #"\#(conditions) AND a."averageMatchScore" >= \#(minimum / 100)::float8"#
        }
        if let maximum = filter.maximumScore {
            conditions = #"\#(conditions) AND a."averageMatchScore" <= \#(maximum / 100)::float8"#
        }
        let order: SQL
        switch filter.sort {
        case .name: order = #"a."slug""#
        case .playCount: order = #"a."totalPlayCount" DESC, a."slug""#
        case .score: order = #"a."averageMatchScore" DESC NULLS LAST, a."slug""#
        case .recent: order = #"a."createdAt" DESC, a."slug""#
        }
        // The page is found in an index alone, however deep it lies, and only its rows are read.
        let items: SQL = #"""
            SELECT \#(item)
            FROM (SELECT a."slug" FROM "Artist" a WHERE \#(conditions) ORDER BY \#(order) LIMIT \#(filter.pageSize)::int OFFSET \#(filter.offset)::bigint) page
            JOIN "Artist" a ON a."slug" = page."slug" ORDER BY \#(order)
            """#
        return .answer(
            #"""
            SELECT \#(SQL.array(items)) AS "items", \#(paging(filter, total: #"counted."total""#))
            FROM (SELECT count(*) AS "total" FROM "Artist" a WHERE \#(conditions)) counted
            """#)
    }

    /// A page of what a search has found, by name.
    ///
    /// - Parameters:
    ///   - ids: of the artists on it, in order.
    ///   - count: of all that was found.
    static func page(_ filter: ArtistFilter, _ ids: [String], of count: Int) -> SQL {
        .answer(
            #"""
            SELECT \#(SQL.array(#"""
                SELECT \#(item) FROM unnest(\#(ids)::text[]) WITH ORDINALITY AS hit("id", "place") JOIN "Artist" a ON a."id" = hit."id"
                ORDER BY hit."place"
                """#)) AS "items", \#(paging(filter, total: "\(count)::bigint"))
            """#)
    }

    private static let item: SQL =
        #"a."id", a."name", a."slug", a."image", a."imageUrl", a."averageMatchScore", a."totalPlayCount", a."totalTracks""#

    private static func paging(_ filter: ArtistFilter, total: SQL) -> SQL {
        #"""
        \#(total) AS "total", \#(filter.page)::int AS "page", \#(filter.pageSize)::int AS "pageSize",
        \#(filter.offset + filter.pageSize)::bigint < \#(total) AS "hasMore"
        """#
    }

    /// No row when there is no such artist.
    static func artist(slug: String) -> SQL {
        .answer(
            #"""
            SELECT a."id", a."name", a."slug", a."image", a."imageUrl", a."musicbrainzId", a."averageMatchScore", a."totalPlayCount",
            a."totalTracks", a."totalFileSize"::text AS "totalFileSize", \#(SQL.date(#"a."lastSyncedAt""#)) AS "lastSyncedAt",
            \#(SQL.array(#"""
                SELECT g."id", g."name" FROM "_ArtistGenres" ag JOIN "Genre" g ON g."id" = ag."B" WHERE ag."A" = a."id" ORDER BY g."name", g."id"
                """#)) AS "genres",
            \#(SQL.array(#"""
                SELECT u."id", u."type", u."url" FROM "ArtistUrl" u WHERE u."artistId" = a."id" ORDER BY u."type", u."url"
                """#)) AS "urls",
            \#(SQL.array(releases)) AS "releases"
            FROM "Artist" a WHERE a."slug" = \#(slug)
            """#)
    }

    /// No row when there is no such artist.
    static func tracks(slug: String) -> SQL {
        #"""
        SELECT \#(SQL.array(#"""
            SELECT \#(Shape.trackRow) FROM "LocalReleaseTrack" k
            WHERE k."id" IN (
                SELECT "trackId" FROM "TrackArtist" WHERE "artistId" = a."id"
                UNION SELECT o."id" FROM "LocalRelease" r JOIN "LocalReleaseTrack" o ON o."localReleaseId" = r."id" WHERE r."artistId" = a."id"
            )
            ORDER BY k."album", k."discNumber", k."trackNumber", k."title", k."id"
            """#))::text AS json
        FROM "Artist" a WHERE a."slug" = \#(slug)
        """#
    }

    /// Local releases of the artist `a`: those found through `TrackArtist`, which older databases leave empty, and its own.
    private static let ownReleases: SQL = #"""
        SELECT "id" FROM "LocalRelease" WHERE "artistId" = a."id"
        UNION SELECT k."localReleaseId" FROM "TrackArtist" ta JOIN "LocalReleaseTrack" k ON k."id" = ta."trackId" WHERE ta."artistId" = a."id"
        """#

    /// Three lists, one after the other: the artist's MusicBrainz releases, what is unmatched, and where the artist appears on
    /// another's. Of several local releases of one MusicBrainz release the first stands for it; the others follow under their own id.
    private static let releases: SQL = #"""
        SELECT "id", "title", "year", "type", "typeSlug", "musicbrainzId", "status", "image", "imageUrl", "trackCount", "localTrackCount",
        "isMusicBrainz", "localReleaseId"
        FROM (
            SELECT 1 AS "list", CASE WHEN coalesce(r."edition", 1) = 1 THEN m."id" ELSE r."id" END AS "id", m."title",
            coalesce(m."year", r."year") AS "year", t."name" AS "type", t."slug" AS "typeSlug", m."musicbrainzId", m."status"::text AS "status",
            r."image", r."imageUrl", (SELECT count(*) FROM "MusicBrainzReleaseTrack" mt WHERE mt."releaseId" = m."id") AS "trackCount",
            (SELECT count(*) FROM "LocalReleaseTrack" k WHERE k."localReleaseId" = r."id") AS "localTrackCount",
            true AS "isMusicBrainz", r."id" AS "localReleaseId"
            FROM "MusicBrainzRelease" m JOIN "ReleaseType" t ON t."id" = m."typeId"
            LEFT JOIN LATERAL (
                SELECT l.*, row_number() OVER (ORDER BY l."artistId" = a."id" DESC, l."createdAt", l."id") AS "edition"
                FROM "LocalRelease" l WHERE l."releaseId" = m."id"
            ) r ON true
            WHERE m."artistId" = a."id" AND NOT \#(Shape.isPlaceholder)
            UNION ALL
            SELECT CASE WHEN m."id" IS NULL THEN 2 ELSE 3 END, r."id", r."title", r."year",
            CASE WHEN m."id" IS NULL THEN 'Unmatched' ELSE 'Appears On' END, CASE WHEN m."id" IS NULL THEN 'unmatched' ELSE 'appears-on' END,
            NULL, r."matchStatus"::text, r."image", r."imageUrl", 0,
            (SELECT count(*) FROM "LocalReleaseTrack" k WHERE k."localReleaseId" = r."id"), false, r."id"
            FROM "LocalRelease" r LEFT JOIN "MusicBrainzRelease" m ON m."id" = r."releaseId" AND NOT \#(Shape.isPlaceholder)
            WHERE r."id" IN (\#(ownReleases)) AND m."artistId" IS DISTINCT FROM a."id"
        ) lists
        ORDER BY "list", "year" NULLS LAST, "title", "id"
        """#
}
