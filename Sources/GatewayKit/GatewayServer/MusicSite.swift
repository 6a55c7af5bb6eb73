/// The music site as a part of any Hummingbird application: catalog, pages and modules, to be mounted into a router. `Gateway` is a
/// server with nothing else in it; `Examples/Backend` is one with routes of its own.
import Catalog
import GatewayAPI
import HummingbirdCore
import Postgres

public struct MusicSite: Sendable {
    /// What became of each module.
    public let modules: [ModuleStatus]
    /// What catalog and modules run beside the server; they belong into the application's services, after the database.
    public let services: [any Service]

    private let configuration: GatewayConfiguration
    private let database: PostgresPool
    private let catalog: Catalog
    private let loaded: [LoadedModules.Module]
    private let files: StaticSite
    private let openAPI: OpenAPIRoute
    private let moduleStatus: ModuleStatusRoutes
    private let limits: ConnectionLimits
    private let upstream: Upstream?
    private let clientAddress: ClientAddress
    private let securityHeaders: SecurityHeaders
    private let rateLimit: RateLimit?
    private let answerCache: AnswerCache
    private let openWebSockets = OpenWebSockets()
    private let logger: Logger

    /// Loads the modules and reads the site's files.
    ///
    /// - Parameter database: shared; whoever made it ends it.
    /// - Throws: `ConfigurationError`.
    public init(
        _ configuration: GatewayConfiguration, database: PostgresPool, logger: Logger,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws {
        self.configuration = configuration
        self.database = database
        self.logger = logger
        let values = configuration.values
        try configuration.makeDataDirectory()
        let publicDirectory = try PublicDirectory.find(values[CoreKeys.publicDirectory])

        catalog = Catalog(
            database: database, musicDirectory: values.isSet(CoreKeys.musicDirectory) ? values[CoreKeys.musicDirectory] : nil,
            logger: logger)
        let loaded = try await LoadedModules(
            configuration, coreEndpoints: Self.coreEndpoints(configuration, database, catalog), eventLoopGroup: eventLoopGroup,
            logger: logger, hasCover: { [catalog] in try await catalog.hasCover(ofRelease: $0) },
            examineServer: { await Doctor.examine(configuration, database: database, logger: logger) })
        self.loaded = loaded.modules
        modules = loaded.statuses
        services = catalog.services + loaded.modules.flatMap(\.services) + [openWebSockets]
        // The public server is open to everyone; at home, a limit would be in its owner's way.
        let requestsPerSecond =
            values.isSet(CoreKeys.requestsPerSecond)
            ? values[CoreKeys.requestsPerSecond] : configuration.role == .listener ? Self.publicRequestsPerSecond : 0
        rateLimit = requestsPerSecond > 0 ? RateLimit(requestsPerSecond: requestsPerSecond) : nil
        let operations =
            Self.operations.map(AnswerCache.description).map(CrossOriginProtection.description)
            .map(configuration.role == .listener ? StreamMode.description : { $0 })
            + loaded.modules.flatMap(\.operations)
        moduleStatus = ModuleStatusRoutes(modules)
        openAPI = OpenAPIRoute(requestsPerSecond > 0 ? operations.map(RateLimit.description) : operations)

        // A host's page without its module has no party; a listener's site stays closed to changes.
        let role = configuration.role == .host && !loaded.isLoaded(GatewayConfiguration.partyModule) ? .off : configuration.role
        let siteConfigurations = loaded.modules.map(\.siteConfiguration)
        files = try StaticSite(
            directory: publicDirectory,
            flags: SiteFlags(
                role: role, imageStorage: values[CoreKeys.imageStorage], version: Gateway.version, modules: siteConfigurations),
            role: role, logger: logger)
        let policy = ContentSecurityPolicy(
            imageSources: [values[CoreKeys.s3PublicURL]], connectSources: siteConfigurations.flatMap(\.connectSources),
            inlineScripts: files.inlineScripts)
        let securityHeaders = SecurityHeaders(sitePolicy: policy.text)
        self.securityHeaders = securityHeaders
        clientAddress = ClientAddress(trustedProxies: values[CoreKeys.trustedProxies], untrusted: UntrustedProxy(logger: logger))
        answerCache = AnswerCache(database: database, securityHeaders: securityHeaders) { [catalog] in catalog.searchGeneration }
        var limits = ConnectionLimits()
        limits.request = .seconds(Int64(values[CoreKeys.requestTimeout]))
        self.limits = limits
        upstream = values[CoreKeys.upstreamURL].map {
            Upstream(
                address: $0, timeout: .seconds(values[CoreKeys.upstreamTimeout]), trustedProxies: values[CoreKeys.trustedProxies],
                isStreamMode: configuration.role == .listener, eventLoopGroup: eventLoopGroup)
        }
    }

    /// Adds the site to `router`: its middleware, its routes, and its pages for whatever no route answers.
    ///
    /// Middleware applies to what is added after it. So routes that `router` has already stay as they are, and those that are added
    /// later get the site's error bodies, limits, security headers and, on a listener server, its stream mode.
    /// - Parameter router: make it with `.autoGenerateHeadEndpoints`, since the site's routes leave HEAD to it.
    /// - Throws: `RouteConflict` for a path that `router` answers already and the site needs, before anything is added.
    public func mount(on router: Router<GatewayRequestContext>) throws(RouteConflict) {
        let own = Set(Self.coreEndpoints(configuration, database, catalog) + loaded.flatMap(\.routes).map(\.endpoint))
        for route in router.routes where own.contains(Endpoint(path: route.path, method: route.method)) {
            throw RouteConflict(description: "the music site needs the route \(Endpoint(path: route.path, method: route.method))")
        }
        router.add(middleware: clientAddress)
        router.add(middleware: RequestLog())
        if let upstream { router.add(middleware: UpstreamFallback(upstream: upstream, site: files, securityHeaders: securityHeaders)) }
        router.add(middleware: securityHeaders)
        router.add(middleware: ErrorResponses())
        if let rateLimit { router.add(middleware: rateLimit) }
        router.add(middleware: TargetLimit())
        if configuration.role == .listener {
            router.add(middleware: StreamMode(exempt: Set(loaded.flatMap(\.routes).map(\.endpoint.path.description))))
        }
        let core = Self.coreEndpoints(configuration, database, catalog)
        router.add(middleware: CrossOriginProtection(routes: Set(core.map(\.path.description))))
        router.add(middleware: BodyLimit(bytes: limits.bodyBytes))
        router.add(middleware: answerCache)
        router.add(middleware: CompressedJSON())
        router.add(middleware: SiteFallback(site: files))
        router.add(middleware: MethodNotAllowed(endpoints: Array(own)))
        Self.addCoreRoutes(to: router, configuration, database, catalog, moduleStatus, openAPI)
        for route in loaded.flatMap(\.routes) { route.add(to: router) }
    }

    /// The server that an application needs for the modules' WebSockets and the limits on clients. With another one everything works
    /// but those.
    public var server: HTTPServerBuilder { server(preparedAnswers: nil) }

    /// As `server`, for a router that has nothing but the site: what is at hand is answered without it.
    var serverOfItsOwn: HTTPServerBuilder { server(preparedAnswers: preparedAnswers) }

    private func server(preparedAnswers: PreparedAnswers?) -> HTTPServerBuilder {
        let webSockets = Dictionary(loaded.flatMap(\.webSockets).map { ($0.route.path, $0) }, uniquingKeysWith: { first, _ in first })
        return HTTPServerBuilder { [limits, upstream, openWebSockets] responder in
            HTTPConnection(
                responder: responder, limits: limits, webSockets: webSockets, allowsTunnels: upstream != nil,
                preparedAnswers: preparedAnswers, openWebSockets: openWebSockets)
        }
    }

    private var preparedAnswers: PreparedAnswers {
        let routes = MethodNotAllowed(
            endpoints: Self.coreEndpoints(configuration, database, catalog) + loaded.flatMap(\.routes).map(\.endpoint))
        var documents = files.prepared(securityHeaders) { path in
            routes.methods(of: path) == nil && !path.hasPrefix("/api/")
                && !(configuration.role == .listener && StreamMode.refuses(.get, path))
        }
        for (path, document) in [(ModuleStatusRoutes.path, moduleStatus.document), (OpenAPIRoute.path, openAPI.document)] {
            documents[path] = PreparedDocument(document, endpoint: path, securityHeaders: securityHeaders)
        }
        return PreparedAnswers(
            documents: documents, cache: answerCache, clientAddress: clientAddress, rateLimit: rateLimit, securityHeaders: securityHeaders,
            logger: logger)
    }

    /// `HOST`, `PORT` and `MAX_CONNECTIONS`, for an application that listens where they say.
    public var applicationConfiguration: ApplicationConfiguration {
        let values = configuration.values
        return ApplicationConfiguration(
            address: .hostname(values[CoreKeys.host], port: values[CoreKeys.port]),
            availableConnectionsDelegate: .maximum(values[CoreKeys.maximumConnections], logger: logger))
    }

    private static func addCoreRoutes(
        to router: Router<GatewayRequestContext>, _ configuration: GatewayConfiguration, _ database: PostgresPool,
        _ catalog: Catalog, _ moduleStatus: ModuleStatusRoutes, _ openAPI: OpenAPIRoute
    ) {
        catalog.addRoutes(to: router)
        ImageRoutes(directory: configuration.imageDirectory).add(to: router)
        HealthRoutes(database: database, version: Gateway.version).add(to: router)
        moduleStatus.add(to: router)
        openAPI.add(to: router)
    }

    /// Where `MAX_REQUESTS_PER_SECOND` is not set: many listeners may share an address.
    private static let publicRequestsPerSecond = 500

    /// Descriptions of the core's routes.
    static let operations =
        Catalog.operations + ImageRoutes.operations + HealthRoutes.operations + ModuleStatusRoutes.operations + OpenAPIRoute.operations

    static func coreEndpoints(_ configuration: GatewayConfiguration, _ database: PostgresPool, _ catalog: Catalog) -> [Endpoint] {
        let router = Router(context: GatewayRequestContext.self)
        addCoreRoutes(to: router, configuration, database, catalog, ModuleStatusRoutes([]), OpenAPIRoute([]))
        return router.routes.map { Endpoint(path: $0.path, method: $0.method) }
    }
}

/// Two parts of an application want the same path and method.
public struct RouteConflict: Error, Equatable, CustomStringConvertible {
    public let description: String
}
