/// `/api/tracks/explore` in `/api/openapi.json`.
import GatewayAPI

extension ExploreRoutes {
    static let operations = [
        APIOperation(
            .post, "/api/tracks/explore", id: "explore", tag: "Tracks", "A track that fits four sliders, a different one each time",
            body: .object(
                [
                    "energy": slider(5, "From calm to fierce"),
                    "era": slider(3, "From the sixties to today", default: 5),
                    "familiarity": slider(4, "From much played to never played"), "sound": slider(4, "From acoustic to electronic"),
                    "excludeIds": JSONSchema.array(of: .text("cm7pier"))
                        .or(JSONSchema(["type": ["string", "number", "boolean", "object", "null"]], example: nil))
                        .described(
                            "Tracks never to pick, at most \(ExploreBody.maximumExcluded); anything but an array counts for nothing"),
                ], optional: ["energy", "era", "familiarity", "sound", "excludeIds"], isOpen: true),
            answers: [
                .json(.playerTrack), .error(.badRequest("Invalid energy: a number from 0 to 9")), .error(noTracks), .error(noMatch),
                .databaseUnavailable,
            ])
    ]

    private static func slider(_ position: Int, _ meaning: String, default value: Int? = nil) -> JSONSchema {
        JSONSchema(["type": ["number", "null"]], example: .integer(position)).withDefault(.integer(value ?? position))
            .described("\(meaning), 0–9: rounded, and moved to the nearest end")
    }
}
