/// `/api/tracks…` in `/api/openapi.json`.
import GatewayAPI

extension TrackRoutes {
    static let operations = [
        APIOperation(
            .get, "/api/tracks/random", id: "getRandomTrack", tag: tag, "A track, each as likely as any other",
            answers: [.json(.playerTrack), .empty(.noContent, "The library is empty"), .databaseUnavailable]),
        APIOperation(
            .get, "/api/tracks/{id}", id: "getTrack", tag: tag, "A track as players want it, with its ReplayGain",
            parameters: [id],
            answers: [
                .json(.object(JSONSchema.playerTrackProperties + ["replayGain": replayGain.orNull])), .error(notFound),
                .databaseUnavailable,
            ]),
        APIOperation(
            .post, "/api/tracks/{id}/play", id: "countPlay", tag: tag,
            "Counts one play of a track, of its release and of the release's artist",
            parameters: [id],
            answers: [.json(.object(["ok": .constant(true)])), .error(notFound), .databaseUnavailable]),
    ]

    private static let tag = "Tracks"
    private static let id = APIOperation.Parameter.path("id", .trackID, "A track's id")

    private static let replayGain: JSONSchema = .object([
        "trackGain": JSONSchema.number(-7.25, from: nil).orNull.described("dB"),
        "trackPeak": JSONSchema.number(0.5, from: nil).orNull.described("1 is full scale"),
        "albumGain": JSONSchema.number(-6.5, from: nil).orNull.described("dB"),
        "albumPeak": JSONSchema.number(0.75, from: nil).orNull.described("1 is full scale"),
    ]).described("From the file's tags; null without any")
}
