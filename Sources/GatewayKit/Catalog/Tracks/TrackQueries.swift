/// The SQL behind `/api/tracks…` and `/api/audio/:id`.
import Postgres

enum TrackQueries {
    /// A `PlayerTrack` with its ReplayGain. No row when there is no such track.
    static func track(id: String) -> SQL {
        .answer(
            #"""
            SELECT \#(Shape.playerTrack), \#(replayGain) AS "replayGain" FROM \#(Shape.playerTracks) WHERE k."id" = \#(id)
            """#)
    }

    /// Of the track `k`, from its tags, whose names differ in case between formats; null when it has none. Gains in dB, peaks as a share
    /// of full scale. Opus' own gains (RFC 7845 §5.2.1) count 1/256 dB from a level 5 dB below ReplayGain's.
    private static let replayGain: SQL = .object(
        #"""
        SELECT * FROM (
            SELECT coalesce(max("decimal") FILTER (WHERE "name" = 'REPLAYGAIN_TRACK_GAIN'), max("opus") FILTER (WHERE "name" = 'R128_TRACK_GAIN'))
                AS "trackGain",
            max("decimal") FILTER (WHERE "name" = 'REPLAYGAIN_TRACK_PEAK') AS "trackPeak",
            coalesce(max("decimal") FILTER (WHERE "name" = 'REPLAYGAIN_ALBUM_GAIN'), max("opus") FILTER (WHERE "name" = 'R128_ALBUM_GAIN'))
                AS "albumGain",
            max("decimal") FILTER (WHERE "name" = 'REPLAYGAIN_ALBUM_PEAK') AS "albumPeak"
            FROM (
                SELECT upper("key") AS "name", substring("value" FROM '^\s*([-+]?\d{1,4}(?:\.\d{1,12})?)(?![\d.eE])')::float8 AS "decimal",
                substring("value" FROM '^\s*([-+]?\d{1,5})\s*$')::float8 / 256 + 5 AS "opus"
                FROM jsonb_each_text(CASE jsonb_typeof(k."metadata") WHEN 'object' THEN k."metadata" END)
                WHERE upper("key") ~ '^(REPLAYGAIN_(TRACK|ALBUM)_(GAIN|PEAK)|R128_(TRACK|ALBUM)_GAIN)$'
            ) tags
        ) gains WHERE num_nonnulls("trackGain", "trackPeak", "albumGain", "albumPeak") > 0
        """#)

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
    /// Places in the table are drawn, not rows: pairs of a page and a slot in it, one after the other until one holds a row; so all rows
    /// are equally likely. That reads some twenty pages, where an offset reads half the table. Only where no place holds any, as in a
    /// library of a few tracks, the offset is taken. `OFFSET 0` keeps the places in their order.
    static let random: SQL = .answer(
        #"""
        SELECT \#(Shape.playerTrack) FROM \#(Shape.playerTracks) WHERE k."id" = (SELECT coalesce(
            (SELECT drawn."id" FROM (
                SELECT format('(%s,%s)', floor(random() * pages."count"), 1 + floor(random() * \#(unescaped: slotsPerPage)))::tid AS "place"
                FROM generate_series(1, 2000),
                (SELECT greatest(1, pg_relation_size('"LocalReleaseTrack"') / current_setting('block_size')::bigint) AS "count") pages
            ) places, LATERAL (SELECT "id" FROM "LocalReleaseTrack" WHERE ctid = places."place" OFFSET 0) drawn LIMIT 1),
            (SELECT "id" FROM "LocalReleaseTrack" OFFSET floor(random() * (SELECT count(*) FROM "LocalReleaseTrack")) LIMIT 1)))
        """#)

    /// Rows that a page of 8 KB can hold at most (`MaxHeapTuplesPerPage` in Postgres).
    private static let slotsPerPage = "291"

    /// Column `filePath`: below the music directory, `/`-separated. It goes to no client.
    static func file(id: String) -> SQL { #"SELECT "filePath" FROM "LocalReleaseTrack" WHERE "id" = \#(id)"# }
}
