/// `/api/releases…` in `/api/openapi.json`.
import GatewayAPI

extension ReleaseRoutes {
    static let operations = [
        APIOperation(
            .get, "/api/releases/latest", id: "listLatestReleases", tag: tag, "Local releases, the last added first",
            parameters: [.limit(default: 50)],
            answers: [
                .json(
                    .array(of: .object(JSONSchema.releaseCardProperties + ["createdAt": .date, "musicBrainzId": musicBrainzID]))),
                .queryRefused, .databaseUnavailable,
            ]),
        APIOperation(
            .get, "/api/releases/last-played", id: "listLastPlayedReleases", tag: tag,
            "Local releases that have been played, the last played first", parameters: [.limit(default: 50)],
            answers: [
                .json(
                    .array(
                        of: .object(
                            JSONSchema.releaseCardProperties + [
                                "lastPlayedAt": .date, "playCount": .integer(40), "musicBrainzId": musicBrainzID,
                            ]))),
                .queryRefused, .databaseUnavailable,
            ]),
        APIOperation(
            .get, "/api/releases/{id}/tracks", id: "listReleaseTracks", tag: tag, "A release's tracks, ordered by disc and number",
            parameters: [
                .path("id", .releaseID, "Of a local release, or of a MusicBrainz release, which stands for its first local one")
            ],
            answers: [
                .json(
                    .object([
                        "release": JSONSchema.object([
                            "id": .releaseID, "title": .string("Harbour"), "image": .image, "imageUrl": .imageURL,
                            "artistName": .string("Ada Ünderwood"), "artistSlug": .artistSlug,
                        ]).orNull.described("Null for an id that is unknown, which is no error"),
                        "tracks": .array(of: .trackRow),
                    ])), .databaseUnavailable,
            ]),
    ]

    private static let tag = "Releases"
    private static let musicBrainzID = JSONSchema.musicBrainzReleaseID.orNull.described(
        "Of the matched MusicBrainz release in this database; no MBID")
}
