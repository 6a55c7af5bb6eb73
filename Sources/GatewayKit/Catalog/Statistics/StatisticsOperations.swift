/// `/api/stats` in `/api/openapi.json`.
import GatewayAPI

extension StatisticsRoutes {
    static let operations = [
        APIOperation(
            .get, "/api/stats", id: "getStatistics", tag: "Statistics", "The library in numbers, as the last scan found it",
            answers: [
                .json(
                    .object([
                        "artists": .integer(1), "tracks": .integer(1), "releases": .integer(1), "genres": .integer(1),
                        "playtime": .integer(61).described("Whole seconds"), "plays": .integer(4),
                        "artistsSyncedWithMusicbrainz": .integer(1), "releasesSyncedWithMusicbrainz": .integer(1),
                        "artistsWithCoverArt": .integer(1), "releasesWithCoverArt": .integer(1),
                        "lastScanStartedAt": JSONSchema.date.orNull, "lastScanEndedAt": JSONSchema.date.orNull,
                    ])), .databaseUnavailable,
            ])
    ]
}
