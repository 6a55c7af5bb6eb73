import Testing

@testable import Library

@Suite struct MoveMatcherTests {
    private func row(_ id: String, _ path: String, size: Int? = 10, modified: Int? = 5, hash: String? = "h") -> VanishedTrack {
        VanishedTrack(id: id, path: MusicPath(path), size: size, modified: modified, contentHash: hash)
    }

    private func file(_ path: String, size: Int = 10, modified: Int = 5) -> MusicFile {
        MusicFile(path: MusicPath(path), size: size, modified: modified)
    }

    @Test func sameTagsAndSize() {
        var matcher = MoveMatcher([row("a", "x/1.mp3", modified: 1), row("b", "x/2.mp3", hash: "other")])
        #expect(matcher.take(file("y/1.mp3"), contentHash: "h")?.id == "a")
        #expect(matcher.take(file("y/1.mp3"), contentHash: "h")?.id == "b")  // its time is the same, and nobody else's
        #expect(matcher.take(file("y/1.mp3"), contentHash: "h") == nil)
        #expect(matcher.remaining.isEmpty)
    }

    @Test func copiesGoByName() {
        var matcher = MoveMatcher([row("a", "x/1.mp3"), row("b", "x/2.mp3")])
        #expect(matcher.take(file("y/2.mp3"), contentHash: "h")?.id == "b")
        #expect(matcher.remaining.map(\.id) == ["a"])
    }

    @Test func timeTellsWhenHashesAreForeign() {
        var matcher = MoveMatcher([row("a", "x/1.mp3", modified: 7_000, hash: "of another program")])
        #expect(matcher.take(file("y/new.mp3", modified: 7_400), contentHash: "h")?.id == "a")
    }

    @Test func sizeAloneIsNoMatch() {
        var matcher = MoveMatcher([row("a", "x/1.mp3", modified: 1, hash: nil), row("b", "x/1.mp3", size: nil)])
        #expect(matcher.take(file("y/1.mp3"), contentHash: "h") == nil)
        #expect(Set(matcher.remaining.map(\.id)) == ["a", "b"])
    }

    @Test func timesOfWholeSecondsFit() {
        #expect(IndexPlan.isSame(5_000, 5_999))
        #expect(!IndexPlan.isSame(5_001, 5_999))
        #expect(!IndexPlan.isSame(nil, 5))
    }

    @Test func pathsAreBytes() {
        #expect(MusicPath("\u{e9}") != MusicPath("e\u{301}"))
        #expect(MusicPath("a/b/c.mp3").folder == "a/b")
        #expect(MusicPath("c.mp3").folder == nil)
    }
}
