/// `/api/tracks/random`, `/api/tracks/:id`, `/api/tracks/:id/play`.
import GatewayAPI
import Postgres

struct TrackRoutes: Sendable {
    let database: PostgresPool

    func add(to api: some RouterMethods<GatewayRequestContext>) {
        api.get("tracks/random") { _, _ in try await database.json(TrackQueries.random) ?? Response(status: .noContent) }
        api.get("tracks/:id") { _, context in
            let id = try context.pathText("id", orNotFound: Self.notFound.message)
            guard let response = try await database.json(TrackQueries.track(id: id)) else { throw Self.notFound }
            return response
        }
        api.post("tracks/:id/play") { _, context in
            let id = try context.pathText("id", orNotFound: Self.notFound.message)
            guard let response = try await database.json(TrackQueries.play(id: id)) else { throw Self.notFound }
            return response
        }
    }

    static let notFound = APIError.notFound("Track not found")
}
