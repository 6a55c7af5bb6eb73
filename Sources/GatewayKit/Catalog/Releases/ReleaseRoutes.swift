/// `/api/releases/latest`, `/api/releases/last-played`, `/api/releases/:id/tracks`.
import GatewayAPI
import Postgres

struct ReleaseRoutes: Sendable {
    let database: PostgresPool

    func add(to api: some RouterMethods<GatewayRequestContext>) {
        api.get("releases/latest") { request, _ in
            try await database.requiredJSON(ReleaseQueries.latest(limit: Self.limit(request)))
        }
        api.get("releases/last-played") { request, _ in
            try await database.requiredJSON(ReleaseQueries.lastPlayed(limit: Self.limit(request)))
        }
        api.get("releases/:id/tracks") { _, context in
            // Never 404: a text that can't be an id is an unknown id.
            let id = (try? context.pathText("id", orNotFound: "")) ?? ""
            return try await database.requiredJSON(ReleaseQueries.tracks(id: id))
        }
    }

    private static func limit(_ request: Request) throws -> Int {
        try QueryParameters(request: request).integer("limit", default: 50, in: 1...100)
    }
}
