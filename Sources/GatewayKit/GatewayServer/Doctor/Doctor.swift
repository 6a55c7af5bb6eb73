/// `dmp doctor`: looks at everything that a server needs, changes nothing, and says in one line each what it found and what to do. Modules
/// examine themselves, and may show their owner what is said of the server they run in.
/// A check is one entry of `checksOfServer` or `furtherChecks`.
import Foundation
import GatewayAPI
import Postgres

/// One thing to look at. An error that `run` throws is a finding, too.
struct Check: Sendable {
    let subject: String
    let run: @Sendable (Patient) async throws -> [Finding]

    func findings(of patient: Patient) async -> [Finding] {
        do {
            return try await run(patient).map { $0.of(subject) }
        } catch {
            return [Finding.broken("\(error)", "mend it and run `dmp doctor` again").of(subject)]
        }
    }
}

/// What checks look at.
struct Patient: Sendable {
    let configuration: GatewayConfiguration
    /// Numbers of lines in `.env` that are not `NAME=value`.
    let unreadableLines: [Int]
    /// Nil when it could not be opened, which a check of its own says.
    let database: PostgresPool?
    let databaseFindings: [Finding]
    /// Nil when there is none, or when the schema is not there.
    let schema: SchemaInspection?
    /// As a server would have them.
    var modules: [LoadedModules.Module] = []
    var moduleFindings: [Finding] = []
    let logger: Logger
}

public enum Doctor {
    private static let checksOfServer = [
        Check(subject: "settings", run: SettingsChecks.settings), Check(subject: "site files", run: SettingsChecks.site),
        Check(subject: "database", run: DatabaseChecks.connection), Check(subject: "schema", run: DatabaseChecks.schema),
        Check(subject: "data folder", run: FileChecks.dataFolder), Check(subject: "music", run: FileChecks.music),
        Check(subject: "covers", run: FileChecks.covers), Check(subject: "tag reader", run: FileChecks.tagReader),
    ]
    /// What a running server has answered by running, and what is of use at the command line alone.
    private static let furtherChecks = [
        Check(subject: "indexes", run: DatabaseChecks.indexes), Check(subject: "port", run: PortCheck.port),
        Check(subject: "modules") { $0.moduleFindings },
    ]

    /// Runs every check, one after the other.
    ///
    /// - Parameters:
    ///   - environment: of the process and of `.env`.
    ///   - report: called with each finding as it is made.
    /// - Returns: whether nothing is broken.
    public static func examine(
        environment: [String: String], unreadableLines: [Int], logger: Logger, report: (Finding) -> Void
    ) async -> Bool {
        let configuration: GatewayConfiguration
        do throws(ConfigurationError) {
            configuration = try GatewayConfiguration(environment: environment)
        } catch {
            report(
                .broken("\(error)", "mend it in the environment or in .env; `dmp configuration` lists every setting").of("settings"))
            return false
        }
        let opened = await OpenedDatabase(configuration, logger: logger)
        var patient = Patient(
            configuration: configuration, unreadableLines: unreadableLines, database: opened.pool, databaseFindings: opened.findings,
            schema: opened.schema, logger: logger)
        (patient.modules, patient.moduleFindings) = await SettingsChecks.modules(patient)
        var isHealthy = true
        let modules = patient.modules.map { module in Check(subject: module.name) { _ in await module.examine() } }
        for check in checksOfServer + furtherChecks + modules {
            for finding in await check.findings(of: patient) {
                if finding.level == .broken { isHealthy = false }
                report(finding)
            }
        }
        await opened.close()
        return isHealthy
    }

    /// What is to be said of a running server, its modules left out.
    static func examine(_ configuration: GatewayConfiguration, database: PostgresPool, logger: Logger) async -> [Finding] {
        let problem = await database.health(within: .seconds(10))
        let patient = Patient(
            configuration: configuration, unreadableLines: [], database: problem == nil ? database : nil,
            databaseFindings: problem.map { [.broken("\($0)", "see whether it runs; `dmp doctor` says more")] } ?? [.fine("connected")],
            schema: problem == nil ? try? await SchemaInspection(of: database) : nil, logger: logger)
        var findings: [Finding] = []
        for check in checksOfServer { findings += await check.findings(of: patient) }
        return findings
    }
}

/// The database as `dmp serve` would open it, except that no schema is made in an empty one of the owner's.
private struct OpenedDatabase {
    private(set) var pool: PostgresPool?
    private(set) var findings: [Finding] = []
    private(set) var schema: SchemaInspection?
    private var end: @Sendable () async -> Void = {}

    init(_ configuration: GatewayConfiguration, logger: Logger) async {
        do {
            if configuration.values[CoreKeys.databaseURL].isEmpty {
                try await openEmbedded(configuration, logger)
            } else {
                try await openOwners(configuration, logger)
            }
            if let pool { schema = try await SchemaInspection(of: pool) }
        } catch {
            findings = [.broken("\(error)", configuration.values[CoreKeys.databaseURL].isEmpty ? Self.embeddedRemedy : Self.ownersRemedy)]
        }
    }

    func close() async { await end() }

    private static let embeddedRemedy =
        "without DATABASE_URL a Postgres of our own is used: apt-get install postgresql, or set DATABASE_URL"
    private static let ownersRemedy = "check DATABASE_URL and that the server runs: psql \"$DATABASE_URL\" -c 'SELECT 1'"

    private mutating func openEmbedded(_ configuration: GatewayConfiguration, _ logger: Logger) async throws {
        guard FileManager.default.fileExists(atPath: configuration.dataDirectory + "/postgres") else {
            findings = [.fine("none yet; `dmp serve` makes it in \(configuration.dataDirectory)")]
            return
        }
        let database = try await Database.start(configuration, logger: logger)
        end = { await database.stop() }
        if let problem = await database.pool.health(within: .seconds(10)) { throw problem }
        pool = database.pool
        findings = [.fine("embedded, in \(configuration.dataDirectory)")]
    }

    private mutating func openOwners(_ configuration: GatewayConfiguration, _ logger: Logger) async throws {
        let url: DatabaseURL
        do throws(DatabaseURL.ParsingError) {
            url = try DatabaseURL(configuration.values[CoreKeys.databaseURL])
        } catch {
            throw ConfigurationError(key: CoreKeys.databaseURL.name, problem: "\(error)")
        }
        let opening = PostgresPool(url, logger: logger)
        let running = Task { await opening.run() }
        end = {
            await opening.close()
            await running.value
        }
        if let problem = await opening.health(within: .seconds(10)) { throw problem }
        pool = opening
        findings = [.fine("\(url)")] + url.warnings.map { .advice("DATABASE_URL: \($0)", "take it out of the URL") }
    }
}
