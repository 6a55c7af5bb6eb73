import Testing

@testable import Library

@Suite struct SlugTests {
    @Test(arguments: [
        ("Halden Quay", "halden-quay"), ("AC/DC", "ac-dc"), ("Sigur Rós", "sigur-ros"), ("Björk", "bjork"), ("Mötley Crüe", "motley-crue"),
        ("The B-52's", "the-b-52s"), ("  Blank  ", "blank"), ("Кино", "kino"), ("Łódź", "lodz"), ("Straße", "strasse"), ("Æon", "aeon"),
        ("100% Wool", "100-wool"),
    ])
    func isASCII(name: String, slug: String) { #expect(Slug.of(name) == slug) }

    @Test(arguments: ["!!!", "", "∆", "…", "☮"])
    func namesWithoutLettersHaveOneToo(name: String) {
        let slug = Slug.of(name)
        #expect(slug.hasPrefix("artist-"))
        #expect(slug == Slug.of(name))
        #expect(slug.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d })
    }

    @Test func isShort() { #expect(Slug.of(String(repeating: "längst", count: 1_000)).utf8.count <= 121) }

    @Test func knowsWhenTransliterationLosesSomething() {
        #expect(Slug.isAmbiguous("章三"))
        #expect(Slug.isAmbiguous("Кино"))
        #expect(!Slug.isAmbiguous("Sigur Rós"))
        #expect(!Slug.isAmbiguous("Simon & Garfunkel"))
    }
}
