/// What a playlist may be called, and the slug that its address is made of.
import Foundation
import GatewayAPI

/// A playlist's name: trimmed, not empty, at most `maximumLength` characters.
struct PlaylistName: Equatable {
    static let maximumLength = 200

    let text: String

    /// - Throws: 400 for a text that can't be a name.
    init(_ text: String?) throws(APIError) {
        guard let text = text?.trimmingCharacters(in: .whitespacesAndNewlines), !text.isEmpty, !text.hasNull else {
            throw .badRequest("Invalid playlist name")
        }
        guard text.length <= Self.maximumLength else {
            throw .badRequest("The playlist name is too long: at most \(Self.maximumLength) characters")
        }
        self.text = text
    }

    /// Lower-case ASCII letters and digits, whatever lies between them as one `-` (dmp-api.md, Playlists). A name without any has a
    /// slug of its own, too: `playlist-` and a hash of the name.
    var slug: String {
        // A lower-cased letter may take more than one code point: the slug stays as short as the name.
        let words = text.lowercased().unicodeScalars.split { !("a"..."z" ~= $0 || "0"..."9" ~= $0) }.map(String.init)
        let slug = words.joined(separator: "-").prefix(Self.maximumLength).trimmingCharacters(in: ["-"])
        return slug.isEmpty ? "playlist-\(hash)" : slug
    }

    /// FNV-1a with 32 bits over the name's composed form in UTF-8, as eight hex digits: the same on every machine and day.
    private var hash: String {
        let number = text.precomposedStringWithCanonicalMapping.utf8.reduce(0x811c_9dc5 as UInt32) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
