/// The program. Each command has a file of its own.
import ArgumentParser
import GatewayAPI
import GatewayServer

@main
struct Dmp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dmp", abstract: "A self-hosted music site, with listening parties.", version: Gateway.version,
        subcommands: [
            ServeCommand.self, DemoCommand.self, IndexCommand.self, ExportCommand.self, ImportCommand.self, DatabaseCommand.self,
            DoctorCommand.self, ConfigurationCommand.self,
        ],
        defaultSubcommand: ServeCommand.self)
}
