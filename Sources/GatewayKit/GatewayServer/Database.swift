/// The one database of a process, from its configuration to its end: the owner's (`DATABASE_URL`) or an embedded cluster. Several
/// gateways may share it.
import GatewayAPI
import Postgres

public actor Database: Service {
    /// Asks again for a database that was away when its schema was to be looked at.
    private static let schemaRetry: Duration = .seconds(5)

    public nonisolated let pool: PostgresPool
    public nonisolated let url: DatabaseURL
    private let cluster: EmbeddedCluster?
    private let logger: Logger
    private var tasks: [Task<Void, Never>] = []
    private var clusterTask: Task<Void, Never>?

    /// Starts the embedded cluster when there is no `DATABASE_URL`, connects, and creates the schema in an empty database. A
    /// `DATABASE_URL` whose server is away is no error: the pool and the schema wait for it.
    ///
    /// - Throws: `ConfigurationError`, or `EmbeddedClusterError` in words for the owner.
    public static func start(
        _ configuration: GatewayConfiguration, options: PostgresPool.Options = PostgresPool.Options(), logger: Logger
    ) async throws -> Database {
        let text = configuration.values[CoreKeys.databaseURL]
        let database: Database
        if text.isEmpty {
            let cluster = EmbeddedCluster(dataDirectory: configuration.dataDirectory, logger: logger)
            database = Database(url: try await cluster.start(), options: options, cluster: cluster, logger: logger)
        } else {
            do throws(DatabaseURL.ParsingError) {
                database = Database(url: try DatabaseURL(text), options: options, cluster: nil, logger: logger)
            } catch {
                throw ConfigurationError(key: CoreKeys.databaseURL.name, problem: "\(error)")
            }
        }
        await database.open()
        return database
    }

    private init(url: DatabaseURL, options: PostgresPool.Options, cluster: EmbeddedCluster?, logger: Logger) {
        self.url = url
        self.cluster = cluster
        self.logger = logger
        pool = PostgresPool(url, options: options, logger: logger)
    }

    /// Whether it is the embedded cluster, whose schema is ours to tune.
    public nonisolated var isEmbedded: Bool { cluster != nil }

    private func open() async {
        for warning in url.warnings { logger.warning("DATABASE_URL", metadata: ["problem": "\(warning)"]) }
        tasks.append(Task { [pool] in await pool.run() })
        if let cluster { clusterTask = Task { await cluster.run() } }
        guard await !createSchema() else { return }
        tasks.append(
            Task {
                while (try? await Task.sleep(for: Self.schemaRetry)) != nil, await !createSchema() {}
            })
    }

    /// - Returns: whether the question is settled.
    private func createSchema() async -> Bool {
        do {
            let outcome = try await Schema.createIfMissing(in: pool, schema: url.schema, isOwn: cluster != nil)
            if outcome == .created { logger.info("database schema created") }
            return true
        } catch let error as PostgresError where error.sqlState != nil {
            logger.error("database schema was not created", metadata: ["reason": "\(error)"])
            return true
        } catch {
            return false
        }
    }

    /// Waits for the server's stop, and is the last to go: connections first, then the embedded cluster.
    public func run() async {
        try? await gracefulShutdown()
        // A task of its own, since a cancelled one cannot wait.
        await Task { await stop() }.value
    }

    public func stop() async {
        // The pool first: a connection that ends before it is told so counts as lost.
        await pool.close()
        for task in tasks { task.cancel() }
        tasks = []
        clusterTask?.cancel()
        await clusterTask?.value
        clusterTask = nil
    }
}
