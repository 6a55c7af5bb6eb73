public import Foundation
public import Postgres

/// Why the demo library cannot be indexed.
public enum DemoError: Error, Equatable, CustomStringConvertible {
    /// The database holds artists that are not the demo's; they are left alone.
    case databaseHoldsAnotherLibrary
    /// `compose` has not finished, or somebody changed the file.
    case unreadable(path: String)

    public var description: String {
        switch self {
        case .databaseHoldsAnotherLibrary: "The database holds another library; the demo only goes into an empty one."
        case .unreadable(let path): "The demo's file \(path) is missing or damaged; delete it, and the demo makes it again."
        }
    }
}

extension DemoLibrary {
    /// Writes the library's rows in one transaction. Doing it again brings rows up to date and keeps play counts, playlists and favourites.
    /// - Precondition: `compose` has finished and the schema exists.
    /// - Throws: `DemoError`, `PostgresError`, `CocoaError`.
    public func index(into database: PostgresPool, now: Date = Date()) async throws {
        let rows = try DemoRows(self, now: now)
        try await database.withTransaction { transaction in
            let others = try await transaction.query(
                """
                SELECT 1 FROM "Artist" WHERE NOT starts_with("id", 'demo-') LIMIT 1
                """)
            guard others.isEmpty else { throw DemoError.databaseHoldsAnotherLibrary }
            for statement in rows.statements { try await transaction.query(statement) }
        }
    }
}

/// The rows as statements, in the order in which they refer to each other. Ids are formed from names, so that the same things keep them.
private struct DemoRows {
    private(set) var statements: [SQL] = []
    private let now: Date
    private var artistIDs: [String] = []
    private var releaseIDs: [String] = []
    private var trackIDs: [String] = []
    private var musicBrainzIDs: [String] = []
    private var musicBrainzTrackIDs: [String] = []

    /// Reads sizes and lengths from the files.
    init(_ library: DemoLibrary, now: Date) throws {
        self.now = now
        for type in LibraryPlan.ReleaseType.allCases { add(type) }
        for genre in Set(library.plan.artists.flatMap(\.genres)).sorted() { addGenre(genre) }
        for (position, artist) in library.plan.artists.enumerated() {
            let releases = try artist.localReleases.map { release in
                LocalRelease(plan: release, files: try (1...release.tracks.count).map { try MusicFile(library.trackFile(release, $0)) })
            }
            add(artist, releases: releases, created: now.addingTimeInterval(-3_600 * Double(24 * (library.plan.artists.count - position))))
            for release in artist.releases {
                addMusicBrainz(release, artist: artist, files: releases.first { $0.plan.id == release.id }?.files ?? [])
            }
            for release in releases { add(release, artist: artist) }
        }
        // Guests may come later in the list than the tracks they are on.
        for release in library.plan.localReleases { addArtists(of: release) }
        removeOthers()
        addStatistics()
    }

    private struct LocalRelease {
        let plan: LibraryPlan.Release
        let files: [MusicFile]
        var bytes: Int { files.reduce(0) { $0 + $1.bytes } }
        var seconds: Int { files.reduce(0) { $0 + $1.seconds } }
        var plays: Int { plan.tracks.reduce(0) { $0 + $1.plays(in: plan) } }
    }

    /// What the disk says about a track.
    private struct MusicFile {
        let seconds: Int
        let bytes: Int
        let bitrate: Int
        let modified: Date

