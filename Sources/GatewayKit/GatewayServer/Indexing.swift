/// How the settings lead to the indexer of the kit's library: `dmp index` asks for it, and a server that starts without music in its
/// database indexes by itself.
import Foundation
import GatewayAPI
import Library
import Postgres
import Synchronization

extension MusicIndexer {
    /// The indexer that the settings describe; the tag reader lies beside the kit's image, as modules do.
    ///
    /// - Throws: `ConfigurationError` without `MUSIC_DIR`.
    public init(_ configuration: GatewayConfiguration, database: Database, options: Options = Options(), logger: Logger) throws {
        guard configuration.values.isSet(CoreKeys.musicDirectory) else {
            throw ConfigurationError(key: CoreKeys.musicDirectory.name, problem: "is not set; name the folder with the music")
        }
        self.init(
            database: database.pool, url: database.url, musicDirectory: configuration.values[CoreKeys.musicDirectory],
            imageDirectory: configuration.imageDirectory, programDirectory: ModuleLoader.imageDirectory, options: options, logger: logger)
    }
}

/// Indexes `MUSIC_DIR` while the server serves, as `INDEX_ON_START` says; then it only waits for the end.
public struct FirstIndexing: Service, CustomStringConvertible {
    private static let progressInterval: Duration = .seconds(10)
    /// Until a database that was away is asked again.
    private static let retry: Duration = .seconds(10)

    private let indexer: MusicIndexer
    private let database: PostgresPool
    private let isAsked: Bool
    private let logger: Logger

    public var description: String { "FirstIndexing" }

    /// - Returns: nil when there is nothing to do.
    public init?(_ configuration: GatewayConfiguration, database: Database, logger: Logger) {
        let when = configuration.values[CoreKeys.indexing]
        guard when != "never", let indexer = try? MusicIndexer(configuration, database: database, logger: logger) else { return nil }
        self.indexer = indexer
        self.database = database.pool
        self.logger = logger
        isAsked = when == "always"
    }

    public func run() async {
        await cancelWhenGracefulShutdown { await index() }
        try? await gracefulShutdown()
    }

    private func index() async {
        while !Task.isCancelled {
            do {
                let isWanted = isAsked ? true : try await MusicIndexer.isUnindexed(database)
                guard isWanted else { return }
                logger.info("indexing the music folder")
                let progress = IndexLog(logger: logger, interval: Self.progressInterval)
                let report = try await indexer.run { progress.add($0) }
                for file in report.unreadable {
                    logger.warning("file was not indexed", metadata: ["file": "\(file.path)", "reason": "\(file.reason)"])
                }
                logger.info(
                    "music folder indexed",
                    metadata: ["new": "\(report.new)", "changed": "\(report.changed)", "unreadable": "\(report.unreadable.count)"])
                return
            } catch let error as IndexError {
                logger.warning("music folder is not indexed", metadata: ["reason": "\(error)"])
                return
            } catch is CancellationError {
                return
            } catch {
                // The database is away, or has no schema yet.
                logger.debug("indexing waits for the database", metadata: ["reason": "\(error)"])
            }
            try? await Task.sleep(for: Self.retry)
        }
    }
}

/// A line of the log now and then.
private final class IndexLog: Sendable {
    private let logger: Logger
    private let interval: Duration
    private let last: Mutex<ContinuousClock.Instant>

    init(logger: Logger, interval: Duration) {
        self.logger = logger
        self.interval = interval
        last = Mutex(.now)
    }

    func add(_ progress: IndexProgress) {
        let isDue = last.withLock { last in
            guard ContinuousClock.now - last >= interval else { return false }
            last = .now
            return true
        }
        guard isDue else { return }
        var metadata: Logger.Metadata = ["done": "\(progress.done)"]
        if progress.total > 0 { metadata["total"] = "\(progress.total)" }
        if let remaining = progress.remaining { metadata["remainingSeconds"] = "\(remaining.components.seconds)" }
        logger.info("indexing", metadata: metadata)
    }
}
