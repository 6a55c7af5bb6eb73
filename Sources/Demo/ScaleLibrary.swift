/// An invented library of any size, up to a million tracks and more, for seeing how the site does on a large one: rows alone, without
/// sound or pictures. Used by `dmp db fill`.
///
/// Postgres makes the rows from hashes of their numbers, so that the same size always gives the same library. What makes a real library
/// hard is in it: names that share words, a few artists with very many releases, genres and plays after Zipf, missing years, releases
/// without a match, several editions of one release, guests on tracks, tags with and without moods.
public import Postgres

public struct ScaleLibrary: Sendable {
    /// Of the full size, which is 20,000 artists, 100,000 releases and 1,000,000 tracks.
    public let factor: Double

    public var artists: Int { max(10, Int(20_000 * factor)) }
    /// Even: releases come in pairs that have twenty tracks together.
    public var releases: Int { max(50, Int(50_000 * factor)) * 2 }
    public var tracks: Int { releases * 10 }

    /// - Parameter factor: 0.0001 to 10.
    public init(factor: Double = 1) { self.factor = min(max(factor, 0.000_1), 10) }

    /// Fills an empty database in one transaction, then has Postgres gather statistics.
    ///
    /// - Parameters:
    ///   - database: with the schema; its statement timeout must allow for some minutes.
    ///   - progress: called with the name of each step before it begins.
    /// - Throws: `DemoError.databaseHoldsAnotherLibrary` when there is an artist already; `PostgresError`.
    public func fill(_ database: PostgresPool, progress: @escaping @Sendable (String) -> Void = { _ in }) async throws {
        try await database.withTransaction { transaction in
            guard try await transaction.queryOnce(#"SELECT FROM "Artist" LIMIT 1"#).isEmpty else {
                throw DemoError.databaseHoldsAnotherLibrary
            }
            for step in steps {
                progress(step.name)
                for statement in step.statements { try await transaction.queryOnce(statement) }
            }
        }
        progress("Statistics")
        for table in Self.tables { try await database.query("VACUUM (ANALYZE) \(unescaped: table)") }
    }

    private struct Step {
        let name: String
        let statements: [SQL]

        init(_ name: String, _ statements: SQL...) {
            self.name = name
            self.statements = statements
        }
    }

    private static let tables = [
        "Artist", "ArtistUrl", "Genre", "ReleaseType", "MusicBrainzRelease", "MusicBrainzReleaseTrack", "LocalRelease", "LocalReleaseTrack",
        "TrackArtist", "Playlist", "PlaylistTrack", "FavoriteRelease", "FavoriteTrack", "Statistics", "_ArtistGenres",
    ].map { "\"\($0)\"" }

    private var steps: [Step] {
        [
            Step(
                "Preparing", Self.hash, Self.identifier, keptDefinitions, Self.drop, Self.genreNames, Self.words, "ANALYZE pg_temp.word",
                titles,
                "CREATE UNIQUE INDEX ON pg_temp.title (i)", "ANALYZE pg_temp.title"),
            Step("Artists", artistNames, Self.artists, Self.genres, Self.artistGenres, Self.urls),
            Step("Releases", releasePlan, Self.types, Self.musicBrainzReleases, Self.musicBrainzTracks, Self.localReleases),
            Step("Tracks", Self.tracks, Self.trackArtists),
            Step(
                "Totals", Self.releaseTotals, Self.artistTotals, playlists, Self.playlistTracks, Self.favoriteTracks, Self.favoriteReleases,
                Self.statistics),
            Step(
                "Indexes", Self.restore,
                "DROP TABLE pg_temp.kept, pg_temp.word, pg_temp.genre_name, pg_temp.title, pg_temp.artist_name, pg_temp.release_plan"),
        ]
    }

    // MARK: Chance

    /// A number from 0 to 1, always the same for `i` and `seed`.
    private static let hash: SQL = """
        CREATE FUNCTION pg_temp.chance(i bigint, seed bigint) RETURNS double precision IMMUTABLE LANGUAGE sql
        AS 'SELECT (hashint8extended(i, seed) & 9007199254740991)::double precision / 9007199254740992'
        """