        init(_ file: URL) throws {
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: file.path), let size = attributes[.size] as? NSNumber,
                let modified = attributes[.modificationDate] as? Date, let length = try OggOpusFile.seconds(of: file), length > 0
            else { throw DemoError.unreadable(path: file.path) }
            bytes = size.intValue
            seconds = Int(length.rounded())
            bitrate = Int((Double(bytes) * 8 / length / 1_000).rounded())
            self.modified = modified
        }
    }

    private func musicBrainzID(_ release: LibraryPlan.Release) -> String { release.id + "-mb" }

    private mutating func add(_ type: LibraryPlan.ReleaseType) {
        let slug = slug(type.rawValue)
        statements.append(
            """
            INSERT INTO "ReleaseType" ("id", "name", "slug", "updatedAt") VALUES (\("demo-" + slug), \(type.rawValue), \(slug), \(now))
            ON CONFLICT ("id") DO NOTHING
            """)
    }

    private func genreID(_ name: String) -> String { "demo-" + slug(name) }

    private mutating func addGenre(_ name: String) {
        statements.append(
            """
            INSERT INTO "Genre" ("id", "name") VALUES (\(genreID(name)), \(name)) ON CONFLICT ("id") DO NOTHING
            """)
    }

    private mutating func add(_ artist: LibraryPlan.Artist, releases: [LocalRelease], created: Date) {
        artistIDs.append(artist.id)
        let score = artist.matchScore
        let synced = score == nil ? nil : now
        let tracks = releases.reduce(0) { $0 + $1.files.count }
        let bytes = releases.reduce(0) { $0 + $1.bytes }
        let plays = releases.reduce(0) { $0 + $1.plays }
        statements.append(
            """
            INSERT INTO "Artist" ("id", "name", "slug", "image", "averageMatchScore", "totalPlayCount", "totalTracks", "totalFileSize",
                "lastSyncedAt", "createdAt", "updatedAt")
            VALUES (\(artist.id), \(artist.name), \(artist.slug), \(artist.slug + ".png"), \(score), \(plays), \(tracks), \(bytes), \(synced),
                \(created), \(now))
            ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name", "slug" = excluded."slug", "image" = excluded."image",
                "averageMatchScore" = excluded."averageMatchScore", "totalTracks" = excluded."totalTracks",
                "totalFileSize" = excluded."totalFileSize", "lastSyncedAt" = excluded."lastSyncedAt", "updatedAt" = excluded."updatedAt"
            """)
        for genre in artist.genres {
            statements.append(
                """
                INSERT INTO "_ArtistGenres" ("A", "B") VALUES (\(artist.id), \(genreID(genre))) ON CONFLICT DO NOTHING
                """)
        }
        for link in artist.links {
            statements.append(
                """
                INSERT INTO "ArtistUrl" ("id", "type", "url", "artistId", "updatedAt")
                VALUES (\("\(artist.id)-\(slug(link.type))"), \(link.type), \(link.url), \(artist.id), \(now))
                ON CONFLICT ("id") DO UPDATE SET "url" = excluded."url", "updatedAt" = excluded."updatedAt"
                """)
        }
    }

    private mutating func addMusicBrainz(_ release: LibraryPlan.Release, artist: LibraryPlan.Artist, files: [MusicFile]) {
        guard release.match != .unknown else { return }
        let id = musicBrainzID(release)
        musicBrainzIDs.append(id)
        statements.append(
            """
            INSERT INTO "MusicBrainzRelease" ("id", "title", "artistId", "typeId", "year", "status", "updatedAt")
            VALUES (\(id), \(release.title), \(artist.id), \("demo-" + slug(release.type.rawValue)), \(release.year), \(release.match.status), \(now))
            ON CONFLICT ("id") DO UPDATE SET "typeId" = excluded."typeId", "year" = excluded."year", "status" = excluded."status",
                "updatedAt" = excluded."updatedAt"
            """)
        for (index, title) in release.musicBrainzTitles.enumerated() {
            let trackID = "\(id)-\(index + 1)"
            musicBrainzTrackIDs.append(trackID)
            // Nobody has heard the missing ones: an ordinary length.
            let milliseconds = 1_000 * (index < files.count ? files[index].seconds : 187)
            statements.append(
                """
                INSERT INTO "MusicBrainzReleaseTrack" ("id", "title", "position", "discNumber", "durationMs", "releaseId", "updatedAt")
                VALUES (\(trackID), \(title), \(index + 1), 1, \(milliseconds), \(id), \(now))
                ON CONFLICT ("id") DO UPDATE SET "title" = excluded."title", "durationMs" = excluded."durationMs",
                    "updatedAt" = excluded."updatedAt"
                """)
        }
    }

    private mutating func add(_ release: LocalRelease, artist: LibraryPlan.Artist) {
        let plan = release.plan
        let played = plan.lastPlayed.map { days in
            // No two at the same moment.
            now.addingTimeInterval(-86_400 * Double(days) - 60 * Double(plan.title.utf8.count))
        }
        releaseIDs.append(plan.id)
        // Newer releases came in later, a minute apart; after the artists.
        let created = now.addingTimeInterval(60 * Double(plan.year - 2_100))
        statements.append(
            """
            INSERT INTO "LocalRelease" ("id", "title", "year", "artistId", "releaseId", "matchStatus", "folderPath", "image", "totalPlayCount",
                "totalDuration", "totalFileSize", "lastPlayedAt", "createdAt", "updatedAt")
            VALUES (\(plan.id), \(plan.title), \(plan.year), \(artist.id), \(plan.match == .unknown ? nil : musicBrainzID(plan)),
                \(plan.match.status), \(plan.folder), \("/img/releases/\(plan.id).png"), \(release.plays), \(release.seconds), \(release.bytes),
                \(played), \(created), \(now))
            ON CONFLICT ("id") DO UPDATE SET "title" = excluded."title", "year" = excluded."year", "releaseId" = excluded."releaseId",
                "matchStatus" = excluded."matchStatus", "folderPath" = excluded."folderPath", "image" = excluded."image",
                "totalDuration" = excluded."totalDuration", "totalFileSize" = excluded."totalFileSize", "updatedAt" = excluded."updatedAt"
            """)
        for (index, file) in release.files.enumerated() { add(plan.tracks[index], number: index + 1, of: plan, file: file, played: played) }
    }

    private mutating func add(_ track: LibraryPlan.Track, number: Int, of release: LibraryPlan.Release, file: MusicFile, played: Date?) {
        let id = release.trackID(number)
        trackIDs.append(id)
        let artist = track.artist(of: release)
        let plays = track.plays(in: release)
        let tags = track.tags.map { "\"\($0.key)\":\"\($0.value)\"" }.sorted().joined(separator: ",")
        statements.append(
            """
            INSERT INTO "LocalReleaseTrack" ("id", "title", "artist", "albumArtist", "album", "year", "genre", "duration", "bitrate", "sampleRate",
                "filePath", "position", "trackNumber", "discNumber", "localReleaseId", "fileSize", "mtime", "metadata", "playCount",
                "lastPlayedAt", "updatedAt")
            VALUES (\(id), \(track.title), \(artist), \(release.artist), \(release.title), \(release.year), \(release.genre), \(file.seconds),
                \(file.bitrate), \(StereoBuffer.sampleRate), \(release.path(number)), \("\(number)"), \(number), 1, \(release.id), \(file.bytes),
                \(file.modified), \("{\(tags)}"), \(plays), \(plays > 0 ? played : nil), \(now))
            ON CONFLICT ("id") DO UPDATE SET "title" = excluded."title", "artist" = excluded."artist", "albumArtist" = excluded."albumArtist",
                "album" = excluded."album", "year" = excluded."year", "genre" = excluded."genre", "duration" = excluded."duration",
                "bitrate" = excluded."bitrate", "filePath" = excluded."filePath", "fileSize" = excluded."fileSize", "mtime" = excluded."mtime",
                "metadata" = excluded."metadata", "updatedAt" = excluded."updatedAt"
            """)
    }

    private mutating func addArtists(of release: LibraryPlan.Release) {
        for (index, track) in release.tracks.enumerated() {
            let id = release.trackID(index + 1)
            addArtist("demo-" + slug(release.artist), of: id, role: "PRIMARY")
            if let guest = track.featuring { addArtist("demo-" + slug(guest), of: id, role: "FEATURED") }
        }
    }

    private mutating func addArtist(_ artist: String, of track: String, role: String) {
        statements.append(
            """
            INSERT INTO "TrackArtist" ("id", "trackId", "artistId", "role") VALUES (\("\(track)-\(role.lowercased())"), \(track), \(artist), \(role))
            ON CONFLICT ("id") DO NOTHING
            """)
    }

    /// What an earlier version of the demo had and this one has not.
    private mutating func removeOthers() {
        for (table, ids) in [
            ("LocalReleaseTrack", trackIDs), ("LocalRelease", releaseIDs), ("MusicBrainzReleaseTrack", musicBrainzTrackIDs),
            ("MusicBrainzRelease", musicBrainzIDs), ("Artist", artistIDs),
        ] {
            statements.append(
                """
                DELETE FROM "\(unescaped: table)" WHERE "id" <> ALL (\(ids)::text[])
                """)
        }
    }

    private mutating func addStatistics() {
        statements.append(
            """
            INSERT INTO "Statistics" ("id", "artists", "playtime", "plays", "tracks", "releases", "genres", "artistsSyncedWithMusicbrainz",
                "releasesSyncedWithMusicbrainz", "artistsWithCoverArt", "releasesWithCoverArt", "lastScanStartedAt", "lastScanEndedAt", "updatedAt")
            SELECT 'main', artists.number, tracks.seconds, tracks.plays, tracks.number, releases.number, genres.number, artists.synced,
                releases.synced, artists.pictures, releases.covers, \(now)::timestamp, \(now)::timestamp, \(now)::timestamp
            FROM (SELECT count(*) AS number, count("lastSyncedAt") AS synced, count("image") AS pictures FROM "Artist") AS artists,
                (SELECT count(*) AS number, count("releaseId") AS synced, count("image") AS covers FROM "LocalRelease") AS releases,
                (SELECT count(*) AS number, coalesce(sum("duration"), 0) AS seconds, coalesce(sum("playCount"), 0) AS plays
                    FROM "LocalReleaseTrack") AS tracks,
                (SELECT count(*) AS number FROM "Genre") AS genres
            ON CONFLICT ("id") DO UPDATE SET "artists" = excluded."artists", "playtime" = excluded."playtime", "plays" = excluded."plays",
                "tracks" = excluded."tracks", "releases" = excluded."releases", "genres" = excluded."genres",
                "artistsSyncedWithMusicbrainz" = excluded."artistsSyncedWithMusicbrainz",
                "releasesSyncedWithMusicbrainz" = excluded."releasesSyncedWithMusicbrainz",
                "artistsWithCoverArt" = excluded."artistsWithCoverArt", "releasesWithCoverArt" = excluded."releasesWithCoverArt",
                "lastScanStartedAt" = excluded."lastScanStartedAt", "lastScanEndedAt" = excluded."lastScanEndedAt",
                "updatedAt" = excluded."updatedAt"
            """)
    }
}

