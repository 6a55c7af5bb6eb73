/// What the demo library holds: artists, releases and tracks, all invented. Everything else (sound, pictures, rows) follows from it.
struct LibraryPlan: Sendable {
    /// Raised when sound or pictures change, so that an older library is made again.
    static let version = 1

    enum Style: String, Sendable, CaseIterable {
        case ambient, jazz, techno, folk, minimal, synthPop, dub, sequencer, downtempo, bossa
    }

    struct Track: Sendable {
        let title: String
        let tempo: Double
        let key: Key
        let style: Style
        /// Slug of a guest.
        var featuring: String?
        let seed: String
    }

    enum ReleaseType: String, Sendable, CaseIterable {
        case album = "Album"
        case ep = "EP"
        case single = "Single"
    }

    /// How a release compares with the MusicBrainz one.
    enum Match: Sendable, Equatable {
        case complete
        /// These titles are missing here.
        case incomplete([String])
        /// So many of the last tracks stand only here.
        case extraTracks(Int)
        /// Never compared.
        case unknown
        /// Known to MusicBrainz with these titles, and not here at all.
        case missing([String])
    }

    struct Release: Sendable {
        /// The artist's name.
        var artist = ""
        let title: String
        let year: Int
        let type: ReleaseType
        let genre: String
        let motif: CoverArt.Motif
        let palette: Palette
        let match: Match
        /// Days ago it was last played.
        let lastPlayed: Int?
        let tracks: [Track]

        var id: String { "demo-\(slug(artist))-\(slug(title))" }
        /// Relative to the music folder.
        var folder: String { "\(artist)/\(year) - \(title)" }

        func path(_ number: Int) -> String {
            let digits = number < 10 ? "0\(number)" : "\(number)"
            return "\(folder)/\(digits) \(tracks[number - 1].title).opus"
        }
    }

    struct Artist: Sendable {
        let name: String
        let genres: [String]
        let palette: Palette
        /// Heads in the picture.
        let members: Int
        let links: [(type: String, url: String)]
        let releases: [Release]

        var slug: String { Demo.slug(name) }
        var id: String { "demo-\(slug)" }
        var localReleases: [Release] { releases.filter { !$0.tracks.isEmpty } }
    }

    let artists: [Artist]

    var localReleases: [Release] { artists.flatMap(\.localReleases) }
}

/// ASCII letters, digits and hyphens, as the original forms slugs.
func slug(_ name: String) -> String {
    let folded = name.decomposedStringWithCanonicalMapping.lowercased()
    var result = ""
    for scalar in folded.unicodeScalars where !scalar.properties.isDiacritic {
        if scalar.isASCII, scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
            result.unicodeScalars.append(scalar)
        } else if !result.isEmpty, result.last != "-" {
            result += "-"
        }
    }
    return result.last == "-" ? String(result.dropLast()) : result
}
