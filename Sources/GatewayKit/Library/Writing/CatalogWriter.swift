/// Writes what files say into the catalog: a transaction for each batch of folders, a statement for each table. What a transaction has
/// written is whole, so a run that is killed is taken up where it was.
internal import Foundation
internal import Postgres

actor CatalogWriter {
    private let database: PostgresPool
    private let covers: CoverStore
    private var artists: ArtistDirectory
    private var moves: MoveMatcher
    /// Genres by lower-case name: whoever writes one first chooses its spelling.
    private var genres: [String: String] = [:]
    private var artistGenres: Set<ArtistGenre> = []
    /// Artists whose totals are out of date.
    private var touchedArtists: Set<String> = []
    /// Artists who have lost a track and may have none left.
    private var bereftArtists: Set<String> = []

    private struct ArtistGenre: Hashable {
        let artist: String
        let genre: String
    }

    struct Written: Sendable {
        var new = 0
        var changed = 0
        var moved = 0
        var covers = 0
    }

    init(database: PostgresPool, covers: CoverStore, vanished: [VanishedTrack]) async throws {
        self.database = database
        self.covers = covers
        moves = MoveMatcher(vanished)
        artists = try await ArtistDirectory(database)
        for row in try await database.query(#"SELECT "id", "name" FROM "Genre" ORDER BY "id""#) {
            genres[try row.decode("name", as: String.self).lowercased()] = try row.decode("id", as: String.self)
        }
    }

    // MARK: A batch

    /// Writes the folders' tracks, all or none.
    func write(_ folders: [FolderContent]) async throws -> Written {
        var batch = Batch()
        for folder in folders {
            for track in folder.tracks { batch.add(track, artists: &artists, moves: &moves) }
            for (name, cover) in folder.covers { batch.add(cover, name, artists: &artists, store: covers) }
        }
        guard !batch.tracks.isEmpty else { return Written() }
        var knownArtists: [String: String] = [:]
        for slug in batch.artistNames.keys { knownArtists[slug] = artists.id(slug: slug) }
        let writing = BatchWriting(batch: batch, knownArtists: knownArtists, newGenres: newGenres(of: batch), covers: covers)
        let outcome = try await database.withTransaction { try await writing.run($0) }
        for artist in outcome.newArtists { artists.add(id: artist.id, name: artist.name, slug: artist.slug) }
        genres.merge(outcome.newGenres) { $1 }
        touchedArtists.formUnion(outcome.touchedArtists)
        bereftArtists.formUnion(outcome.bereftArtists)
        for image in outcome.lostImages { covers.remove(image: image) }
        try await addGenres(batch)
        return outcome.written
    }

    /// Each in one spelling, the first in the alphabet.
    private func newGenres(of batch: Batch) -> [String] {
        var names: [String: String] = [:]
        for name in batch.genresBySlug.values.joined() where genres[name.lowercased()] == nil {
            names[name.lowercased()] = min(name, names[name.lowercased()] ?? name)
        }
        return names.values.sorted()
    }

    /// Which genres an artist plays. Outside of the transaction: it concerns artists, and is complete only when all of their tracks are.
    private func addGenres(_ batch: Batch) async throws {
        var added: [ArtistGenre] = []
        for (slug, names) in batch.genresBySlug {
            guard let artist = artists.id(slug: slug) else { continue }
            for name in names {
                guard let genre = genres[name.lowercased()] else { continue }
                let pair = ArtistGenre(artist: artist, genre: genre)
                if artistGenres.insert(pair).inserted { added.append(pair) }
            }
        }
        guard !added.isEmpty else { return }
        try await database.query(
            """
            INSERT INTO "_ArtistGenres" ("A", "B")
            SELECT * FROM unnest(\(TextColumn(added.map(\.artist)))::text[], \(TextColumn(added.map(\.genre)))::text[])
            ON CONFLICT DO NOTHING
            """)
    }

    // MARK: After the batches

    /// Rows whose file is nowhere any more.
    var vanished: [VanishedTrack] { moves.remaining }

    /// Removes the rows of tracks, and the releases that are empty then.
    func remove(_ tracks: [VanishedTrack]) async throws {
        let ids = TextColumn(tracks.map(\.id))
        let outcome = try await database.withTransaction { transaction in
            var outcome = Removal()
            for row in try await transaction.query(#"SELECT DISTINCT "artistId" FROM "TrackArtist" WHERE "trackId" = ANY(\#(ids)::text[])"#)
            {
                outcome.artists.insert(try row.decode("artistId"))
            }
            let rows = try await transaction.query(
                #"DELETE FROM "LocalReleaseTrack" WHERE "id" = ANY(\#(ids)::text[]) RETURNING "localReleaseId""#)
            let releases = Set(try rows.compactMap { row throws in try row.decode("localReleaseId", as: String?.self) })
            try await ReleaseUpkeep.refresh(releases, transaction, &outcome)
            return outcome
        }
        touchedArtists.formUnion(outcome.artists)
        bereftArtists.formUnion(outcome.artists)
        for image in outcome.images { covers.remove(image: image) }
    }

    /// Removes artists who have lost their last track, release and favourite.
    func removeBereftArtists() async throws {
        guard !bereftArtists.isEmpty else { return }
        let rows = try await database.query(
            """
            DELETE FROM "Artist" a WHERE a."id" = ANY(\(TextColumn(bereftArtists))::text[])
                AND NOT EXISTS (SELECT FROM "LocalRelease" r WHERE r."artistId" = a."id")
                AND NOT EXISTS (SELECT FROM "TrackArtist" t WHERE t."artistId" = a."id")
                AND NOT EXISTS (
                    SELECT FROM "MusicBrainzRelease" m JOIN "FavoriteRelease" f ON f."releaseId" = m."id" WHERE m."artistId" = a."id")
            RETURNING a."id"
            """)
        artists.remove(ids: Set(try rows.map { row throws in try row.decode("id", as: String.self) }))
        bereftArtists = []
        guard !rows.isEmpty else { return }
        try await database.query(
            """
            DELETE FROM "Genre" g WHERE NOT EXISTS (SELECT FROM "_ArtistGenres" a WHERE a."B" = g."id")
                AND NOT EXISTS (SELECT FROM "_ReleaseGenres" r WHERE r."A" = g."id")
            """)
    }

    /// Brings the totals of artists up to date who were touched since the last time.
    func refreshTouchedArtists() async throws {
        let ids = touchedArtists
        touchedArtists = []
        guard !ids.isEmpty else { return }
        try await refreshArtists(among: #"WHERE a."id" = ANY(\#(TextColumn(ids))::text[])"#)
    }

    /// Brings the totals of all artists up to date, also those that a killed run has left.
    func refreshAllArtists() async throws {
        touchedArtists = []
        try await refreshArtists(among: "")
    }

    private func refreshArtists(among condition: SQL) async throws {
        try await database.query(
            """
            UPDATE "Artist" SET "totalTracks" = s."tracks", "totalFileSize" = s."bytes", "updatedAt" = \(Date())
            FROM (
                SELECT a."id", count(k."id")::int AS "tracks", coalesce(sum(k."fileSize"), 0)::bigint AS "bytes"
                FROM "Artist" a LEFT JOIN "LocalRelease" r ON r."artistId" = a."id"
                    LEFT JOIN "LocalReleaseTrack" k ON k."localReleaseId" = r."id"
                \(condition) GROUP BY a."id"
            ) s
            WHERE "Artist"."id" = s."id" AND ("totalTracks", "totalFileSize") IS DISTINCT FROM (s."tracks", s."bytes")
            """)
    }

    // MARK: Covers that came later

    /// Gives folder pictures to releases that have none, or whose picture is gone from the store.
    ///
    /// - Parameter file: the picture file for a folder; nil when there is none.
    /// - Returns: how many.
    func addCovers(_ file: @Sendable (String?) -> String?) async throws -> Int {
        var count = 0
        var last = ""
        while true {
            let rows = try await database.query(
                """
                SELECT "id", "folderPath", "image" FROM "LocalRelease"
                WHERE "id" > \(last) AND ("imageUrl" IS NULL OR "imageUrl" = '') ORDER BY "id" LIMIT 5000
                """)
            var ids: [String] = []
            var images: [String] = []
            for row in rows {
                let id = try row.decode("id", as: String.self)
                last = id
                let image = try row.decode("image", as: String?.self)
                guard image.map({ $0.isEmpty || covers.isLost(image: $0) }) ?? true,
                    let path = file(try row.decode("folderPath", as: String?.self)), let incoming = covers.receive(file: path),
                    let kept = covers.keep(incoming, release: id)
                else { continue }
                ids.append(id)
                images.append(kept)
            }
            if !ids.isEmpty {
                try await database.query(
                    """
                    UPDATE "LocalRelease" SET "image" = c."image", "updatedAt" = \(Date())
                    FROM unnest(\(TextColumn(ids))::text[], \(TextColumn(images))::text[]) AS c("id", "image")
                    WHERE "LocalRelease"."id" = c."id"
                    """)
            }
            count += ids.count
            if rows.count < 5_000 { return count }
        }
    }
}
