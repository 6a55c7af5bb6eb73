/// Who plays a track: the artists that its rows in `TrackArtist` name, taken from tags as people write them.
internal import Foundation

struct ArtistCredit: Equatable, Sendable {
    /// At least one.
    var primary: [String]
    var featured: [String]

    private static let maximumNames = 32

    /// - Parameters:
    ///   - artists: `ARTISTS`, which lists names one by one (MusicBrainz Picard).
    ///   - artist: `ARTIST`: several values, or one text such as `A feat. B & C` or `A; B`.
    ///   - title: may name guests, too: `Title (feat. B)`.
    ///   - fallback: when no tag names anyone.
    init(artists: [String], artist: [String], title: String, fallback: String) {
        var primary: [String] = []
        var guests: [String] = []
        for text in artist.flatMap(Self.listed) {
            let (main, others) = Self.apart(text)
            if !main.isEmpty { primary.append(main) }
            guests += others
        }
        guests += Self.apart(title).featured
        let listed = artists.flatMap(Self.listed)
        if !listed.isEmpty {
            // Who stands after "feat." in the text is a guest, all others share the track.
            let guestNames = Set(guests.map { $0.lowercased() })
            let main = listed.filter { !guestNames.contains($0.lowercased()) }
            if !main.isEmpty { primary = main }
        }
        if primary.isEmpty { primary = [fallback] }
        self.primary = Array(Self.unique(primary).prefix(Self.maximumNames))
        let names = Set(self.primary.map { $0.lowercased() })
        featured = Array(Self.unique(guests).filter { !names.contains($0.lowercased()) }.prefix(Self.maximumNames))
    }

    private static func listed(_ text: String) -> [String] {
        text.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// The name before `feat.`, and those after it.
    private static func apart(_ text: String) -> (main: String, featured: [String]) {
        guard mayName(text),
            let match = text.firstMatch(of: /(?i)[\s]*[(\[]?\b(?:feat\.?|ft\.|featuring)\s+([^)\]]+)[)\]]?/)
        else { return (text.trimmingCharacters(in: .whitespaces), []) }
        let guests = match.1.replacing(" & ", with: ",").replacing(" and ", with: ",").split(separator: ",")
        return (
            text[..<match.range.lowerBound].trimmingCharacters(in: .whitespaces),
            guests.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        )
    }

    /// Most texts hold nothing of the kind: no expression is tried on them.
    private static func mayName(_ text: String) -> Bool {
        var last: UInt8 = 0
        for byte in text.utf8 {
            let letter = byte | 0x20
            if last == UInt8(ascii: "f"), letter == UInt8(ascii: "e") || letter == UInt8(ascii: "t") { return true }
            last = letter
        }
        return false
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0.lowercased()).inserted }
    }
}
