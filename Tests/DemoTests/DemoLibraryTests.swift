import Foundation
import Synchronization
import Testing

@testable import Demo

/// Files: made once and kept, and what is missing is made again.
struct DemoLibraryTests {
    @Test func filesAreMadeOnceAndKept() async throws {
        try await withTemporaryFolder { folder in
            let library = DemoLibrary(directory: folder, plan: .excerpt, draft: .init(seconds: 0.3, pixels: 8))
            let release = try #require(library.plan.localReleases.first)
            let first = try await compose(library)
            #expect(first.map(\.completed) == Array(1...first.count))
            #expect(first.allSatisfy { $0.total == first.count })
            #expect(first.count == 2 + release.tracks.count)
            #expect(try await compose(library).isEmpty)

            // As after an interruption: one file is missing, the others are not touched.
            let missing = library.trackFile(release, 2)
            let bytes = try Data(contentsOf: missing)
            try FileManager.default.removeItem(at: missing)
            let second = try await compose(library)
            #expect(second.map(\.completed) == [first.count])
            #expect(second.map(\.item) == ["\(release.artist) – \(release.tracks[1].title)"])
            #expect(try Data(contentsOf: missing) == bytes)

            // Nothing but the library is left behind.
            let names = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }
            let extensions = Set(names.filter { !$0.hasSuffix(release.folder) }.map { URL(filePath: $0).pathExtension })
            #expect(extensions.isSubset(of: ["", "opus", "png"]))
        }
    }

    @Test func anotherVersionIsMadeAnew() async throws {
        try await withTemporaryFolder { folder in
            let library = DemoLibrary(directory: folder, plan: .excerpt, draft: .init(seconds: 0.3, pixels: 8))
            let all = try await compose(library).count
            try "0\n".write(to: folder.appending(path: "version"), atomically: true, encoding: .utf8)
            #expect(try await compose(library).count == all)
        }
    }

    @Test func aCancelledRunStops() async throws {
        try await withTemporaryFolder { folder in
            let library = DemoLibrary(directory: folder, plan: .demo, draft: .init(seconds: 0.3, pixels: 8))
            let task = Task { try await library.compose { _ in } }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    private func compose(_ library: DemoLibrary) async throws -> [DemoProgress] {
        let seen = Mutex<[DemoProgress]>([])
        try await library.compose { progress in seen.withLock { $0.append(progress) } }
        return seen.withLock { $0 }
    }
}

extension LibraryPlan {
    /// One artist with one release.
    static var excerpt: LibraryPlan {
        LibraryPlan(
            artists: LibraryPlan.demo.artists.prefix(1).map { artist in
                Artist(
                    name: artist.name, genres: artist.genres, palette: artist.palette, members: artist.members, links: artist.links,
                    releases: Array(artist.releases.prefix(1)))
            })
    }
}

func withTemporaryFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
    let folder = URL(filePath: "/tmp/dmp-test-\(UUID().uuidString.prefix(8))", directoryHint: .isDirectory)
    // Passable: under root, Postgres runs as another user.
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}
