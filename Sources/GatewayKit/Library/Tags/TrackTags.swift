/// From what a file says to what the columns of a track hold (dmp-schema §5). Pure; called for every file that is read.
internal import Foundation

/// The columns of a `LocalReleaseTrack` that come from the file's tags and path, and whom and what its rows refer to.
struct TrackTags: Equatable, Sendable {
    var title: String
    var artist: String
    var albumArtist: String?
    var album: String
    var year: Int?
    /// As one text: `Rock / Pop`.
    var genre: String?
    /// Whole seconds.
    var duration: Int?
    var bitrate: Int?
    var sampleRate: Int?
    var position: String?
    var trackNumber: Int?
    var discNumber: Int?
    /// The remaining tags.
    var metadata: [String: String]
    var credit: ArtistCredit
    /// Who the release stands under.
    var releaseArtist: String
    /// Whether a tag says who that is; else it may turn out that the folder is a compilation.
    var hasReleaseArtist: Bool
    /// Whether a tag says what it is called.
    var hasAlbum: Bool
    var genres: [String]
    var contentHash: String

    static let variousArtists = "Various Artists"
    static let unknownArtist = "Unknown Artist"
    static let unknownAlbum = "Unknown Album"

    /// `VARCHAR(500)` counts code points; other texts are held to the same, so that no page has to show more.
    private static let maximumText = 500
    private static let maximumMetadataText = 2_000
    private static let maximumMetadataKeys = 200

    /// - Parameter path: relative to the music folder.
    init(_ file: FileTags, path: String) {
        var tags = Tags(file.values)
        let names = PathNames(path)
        title = tags.take("TITLE") ?? names.title
        let artistText = tags.text("ARTIST")
        credit = ArtistCredit(
            artists: tags.takeAll("ARTISTS"), artist: tags.takeAll("ARTIST"), title: title, fallback: names.artist ?? Self.unknownArtist)
        artist = artistText ?? credit.primary.joined(separator: ", ")
        let albumArtists = tags.takeAll("ALBUMARTIST") + tags.takeAll("ALBUM ARTIST")
        albumArtist = albumArtists.isEmpty ? nil : Self.limited(albumArtists.joined(separator: ", "), to: Self.maximumText)
        let isCompilation = tags.take("COMPILATION").map { $0 != "0" && $0.lowercased() != "false" } ?? false
        let albumTag = tags.take("ALBUM")
        hasAlbum = albumTag != nil
        album = albumTag ?? names.album ?? Self.unknownAlbum
        hasReleaseArtist = !albumArtists.isEmpty || isCompilation
        releaseArtist = albumArtists.first ?? (isCompilation ? Self.variousArtists : credit.primary.first ?? Self.unknownArtist)
        let date = tags.take("DATE")
        year =
            [date, tags.text("ORIGINALDATE"), tags.text("YEAR"), tags.text("ORIGINALYEAR")].lazy.compactMap { $0.flatMap(Self.year) }.first
        let genreValues = tags.takeAll("GENRE")
        genre = genreValues.isEmpty ? nil : Self.limited(genreValues.joined(separator: " / "), to: Self.maximumText)
        genres = Self.genres(genre ?? "")
        duration = file.milliseconds > 0 ? (file.milliseconds + 500) / 1_000 : nil
        bitrate = Self.column(file.bitrate)
        sampleRate = Self.column(file.sampleRate)
        let number = tags.take("TRACKNUMBER").map(Self.beforeSlash)
        position = number ?? names.trackNumber.map { String($0) }
        trackNumber = position.flatMap(Self.number)
        discNumber = tags.take("DISCNUMBER").map(Self.beforeSlash).flatMap(Self.number) ?? names.discNumber
        metadata = tags.metadata(maximumKeys: Self.maximumMetadataKeys, maximumText: Self.maximumMetadataText)
        let fields = [
            title, artist, albumArtist ?? "", album, year.map { String($0) } ?? "", genre ?? "", position ?? "",
            discNumber.map { String($0) } ?? "", String(file.milliseconds),
        ]
        contentHash = MD5.hexadecimal(fields.joined(separator: "\u{1f}").lowercased().utf8)
    }

    // MARK: Texts

