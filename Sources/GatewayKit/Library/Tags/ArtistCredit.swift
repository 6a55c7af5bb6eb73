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
        guard text.utf8.contains(UInt8(ascii: ";")) else { return [text] }
        return text.split(separator: ";").map { String($0).trimmed }.filter { !$0.isEmpty }
    }

    /// The name before `feat.`, `ft.` or `featuring`, and those after it.
    private static func apart(_ text: String) -> (main: String, featured: [String]) {
        guard let (start, end) = guestWord(in: text) else { return (text, []) }
        var main = text[..<start]
        while let last = main.last, " ([".contains(last) { main.removeLast() }
        let guests = text[end...].prefix { $0 != ")" && $0 != "]" }
        let names = guests.replacing(" & ", with: ",").replacing(" and ", with: ",").split(separator: ",")
        return (String(main), names.map { String($0).trimmed }.filter { !$0.isEmpty })
    }

    private static let guestWords = ["feat.", "feat", "ft.", "featuring"].map { Array($0.utf8) }

    /// Where the word stands that guests follow, after a blank or bracket and before a blank.
    private static func guestWord(in text: String) -> (start: String.Index, end: String.Index)? {
        let bytes = text.utf8
        var place = bytes.startIndex
        // A name may begin with it, but then nobody is before.
        while let letter = bytes[place...].dropFirst().firstIndex(where: { $0 | 0x20 == UInt8(ascii: "f") }) {
            place = letter
            guard [UInt8(ascii: " "), UInt8(ascii: "("), UInt8(ascii: "[")].contains(bytes[bytes.index(before: letter)]) else { continue }
            for word in guestWords {
                let found = bytes[letter...].prefix(word.count)
                guard found.elementsEqual(word, by: { $0 == $1 || $0 | 0x20 == $1 }), found.endIndex < bytes.endIndex,
                    bytes[found.endIndex] == UInt8(ascii: " ")
                else { continue }
                return (letter, bytes.index(after: found.endIndex))
            }
        }
        return nil
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0.lowercased()).inserted }
    }
}
