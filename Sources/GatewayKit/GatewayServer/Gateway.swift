/// One server: catalog, site and modules behind one port. `dmp serve` runs one, `dmp demo` two over one database, and a program of
/// one's own may do the same.
import Catalog
import Foundation
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
        let values = configuration.values
        try configuration.makeDataDirectory()
        let publicDirectory = try PublicDirectory.find(values[CoreKeys.publicDirectory])

        let addCoreRoutes = { (router: Router<GatewayRequestContext>, modules: [ModuleStatus]) in
            Catalog(database: database, musicDirectory: values.isSet(CoreKeys.musicDirectory) ? values[CoreKeys.musicDirectory] : nil)
                .addRoutes(to: router)
            ImageRoutes(directory: configuration.imageDirectory).add(to: router)
            HealthRoutes(database: database, version: Self.version).add(to: router)
            ModuleStatusRoutes(modules: modules).add(to: router)
        }
        let coreRouter = Router(context: GatewayRequestContext.self)
        addCoreRoutes(coreRouter, [])
        let loaded = try await LoadedModules(
            configuration, coreEndpoints: coreRouter.routes.map { Endpoint(path: $0.path, method: $0.method) },
            eventLoopGroup: eventLoopGroup,
            logger: logger)
        modules = loaded.statuses

        // A host's page without its module has no party; a listener's site stays closed to changes.
        let role = configuration.role == .host && !loaded.isLoaded(GatewayConfiguration.partyModule) ? .off : configuration.role
        let siteConfigurations = loaded.modules.map(\.siteConfiguration)
        let site = try StaticSite(
            directory: publicDirectory,
            flags: SiteFlags(role: role, imageStorage: values[CoreKeys.imageStorage], version: Self.version, modules: siteConfigurations),
            role: role)
        let policy = ContentSecurityPolicy(
            imageSources: [values[CoreKeys.s3PublicURL]], connectSources: siteConfigurations.flatMap(\.connectSources))
        var limits = ConnectionLimits()
        limits.request = .seconds(Int64(values[CoreKeys.requestTimeout]))

        // Middleware applies to what is added after it.
        let router = Router(context: GatewayRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ClientAddress(trustedProxies: values[CoreKeys.trustedProxies]))
        router.add(middleware: RequestLog())
        router.add(middleware: SecurityHeaders(sitePolicy: policy.text))
        router.add(middleware: ErrorResponses())
        if configuration.role == .listener {
            router.add(middleware: StreamMode(exempt: Set(loaded.modules.flatMap(\.routes).map(\.endpoint.path.description))))
        }
        router.add(middleware: BodyLimit(bytes: limits.bodyBytes))
        router.add(middleware: CompressedJSON())
        router.add(middleware: SiteFallback(site: site))
        addCoreRoutes(router, loaded.statuses)
        for route in loaded.modules.flatMap(\.routes) { route.add(to: router) }

        let webSockets = WebSocketRoutes(routes: loaded.modules.flatMap(\.webSockets)).options
        application = Application(
            router: router,
            server: HTTPServerBuilder { [limits] responder in
                HTTPConnection(responder: responder, limits: limits, webSockets: webSockets)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(values[CoreKeys.host], port: values[CoreKeys.port]),
                availableConnectionsDelegate: .maximum(values[CoreKeys.maximumConnections], logger: logger)),
            services: loaded.modules.flatMap(\.services),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(eventLoopGroup), logger: logger)
    }

    /// Serves until it is cancelled or told to stop: then connections end (`ConnectionLimits.drain`), and the modules' services after
    /// them.
    public func run() async throws { try await application.run() }
}

extension Gateway: CustomStringConvertible {
    /// As the log of the services names it.
    public var description: String { "Gateway" }
}
