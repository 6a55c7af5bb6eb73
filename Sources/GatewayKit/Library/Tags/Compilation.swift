/// Who a release stands under when no tag says it: decided by looking at all of its tracks in a folder.

enum Compilation {
    /// Tracks of one album title in one folder are one release, unless their numbers say that they are several. It stands under the artist
    /// who plays at least half of it, or else under "Various Artists".
    static func findReleaseArtists(_ tracks: inout [FolderContent.Track]) {
        var albums: [String: [Int]] = [:]
        for (index, track) in tracks.enumerated() where !track.tags.hasReleaseArtist && track.tags.hasAlbum {
            albums[track.tags.album, default: []].append(index)
        }
        for indices in albums.values where indices.count > 1 {
            let artists = indices.map { tracks[$0].tags.releaseArtist }
            guard Set(artists.map(Slug.of)).count > 1 else { continue }
            let numbers = indices.compactMap { index -> [Int]? in
                let tags = tracks[index].tags
                return tags.trackNumber.map { [tags.discNumber ?? 1, $0] }
            }
            guard Set(numbers).count == indices.count else { continue }
            let counts = artists.reduce(into: [:]) { counts, artist in counts[artist, default: 0] += 1 }
            let most = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }
            let artist = most.flatMap { $0.value * 2 >= indices.count ? $0.key : nil } ?? TrackTags.variousArtists
            for index in indices { tracks[index].tags.releaseArtist = artist }
        }
    }
}

extension TrackTags {
    var releaseName: ReleaseName { ReleaseName(artist: releaseArtist, title: album) }
}
