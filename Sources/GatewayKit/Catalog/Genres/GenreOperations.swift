/// `/api/genres` in `/api/openapi.json`.
import GatewayAPI

extension GenreRoutes {
    static let operations = [
        APIOperation(
            .get, "/api/genres", id: "listGenres", tag: "Genres", "All genres by name, with their number of artists",
            answers: [
                .json(.array(of: .object(["id": .string("cm7dub"), "name": .string("Dub"), "artistCount": .integer(1)]))),
                .databaseUnavailable,
            ])
    ]
}