    /// As long as Prisma's, and as evenly spread.
    private static let identifier: SQL = """
        CREATE FUNCTION pg_temp.identifier(kind text, i bigint) RETURNS text IMMUTABLE LANGUAGE sql
        AS $$SELECT 'c' || left(md5(kind || i), 24)$$
        """

    // MARK: Indexes and foreign keys

    /// Rows go in several times faster without them; `restore` makes them again exactly as they were.
    private var keptDefinitions: SQL {
        let tables = Self.tables.map { "'\($0)'::regclass" }.joined(separator: ", ")
        return """
            CREATE TEMPORARY TABLE kept ON COMMIT DROP AS
            SELECT 2 AS "place", conrelid::regclass::text AS "relation", quote_ident(conname) AS "name",
            format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS "definition"
            FROM pg_constraint WHERE contype = 'f' AND conrelid IN (\(unescaped: tables))
            UNION ALL SELECT 1, indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid)
            FROM pg_index i WHERE indrelid IN (\(unescaped: tables)) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype <> 'f')
            """
    }

    private static let drop: SQL = """
        DO $$ DECLARE item record; BEGIN
            FOR item IN SELECT * FROM pg_temp.kept ORDER BY "place" DESC LOOP
                IF item."place" = 2 THEN EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %s', item."relation", item."name");
                ELSE EXECUTE format('DROP INDEX %s', item."name"); END IF;
            END LOOP;
        END $$
        """

    private static let restore: SQL = """
        DO $$ DECLARE item record; BEGIN
            FOR item IN SELECT * FROM pg_temp.kept ORDER BY "place" LOOP EXECUTE item."definition"; END LOOP;
        END $$
        """

    // MARK: Words

    private static let genreNames: SQL = """
        CREATE TEMPORARY TABLE genre_name ON COMMIT DROP AS
        SELECT n::int AS "n", "name" FROM unnest(string_to_array(
            'Rock,Electronic,Pop,Jazz,Hip Hop,Folk,Ambient,Metal,Indie Rock,House,Techno,Classical,Soul,Punk,Blues,Reggae,Country,Funk,Dub,'
            'Disco,Drum and Bass,Trance,Post-Rock,Shoegaze,Synth-pop,New Wave,Downtempo,IDM,Industrial,Black Metal,Death Metal,Doom Metal,'
            'Progressive Rock,Psychedelic Rock,Krautrock,Singer-Songwriter,R&B,Gospel,Latin,Bossa Nova,Samba,Afrobeat,Ska,Dancehall,Grime,'
            'Dubstep,Garage,Breakbeat,Noise,Drone,Experimental,Soundtrack,Spoken Word,Chanson,Flamenco,Celtic,Bluegrass,Swing,Bebop,Fusion,'
            'Hardcore,Emo,Math Rock,Lo-Fi,Chillwave,Vaporwave,Trip Hop,Acid Jazz,Minimal,Electro', ',')) WITH ORDINALITY AS g("name", n)
        """

    /// Common words first: words are drawn after Zipf.
    private static let words: SQL = """
        CREATE TEMPORARY TABLE word ON COMMIT DROP AS
        SELECT (row_number() OVER (ORDER BY min("n")) - 1)::int AS "n", "word" FROM (
            SELECT "n", "word" FROM unnest(string_to_array(
                'Love,Night,Day,Time,Light,Blue,Heart,Dream,Moon,Fire,Water,Sun,Black,Little,Girl,Home,Road,Star,Rain,World,River,Summer,White,'
                'Winter,Dance,Song,Life,City,Wild,Golden,Ocean,Silver,Sky,House,Lost,Morning,Shadow,Angel,Red,Eyes,Stone,Train,Garden,Ghost,'
                'Island,Mountain,Mirror,Paper,Electric,Machine,Silent,Wind,Storm,Green,Broken,Lonely,Sweet,King,Queen,Street,Glass,Sleep,Blood,'
                'Bird,Wolf,Horse,Tiger,Forever,Tomorrow,Yesterday,Midnight,Horizon,Echo,Signal,Static,Radio,Satellite,Gravity,Velvet,Crystal,'
                'Harbour,Bridge,Tower,Window,Door,Letter,Silence,Thunder,Desert,Forest,Field,Rose,Lily,Honey,Sugar,Salt,Smoke,Dust,Gold,Iron',
                ',')) WITH ORDINALITY AS common("word", "n")
            UNION ALL SELECT 1000 + "n", initcap(
                ('{b,br,c,ch,d,dr,f,fl,g,gr,h,j,k,l,m,n,p,pr,qu,r,s,sh,st,t,th,tr,v,w,y,z}'::text[])[1 + (pg_temp.chance("n", 1) * 30)::int % 30]
                || ('{a,e,i,o,u,ai,ea,ou,ee,é,ö,ya}'::text[])[1 + (pg_temp.chance("n", 2) * 12)::int % 12]
                || ('{n,r,l,s,t,m,nd,rk,ll,st,ck,ld,b}'::text[])[1 + (pg_temp.chance("n", 3) * 13)::int % 13]
                || ('{"",a,o,e,in,er,on,is,ia,us,ara,iko,ent,ell}'::text[])[1 + (pg_temp.chance("n", 4) * 14)::int % 14])
            FROM generate_series(1, 5000) AS "n"
        ) drawn("n", "word") GROUP BY "word"
        """

