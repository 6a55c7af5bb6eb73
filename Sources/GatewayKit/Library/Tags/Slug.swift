/// The ASCII form of a name that an artist is known by in URLs, and by which two spellings of a name are one artist.
internal import Foundation

enum Slug {
    /// Shown in URLs and held by a unique index.
    private static let maximumLength = 120

    /// Lower-case letters and digits of the name in ASCII, with `-` for everything between them: `Sigur Rós` → `sigur-ros`. Other scripts are
    /// transliterated: `Кино` → `kino`. A name without any letter or digit (`!!!`) gets `artist-` and a hash that stays the same.
    static func of(_ name: String) -> String {
        let ascii = name.utf8.allSatisfy { $0 < 0x80 } ? name : transliterated(name)
        let slug = hyphenated(ascii)
        return slug.isEmpty ? "artist-" + hash(name) : slug
    }

    /// Whether transliteration may have made the same slug of another name: it drops tones and lengths of scripts that are not Latin.
    static func isAmbiguous(_ name: String) -> Bool {
        name.unicodeScalars.contains { $0.value >= 0x0370 && $0.properties.isAlphabetic && !(0x1e00...0x1eff).contains($0.value) }
    }

    /// Eight hexadecimal digits, the same in every run (FNV-1a).
    static func hash(_ text: String) -> String {
        let hash = text.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }

    private static func transliterated(_ name: String) -> String {
        name.applyingTransform(StringTransform("Any-Latin; Latin-ASCII; Any-Lower"), reverse: false) ?? name
    }

    private static func hyphenated(_ text: String) -> String {
        var slug: [UInt8] = []
        var isSeparated = false
        for byte in text.utf8 {
            let letter: UInt8
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): letter = byte
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): letter = byte + 0x20
            // Don't → dont; signs beyond ASCII separate.
            case UInt8(ascii: "'"), UInt8(ascii: "`"): continue
            default:
                isSeparated = !slug.isEmpty
                continue
            }
            guard slug.count < maximumLength else { break }
            if isSeparated { slug.append(UInt8(ascii: "-")) }
            isSeparated = false
            slug.append(letter)
        }
        return String(decoding: slug, as: UTF8.self)
    }
}
