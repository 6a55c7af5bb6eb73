/// The names and titles of a large library, held in memory for `/api/search` and the search among artists. A library of up to
/// `smallestTracks` tracks is searched by the database itself, which is fast enough then and needs no copy.
///
/// It follows the database, which others may write to: every few seconds the counters that Postgres keeps for each table are read. New
/// and deleted rows show within seconds. Changed rows are mostly plays; so at most once a minute a checksum of the texts tells whether one
/// of them was changed. Rows come from the database by the ids that were found: one that is gone is never shown.
import GatewayAPI
import Postgres
import Synchronization

actor SearchIndex: Service {
    struct Contents: Sendable {
        /// By score, then name.
        var artists = TitleIndex()
        /// Newest first. The text is a release's own title and that of its match.
        var releases = TitleIndex()
        /// By title.
        var tracks = TitleIndex()
        /// By slug.
        var artistsBySlug = TitleIndex()
    }

    private static let smallestTracks = 20_000
    private static let interval: Duration = .seconds(5)
    /// For the checksum, which reads every row.
    private static let checksumInterval: Duration = .seconds(60)
    private static let rowsAtOnce = 10_000

    private let database: PostgresPool
    private let logger: Logger
    /// Nil as long as the database is to be asked.
    private(set) var contents: Contents? {
        didSet { generation.withLock { $0 += 1 } }
    }
    /// Of the contents.
    nonisolated let generation = Mutex(0)
    private var seen: Counters?
    private var checksum: String?
    private var lastChecksum = ContinuousClock.now

    init(database: PostgresPool, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    /// Follows the database until the server stops.
    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let start = ContinuousClock.now
                // A database that is away or has no schema yet: what is there stays, and the next time is soon.
                try? await self.follow()
                // While rows come in all the time, four fifths of the time belong to others.
                try? await Task.sleep(for: max(Self.interval, (ContinuousClock.now - start) * 4))
            }
        }
    }

    /// Brings the contents up to date when there is reason to.
    func follow() async throws {
        let counters = try await Counters(database)
        guard counters != seen else { return }
        let isSameRows = seen.map { $0.added == counters.added } ?? false
        if isSameRows, contents != nil {
            guard ContinuousClock.now - lastChecksum > Self.checksumInterval else { return }
        }
        let isLarge = try await database.query(#"SELECT FROM "LocalReleaseTrack" OFFSET \#(Self.smallestTracks)::int LIMIT 1"#).first != nil
        guard isLarge else {
            if seen == nil { logger.debug("searched by the database", metadata: ["reason": "a small library"]) }
            contents = nil
            seen = counters
            return
        }
        let checksum = try await database.query(Self.checksum).first?.decode("checksum", as: String.self)
        lastChecksum = .now
        if contents == nil || checksum != self.checksum {
            let start = ContinuousClock.now
            let read = try await read()
            contents = read
            logger.info(
                "search index built",
                metadata: [
                    "artists": "\(read.artists.count)", "releases": "\(read.releases.count)", "tracks": "\(read.tracks.count)",
                    "seconds": "\((ContinuousClock.now - start).components.seconds)",
                ])
        }
        self.checksum = checksum
        seen = counters
    }

    private func read() async throws -> Contents {
        try await database.withTransaction { transaction in
            var contents = Contents()
            contents.artists = try await Self.index(Self.artists, transaction)
            contents.artistsBySlug = try await Self.index(Self.artistsBySlug, transaction)
            contents.releases = try await Self.index(Self.releases, transaction)
            contents.tracks = try await Self.index(Self.tracks, transaction)
            return contents
        }
    }

    /// - Parameter select: columns `id` and `text`, in the order of answers.
    private static func index(_ select: SQL, _ transaction: PostgresTransaction) async throws -> TitleIndex {
        var index = TitleIndex()
        try await transaction.queryOnce("DECLARE texts NO SCROLL CURSOR FOR \(select)")
        while true {
            let rows = try await transaction.queryOnce("FETCH \(unescaped: String(rowsAtOnce)) FROM texts")
            for row in rows {
                try row.withBytes(of: "id") { id in
                    try row.withBytes(of: "text") { text in
                        if let id, let text { index.add(id: id, text: text) }
                    }
                }
            }
            if rows.count < rowsAtOnce { break }
        }
        try await transaction.queryOnce("CLOSE texts")
        index.finish()
        return index
    }

    // The orders are those of `/api/search` and of `/api/artists`.
    private static let artists: SQL =
        #"SELECT "id", "name" AS "text" FROM "Artist" ORDER BY "averageMatchScore" DESC NULLS LAST, "name", "id""#
    private static let artistsBySlug: SQL = #"SELECT "id", "name" AS "text" FROM "Artist" ORDER BY "slug""#
    private static let releases: SQL = #"""
        SELECT r."id", r."title" || CASE WHEN m."title" <> r."title" THEN E'\n' || m."title" ELSE '' END AS "text"
        FROM "LocalRelease" r LEFT JOIN "MusicBrainzRelease" m ON m."id" = r."releaseId" ORDER BY r."createdAt" DESC, r."id"
        """#
    private static let tracks: SQL =
        #"SELECT "id", "title" AS "text" FROM "LocalReleaseTrack" WHERE "title" <> '' ORDER BY "title", "id""#

    /// Of everything that the texts and their orders are made of.
    private static let checksum: SQL = #"""
        SELECT concat_ws(' ',
            (SELECT sum(hashtextextended(concat_ws(' ', "id", "name", "slug", "averageMatchScore"), 0)) FROM "Artist"),
            (SELECT sum(hashtextextended(concat_ws(' ', "id", "title", "releaseId"), 0)) FROM "LocalRelease"),
            (SELECT sum(hashtextextended("id" || ' ' || "title", 0)) FROM "MusicBrainzRelease"),
            (SELECT sum(hashtextextended("id" || ' ' || "title", 0)) FROM "LocalReleaseTrack")) AS "checksum"
        """#

    /// What Postgres has counted since its statistics were reset, which shows as a change, too.
    private struct Counters: Equatable {
        let added: String
        let changed: String

        init(_ database: PostgresPool) async throws {
            let row = try await database.query(
                #"""
                SELECT concat_ws(' ', sum(n_tup_ins), sum(n_tup_del)) AS "added", sum(n_tup_upd)::text AS "changed" FROM pg_stat_all_tables
                WHERE relid IN (to_regclass('"Artist"'), to_regclass('"LocalRelease"'), to_regclass('"MusicBrainzRelease"'),
                    to_regclass('"LocalReleaseTrack"'))
                """#
            ).first
            added = try row?.decode("added") ?? ""
            changed = try row?.decode("changed", as: String?.self) ?? ""
        }
    }
}
