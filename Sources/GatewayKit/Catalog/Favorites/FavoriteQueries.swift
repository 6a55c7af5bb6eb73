/// The SQL behind `/api/favorites…`.
import Postgres

enum FavoriteQueries {
    /// Newest first.
    static let list: SQL = .answer(
        #"""
        SELECT \#(SQL.array(#"""
            SELECT f."id", \#(SQL.date(#"f."createdAt""#)) AS "createdAt", \#(SQL.object(releaseCard)) AS "release"
            FROM "FavoriteRelease" f JOIN "MusicBrainzRelease" m ON m."id" = f."releaseId" ORDER BY f."createdAt" DESC, f."id"
            """#)) AS "releases",
        \#(SQL.array(#"""
            SELECT f."id", \#(SQL.date(#"f."createdAt""#)) AS "createdAt", \#(SQL.object("SELECT \(Shape.nestedTrack)")) AS "track"
            FROM "FavoriteTrack" f JOIN "LocalReleaseTrack" k ON k."id" = f."trackId" ORDER BY f."createdAt" DESC, f."id"
            """#)) AS "tracks"
        """#)

    /// Every id that a favourite is known by: a release's MusicBrainz row, and each of its local releases.
    static let ids: SQL = .answer(
        #"""
        SELECT array_to_json(ARRAY(
            SELECT "releaseId" FROM "FavoriteRelease"
            UNION SELECT r."id" FROM "FavoriteRelease" f JOIN "LocalRelease" r ON r."releaseId" = f."releaseId" ORDER BY 1
        )) AS "releases",
        array_to_json(ARRAY(SELECT "trackId" FROM "FavoriteTrack" ORDER BY 1)) AS "tracks"
        """#)

    // MARK: Tracks

    /// Columns: `isKnown`, whether there is such a track; `isNew`.
    static func add(id: String, track: String) -> SQL {
        #"""
        WITH known AS (SELECT "id" FROM "LocalReleaseTrack" WHERE "id" = \#(track)),
        added AS (
            INSERT INTO "FavoriteTrack" ("id", "trackId", "createdAt", "updatedAt") SELECT \#(id), known."id", \#(SQL.now), \#(SQL.now) FROM known
            ON CONFLICT DO NOTHING RETURNING "id"
        )
        SELECT EXISTS (SELECT FROM known) AS "isKnown", EXISTS (SELECT FROM added) AS "isNew"
        """#
    }

    /// Columns: `isKnown`, whether there is such a track; `wasFavorite`.
    static func remove(track: String) -> SQL {
        #"""
        WITH removed AS (DELETE FROM "FavoriteTrack" WHERE "trackId" = \#(track) RETURNING "id")
        SELECT EXISTS (SELECT FROM "LocalReleaseTrack" WHERE "id" = \#(track)) AS "isKnown", EXISTS (SELECT FROM removed) AS "wasFavorite"
        """#
    }

    // MARK: Releases, by the id of a MusicBrainz release or of a local one. In a transaction, in this order.

    /// First, so that of several changes to one release each sees what the one before it did. A placeholder's id stands for its local
    /// release also while the placeholder is not there: who waited for it elsewhere would wait in a circle.
    static func lock(release: String) -> SQL {
        #"""
        SELECT FROM "LocalRelease"
        WHERE "id" IN (\#(release), regexp_replace(\#(release), '^' || \#(Shape.placeholderPrefix), '')) OR "releaseId" = \#(release)
        ORDER BY "id" FOR NO KEY UPDATE
        """#
    }

    /// The type of placeholders, made when it is missing and the local release needs one.
    static func addPlaceholderType(id: String, for release: String) -> SQL {
        #"""
        INSERT INTO "ReleaseType" ("id", "name", "slug", "createdAt", "updatedAt")
        SELECT \#(id), 'Unmatched', 'unmatched', \#(SQL.now), \#(SQL.now)
        WHERE EXISTS (SELECT FROM "LocalRelease" WHERE "id" = \#(release) AND "releaseId" IS NULL)
        AND NOT EXISTS (SELECT FROM "ReleaseType" WHERE "name" = 'Unmatched' OR "slug" = 'unmatched') ON CONFLICT DO NOTHING
        """#
    }

    /// A favourite hangs on a MusicBrainz release. A local release without one gets a placeholder, unless its artist has one of the
    /// same title already. Nothing happens for other ids.
    static func addPlaceholder(for release: String) -> SQL {
        #"""
        INSERT INTO "MusicBrainzRelease" ("id", "title", "artistId", "typeId", "createdAt", "updatedAt")
        SELECT \#(Shape.placeholderPrefix) || r."id", r."title", r."artistId", t."id", \#(SQL.now), \#(SQL.now)
        FROM "LocalRelease" r, LATERAL (SELECT "id" FROM "ReleaseType" WHERE "name" = 'Unmatched' OR "slug" = 'unmatched' ORDER BY "id" LIMIT 1) t
        WHERE r."id" = \#(release) AND r."releaseId" IS NULL ON CONFLICT DO NOTHING
        """#
    }

    /// Joins an unmatched local release to its placeholder. Its `updatedAt` stays: un-favouriting leaves the row as it was.
    static func linkPlaceholder(to release: String) -> SQL {
        #"""
        UPDATE "LocalRelease" r SET "releaseId" = (
            SELECT m."id" FROM "MusicBrainzRelease" m
            WHERE m."id" = \#(Shape.placeholderPrefix) || r."id" OR m."artistId" = r."artistId" AND m."title" = r."title"
            ORDER BY m."id" = \#(Shape.placeholderPrefix) || r."id" DESC LIMIT 1
        )
        WHERE r."id" = \#(release) AND r."releaseId" IS NULL
        """#
    }

    /// Columns: `isKnown`, whether there is such a release; `isNew`.
    static func add(id: String, release: String) -> SQL {
        #"""
        WITH known AS (\#(matched(release))),
        added AS (
            INSERT INTO "FavoriteRelease" ("id", "releaseId", "createdAt", "updatedAt")
            SELECT \#(id), known."id", \#(SQL.now), \#(SQL.now) FROM known ON CONFLICT DO NOTHING RETURNING "id"
        )
        SELECT EXISTS (SELECT FROM known) AS "isKnown", EXISTS (SELECT FROM added) AS "isNew"
        """#
    }

    /// Columns: `isKnown`, whether there is such a release; `wasFavorite`.
    static func remove(release: String) -> SQL {
        #"""
        WITH known AS (\#(matched(release))),
        removed AS (DELETE FROM "FavoriteRelease" f USING known WHERE f."releaseId" = known."id" RETURNING f."id")
        SELECT EXISTS (SELECT FROM known) OR EXISTS (SELECT FROM "LocalRelease" WHERE "id" = \#(release)) AS "isKnown",
        EXISTS (SELECT FROM removed) AS "wasFavorite"
        """#
    }

    /// The local release is without a match again, by its foreign key. A placeholder that has become a real match stays.
    static func removePlaceholder(of release: String) -> SQL {
        #"""
        DELETE FROM "MusicBrainzRelease" m WHERE m."id" IN (\#(matched(release))) AND \#(Shape.isPlaceholder)
        AND NOT EXISTS (SELECT FROM "MusicBrainzReleaseTrack" mt WHERE mt."releaseId" = m."id")
        AND NOT EXISTS (SELECT FROM "FavoriteRelease" f WHERE f."releaseId" = m."id")
        """#
    }

    // MARK: Pieces

    /// Column `id`: of the MusicBrainz release that an id of either kind means.
    private static func matched(_ release: String) -> SQL {
        #"""
        SELECT m."id" FROM "MusicBrainzRelease" m
        WHERE m."id" = \#(release) OR m."id" = (SELECT "releaseId" FROM "LocalRelease" WHERE "id" = \#(release))
        """#
    }

    /// `ReleaseCard` of the MusicBrainz release `m`, which its first local release, if any, stands for.
    private static let releaseCard: SQL = #"""
        SELECT coalesce(r."id", m."id") AS "id", coalesce(nullif(m."title", ''), nullif(r."title", ''), 'Unknown Release') AS "title",
        CASE WHEN NOT \#(Shape.isPlaceholder) THEN t."name" END AS "releaseType", coalesce(r."year", m."year") AS "year", r."image", r."imageUrl",
        \#(Shape.artistReference) AS "artist"
        FROM "Artist" a JOIN "ReleaseType" t ON t."id" = m."typeId"
        LEFT JOIN LATERAL (SELECT * FROM "LocalRelease" WHERE "releaseId" = m."id" ORDER BY "createdAt", "id" LIMIT 1) r ON true
        WHERE a."id" = m."artistId"
        """#
}
