/// The modules that the configuration asks for, opened and built. One that is missing, stale or fails is reported and left out; the
/// site serves without it (DESIGN, Roles).
import Foundation
import GatewayAPI

struct LoadedModules: Sendable {
    struct Module: Sendable {
        let name: String
        let routes: [ModuleRouter.Route]
        let operations: [APIOperation]
        let webSockets: [WebSocketDoor]
        let services: [any Service]
        let siteConfiguration: SiteConfiguration
        let examine: @Sendable () async -> [Finding]
    }

    private(set) var modules: [Module] = []
    private(set) var statuses: [ModuleStatus] = []

    /// - Parameters:
    ///   - coreEndpoints: paths that stay the core's.
    ///   - hasCover, examineServer: as modules are lent them.
    /// - Throws: `ConfigurationError` of a module; it stops start-up.
    init(
        _ configuration: GatewayConfiguration, coreEndpoints: [Endpoint], eventLoopGroup: any EventLoopGroup, logger: Logger,
        loader: ModuleLoader = ModuleLoader(), hasCover: @escaping @Sendable (String) async throws -> Bool,
        examineServer: @escaping @Sendable () async -> [Finding]
    ) async throws {
        if configuration.role == .off {
            statuses.append(ModuleStatus(name: GatewayConfiguration.partyModule, status: .off, message: nil))
        }
        var taken = coreEndpoints
        for name in configuration.moduleNames {
            var labelled = Logger(label: name)
            labelled.logLevel = logger.logLevel
            let moduleLogger = labelled
            do {
                let module = try await Self.load(name, loader.open(name), beside: taken, configuration) { values in
                    ModuleHost(
                        configuration: values, role: configuration.role, logger: moduleLogger, eventLoopGroup: eventLoopGroup,
                        dataDirectory: configuration.dataDirectory, hasCover: hasCover, examineServer: examineServer,
                        fetch: { try await OutgoingRequest.fetch($0, $1) })
                }
                taken += module.routes.map(\.endpoint)
                modules.append(module)
                statuses.append(ModuleStatus(name: name, status: .loaded, message: nil))
                logger.info("module loaded", metadata: ["module": "\(name)"])
            } catch let error as ConfigurationError {
                throw error
            } catch {
                logger.error("module failed", metadata: ["module": "\(name)", "reason": "\(error)"])
                statuses.append(ModuleStatus(name: name, status: .failed, message: "\(error)"))
            }
        }
    }

    func isLoaded(_ name: String) -> Bool { modules.contains { $0.name == name } }

    private static func load(
        _ name: String, _ type: any GatewayModule.Type, beside taken: [Endpoint], _ configuration: GatewayConfiguration,
        host makeHost: (ConfigurationValues) -> ModuleHost
    ) async throws -> Module {
        let values = try ConfigurationValues(keys: CoreKeys.all + type.configurationKeys, environment: configuration.environment)
        let host = makeHost(values)
        let logger = host.logger
        let module = try await type.init(host: host)
        let doors = module.webSockets.map(WebSocketDoor.init)
        let router = ModuleRouter()
        module.addRoutes(to: router.group())
        let operations = module.operations
        // No reason to do without the module; its author reads the log.
        for difference in OpenAPIDocument.differences(described: operations, registered: router.routes.map(\.endpoint)) {
            logger.warning("description is wrong", metadata: ["problem": "\(difference)"])
        }
        for door in doors { door.add(to: router) }
        try router.check(beside: taken)
        return Module(
            name: name, routes: router.routes, operations: operations, webSockets: doors,
            services: module.services.map { ModuleService(service: $0, logger: logger) }, siteConfiguration: module.siteConfiguration,
            examine: { await module.examine() })
    }
}

/// Runs a module's service to the server's end: one that fails or returns early takes nothing else down.
private struct ModuleService: Service {
    let service: any Service
    let logger: Logger

    func run() async {
        do {
            try await service.run()
        } catch is CancellationError {
        } catch {
            logger.error("service failed", metadata: ["reason": "\(error)"])
        }
        try? await gracefulShutdown()
    }
}
