/// The SQL behind `/api/playlists…`.
import Postgres

enum PlaylistQueries {
    /// Entries of one playlist.
    static let maximumTracks = 10_000

    /// Newest first.
    static let list: SQL = .answer(
        array: #"""
            SELECT \#(Self.playlist), (SELECT count(*) FROM "PlaylistTrack" e WHERE e."playlistId" = p."id") AS "trackCount",
            \#(SQL.array(#"""
                SELECT r."image", r."imageUrl"
                FROM (SELECT * FROM "PlaylistTrack" e WHERE e."playlistId" = p."id" ORDER BY \#(Self.order) LIMIT 4) e
                JOIN "LocalReleaseTrack" k ON k."id" = e."trackId" LEFT JOIN "LocalRelease" r ON r."id" = k."localReleaseId"
                ORDER BY \#(Self.order)
                """#)) AS "coverImages"
            FROM "Playlist" p ORDER BY p."createdAt" DESC, p."id"
            """#)

    /// No row when there is no such playlist.
    static func playlist(slug: String) -> SQL {
        .answer(
            #"""
            SELECT \#(playlist), \#(SQL.array(#"""
                SELECT \#(entry), \#(SQL.object("SELECT \(Shape.nestedTrack)")) AS "track"
                FROM "PlaylistTrack" e JOIN "LocalReleaseTrack" k ON k."id" = e."trackId" WHERE e."playlistId" = p."id" ORDER BY \#(order)
                """#)) AS "tracks"
            FROM "Playlist" p WHERE \#(isNamed(slug))
            """#)
    }

    /// No row when another playlist has this slug.
    static func create(id: String, name: PlaylistName, description: String?) -> SQL {
        #"""
        WITH p AS (
            INSERT INTO "Playlist" ("id", "name", "slug", "description", "createdAt", "updatedAt")
            VALUES (\#(id), \#(name.text), \#(name.slug), \#(description), \#(SQL.now), \#(SQL.now)) ON CONFLICT DO NOTHING RETURNING *
        )
        \#(changed)
        """#
    }

    /// No row when there is no such playlist; a violation of the slug's uniqueness when another has the new name's slug.
    static func change(slug: String, _ changes: PlaylistChanges) -> SQL {
        var assignments: SQL = #""updatedAt" = \#(SQL.now)"#
        if let name = changes.name { assignments += #", "name" = \#(name.text), "slug" = \#(name.slug)"# }
        if case .set(let description) = changes.description { assignments += #", "description" = \#(description)"# }
        return #"WITH p AS (UPDATE "Playlist" p SET \#(assignments) WHERE \#(isNamed(slug)) RETURNING *) \#(changed)"#
    }

    /// Its entries go with it. No row when there is no such playlist.
    static func delete(slug: String) -> SQL {
        #"DELETE FROM "Playlist" p WHERE \#(isNamed(slug)) RETURNING '{"success":true,"message":"Playlist deleted"}' AS json"#
    }

    // MARK: Entries

    /// Column `id`. First in every transaction that changes a playlist's entries: until it ends, the others wait here, and what they
    /// read afterwards is up to date. No row when there is no such playlist.
    static func lock(slug: String) -> SQL { #"SELECT p."id" FROM "Playlist" p WHERE \#(isNamed(slug)) FOR NO KEY UPDATE"# }

    /// Puts a track at the end. Columns: `isFull` and `hasTrack` (whether the library has it); `json`, the answer, null when nothing was
    /// added. For a locked playlist.
    static func add(id: String, track: String, to playlist: String) -> SQL {
        #"""
        WITH entries AS (
            SELECT count(*) AS "count", coalesce(max("position") + 1::bigint, 0) AS "next" FROM "PlaylistTrack" WHERE "playlistId" = \#(playlist)
        ), e AS (
            INSERT INTO "PlaylistTrack" ("id", "position", "playlistId", "trackId", "createdAt")
            SELECT \#(id), least(entries."next", 2147483647), \#(playlist), k."id", \#(SQL.now) FROM "LocalReleaseTrack" k, entries
            WHERE k."id" = \#(track) AND entries."count" < \#(maximumTracks)::int
            ON CONFLICT DO NOTHING RETURNING *
        )
        SELECT entries."count" >= \#(maximumTracks)::int AS "isFull",
        EXISTS (SELECT FROM "LocalReleaseTrack" WHERE "id" = \#(track)) AS "hasTrack", \#(entryAnswer("Track added to playlist")) AS json
        FROM entries
        """#
    }

    /// Moves a track's entry to `position`; all entries are numbered from 0 without gaps afterwards. `json` is null when the playlist
    /// does not have the track. For a locked playlist.
    static func move(track: String, to position: Int, in playlist: String) -> SQL {
        #"""
        WITH placed AS (
            SELECT e.*, row_number() OVER (ORDER BY \#(order)) - 1 AS "place", count(*) OVER () - 1 AS "last"
            FROM "PlaylistTrack" e WHERE e."playlistId" = \#(playlist)
        ), move AS (
            SELECT "place" AS "from", least(\#(position)::int, "last") AS "to" FROM placed WHERE "trackId" = \#(track)
        ), numbered AS (
            SELECT placed."id", placed."trackId", placed."createdAt", CASE
                WHEN placed."place" = move."from" THEN move."to"
                WHEN placed."place" BETWEEN move."from" AND move."to" THEN placed."place" - 1
                WHEN placed."place" BETWEEN move."to" AND move."from" THEN placed."place" + 1
                ELSE placed."place"
            END AS "position"
            FROM placed, move
        ), updated AS (
            UPDATE "PlaylistTrack" e SET "position" = numbered."position" FROM numbered
            WHERE e."id" = numbered."id" AND e."position" <> numbered."position"
        ), e AS (
            SELECT * FROM numbered WHERE "trackId" = \#(track)
        )
        SELECT \#(entryAnswer("Track moved")) AS json
        """#
    }

    /// Nothing happens when the playlist does not have the track. No row when there is no such playlist.
    static func remove(track: String, slug: String) -> SQL {
        #"""
        WITH p AS (SELECT p."id" FROM "Playlist" p WHERE \#(isNamed(slug))),
        removed AS (DELETE FROM "PlaylistTrack" e USING p WHERE e."playlistId" = p."id" AND e."trackId" = \#(track))
        SELECT '{"success":true,"message":"Track removed from playlist"}' AS json FROM p
        """#
    }

    // MARK: Pieces

    /// Older databases may hold a playlist whose slug is empty (dmp-api.md, section 5): it is known by its id.
    private static let slug: SQL = #"coalesce(nullif(p."slug", ''), p."id")"#

    private static func isNamed(_ slug: String) -> SQL { #"(p."slug" = \#(slug) OR p."id" = \#(slug) AND p."slug" = '')"# }

    /// Columns of the playlist `p`.
    private static let playlist: SQL = #"""
        p."id", p."name", \#(slug) AS "slug", p."description", \#(SQL.date(#"p."createdAt""#)) AS "createdAt",
        \#(SQL.date(#"p."updatedAt""#)) AS "updatedAt"
        """#

    /// Columns of the entry `e`.
    private static let entry: SQL = #"e."id", e."position", \#(SQL.date(#"e."createdAt""#)) AS "addedAt""#

    /// Of the entries `e`. Older databases may have a position twice.
    private static let order: SQL = #"e."position", e."createdAt", e."id""#

    /// The answer about the playlist of the table `p`, if there is one.
    private static let changed: SQL = .answer(#"SELECT true AS "success", \#(SQL.object("SELECT \(playlist)")) AS "playlist" FROM p"#)

    /// The answer about the entry of the table `e`, null when there is none.
    private static func entryAnswer(_ message: String) -> SQL {
        #"""
        (SELECT row_to_json(answer)::text FROM (
            SELECT true AS "success", \#(message)::text AS "message", \#(SQL.object("SELECT \(entry)")) AS "playlistTrack" FROM e
        ) answer)
        """#
    }
}
