/// `dmp serve`: one server, as the configuration says.
import ArgumentParser
import GatewayAPI
import GatewayServer

struct ServeCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "serve", abstract: "Serves the site.",
            discussion: """
                Everything is set by environment variables, or by a file .env in the working directory (the environment wins).

                \(settings)
                """)
    }

    /// The parser asks for the discussion in every run, but the modules are opened to show their keys only when help is asked for.
    private static var settings: String {
        let isHelp = CommandLine.arguments.contains { ["--help", "-h", "help"].contains($0) }
        return isHelp ? ConfigurationTable(modules: Startup.environment.modules).text() : ""
    }

    @Option(help: "Address to listen on, in place of HOST.")
    var host: String?

    @Option(help: "TCP port, in place of PORT.")
    var port: Int?

    func run() async throws {
        var environment = Startup.environment.variables
        if let host { environment[CoreKeys.host.name] = host }
        if let port { environment[CoreKeys.port.name] = String(port) }
        try await Startup.orExit {
            let configuration = try GatewayConfiguration(environment: environment)
            let logger = Startup.logger(configuration)
            for line in Startup.environment.unreadableLines {
                logger.warning("line of .env is not NAME=value", metadata: ["line": "\(line)"])
            }
            let database = try await Database.start(configuration, logger: logger)
            let signals = StopSignals()
            do {
                let gateway = try await Gateway(configuration, database: database.pool, logger: logger)
                let indexing = FirstIndexing(configuration, database: database, logger: logger)
                try await signals.run([database, gateway] + (indexing.map { [$0] } ?? []), logger: logger)
            } catch {
                // What was begun must not outlive a start that failed.
                await database.stop()
                throw error
            }
        }
    }
}
