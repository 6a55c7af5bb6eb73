/// `/api/genres`: all of them by name, with their number of artists.
import GatewayAPI
import Postgres

struct GenreRoutes: Sendable {
    let database: PostgresPool

    func add(to api: some RouterMethods<GatewayRequestContext>) {
        api.get("genres") { _, _ in try await database.requiredJSON(Self.list) }
    }

    private static let list: SQL = .answer(
        array: #"""
            SELECT g."id", g."name", count(ag."A") AS "artistCount" FROM "Genre" g LEFT JOIN "_ArtistGenres" ag ON ag."B" = g."id"
            GROUP BY g."id" ORDER BY g."name", g."id"
            """#)
}
