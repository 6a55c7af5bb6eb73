/// `/api/genres`: all of them by name, with their number of artists.
import GatewayAPI
import Postgres

struct GenreRoutes: Sendable {
    let database: PostgresPool

    func add(to api: some RouterMethods<GatewayRequestContext>) {
        api.get("genres") { _, _ in try await database.requiredJSON(Self.list) }
    }

    /// Each genre is counted for itself, within the index: five times as fast as a join of all pairs.
    private static let list: SQL = .answer(
        array: #"""
            SELECT g."id", g."name", (SELECT count(*) FROM "_ArtistGenres" ag WHERE ag."B" = g."id") AS "artistCount"
            FROM "Genre" g ORDER BY g."name", g."id"
            """#)
}
