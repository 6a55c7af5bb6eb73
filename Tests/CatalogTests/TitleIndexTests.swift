import Testing

@testable import Catalog

/// `TitleIndex` must find exactly what looking at every text finds, in the same order.
struct TitleIndexTests {
    /// More than a segment holds, so that blocks and segments end within.
    private static let texts: [String] = (0..<40_000).map { number in
        let words = ["Love", "Night", "Über", "ЖИЗНЬ", "a", "", "100%", "Zz", "o'clock", "🎵", "İstanbul"]
        return [words[number % 11], words[number / 7 % 11], String(number % 97)].joined(separator: " ")
    }

    private static func index(_ texts: [String]) -> TitleIndex {
        var index = TitleIndex()
        for (number, text) in texts.enumerated() {
            var id = "id\(number)"
            var text = text
            id.withUTF8 { id in
                text.withUTF8 { index.add(id: UnsafeRawBufferPointer(id), text: UnsafeRawBufferPointer($0)) }
            }
        }
        index.finish()
        return index
    }

    private static let index = index(texts)

    private static func folded(_ text: String) -> String { text.unicodeScalars.map(\.properties.lowercaseMapping).joined() }

    @Test(arguments: [
        "love", "LOVE n", "über", "жизнь", "zz", "0%", "'c", "🎵", "e", "a 9", "96", "İSTANBUL", "id1", "none of them", "t z", " ",
    ])
    func findsWhatLookingAtEveryTextFinds(query: String) {
        let bytes = Array(Self.folded(query).utf8)
        let expected = Self.texts.indices.filter { Array(Self.folded(Self.texts[$0]).utf8).contains(bytes) }.map { "id\($0)" }
        #expect(Self.index.find(query, limit: .max) == expected)
        #expect(Self.index.find(query, limit: 5) == Array(expected.prefix(5)))
        let page = Self.index.page(query, 3..<9)
        #expect(page.count == expected.count)
        #expect(page.ids == Array(expected.dropFirst(3).prefix(6)))
    }

    @Test func everyTextContainsAnEmptyOne() {
        #expect(Self.index.find("", limit: 3) == ["id0", "id1", "id2"])
        #expect(Self.index.page("", 0..<1).count == Self.texts.count)
    }

    @Test func anEmptyIndexHasNothing() {
        #expect(TitleIndex().find("a", limit: 5).isEmpty)
        #expect(Self.index([]).find("", limit: 5).isEmpty)
    }

    @Test func neitherIdsNorNeighboursAreFound() {
        let index = Self.index(["ab", "cd", ""])
        #expect(index.find("bc", limit: 5).isEmpty)
        #expect(index.find("b\0c", limit: 5).isEmpty)
        #expect(index.find("cd", limit: 5) == ["id1"])
        #expect(index.count == 3)
    }
}
