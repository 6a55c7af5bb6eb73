/// The statements of a batch's transaction, in the order in which rows refer to each other.
internal import Foundation
internal import Postgres

struct BatchWriting: Sendable {
    struct NewArtist: Sendable {
        let id: String
        let name: String
        let slug: String
    }

    struct Outcome: Sendable {
        var written = CatalogWriter.Written()
        var newArtists: [NewArtist] = []
        /// Lower-case name → id.
        var newGenres: [String: String] = [:]
        var touchedArtists: Set<String> = []
        var bereftArtists: Set<String> = []
        var lostImages: [String] = []
    }

    private struct ReleaseRow {
        let id: String
        let hasImage: Bool
    }

    let batch: Batch
    /// Ids of those artists of the batch who have a row, by slug.
    let knownArtists: [String: String]
    /// Names that have no row yet.
    let newGenres: [String]
    let covers: CoverStore
    let now = Date()

    func run(_ transaction: PostgresTransaction) async throws -> Outcome {
        var outcome = Outcome()
        let artistIDs = try await writeArtists(transaction, &outcome)
        try await writeGenres(transaction, &outcome)
        let releases = try await writeReleases(artistIDs, transaction)
        let known = batch.tracks.filter(\.isKnown)
        let oldReleases = try await releaseIDs(of: known, transaction)
        try await move(known.filter(\.isMoved), transaction)
        let trackIDs = try await writeTracks(releases, transaction)
        try await writeCredits(artistIDs, trackIDs, known, transaction, &outcome)
        try await writeCovers(releases, transaction, &outcome)
        var removal = Removal()
        try await ReleaseUpkeep.refresh(oldReleases.union(releases.values.map(\.id)), transaction, &removal)
        outcome.touchedArtists = Set(batch.releases.keys.compactMap { artistIDs[$0.artistSlug] }).union(removal.artists)
        outcome.bereftArtists.formUnion(removal.artists)
        outcome.lostImages = removal.images
        for track in batch.tracks {
            if track.isMoved {
                outcome.written.moved += 1
            } else if track.isKnown {
                outcome.written.changed += 1
            } else {
                outcome.written.new += 1
            }
        }
        return outcome
    }

    // MARK: Artists and genres

    /// - Returns: ids by slug.
    private func writeArtists(_ transaction: PostgresTransaction, _ outcome: inout Outcome) async throws -> [String: String] {
        var ids = knownArtists
        // In order, so that two writers cannot wait for each other.
        let new = batch.artistNames.filter { ids[$0.key] == nil }.sorted { $0.key < $1.key }
        guard !new.isEmpty else { return ids }
        let rows = try await transaction.query(
            """
            INSERT INTO "Artist" ("id", "name", "slug", "createdAt", "updatedAt")
            SELECT n."id", n."name", n."slug", \(now), \(now)
            FROM unnest(\(TextColumn(new.map { _ in RowIdentifier.make() }))::text[], \(TextColumn(new.map(\.value)))::text[],
                \(TextColumn(new.map(\.key)))::text[]) AS n("id", "name", "slug")
            ON CONFLICT ("slug") DO UPDATE SET "slug" = excluded."slug" RETURNING "id", "name", "slug"
            """)
        for row in rows {
            let artist = NewArtist(id: try row.decode("id"), name: try row.decode("name"), slug: try row.decode("slug"))
            ids[artist.slug] = artist.id
            outcome.newArtists.append(artist)
        }
        return ids
    }

    private func writeGenres(_ transaction: PostgresTransaction, _ outcome: inout Outcome) async throws {
        guard !newGenres.isEmpty else { return }
        let rows = try await transaction.query(
            """
            INSERT INTO "Genre" ("id", "name")
            SELECT * FROM unnest(\(TextColumn(newGenres.map { _ in RowIdentifier.make() }))::text[], \(TextColumn(newGenres))::text[])
            ON CONFLICT ("name") DO UPDATE SET "name" = excluded."name" RETURNING "id", "name"
            """)
        for row in rows { outcome.newGenres[try row.decode("name", as: String.self).lowercased()] = try row.decode("id", as: String.self) }
    }

    // MARK: Releases

