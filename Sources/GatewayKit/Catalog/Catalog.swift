/// The catalog: one folder per resource, each with its routes and, beside them, the SQL that answers them.
///
/// Every read is one statement whose single column `json` is the answer: Postgres counts, joins and writes the JSON in one pass,
/// with the keys in the contract's order (dmp-api.md), and the server hands the text on.
import GatewayAPI
import Postgres

public struct Catalog: Sendable {
    private let database: PostgresPool
    private let musicDirectory: String?
    private let searchIndex: SearchIndex

    /// - Parameter musicDirectory: `MUSIC_DIR`; nil when it is not set, which `/api/audio` says.
    public init(database: PostgresPool, musicDirectory: String?, logger: Logger) {
        self.database = database
        self.musicDirectory = musicDirectory
        searchIndex = SearchIndex(database: database, logger: logger)
    }

    /// What runs beside the server. Without it every search is the database's.
    public var services: [any Service] { [searchIndex] }

    /// Changes with what searches find in memory. Everything else that is read is a matter of the database's rows, or of chance.
    public var searchGeneration: Int { searchIndex.generation.withLock { $0 } }

    /// Whether the database has a local release with this id, and a picture of it.
    public func hasCover(ofRelease id: String) async throws -> Bool {
        try await database.query(ReleaseQueries.cover(id: id)).first != nil
    }

    /// What the routes take and answer.
    public static let operations: [APIOperation] =
        ArtistRoutes.operations + GenreRoutes.operations + ReleaseRoutes.operations + TrackRoutes.operations + ExploreRoutes.operations
        + AudioRoutes.operations
        + SearchRoutes.operations + TimelineRoutes.operations + FavoriteRoutes.operations + PlaylistRoutes.operations
        + StatisticsRoutes.operations

    /// Adds every route below `/api`.
    public func addRoutes(to router: some RouterMethods<GatewayRequestContext>) {
        let api = router.group("api")
        ArtistRoutes(database: database, index: searchIndex).add(to: api)
        GenreRoutes(database: database).add(to: api)
        ReleaseRoutes(database: database).add(to: api)
        TrackRoutes(database: database).add(to: api)
        ExploreRoutes(database: database).add(to: api)
        AudioRoutes(database: database, musicDirectory: musicDirectory).add(to: api)
        SearchRoutes(database: database, index: searchIndex).add(to: api)
        TimelineRoutes(database: database).add(to: api)
        FavoriteRoutes(database: database).add(to: api)
        PlaylistRoutes(database: database).add(to: api)
        StatisticsRoutes(database: database).add(to: api)
    }
}
