/// What a module sees of the core, and what the core asks of a module. One import of `GatewayAPI` also gives a module the libraries
/// that both sides share: there is one copy of each in the process.
@_exported import CGatewayABI
@_exported import Hummingbird
@_exported import Logging
@_exported import Metrics
@_exported import NIOCore
@_exported import NIOPosix
@_exported import ServiceLifecycle

/// A part of the server that is loaded only when the configuration asks for it.
///
/// The order is the same for every module: the image is opened, `configurationKeys` are read, `init(host:)` builds it without side
/// effects that outlive a failure, then routes, sockets and site configuration are asked for once, and `services` run until the
/// server stops.
public protocol GatewayModule: Sendable {
    /// As in `/api/modules` and the log. The library is `lib<name>.so`.
    static var name: String { get }
    /// The settings that it reads besides the core's.
    static var configurationKeys: [any AnyConfigurationKey] { get }
    /// - Throws: `ConfigurationError` to stop start-up; anything else is reported by `/api/modules`, and the site serves without it.
    init(host: ModuleHost) async throws
    /// Paths are from the site's root. A path that the core answers stays the core's.
    func addRoutes(to router: RouterGroup<GatewayRequestContext>)
    /// What the routes take and answer, for `/api/openapi.json`; the log names routes that are missing here. WebSockets need no entry.
    var operations: [APIOperation] { get }
    var webSockets: [WebSocketRoute] { get }
    /// Run beside the server, and told to stop with it. A service that throws takes the server down: end quietly instead.
    var services: [any Service] { get }
    var siteConfiguration: SiteConfiguration { get }
    /// What the owner should know of the module's own settings and surroundings: `dmp doctor` asks it of a module that does not run.
    /// It changes nothing and ends within some seconds.
    func examine() async -> [Finding]
}

extension GatewayModule {
    public static var configurationKeys: [any AnyConfigurationKey] { [] }
    public func addRoutes(to router: RouterGroup<GatewayRequestContext>) {}
    public var operations: [APIOperation] { [] }
    public var webSockets: [WebSocketRoute] { [] }
    public var services: [any Service] { [] }
    public var siteConfiguration: SiteConfiguration { SiteConfiguration() }
    public func examine() async -> [Finding] { [] }
}

/// What the core lends a module. A module never reads the environment itself.
public struct ModuleHost: Sendable {
    /// The core's keys and the module's own.
    public let configuration: ConfigurationValues
    /// `PARTY_ROLE` as the core has checked it.
    public let role: PartyRole
    /// Labelled with the module's name.
    public let logger: Logger
    public let eventLoopGroup: any EventLoopGroup
    public let metrics: any MetricsFactory
    /// Where small files may be kept over restarts; it exists.
    public let dataDirectory: String
    public let clock: ContinuousClock
    /// Whether this server's catalog has a cover of the local release with this id. Asks the database, and throws when that is away.
    public let hasCover: @Sendable (_ releaseID: String) async throws -> Bool
    /// What `dmp doctor` would say of the running server, modules left out. It names folders and addresses: for its owner alone.
    public let examineServer: @Sendable () async -> [Finding]
    /// Asks another server. Redirects are not followed.
    public let fetch: @Sendable (_ url: String, _ headers: HTTPFields) async throws -> FetchedPage

    public init(
        configuration: ConfigurationValues, role: PartyRole, logger: Logger, eventLoopGroup: any EventLoopGroup,
        metrics: any MetricsFactory = MetricsSystem.factory, dataDirectory: String, clock: ContinuousClock = ContinuousClock(),
        hasCover: @escaping @Sendable (_ releaseID: String) async throws -> Bool,
        examineServer: @escaping @Sendable () async -> [Finding],
        fetch: @escaping @Sendable (_ url: String, _ headers: HTTPFields) async throws -> FetchedPage
    ) {
        self.configuration = configuration
        self.role = role
        self.logger = logger
        self.eventLoopGroup = eventLoopGroup
        self.metrics = metrics
        self.dataDirectory = dataDirectory
        self.clock = clock
        self.hasCover = hasCover
        self.examineServer = examineServer
        self.fetch = fetch
    }
}

/// Another server's answer.
public struct FetchedPage: Sendable {
    public let status: Int
    /// At most 1 MiB.
    public let body: ByteBuffer

    public init(status: Int, body: ByteBuffer) {
        self.status = status
        self.body = body
    }
}

/// What this server is in a party (DESIGN, Roles).
public enum PartyRole: String, Sendable, CaseIterable {
    /// No party here.
    case off
    /// The owner's own site, whose page publishes to `PARTY_URL`.
    case host
    /// The public server: stream mode, signalling and the SFU.
    case listener
}

/// What a module adds to the pages of the site.
public struct SiteConfiguration: Sendable {
    /// Added to the flags in `index.html`; a key that the core sets stays the core's.
    public var flags: [String: String]
    /// Added to `connect-src` of the content security policy: origins such as `https://party.example`, `wss://party.example`.
    public var connectSources: [String]

    public init(flags: [String: String] = [:], connectSources: [String] = []) {
        self.flags = flags
        self.connectSources = connectSources
    }
}

/// What a module's one C symbol hands over.
public final class ModuleEntry: Sendable {
    public let type: any GatewayModule.Type

    private init(_ type: any GatewayModule.Type) { self.type = type }

    /// The body of a module's entry point, `@c(dmp_module_abi5)`. The core takes the reference over.
    public static func abi5(_ type: any GatewayModule.Type) -> UnsafeMutableRawPointer {
        Unmanaged.passRetained(ModuleEntry(type)).toOpaque()
    }
}