    /// As many texts of one to four words as there are tracks; releases and artists take theirs from further on in the same sequence.
    private var titles: SQL {
        """
        CREATE TEMPORARY TABLE title ON COMMIT DROP AS
        SELECT i, concat_ws(' ',
            CASE WHEN pg_temp.chance(i, 11) < 0.12 THEN 'The' WHEN pg_temp.chance(i, 11) < 0.15 THEN 'A' WHEN pg_temp.chance(i, 11) < 0.16 THEN 'In the' END,
            a."word", CASE WHEN pg_temp.chance(i, 12) < 0.65 THEN b."word" END,
            CASE WHEN pg_temp.chance(i, 12) < 0.3 THEN (CASE WHEN pg_temp.chance(i, 13) < 0.3 THEN 'of ' ELSE '' END) || c."word" END,
            CASE WHEN pg_temp.chance(i, 14) < 0.03 THEN '(Live)' WHEN pg_temp.chance(i, 14) < 0.05 THEN '(Remix)' WHEN pg_temp.chance(i, 14) < 0.06 THEN '100%' END
        ) AS "title"
        FROM generate_series(1, \(unescaped: String(tracks + releases * 2))) AS i CROSS JOIN (SELECT count(*) FROM pg_temp.word) words("count")
        JOIN pg_temp.word a ON a."n" = floor(words."count" * power(pg_temp.chance(i, 15), 3))
        JOIN pg_temp.word b ON b."n" = floor(words."count" * power(pg_temp.chance(i, 16), 3))
        JOIN pg_temp.word c ON c."n" = floor(words."count" * power(pg_temp.chance(i, 17), 3))
        """
    }

    // MARK: Artists

    private var artistNames: SQL {
        """
        CREATE TEMPORARY TABLE artist_name ON COMMIT DROP AS
        SELECT i, "name", "slug" || CASE WHEN "again" > 1 THEN '-' || "again" ELSE '' END AS "slug" FROM (
            SELECT i, "name", "slug", row_number() OVER (PARTITION BY "slug" ORDER BY i) AS "again" FROM (
                SELECT i, "name", coalesce(nullif(trim(BOTH '-' FROM regexp_replace(lower("name"), '[^a-z0-9]+', '-', 'g')), ''), 'artist') AS "slug" FROM (
                    SELECT i, concat_ws(' ', CASE WHEN pg_temp.chance(i, 21) < 0.01 THEN (100 * pg_temp.chance(i, 22))::int WHEN pg_temp.chance(i, 21) < 0.26 THEN NULL END,
                        CASE WHEN pg_temp.chance(i, 21) BETWEEN 0.01 AND 0.2 THEN 'The' END, a."word",
                        CASE WHEN pg_temp.chance(i, 23) < 0.8 THEN b."word" END) AS "name"
                    FROM generate_series(1, \(unescaped: String(artists))) AS i CROSS JOIN (SELECT count(*) FROM pg_temp.word) words("count")
                    JOIN pg_temp.word a ON a."n" = floor(words."count" * power(pg_temp.chance(i, 24), 1.5))
                    JOIN pg_temp.word b ON b."n" = floor(words."count" * power(pg_temp.chance(i, 25), 1.5))
                ) named
            ) slugged
        ) numbered
        """
    }

