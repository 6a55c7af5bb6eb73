/// `POST /api/tracks/explore`: a track that fits four sliders.
import GatewayAPI
import Postgres

struct ExploreRoutes: Sendable {
    let database: PostgresPool

    func add(to api: some RouterMethods<GatewayRequestContext>) {
        api.post("tracks/explore") { request, _ in
            let body = try await request.jsonBody(ExploreBody.self)
            var generator = SystemRandomNumberGenerator()
            guard let track = ExploreScore.pick(from: try await candidates(for: body), body.sliders, using: &generator) else {
                throw Self.noTracks
            }
            // Gone since it was picked.
            guard let response = try await database.json(ExploreQueries.track(id: track.id)) else {
                throw Self.noMatch
            }
            return response
        }
    }

    /// From a small sample; from a larger one when that has too few to choose from; from the whole library when there are none,
    /// so that a library that has a fitting track never answers that it has not.
    private func candidates(for body: ExploreBody) async throws -> [ExploreCandidate] {
        var candidates: [ExploreCandidate] = []
        for sample in Self.samples where candidates.count < sample.whenFewerThan {
            let query = ExploreQueries.candidates(body.sliders, excluding: body.excluded, pages: sample.pages)
            candidates = try await database.query(query).map(ExploreCandidate.init)
        }
        return candidates
    }

    static let noTracks = APIError.notFound("No tracks found")
    static let noMatch = APIError.notFound("No matching tracks found")

    /// A page, mostly of 8 KB, holds some ten tracks to twenty. More candidates would hardly be better: the draw is among the same share of
    /// them.
    private static let samples: [(pages: Int?, whenFewerThan: Int)] = [(32, .max), (512, 2 * ExploreScore.minimumKept), (nil, 1)]
}
