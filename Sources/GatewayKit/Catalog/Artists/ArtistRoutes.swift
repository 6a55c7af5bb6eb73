/// `/api/artists`, `/api/artists/:slug`, `/api/artists/:slug/tracks`.
import GatewayAPI
import Postgres

struct ArtistRoutes: Sendable {
    let database: PostgresPool
    let index: SearchIndex

    func add(to api: some RouterMethods<GatewayRequestContext>) {
        api.get("artists", use: list)
        api.get("artists/:slug", use: artist)
        api.get("artists/:slug/tracks", use: tracks)
    }

    @Sendable private func list(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let filter = try ArtistFilter(QueryParameters(request: request))
        guard let search = filter.search, let contents = await index.contents else {
            return try await database.requiredJSON(ArtistQueries.list(filter))
        }
        if filter.isSearchAlone {
            let (count, ids) = contents.artistsBySlug.page(search, filter.offset..<filter.offset + filter.pageSize)
            return try await database.requiredJSON(ArtistQueries.page(filter, ids, of: count))
        }
        // So many ids would cost more than reading every name.
        let matches = contents.artistsBySlug.find(search, limit: Self.maximumMatches + 1)
        return try await database.requiredJSON(ArtistQueries.list(filter, among: matches.count <= Self.maximumMatches ? matches : nil))
    }

    @Sendable private func artist(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let slug = try context.pathText("slug", orNotFound: Self.notFound.message)
        guard let response = try await database.json(ArtistQueries.artist(slug: slug)) else { throw Self.notFound }
        return response
    }

    @Sendable private func tracks(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let slug = try context.pathText("slug", orNotFound: Self.notFound.message)
        guard let response = try await database.json(ArtistQueries.tracks(slug: slug)) else { throw Self.notFound }
        return response
    }

    static let notFound = APIError.notFound("Artist not found")
    private static let maximumMatches = 500
}

/// What `/api/artists` is asked for.
struct ArtistFilter {
    enum Sort: String { case name, playCount, score, recent }

    let page: Int
    let pageSize: Int
    /// Lower-cased start of the slug; `#` for slugs that start with no letter.
    let letter: String?
    let search: String?
    let genre: String?
    /// Per cent.
    let minimumScore: Double?
    let maximumScore: Double?
    let sort: Sort

    /// Artists on the pages before.
    var offset: Int { (page - 1) * pageSize }

    /// Nothing but a search, in the order of names.
    var isSearchAlone: Bool { letter == nil && genre == nil && minimumScore == nil && maximumScore == nil && sort == .name }

    init(_ query: QueryParameters) throws {
        page = try query.integer("page", default: 1, in: 1...1_000_000)
        pageSize = try query.integer("pageSize", default: 48, in: 1...100)
        letter = try query.text("letter").flatMap { $0.isEmpty ? nil : $0.lowercased() }
        let name = try query.text("search")?.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        search = name.flatMap { $0.isEmpty ? nil : $0 }
        genre = try query.text("genre").flatMap { $0.isEmpty ? nil : $0 }
        minimumScore = try query.number("minScore")
        maximumScore = try query.number("maxScore")
        sort = try query.text("sort").flatMap(Sort.init) ?? .name
    }
}