    private static let artists: SQL = """
        INSERT INTO "Artist" ("id", "name", "slug", "image", "musicbrainzId", "averageMatchScore", "lastSyncedAt", "createdAt", "updatedAt")
        SELECT pg_temp.identifier('artist', i), "name", "slug", CASE WHEN pg_temp.chance(i, 31) < 0.8 THEN "slug" || '.jpg' END,
        CASE WHEN pg_temp.chance(i, 32) < 0.85 THEN md5('mbid' || i)::uuid::text END,
        CASE WHEN pg_temp.chance(i, 32) < 0.85 THEN round((1 - power(pg_temp.chance(i, 33), 2))::numeric, 4)::float8 END,
        CASE WHEN pg_temp.chance(i, 32) < 0.85 THEN timestamp '2026-01-01' END,
        date_trunc('milliseconds', timestamp '2020-01-01' + pg_temp.chance(i, 34) * interval '2000 days'), timestamp '2026-01-01'
        FROM pg_temp.artist_name
        """

    private static let genres: SQL =
        #"INSERT INTO "Genre" ("id", "name") SELECT pg_temp.identifier('genre', "n"), "name" FROM pg_temp.genre_name"#

    /// One to three of each artist; the first is the one that most of the artist's tracks have.
    private static let artistGenres: SQL = """
        INSERT INTO "_ArtistGenres" ("A", "B")
        SELECT DISTINCT pg_temp.identifier('artist', i), pg_temp.identifier('genre', 1 + floor(70 * power(pg_temp.chance(i, 40 + k), 2.5))::int)
        FROM pg_temp.artist_name, generate_series(1, 3) k WHERE k = 1 OR pg_temp.chance(i, 43 + k) < 0.4
        """

    private static let urls: SQL = """
        INSERT INTO "ArtistUrl" ("id", "type", "url", "artistId", "updatedAt")
        SELECT pg_temp.identifier('url' || k, i), ('{official homepage,discogs,bandcamp}'::text[])[k], format('https://example.org/%s/%s', "slug", k),
        pg_temp.identifier('artist', i), timestamp '2026-01-01'
        FROM pg_temp.artist_name, generate_series(1, 3) k WHERE pg_temp.chance(i, 50 + k) < 0.3
        """

    // MARK: Releases

    /// Each artist has one release, the rest is skewed; 4 % are another edition of their artist's first release. A third as many again are
    /// known to MusicBrainz only.
    private var releasePlan: SQL {
        """
        CREATE TEMPORARY TABLE release_plan ON COMMIT DROP AS
        SELECT i, "artist", "edition", "title" || CASE WHEN "again" > 1 THEN format(' (%s)', "again") ELSE '' END AS "title", "year", "kind",
        row_number() OVER (ORDER BY "kind" = 'missing', i) AS "place" FROM (
            SELECT i, "artist", "edition", "title", "kind", row_number() OVER (PARTITION BY "artist", "title" ORDER BY i) AS "again",
            CASE WHEN pg_temp.chance(i, 62) < 0.92 THEN 2026 - floor(65 * power(pg_temp.chance(i, 63), 1.6))::int END AS "year" FROM (
                SELECT kinds.i, "artist", CASE WHEN "kind" = 'edition' THEN "artist" END AS "edition", "kind",
                CASE WHEN "kind" = 'edition' THEN first."title" || ' (Deluxe Edition)' ELSE own."title" END AS "title" FROM (
                    SELECT i, "artist", CASE WHEN i > \(unescaped: String(releases)) THEN 'missing'
                        WHEN i > \(unescaped: String(artists)) AND pg_temp.chance(i, 61) < 0.04 AND pg_temp.chance("artist", 60) < 0.7 THEN 'edition'
                        WHEN pg_temp.chance(i, 60) < 0.7 THEN 'matched' ELSE 'unmatched' END AS "kind" FROM (
                        SELECT i, CASE WHEN i <= \(unescaped: String(artists)) THEN i
                            ELSE 1 + floor(\(unescaped: String(artists)) * power(pg_temp.chance(i, 64), 2.2))::int END AS "artist"
                        FROM generate_series(1, \(unescaped: String(releases * 4 / 3))) AS i
                    ) assigned
                ) kinds
                JOIN pg_temp.title own ON own.i = \(unescaped: String(tracks)) + kinds.i
                JOIN pg_temp.title first ON first.i = \(unescaped: String(tracks)) + kinds."artist"
            ) titled
        ) counted
        """
    }

