/// `dmp configuration`: the table of settings, of the core and of the modules beside the program.
import ArgumentParser
import GatewayAPI
import GatewayServer

struct ConfigurationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "configuration", abstract: "Prints every setting.")

    @Flag(help: "As Markdown tables, which the README contains.")
    var markdown = false

    func run() {
        let table = ConfigurationTable(modules: Startup.environment.modules)
        print(markdown ? table.markdown : table.text())
    }
}