    private func writeReleases(_ artistIDs: [String: String], _ transaction: PostgresTransaction) async throws -> [ReleaseKey: ReleaseRow] {
        let slugs = Dictionary(artistIDs.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let sorted = batch.releases.compactMap { key, release in artistIDs[key.artistSlug].map { (artist: $0, key: key, release: release) }
        }
        .sorted { ($0.artist, $0.key.title) < ($1.artist, $1.key.title) }
        var years = TextColumn()
        for entry in sorted { years.append(entry.release.year) }
        // What is known of a release that is there (its match above all) stays.
        let rows = try await transaction.query(
            """
            INSERT INTO "LocalRelease" ("id", "artistId", "title", "year", "createdAt", "updatedAt")
            SELECT n."id", n."artistId", n."title", n."year"::int, \(now), \(now)
            FROM unnest(\(TextColumn(sorted.map { _ in RowIdentifier.make() }))::text[], \(TextColumn(sorted.map(\.artist)))::text[],
                \(TextColumn(sorted.map(\.key.title)))::text[], \(years)::text[]) AS n("id", "artistId", "title", "year")
            ON CONFLICT ("artistId", "title") DO UPDATE
                SET "year" = coalesce(excluded."year", "LocalRelease"."year"), "updatedAt" = excluded."updatedAt"
            RETURNING "id", "artistId", "title", coalesce("image", "imageUrl", '') <> '' AS "hasImage", "image"
            """)
        var releases: [ReleaseKey: ReleaseRow] = [:]
        for row in rows {
            guard let slug = slugs[try row.decode("artistId", as: String.self)] else { continue }
            let image = try row.decode("image", as: String?.self)
            let hasImage = try row.decode("hasImage", as: Bool.self) && !(image.map(covers.isLost) ?? false)
            releases[ReleaseKey(artistSlug: slug, title: try row.decode("title"))] = ReleaseRow(
                id: try row.decode("id"), hasImage: hasImage)
        }
        return releases
    }

    private func releaseIDs(of tracks: [TrackRow], _ transaction: PostgresTransaction) async throws -> Set<String> {
        guard !tracks.isEmpty else { return [] }
        let rows = try await transaction.query(
            """
            SELECT DISTINCT "localReleaseId" FROM "LocalReleaseTrack"
            WHERE "id" = ANY(\(TextColumn(tracks.map(\.id)))::text[]) AND "localReleaseId" IS NOT NULL
            """)
        return Set(try rows.map { row throws in try row.decode("localReleaseId", as: String.self) })
    }

    private func writeCovers(
        _ releases: [ReleaseKey: ReleaseRow], _ transaction: PostgresTransaction, _ outcome: inout Outcome
    ) async throws {
        var ids: [String] = []
        var images: [String] = []
        for (key, release) in batch.releases {
            guard let cover = release.cover else { continue }
            guard let row = releases[key], !row.hasImage, let image = covers.keep(cover, release: row.id) else {
                covers.discard(cover)
                continue
            }
            ids.append(row.id)
            images.append(image)
        }
        guard !ids.isEmpty else { return }
        outcome.written.covers = ids.count
        try await transaction.query(
            """
            UPDATE "LocalRelease" SET "image" = c."image" FROM unnest(\(TextColumn(ids))::text[], \(TextColumn(images))::text[]) AS c("id", "image")
            WHERE "LocalRelease"."id" = c."id"
            """)
    }

    // MARK: Tracks

    private func move(_ tracks: [TrackRow], _ transaction: PostgresTransaction) async throws {
        guard !tracks.isEmpty else { return }
        try await transaction.query(
            """
            UPDATE "LocalReleaseTrack" SET "filePath" = m."path"
            FROM unnest(\(TextColumn(tracks.map(\.id)))::text[], \(TextColumn(tracks.map(\.file.path.text)))::text[]) AS m("id", "path")
            WHERE "LocalReleaseTrack"."id" = m."id"
            """)
    }

    /// - Returns: the rows' ids by path. They are the batch's own, unless somebody else has written a row for the path meanwhile.
    private func writeTracks(
        _ releases: [ReleaseKey: ReleaseRow], _ transaction: PostgresTransaction
    ) async throws -> [MusicPath: String] {
        var columns = [TextColumn](repeating: TextColumn(), count: 19)
        for track in batch.tracks {
            let tags = track.tags
            let texts: [String?] = [
                track.id, tags.title, tags.artist, tags.albumArtist, tags.album, tags.genre, track.file.path.text, tags.position,
                releases[track.releaseKey]?.id, tags.contentHash, Self.json(tags.metadata),
            ]
            let numbers: [Int?] = [
                tags.year, tags.duration, tags.bitrate, tags.sampleRate, tags.trackNumber, tags.discNumber, track.file.size,
                track.file.modified,
            ]
            for (index, text) in texts.enumerated() { columns[index].append(text) }
            for (index, number) in numbers.enumerated() { columns[texts.count + index].append(number) }
        }
        let arrays = columns.map { column -> SQL in "\(column)::text[]" }.joined(by: ", ")
        let rows = try await transaction.query(
            """
            INSERT INTO "LocalReleaseTrack" ("id", "title", "artist", "albumArtist", "album", "genre", "filePath", "position", "localReleaseId",
                "contentHash", "metadata", "year", "duration", "bitrate", "sampleRate", "trackNumber", "discNumber", "fileSize", "mtime",
                "createdAt", "updatedAt")
            SELECT n."id", n."title", n."artist", n."albumArtist", n."album", n."genre", n."filePath", n."position", n."localReleaseId",
                n."contentHash", n."metadata"::jsonb, n."year"::int, n."duration"::int, n."bitrate"::int, n."sampleRate"::int,
                n."trackNumber"::int, n."discNumber"::int, n."fileSize"::bigint,
                to_timestamp(n."modified"::numeric / 1000) AT TIME ZONE 'UTC', \(now), \(now)
            FROM unnest(\(arrays)) AS n("id", "title", "artist", "albumArtist", "album", "genre", "filePath", "position", "localReleaseId",
                "contentHash", "metadata", "year", "duration", "bitrate", "sampleRate", "trackNumber", "discNumber", "fileSize", "modified")
            ON CONFLICT ("filePath") DO UPDATE SET "title" = excluded."title", "artist" = excluded."artist",
                "albumArtist" = excluded."albumArtist", "album" = excluded."album", "genre" = excluded."genre",
                "position" = excluded."position", "localReleaseId" = excluded."localReleaseId", "contentHash" = excluded."contentHash",
                "metadata" = excluded."metadata", "year" = excluded."year", "duration" = excluded."duration", "bitrate" = excluded."bitrate",
                "sampleRate" = excluded."sampleRate", "trackNumber" = excluded."trackNumber", "discNumber" = excluded."discNumber",
                "fileSize" = excluded."fileSize", "mtime" = excluded."mtime", "updatedAt" = excluded."updatedAt"
            RETURNING "id", "filePath"
            """)
        var ids: [MusicPath: String] = [:]
        for row in rows { ids[MusicPath(try row.decode("filePath"))] = try row.decode("id", as: String.self) }
        return ids
    }

    private func writeCredits(
        _ artistIDs: [String: String], _ trackIDs: [MusicPath: String], _ known: [TrackRow], _ transaction: PostgresTransaction,
        _ outcome: inout Outcome
    ) async throws {
        if !known.isEmpty {
            let rows = try await transaction.query(
                #"DELETE FROM "TrackArtist" WHERE "trackId" = ANY(\#(TextColumn(known.map(\.id)))::text[]) RETURNING "artistId""#)
            for row in rows { outcome.bereftArtists.insert(try row.decode("artistId")) }
        }
        let written = Dictionary(
            batch.tracks.compactMap { track in trackIDs[track.file.path].map { (track.id, $0) } }, uniquingKeysWith: { $1 })
        var columns = [TextColumn](repeating: TextColumn(), count: 4)
        for credit in batch.credits {
            guard let track = written[credit.trackID], let artist = artistIDs[credit.artistSlug] else { continue }
            for (index, text) in [RowIdentifier.make(), track, artist, credit.role].enumerated() { columns[index].append(text) }
        }
        try await transaction.query(
            """
            INSERT INTO "TrackArtist" ("id", "trackId", "artistId", "role", "createdAt")
            SELECT n."id", n."trackId", n."artistId", n."role"::"TrackArtistRole", \(now)
            FROM unnest(\(columns[0])::text[], \(columns[1])::text[], \(columns[2])::text[], \(columns[3])::text[])
                AS n("id", "trackId", "artistId", "role")
            ON CONFLICT ("trackId", "artistId", "role") DO NOTHING
            """)
    }

    /// A flat object of texts, which hold no control characters (`TrackTags.cleaned`).
    static func json(_ values: [String: String]) -> String {
        var json = "{"
        for (key, value) in values {
            json += json.utf8.count > 1 ? ",\"" : "\""
            json += key.escapingQuotes
            json += "\":\""
            json += value.escapingQuotes
            json += "\""
        }
        return json + "}"
    }
}