    private static let types: SQL = """
        INSERT INTO "ReleaseType" ("id", "name", "slug", "updatedAt") SELECT pg_temp.identifier('type', "n"), "name", lower("name"), timestamp '2026-01-01'
        FROM unnest('{Album,EP,Single,Live,Compilation,Other}'::text[]) WITH ORDINALITY AS t("name", "n")
        """

    private static let musicBrainzReleases: SQL = """
        INSERT INTO "MusicBrainzRelease" ("id", "title", "artistId", "typeId", "year", "musicbrainzId", "status", "createdAt", "updatedAt")
        SELECT pg_temp.identifier('match', i), "title", pg_temp.identifier('artist', "artist"),
        pg_temp.identifier('type', 1 + floor(6 * power(pg_temp.chance(i, 71), 2))::int), "year", md5('release' || i)::uuid::text,
        (CASE WHEN "kind" = 'missing' THEN 'MISSING' WHEN pg_temp.chance(i, 72) < 0.7 THEN 'COMPLETE' ELSE 'INCOMPLETE' END)::"ReleaseStatus",
        timestamp '2025-01-01', timestamp '2026-01-01'
        FROM pg_temp.release_plan WHERE "kind" IN ('matched', 'missing')
        """

    private static let musicBrainzTracks: SQL = """
        INSERT INTO "MusicBrainzReleaseTrack" ("id", "title", "position", "discNumber", "durationMs", "releaseId", "updatedAt")
        SELECT pg_temp.identifier('match track', r.i * 10 + k), t."title", k + 1, 1, 180000, pg_temp.identifier('match', r.i), timestamp '2026-01-01'
        FROM pg_temp.release_plan r CROSS JOIN generate_series(0, 9) k JOIN pg_temp.title t ON t.i = (r.i - 1) * 10 + k + 1 WHERE "kind" = 'matched'
        """

    private static let localReleases: SQL = """
        INSERT INTO "LocalRelease" ("id", "title", "year", "artistId", "releaseId", "matchStatus", "folderPath", "image", "createdAt", "updatedAt")
        SELECT pg_temp.identifier('release', i), "title", CASE WHEN pg_temp.chance(i, 81) < 0.95 THEN "year" END, pg_temp.identifier('artist', "artist"),
        CASE "kind" WHEN 'matched' THEN pg_temp.identifier('match', i) WHEN 'edition' THEN pg_temp.identifier('match', "edition") END,
        (CASE WHEN "kind" = 'unmatched' THEN 'UNKNOWN' WHEN pg_temp.chance(i, 72) < 0.7 THEN 'COMPLETE' ELSE 'INCOMPLETE' END)::"ReleaseStatus",
        format('%s/%s', "artist", "title"),
        CASE WHEN pg_temp.chance(i, 82) < 0.9 THEN format('/img/releases/%s.jpg', pg_temp.identifier('release', i)) END,
        date_trunc('milliseconds', timestamp '2020-01-01' + pg_temp.chance(i, 83) * interval '2000 days'), timestamp '2026-01-01'
        FROM pg_temp.release_plan WHERE "kind" <> 'missing'
        """

    // MARK: Tracks