extension LibraryPlan.Match {
    /// The value of `"ReleaseStatus"`.
    var status: String {
        switch self {
        case .complete: "COMPLETE"
        case .incomplete: "INCOMPLETE"
        case .extraTracks: "EXTRA_TRACKS"
        case .unknown: "UNKNOWN"
        case .missing: "MISSING"
        }
    }
}

extension LibraryPlan.Release {
    func trackID(_ number: Int) -> String { "\(id)-\(number)" }

    /// The tracks that MusicBrainz lists.
    var musicBrainzTitles: [String] {
        switch match {
        case .complete: tracks.map(\.title)
        case .incomplete(let missing): tracks.map(\.title) + missing
        case .extraTracks(let count): tracks.dropLast(count).map(\.title)
        case .missing(let titles): titles
        case .unknown: []
        }
    }
}

extension LibraryPlan.Artist {
    /// As the original's sync computes it: the mean over releases of matched ÷ listed tracks; nil when nothing was compared.
    var matchScore: Double? {
        let scores = releases.filter { $0.match != .unknown }.map { release -> Double in
            switch release.match {
            case .incomplete: Double(release.tracks.count) / Double(release.musicBrainzTitles.count)
            case .missing: 0
            default: 1
            }
        }
        return scores.isEmpty ? nil : scores.reduce(0, +) / Double(scores.count)
    }
}

