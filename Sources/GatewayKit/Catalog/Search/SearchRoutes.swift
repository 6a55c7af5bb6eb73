/// `/api/search?q=`: at most five artists, releases and tracks.
import GatewayAPI
import Postgres

struct SearchRoutes: Sendable {
    let database: PostgresPool
    let index: SearchIndex

    /// Characters below which nothing is looked for.
    private static let minimumLength = 2
    func add(to api: some RouterMethods<GatewayRequestContext>) {
        api.get("search") { request, _ in
            let text = try QueryParameters(request: request).text("q") ?? ""
            guard text.count >= Self.minimumLength else { return try await database.requiredJSON(SearchQueries.search(nil)) }
            guard let contents = await index.contents else { return try await database.requiredJSON(SearchQueries.search(text)) }
            return try await database.requiredJSON(
                SearchQueries.found(
                    artists: contents.artists.find(text, limit: SearchQueries.maximumHits),
                    releases: contents.releases.find(text, limit: SearchQueries.maximumHits),
                    tracks: contents.tracks.find(text, limit: SearchQueries.maximumHits)))
        }
    }
}
