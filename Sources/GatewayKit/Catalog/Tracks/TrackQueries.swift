/// The SQL behind `/api/tracks…` and `/api/audio/:id`.
import Postgres

enum TrackQueries {
    /// One play of a track: its counter, its release's and the release's artist's, in one statement and so all or none.
    /// No row when there is no such track.
    static func play(id: String) -> SQL {
        #"""
        WITH moment AS (SELECT (now() AT TIME ZONE 'UTC')::timestamp(3) AS "now"),
        track AS (
            UPDATE "LocalReleaseTrack" SET "playCount" = "playCount" + 1, "lastPlayedAt" = moment."now", "updatedAt" = moment."now"
            FROM moment WHERE "id" = \#(id) RETURNING "localReleaseId"
        ), release AS (
            UPDATE "LocalRelease" r SET "totalPlayCount" = r."totalPlayCount" + 1, "lastPlayedAt" = moment."now", "updatedAt" = moment."now"
            FROM track, moment WHERE r."id" = track."localReleaseId" RETURNING r."artistId"
        ), artist AS (
            UPDATE "Artist" a SET "totalPlayCount" = a."totalPlayCount" + 1, "updatedAt" = moment."now"
            FROM release, moment WHERE a."id" = release."artistId"
        )
        SELECT '{"ok":true}' AS json FROM track
        """#
    }

    /// A `PlayerTrack`, every one as likely as any other; no row when the library is empty.
    ///
    /// Places in the table are drawn, not rows: 200 pairs of a page and a slot in it, of which the ones that hold a row are equally
    /// likely. That reads 200 pages at most, where an offset reads half the table. Should all of them be empty, the offset is taken.
    static let random: SQL = .answer(
        #"""
        SELECT k."id", coalesce(k."title", 'Unknown') AS "title", coalesce(k."artist", 'Unknown') AS "artist",
        coalesce(k."album", 'Unknown') AS "album", coalesce(k."duration", 0) AS "duration", a."slug" AS "artistSlug",
        r."image" AS "releaseImage", r."imageUrl" AS "releaseImageUrl", k."localReleaseId"
        FROM "LocalReleaseTrack" k LEFT JOIN "LocalRelease" r ON r."id" = k."localReleaseId" LEFT JOIN "Artist" a ON a."id" = r."artistId"
        WHERE k."id" = (SELECT coalesce(
            (SELECT "id" FROM "LocalReleaseTrack" WHERE ctid = ANY (ARRAY(
                SELECT format('(%s,%s)', floor(random() * pages."count"), 1 + floor(random() * \#(unescaped: slotsPerPage)))::tid
                FROM generate_series(1, 200),
                (SELECT greatest(1, pg_relation_size('"LocalReleaseTrack"') / current_setting('block_size')::bigint) AS "count") pages
            )) ORDER BY random() LIMIT 1),
            (SELECT "id" FROM "LocalReleaseTrack" OFFSET floor(random() * (SELECT count(*) FROM "LocalReleaseTrack")) LIMIT 1)))
        """#)

    /// Rows that a page of 8 KB can hold at most (`MaxHeapTuplesPerPage` in Postgres).
    private static let slotsPerPage = "291"

    /// Column `filePath`: below the music directory, `/`-separated. It goes to no client.
    static func file(id: String) -> SQL { #"SELECT "filePath" FROM "LocalReleaseTrack" WHERE "id" = \#(id)"# }
}
