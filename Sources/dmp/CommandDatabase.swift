/// The database of a command that does its work and ends, such as `dmp export`: the one that `dmp serve` uses with the same settings.
/// Of an embedded cluster, a running server's is joined, and one that is not running is started for as long as the command takes.
import GatewayAPI
import GatewayServer
import Postgres

struct CommandDatabase: Sendable {
    let configuration: GatewayConfiguration
    let database: Database
    let logger: Logger

    var pool: PostgresPool { database.pool }

    /// Opens the database, makes the schema when it is empty, runs `body`, and leaves the database again. SIGINT and SIGTERM cancel
    /// `body`. What the owner has to mend (a setting, a database that is away) ends the process with one line and status 1.
    ///
    /// Logs warnings and errors only, unless `LOG_LEVEL` asks for more: a command speaks for itself.
    /// - Parameters:
    ///   - settings: of the command line, by variable; they win.
    ///   - statementTimeout: for one statement of the pool; a command may ask for more at once than a page does.
    static func open(
        settings: [String: String] = [:], statementTimeout: Duration = .seconds(15),
        _ body: @escaping @Sendable (CommandDatabase) async throws -> Void
    ) async throws {
        try await Startup.orExit {
            var environment = Startup.environment.variables.merging(settings) { $1 }
            if environment[CoreKeys.logLevel.name] == nil { environment[CoreKeys.logLevel.name] = Logger.Level.warning.rawValue }
            let configuration = try GatewayConfiguration(environment: environment)
            let logger = Startup.logger(configuration)
            let signals = StopSignals()
            var options = PostgresPool.Options()
            options.queryTimeout = statementTimeout
            let database = try await Database.start(configuration, options: options, logger: logger)
            do {
                if let problem = await database.pool.health(within: .seconds(10)) { throw problem }
                let opened = CommandDatabase(configuration: configuration, database: database, logger: logger)
                try await signals.cancelling { try await body(opened) }
            } catch {
                await database.stop()
                throw error
            }
            await database.stop()
        }
    }
}
