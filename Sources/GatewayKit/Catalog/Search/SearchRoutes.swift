/// `/api/search?q=`: at most five artists, releases and tracks.
import GatewayAPI
import Postgres

struct SearchRoutes: Sendable {
    let database: PostgresPool

    /// Characters below which nothing is looked for.
    private static let minimumLength = 2

    func add(to api: some RouterMethods<GatewayRequestContext>) {
        api.get("search") { request, _ in
            let text = try QueryParameters(request: request).text("q") ?? ""
            return try await database.requiredJSON(Self.search(text.count < Self.minimumLength ? nil : text))
        }
    }

    /// - Parameter text: nil finds nothing.
    private static func search(_ text: String?) -> SQL {
        let pattern = text.map { "%" + $0.escapedForLike + "%" }
        return .answer(
            #"""
            SELECT \#(SQL.array(#"""
                SELECT a."id", a."name", a."slug", a."image", a."imageUrl" FROM "Artist" a WHERE a."name" ILIKE \#(pattern)
                ORDER BY a."averageMatchScore" DESC NULLS LAST, a."name", a."id" LIMIT 5
                """#)) AS "artists",
            \#(SQL.array(#"""
                SELECT \#(Shape.releaseCard) FROM \#(Shape.releases(#"""
                    SELECT * FROM "LocalRelease" WHERE "id" IN (
                        SELECT "id" FROM "LocalRelease" WHERE "title" ILIKE \#(pattern)
                        UNION SELECT l."id" FROM "MusicBrainzRelease" m JOIN "LocalRelease" l ON l."releaseId" = m."id"
                        WHERE m."title" ILIKE \#(pattern)
                    ) ORDER BY "createdAt" DESC, "id" LIMIT 5
                    """#)) ORDER BY r."createdAt" DESC, r."id"
                """#)) AS "releases",
            \#(SQL.array(#"""
                SELECT \#(Shape.nestedTrack) FROM "LocalReleaseTrack" k WHERE k."title" ILIKE \#(pattern) ORDER BY k."title", k."id" LIMIT 5
                """#)) AS "tracks"
            """#)
    }
}