    private static let tracks: SQL = """
        INSERT INTO "LocalReleaseTrack" ("id", "title", "artist", "albumArtist", "album", "year", "genre", "duration", "bitrate", "sampleRate", "filePath",
            "trackNumber", "discNumber", "localReleaseId", "fileSize", "mtime", "metadata", "playCount", "lastPlayedAt", "createdAt", "updatedAt")
        SELECT pg_temp.identifier('track', t.i), CASE WHEN pg_temp.chance(t.i, 91) < 0.99 THEN t."title" END, a."name", a."name", r."title", r."year",
        CASE WHEN pg_temp.chance(t.i, 92) < 0.05 THEN NULL WHEN pg_temp.chance(t.i, 92) < 0.1 THEN g."name" || ' / ' || o."name" ELSE g."name" END,
        90 + (400 * pg_temp.chance(t.i, 93))::int, 320, 44100, format('%s/%s/%s.flac', r."artist", left(r."title", 80), t.i),
        numbered."number", 1, pg_temp.identifier('release', r.i), (20000000 * (1 + pg_temp.chance(t.i, 93)))::bigint, timestamp '2025-06-01',
        CASE WHEN pg_temp.chance(r.i, 94) < 0.6 THEN jsonb_build_object(
            'IntegerBpm', (60 + 140 * pg_temp.chance(t.i, 95))::int::text, 'MOOD_HAPPY', (99 * pg_temp.chance(t.i, 96))::int::text,
            'MOOD_SAD', (99 * pg_temp.chance(t.i, 97))::int::text, 'MOOD_RELAXED', (99 * pg_temp.chance(t.i, 98))::int::text,
            'MOOD_AGGRESSIVE', (99 * pg_temp.chance(t.i, 99))::int::text, 'MOOD_PARTY', (99 * pg_temp.chance(t.i, 100))::int::text,
            'MOOD_DANCEABILITY', (99 * pg_temp.chance(t.i, 101))::int::text, 'MOOD_VALENCE', (99 * pg_temp.chance(t.i, 102))::int::text,
            'MOOD_AROUSAL', (99 * pg_temp.chance(t.i, 103))::int::text, 'MOOD_ACOUSTIC', (99 * pg_temp.chance(t.i, 104))::int::text,
            'MOOD_ELECTRONIC', (99 * pg_temp.chance(t.i, 105))::int::text, 'REPLAYGAIN_TRACK_GAIN', round((-12 * pg_temp.chance(t.i, 106))::numeric, 2) || ' dB')
            ELSE '{"ENCODER": "reference libFLAC 1.4.2"}' END,
        least(floor(power(1 - pg_temp.chance(t.i, 107), -0.7)) - 1, 500)::int,
        CASE WHEN pg_temp.chance(t.i, 107) > 0.63 THEN date_trunc('milliseconds', timestamp '2024-01-01' + pg_temp.chance(t.i, 108) * interval '700 days') END,
        timestamp '2025-06-01', timestamp '2026-01-01'
        FROM (
            SELECT (i - 1) / 20 * 2 + CASE WHEN (i - 1) % 20 < "first" THEN 1 ELSE 2 END AS "release",
            CASE WHEN (i - 1) % 20 < "first" THEN (i - 1) % 20 ELSE (i - 1) % 20 - "first" END + 1 AS "number", i
            FROM (SELECT i, 10 + floor(9 * pg_temp.chance((i - 1) / 20, 90))::int AS "first" FROM pg_temp.title
                WHERE i <= 10 * (SELECT count(*) FROM "LocalRelease")) pairs
        ) numbered
        JOIN pg_temp.title t ON t.i = numbered.i JOIN pg_temp.release_plan r ON r."place" = numbered."release" JOIN pg_temp.artist_name a ON a.i = r."artist"
        JOIN pg_temp.genre_name g ON g."n" = 1 + floor(70 * power(pg_temp.chance(a.i, 41), 2.5))::int
        JOIN pg_temp.genre_name o ON o."n" = 1 + floor(70 * power(pg_temp.chance(a.i, 42), 2.5))::int
        """

    /// The release's artist on each track, and a guest on every twelfth or so.
    private static let trackArtists: SQL = """
        INSERT INTO "TrackArtist" ("id", "trackId", "artistId", "role")
        SELECT 'c' || left(md5(k."id" || 'primary'), 24), k."id", r."artistId", 'PRIMARY'::"TrackArtistRole"
        FROM "LocalReleaseTrack" k JOIN "LocalRelease" r ON r."id" = k."localReleaseId"
        UNION ALL SELECT pg_temp.identifier('guest', t.i), pg_temp.identifier('track', t.i),
        pg_temp.identifier('artist', 1 + floor((SELECT count(*) FROM pg_temp.artist_name) * power(pg_temp.chance(t.i, 111), 1.5))::int), 'FEATURED'
        FROM pg_temp.title t WHERE t.i <= 10 * (SELECT count(*) FROM "LocalRelease") AND pg_temp.chance(t.i, 112) < 0.08
        """

