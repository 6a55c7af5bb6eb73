/// Names of playlists, their slugs, and ids of new rows.
import Testing

@testable import Catalog

@Suite struct PlaylistNameTests {
    @Test(arguments: [
        ("Late Night", "late-night"), ("  a  ", "a"), ("A__B--C", "a-b-c"), ("Ünited", "nited"), ("\u{212a}elvin", "kelvin"),
        ("İstanbul", "i-stanbul"),
        ("9 lives!", "9-lives"), ("日本", "playlist-9f26ee51"), ("!", "playlist-240c8dec"),
    ])
    func slug(name: String, slug: String) throws { #expect(try PlaylistName(name).slug == slug) }

    /// Both forms of one letter mean one name.
    @Test func hashOfEquivalentNames() throws {
        let composed = try PlaylistName("\u{e9}").slug
        #expect(composed.hasPrefix("playlist-") && composed.count == "playlist-".count + 8)
        // The decomposed form has an ASCII letter.
        #expect(try PlaylistName("e\u{301}").slug == "e")
        #expect(try PlaylistName("\u{3b1}\u{301}").slug == PlaylistName("\u{3ac}").slug)
    }

    @Test func lengths() throws {
        #expect(try PlaylistName(String(repeating: "x", count: 200)).slug.count == 200)
        #expect(try PlaylistName(String(repeating: "İ", count: 200)).slug.count <= 200)
        for name in [nil, "", " ", "\n\t", "a\0b", String(repeating: "x", count: 201), "e" + String(repeating: "\u{301}", count: 200)] {
            #expect(throws: (any Error).self) { try PlaylistName(name) }
        }
    }
}

@Suite struct RowIdentifierTests {
    @Test func form() {
        let ids = Set((0..<1_000).map { _ in RowIdentifier.make() })
        #expect(ids.count == 1_000)
        for id in ids {
            #expect(id.count == 24 && id.first?.isLetter == true)
            #expect(
                id.utf8.allSatisfy {
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                })
        }
    }
}
