/// `dmp demo`: composes a small library, and starts a host and a listener site over it in this one process.
import ArgumentParser
import Demo
import Foundation
import GatewayAPI
import GatewayServer
import Postgres

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Composes a small library of its own, and serves it as a host and a listener site.",
        discussion: "Needs no music and no database. Other settings are those of `dmp serve`; everything stays in DMP_DATA_DIR.")

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "TCP port of the host site. The listener site takes the next free one.")
    var port = 3_000

    func run() async throws {
        try await Startup.orExit {
            var common = Startup.environment.variables
            for key in [CoreKeys.databaseURL.name, CoreKeys.port.name, CoreKeys.trustedProxies.name] { common[key] = nil }
            common[CoreKeys.host.name] = host
            common[CoreKeys.partyEnabled.name] = "true"
            common["PARTY_SECRET"] = Self.randomSecret()

            let hostPort = try await Self.freePort(from: port, on: host)
            let listenerPort = try await Self.freePort(from: hostPort + 1, on: host)
            let hostURL = "http://\(host):\(hostPort)"
            let listenerURL = "http://\(host):\(listenerPort)"
            common["PARTY_URL"] = listenerURL

            let directory = try GatewayConfiguration(environment: common.merging(["PARTY_ROLE": "host"]) { $1 }).dataDirectory
            let library = DemoLibrary(directory: URL(filePath: directory).appending(path: "demo"))
            common[CoreKeys.musicDirectory.name] = library.musicDirectory.path
            common[CoreKeys.imageDirectory.name] = library.imageDirectory.path
            // A data folder of its own: the owner's database, embedded in the same place, is not the demo's.
            common[CoreKeys.dataDirectory.name] = directory + "/demo"

            let hostConfiguration = try Self.configuration(common, role: .host, port: hostPort)
            let listenerConfiguration = try Self.configuration(common, role: .listener, port: listenerPort)
            let logger = Startup.logger(hostConfiguration)
            try await Self.compose(library)
            let database = try await Database.start(hostConfiguration, logger: logger)
            let signals = StopSignals()
            do {
                try await library.index(into: database.pool)
                let listening = ListeningCount(2) { Self.announce(host: hostURL, listener: listenerURL) }
                let hostSite = try await Gateway(hostConfiguration, database: database.pool, logger: Logger(label: "host")) { _ in
                    await listening.countDown()
                }
                let listenerSite = try await Gateway(listenerConfiguration, database: database.pool, logger: Logger(label: "listener")) {
                    _ in
                    await listening.countDown()
                }
                try await signals.run([database, hostSite, listenerSite], logger: logger)
            } catch {
                await database.stop()
                throw error
            }
        }
    }

    private static func configuration(_ common: [String: String], role: PartyRole, port: Int) throws -> GatewayConfiguration {
        var environment = common
        environment[CoreKeys.partyRole.name] = role.rawValue
        environment[CoreKeys.port.name] = String(port)
        return try GatewayConfiguration(environment: environment)
    }

    /// Shows the progress: on a terminal in one line, which is gone at the end.
    private static func compose(_ library: DemoLibrary) async throws {
        let isTerminal = isatty(STDERR_FILENO) == 1
        try await library.compose { progress in
            let text = "Composing the demo library: \(progress.completed) of \(progress.total), \(progress.item)"
            if isTerminal { say("\r\u{1b}[K\(text)", terminator: "") } else { say(text) }
        }
        if isTerminal { say("\r\u{1b}[K", terminator: "") }
    }

    /// 256 random bits in hexadecimal.
    private static func randomSecret() -> String {
        (0..<4).map { _ in
            let word = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - word.count) + word
        }.joined()
    }

    /// The first port from `first` on that nobody listens on.
    private static func freePort(from first: Int, on host: String) async throws -> Int {
        for port in first..<max(first, min(first + 100, 65_536)) {
            let socket = try? await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: host, port: port).get()
            guard let socket else { continue }
            try await socket.close()
            return port
        }
        throw ConfigurationError(key: CoreKeys.port.name, problem: "no port from \(first) on is free")
    }

    private static func announce(host: String, listener: String) {
        say(
            """

              Host site:      \(host)
              Listener site:  \(listener)

            Open the host site, play something, then choose Party and Start party. Open the listener site in another window.
            Ctrl-C stops both.

            """)
    }

    private static func say(_ text: String, terminator: String = "\n") {
        FileHandle.standardError.write(Data((text + terminator).utf8))
    }
}

/// Calls once when everything has begun to listen.
private actor ListeningCount {
    private var missing: Int
    private let done: @Sendable () -> Void

    init(_ count: Int, done: @escaping @Sendable () -> Void) {
        missing = count
        self.done = done
    }

    func countDown() {
        missing -= 1
        if missing == 0 { done() }
    }
}
