/// The rows of a batch of folders, put together from what their files say, before they are written.
internal import Foundation

/// A row of `LocalReleaseTrack`, and what else is written for it.
struct TrackRow: Sendable {
    let id: String
    let file: MusicFile
    let tags: TrackTags
    let releaseKey: ReleaseKey
    /// The row is there already: its file has changed, or it was elsewhere.
    let isKnown: Bool
    let isMoved: Bool
}

/// What makes a release one row: the unique key (artist, title).
struct ReleaseKey: Hashable, Sendable {
    let artistSlug: String
    let title: String
}

struct Batch: Sendable {
    struct Release: Sendable {
        var year: Int?
        var cover: CoverStore.Incoming?
    }

    struct Credit: Hashable, Sendable {
        let trackID: String
        let artistSlug: String
        let role: String
    }

    private(set) var tracks: [TrackRow] = []
    private(set) var releases: [ReleaseKey: Release] = [:]
    private(set) var credits: Set<Credit> = []
    /// Names by slug.
    private(set) var artistNames: [String: String] = [:]
    /// Of the artists who play, by slug; "Various Artists" play none.
    private(set) var genresBySlug: [String: Set<String>] = [:]

    mutating func add(_ track: FolderContent.Track, artists: inout ArtistDirectory, moves: inout MoveMatcher) {
        let tags = track.tags
        let moved = track.source.rowID == nil ? moves.take(track.source.file, contentHash: tags.contentHash) : nil
        let id = track.source.rowID ?? moved?.id ?? RowIdentifier.make()
        let releaseSlug = slug(tags.releaseArtist, &artists)
        let key = ReleaseKey(artistSlug: releaseSlug, title: tags.album)
        var release = releases[key] ?? Release()
        release.year = release.year ?? tags.year
        releases[key] = release
        for name in tags.credit.primary {
            let slug = slug(name, &artists)
            credits.insert(Credit(trackID: id, artistSlug: slug, role: "PRIMARY"))
            if !tags.genres.isEmpty { genresBySlug[slug, default: []].formUnion(tags.genres) }
        }
        for name in tags.credit.featured { credits.insert(Credit(trackID: id, artistSlug: slug(name, &artists), role: "FEATURED")) }
        if tags.hasReleaseArtist || !tags.credit.primary.contains(tags.releaseArtist) {
            credits.insert(Credit(trackID: id, artistSlug: releaseSlug, role: "ALBUM_ARTIST"))
            if tags.releaseArtist != TrackTags.variousArtists, !tags.genres.isEmpty {
                genresBySlug[releaseSlug, default: []].formUnion(tags.genres)
            }
        }
        tracks.append(
            TrackRow(
                id: id, file: track.source.file, tags: tags, releaseKey: key, isKnown: track.source.rowID != nil || moved != nil,
                isMoved: moved != nil))
    }

    mutating func add(_ cover: CoverStore.Incoming, _ name: ReleaseName, artists: inout ArtistDirectory, store: CoverStore) {
        let key = ReleaseKey(artistSlug: artists.slug(name.artist), title: name.title)
        if releases[key] != nil, releases[key]?.cover == nil { releases[key]?.cover = cover } else { store.discard(cover) }
    }

    private mutating func slug(_ name: String, _ artists: inout ArtistDirectory) -> String {
        let slug = artists.slug(name)
        if artistNames[slug] == nil { artistNames[slug] = name }
        return slug
    }
}
