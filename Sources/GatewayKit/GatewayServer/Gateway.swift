/// One server: catalog, site and modules behind one port. `dmp serve` runs one, `dmp demo` two over one database, and a program of
/// one's own may do the same, or mount the `MusicSite` into an application of its own.
import GatewayAPI
import HummingbirdCore
import Postgres

public struct Gateway: Service {
    /// Of the whole product: `/api/health`, the pages and `dmp --version` show it.
    public static let version = "1.0.0"

    /// What became of each module.
    public let modules: [ModuleStatus]
    private let application: Application<RouterResponder<GatewayRequestContext>>

    /// Loads the modules and reads the site.
    ///
    /// - Parameters:
    ///   - database: shared; whoever made it ends it.
    ///   - onListening: called with the port once connections are accepted.
    /// - Throws: `ConfigurationError`.
    public init(
        _ configuration: GatewayConfiguration, database: PostgresPool, logger: Logger,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) async throws {
        let site = try await MusicSite(configuration, database: database, logger: logger, eventLoopGroup: eventLoopGroup)
        modules = site.modules
        let router = Router(context: GatewayRequestContext.self, options: .autoGenerateHeadEndpoints)
        try site.mount(on: router)
        application = Application(
            router: router, server: site.serverOfItsOwn, configuration: site.applicationConfiguration,
            services: site.services,
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(eventLoopGroup), logger: logger)
    }

    /// Serves until it is cancelled or told to stop: then requests end (`ConnectionLimits.drain`), then the WebSockets, and then the
    /// modules' services.
    public func run() async throws { try await application.run() }
}

extension Gateway: CustomStringConvertible {
    /// As the log of the services names it.
    public var description: String { "Gateway" }
}
