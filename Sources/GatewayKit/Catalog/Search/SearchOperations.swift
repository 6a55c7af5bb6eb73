/// `/api/search` in `/api/openapi.json`.
import GatewayAPI

extension SearchRoutes {
    static let operations = [
        APIOperation(
            .get, "/api/search", id: "search", tag: "Search", "At most five artists, releases and tracks whose names contain a text",
            parameters: [.query("q", .queryText("har"), "The text, in any case; fewer than two characters find nothing")],
            answers: [
                .json(
                    .object([
                        "artists": JSONSchema.array(
                            of: .object([
                                "id": .artistID, "name": .string("Ada Ünderwood"), "slug": .artistSlug,
                                "image": JSONSchema.image.withExample("ada-underwood.jpg"), "imageUrl": .imageURL,
                            ]), maximum: 5
                        ).withExample([]),
                        "releases": .array(of: .releaseCard, maximum: 5),
                        "tracks": JSONSchema.array(of: .nestedTrack, maximum: 5).withExample([]),
                    ])), .queryRefused, .databaseUnavailable,
            ])
    ]
}