    /// Without NUL, which Postgres cannot store, other control characters and blanks around; composed, so that two ways to write an accent
    /// are one; nil when nothing is left.
    static func cleaned(_ text: String, maximum: Int = maximumText) -> String? {
        // The usual case, without a look at every character's properties.
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
        if isPlain, text.utf8.count <= maximum, let first = text.utf8.first, let last = text.utf8.last, first != 0x20, last != 0x20 {
            return text
        }
        var scalars = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < maximum * 2 else { break }
            count += 1
            scalars.append(scalar.value < 0x20 || scalar.value == 0x7f ? " " : scalar)
        }
        let trimmed = String(scalars).trimmed
        let composed = isPlain ? trimmed : trimmed.precomposedStringWithCanonicalMapping
        return composed.isEmpty ? nil : limited(composed, to: maximum)
    }

    static func limited(_ text: String, to maximum: Int) -> String {
        text.utf8.count <= maximum || text.unicodeScalars.count <= maximum
            ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(maximum)))
    }

    // MARK: Numbers

    /// The first four digits in a row that are a year of recorded music: `2001-05-12`, `12.05.2001`.
    static func year(_ text: String) -> Int? {
        text.split { !($0.isASCII && $0.isNumber) }.lazy.compactMap { digits in
            Int(digits.prefix(4)).flatMap { digits.count >= 4 && (1_000...2_999).contains($0) ? $0 : nil }
        }.first
    }

    /// `3/12` → `3`.
    static func beforeSlash(_ text: String) -> String {
        String(text.prefix { $0 != "/" }).trimmed
    }

    /// The digits that a number tag begins with; columns are of 32 bits, and nobody numbers beyond 99,999.
    static func number(_ text: String) -> Int? {
        Int(text.prefix { $0.isASCII && $0.isNumber }).flatMap { (0...99_999).contains($0) ? $0 : nil }
    }

    private static func column(_ number: Int) -> Int? { number > 0 ? min(number, Int(Int32.max)) : nil }

    /// The genres in a text of the form `A / B, C`; `;` is common, too. Each once, whatever its case.
    static func genres(_ text: String) -> [String] {
        guard !text.isEmpty else { return [] }
        var seen: Set<String> = []
        let commas = text.utf8.contains(UInt8(ascii: "/")) ? text.replacing(" / ", with: ",") : text
        return commas.split { $0 == "," || $0 == ";" }.compactMap { part in
            let name = limited(String(part).trimmed, to: 100)
            return !name.isEmpty && seen.insert(name.lowercased()).inserted ? name : nil
        }
    }
}

/// A file's tags while they are taken apart: what has a column of its own is taken out, the rest is metadata.
private struct Tags {
    private var values: [String: [String]]

    init(_ values: [String: [String]]) { self.values = values }

    func text(_ key: String) -> String? {
        let parts = (values[key] ?? []).compactMap { TrackTags.cleaned($0) }
        return parts.isEmpty ? nil : TrackTags.limited(parts.joined(separator: ", "), to: 500)
    }

    mutating func takeAll(_ key: String) -> [String] { (values.removeValue(forKey: key) ?? []).compactMap { TrackTags.cleaned($0) } }

    mutating func take(_ key: String) -> String? { takeAll(key).first }

    /// Flat, all values text. `IntegerBpm` is how Explore knows the tempo; taggers write it so, or as `BPM`.
    func metadata(maximumKeys: Int, maximumText: Int) -> [String: String] {
        var metadata: [String: String] = [:]
        for (key, list) in values.sorted(by: { $0.key < $1.key }) {
            guard metadata.count < maximumKeys else { break }
            let parts = list.compactMap { TrackTags.cleaned($0, maximum: maximumText) }
            guard !parts.isEmpty, let name = TrackTags.cleaned(key, maximum: 100) else { continue }
            metadata[name == "INTEGERBPM" ? "IntegerBpm" : name] = TrackTags.limited(parts.joined(separator: " / "), to: maximumText)
        }
        if metadata["IntegerBpm"] == nil, let beats = metadata["BPM"].flatMap({ Double($0) }), (1...999).contains(beats) {
            metadata["IntegerBpm"] = String(Int(beats.rounded()))
        }
        return metadata
    }
}

extension String {
    /// Without blanks around it; most texts have none.
    var trimmed: String {
        guard let first = utf8.first, let last = utf8.last, !(0x21...0x7e).contains(first) || !(0x21...0x7e).contains(last) else {
            return self
        }
        return trimmingCharacters(in: .whitespaces)
    }
}
