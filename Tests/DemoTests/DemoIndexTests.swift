import Foundation
import Logging
import Postgres
import Testing

@testable import Demo

/// The rows, in a real private database.
struct DemoIndexTests {
    @Test func rowsAreWrittenOnceAndKept() async throws {
        try await withIndexedLibrary { library, database in
            func number(_ sql: SQL) async throws -> Int { try await database.query(sql).first?.decode("n") ?? -1 }
            let tracks = library.plan.localReleases.flatMap(\.tracks).count
            #expect(try await number(#"SELECT count(*) AS n FROM "LocalReleaseTrack""#) == tracks)
            #expect(try await number(#"SELECT count(*) AS n FROM "LocalRelease""#) == library.plan.localReleases.count)
            #expect(try await number(#"SELECT count(*) AS n FROM "TrackArtist" WHERE "role" = 'FEATURED'"#) == 1)
            #expect(try await number(#"SELECT count(*) AS n FROM "MusicBrainzRelease" WHERE "status" = 'MISSING'"#) == 2)
            #expect(try await number(#"SELECT count(*) AS n FROM "Artist" WHERE "averageMatchScore" IS NULL"#) == 1)
            #expect(try await number(#"SELECT count(DISTINCT "lastPlayedAt") AS n FROM "LocalRelease""#) >= 5)
            #expect(try await number(#"SELECT "tracks" AS n FROM "Statistics" WHERE "id" = 'main'"#) == tracks)
            // Totals are what they sum up.
            #expect(
                try await number(
                    """
                    SELECT count(*) AS n FROM "LocalRelease" AS r
                    JOIN (SELECT "localReleaseId", sum("fileSize") AS bytes, sum("duration") AS seconds, sum("playCount") AS plays
                        FROM "LocalReleaseTrack" GROUP BY 1) AS t ON t."localReleaseId" = r."id"
                    WHERE (r."totalFileSize", r."totalDuration", r."totalPlayCount") = (t.bytes, t.seconds, t.plays)
                    """) == library.plan.localReleases.count)
            for row in try await database.query(#"SELECT "filePath" AS path, "metadata" ->> 'IntegerBpm' AS bpm FROM "LocalReleaseTrack""#)
            {
                let path = try row.decode("path", as: String.self)
                #expect(FileManager.default.fileExists(atPath: library.musicDirectory.appending(path: path).path))
                #expect(try Int(row.decode("bpm", as: String.self)) != nil)
            }
            for row in try await database.query(#"SELECT "image" AS path FROM "LocalRelease""#) {
                let path = try row.decode("path", as: String.self)
                #expect(FileManager.default.fileExists(atPath: library.imageDirectory.path + path.dropFirst("/img".count)))
            }

            // Again, after somebody has listened: rows stay what they are.
            try await database.query(#"UPDATE "LocalReleaseTrack" SET "playCount" = 77"#)
            let before = try await number(#"SELECT count(*) AS n FROM "MusicBrainzReleaseTrack""#)
            try await library.index(into: database)
            #expect(try await number(#"SELECT min("playCount") AS n FROM "LocalReleaseTrack""#) == 77)
            #expect(try await number(#"SELECT "plays" AS n FROM "Statistics""#) == 77 * tracks)
            #expect(try await number(#"SELECT count(*) AS n FROM "MusicBrainzReleaseTrack""#) == before)

            // What an older version had goes.
            try await database.query(
                #"UPDATE "LocalReleaseTrack" SET "id" = 'demo-old', "filePath" = 'old' WHERE "filePath" LIKE '%Halogen/01%'"#)
            try await library.index(into: database)
            #expect(try await number(#"SELECT count(*) AS n FROM "LocalReleaseTrack" WHERE "id" = 'demo-old'"#) == 0)
            #expect(try await number(#"SELECT count(*) AS n FROM "LocalReleaseTrack""#) == tracks)

            // Another library's rows are left alone.
            try await database.query(#"UPDATE "Artist" SET "id" = 'c' || "id" WHERE "slug" = 'halden-quay'"#)
            await #expect(throws: DemoError.databaseHoldsAnotherLibrary) { try await library.index(into: database) }

            try FileManager.default.removeItem(at: library.trackFile(library.plan.localReleases[0], 1))
            await #expect(throws: DemoError.self) { try await library.index(into: database) }
        }
    }

    private func withIndexedLibrary(_ body: @Sendable (DemoLibrary, PostgresPool) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let library = DemoLibrary(directory: folder.appending(path: "demo"), plan: .demo, draft: .init(seconds: 0.1, pixels: 8))
            try await library.compose { _ in }
            let cluster = EmbeddedCluster(dataDirectory: folder.appending(path: "database").path, logger: logger)
            let pool = PostgresPool(try await cluster.start(), logger: logger)
            let running = Task { await pool.run() }
            let result: Result<Void, any Error>
            do {
                try await Schema.createIfMissing(in: pool, isOwn: true)
                try await library.index(into: pool)
                result = .success(try await body(library, pool))
            } catch {
                result = .failure(error)
            }
            await pool.close()
            await running.value
            await cluster.stop()
            try result.get()
        }
    }
}
