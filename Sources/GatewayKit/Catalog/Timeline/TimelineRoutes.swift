/// `/api/timeline/decades`, `/api/timeline/:decade`.
import GatewayAPI
import Postgres

struct TimelineRoutes: Sendable {
    let database: PostgresPool

    func add(to api: some RouterMethods<GatewayRequestContext>) {
        api.get("timeline/decades") { _, _ in try await database.requiredJSON(TimelineQueries.decades) }
        api.get("timeline/:decade") { request, context in
            try await database.requiredJSON(
                TimelineQueries.decade(TimelineFilter(decade: context.parameters.get("decade"), QueryParameters(request: request))))
        }
    }
}

/// What `/api/timeline/:decade` is asked for.
struct TimelineFilter {
    /// No column holds a later one.
    static let maximumYear = Int(Int32.max)

    static let invalidDecade = APIError.badRequest("Invalid decade")
    static let invalidYear = APIError.badRequest("Invalid year")

    /// First of its ten years.
    let decade: Int
    /// That year alone; one of another decade finds nothing.
    let year: Int?
    let page: Int
    let limit: Int

    /// - Parameter decade: a year, whatever follows it, as in `1990s`.
    /// - Throws: 400 for what is no decade or no year.
    init(decade: String?, _ query: QueryParameters) throws {
        let digits = (decade ?? "").prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { throw Self.invalidDecade }
        self.decade = min(Int(digits) ?? Self.maximumYear, Self.maximumYear)
        if let text = try query.text("year"), !text.isEmpty {
            guard let year = Int(text) else { throw Self.invalidYear }
            self.year = year
        } else {
            year = nil
        }
        page = try query.integer("page", default: 1, in: 1...1_000_000)
        limit = try query.integer("limit", default: 50, in: 1...100)
    }
}
