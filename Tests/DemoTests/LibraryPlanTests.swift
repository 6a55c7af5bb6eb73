import Testing

@testable import Demo

/// What the demo promises to hold.
struct LibraryPlanTests {
    private let plan = LibraryPlan.demo

    @Test func thereIsEnough() {
        #expect(plan.artists.count >= 6)
        #expect(plan.localReleases.count >= 12)
        #expect(plan.localReleases.flatMap(\.tracks).count >= 40)
        #expect(Set(plan.localReleases.map { $0.year / 10 }).isSuperset(of: 197...202))
        #expect(Set(plan.localReleases.flatMap(\.tracks).map(\.style)) == Set(LibraryPlan.Style.allCases))
    }

    @Test func everyStatusOccurs() {
        let statuses = Set(plan.artists.flatMap(\.releases).map(\.match.status))
        #expect(statuses == ["COMPLETE", "INCOMPLETE", "EXTRA_TRACKS", "MISSING", "UNKNOWN"])
    }

    @Test func namesAreUniqueAndFit() {
        let paths = plan.localReleases.flatMap { release in (1...release.tracks.count).map(release.path) }
        #expect(Set(paths).count == paths.count)
        #expect(paths.allSatisfy { $0.utf8.count <= 200 && $0.split(separator: "/").count == 3 })
        #expect(Set(plan.localReleases.map(\.id)).count == plan.localReleases.count)
        #expect(Set(plan.artists.map(\.slug)).count == plan.artists.count)
    }

    @Test func guestsAreArtistsOfTheLibrary() {
        let guests = plan.localReleases.flatMap(\.tracks).compactMap(\.featuring)
        #expect(!guests.isEmpty)
        #expect(guests.allSatisfy { guest in plan.artists.contains { $0.name == guest } })
    }

    @Test(arguments: [
        ("Gleis Zwölf", "gleis-zwolf"), ("Wren & Hollow", "wren-hollow"), ("48 Lanterns", "48-lanterns"),
        ("Études, 3 a.m.", "etudes-3-a-m"),
        ("…", ""),
    ])
    func slugs(name: String, expected: String) {
        #expect(slug(name) == expected)
    }
}