    // MARK: Totals

    private static let releaseTotals: SQL = """
        UPDATE "LocalRelease" r SET "totalPlayCount" = t."plays", "totalDuration" = t."seconds", "totalFileSize" = t."bytes", "lastPlayedAt" = t."played"
        FROM (SELECT "localReleaseId", sum("playCount") AS "plays", sum("duration") AS "seconds", sum("fileSize") AS "bytes", max("lastPlayedAt") AS "played"
            FROM "LocalReleaseTrack" GROUP BY 1) t WHERE t."localReleaseId" = r."id"
        """

    private static let artistTotals: SQL = """
        UPDATE "Artist" a SET "totalPlayCount" = t."plays", "totalTracks" = t."tracks", "totalFileSize" = t."bytes"
        FROM (SELECT r."artistId", sum(k."playCount") AS "plays", count(*) AS "tracks", sum(k."fileSize") AS "bytes"
            FROM "LocalRelease" r JOIN "LocalReleaseTrack" k ON k."localReleaseId" = r."id" GROUP BY 1) t WHERE t."artistId" = a."id"
        """

    private var playlists: SQL {
        """
        INSERT INTO "Playlist" ("id", "name", "slug", "createdAt", "updatedAt")
        SELECT pg_temp.identifier('playlist', i), "title" || ' ' || i, 'playlist-' || i, timestamp '2026-01-01' + i * interval '1 hour', timestamp '2026-01-01'
        FROM pg_temp.title WHERE i <= \(unescaped: String(min(50, releases / 10)))
        """
    }

    private static let playlistTracks: SQL = """
        INSERT INTO "PlaylistTrack" ("id", "position", "playlistId", "trackId")
        SELECT DISTINCT ON ("playlist", "track") pg_temp.identifier('entry', "playlist" * 1000 + "position"), "position", pg_temp.identifier('playlist', "playlist"),
        pg_temp.identifier('track', "track")
        FROM (SELECT p AS "playlist", k AS "position", 1 + floor("count" * pg_temp.chance(p * 1000 + k, 121))::bigint AS "track"
            FROM (SELECT count(*) AS "count" FROM "LocalReleaseTrack") tracks, (SELECT count(*) AS "playlists" FROM "Playlist") lists,
            generate_series(1, "playlists") p, generate_series(0, 99) k) drawn
        """

    private static let favoriteTracks: SQL = """
        INSERT INTO "FavoriteTrack" ("id", "trackId", "createdAt", "updatedAt")
        SELECT 'f' || "trackId", "trackId", timestamp '2026-01-01' + row_number() OVER (ORDER BY "trackId") * interval '1 minute', timestamp '2026-01-01'
        FROM (SELECT DISTINCT "trackId" FROM "PlaylistTrack") listed ORDER BY "trackId" LIMIT 300
        """

    private static let favoriteReleases: SQL = """
        INSERT INTO "FavoriteRelease" ("id", "releaseId", "createdAt", "updatedAt")
        SELECT 'f' || "id", "id", timestamp '2026-01-01' + row_number() OVER (ORDER BY "id") * interval '1 minute', timestamp '2026-01-01'
        FROM (SELECT "id" FROM "MusicBrainzRelease" ORDER BY "id" LIMIT 200) taken
        """

    private static let statistics: SQL = """
        INSERT INTO "Statistics" ("id", "artists", "tracks", "releases", "genres", "playtime", "artistsSyncedWithMusicbrainz",
            "releasesSyncedWithMusicbrainz", "artistsWithCoverArt", "releasesWithCoverArt", "lastScanEndedAt", "updatedAt")
        SELECT 'main', (SELECT count(*) FROM "Artist"), (SELECT count(*) FROM "LocalReleaseTrack"), (SELECT count(*) FROM "LocalRelease"),
        (SELECT count(*) FROM "Genre"), (SELECT sum("duration") FROM "LocalReleaseTrack"),
        (SELECT count("lastSyncedAt") FROM "Artist"), (SELECT count("releaseId") FROM "LocalRelease"), (SELECT count("image") FROM "Artist"),
        (SELECT count("image") FROM "LocalRelease"), timestamp '2026-01-01', timestamp '2026-01-01'
        """
}