extension LibraryPlan.Track {
    /// Invented, for releases that were played lately.
    func plays(in release: LibraryPlan.Release) -> Int {
        guard release.lastPlayed != nil else { return 0 }
        var random = SeededRandom("plays " + seed)
        return random.integer(in: 1...9)
    }

    /// What taggers write beside the usual tags; all values are text, moods go from 0 to 99.
    var tags: [String: String] {
        var random = SeededRandom("moods " + seed)
        let quick = min(99, max(0, (tempo - 50) * 1.1))
        let happy = key.mode.isMinor ? 30.0 : 70
        let electronic: Bool =
            switch style {
            case .techno, .synthPop, .sequencer, .downtempo, .ambient, .dub: true
            case .jazz, .folk, .minimal, .bossa: false
            }
        func around(_ value: Double) -> String { String(Int(min(99, max(0, value + random.value(in: -12...12))))) }
        return [
            "IntegerBpm": String(Int(tempo)), "MOOD_HAPPY": around(happy), "MOOD_SAD": around(95 - happy),
            "MOOD_RELAXED": around(100 - quick),
            "MOOD_AGGRESSIVE": around(style == .techno ? 60 : 10), "MOOD_PARTY": around(quick * 0.8), "MOOD_DANCEABILITY": around(quick),
            "MOOD_VALENCE": around(happy), "MOOD_AROUSAL": around(quick * 0.9), "MOOD_ACOUSTIC": around(electronic ? 10 : 85),
            "MOOD_ELECTRONIC": around(electronic ? 88 : 8),
        ]
    }
}
