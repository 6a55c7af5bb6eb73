/// The entry of the Party module. On a host's own server it answers two routes and nothing else; on a listener server it is signalling
/// and the SFU: `/_ws`, the status, one UDP port, some media threads.
import GatewayAPI

/// The module's one C symbol (Plugins/README.md).
@c(dmp_module_abi5)
public func partyModuleEntry() -> UnsafeMutableRawPointer { ModuleEntry.abi5(PartyModule.self) }

public struct PartyModule: GatewayModule {
    public static let name = "Party"
    public static var configurationKeys: [any AnyConfigurationKey] { PartyKeys.all }

    private let host: ModuleHost
    private let partyURL: PartyURL?
    /// The listener half; nil on a host's own server, which then opens no UDP socket.
    private let service: PartyService?

    /// Opens the media port on a listener server, so that a taken one is reported as this module's failure.
    public init(host: ModuleHost) async throws {
        self.host = host
        let values = host.configuration
        partyURL = PartyURL(values[PartyKeys.url])
        switch host.role {
        case .off: service = nil
        case .host:
            guard let partyURL else {
                throw ConfigurationError(
                    key: PartyKeys.url.name,
                    problem: "is not set; a host needs its listener server's address, such as https://party.example")
            }
            service = nil
            if !partyURL.isSecure, Authority(partyURL.authority)?.isLocalName != true {
                host.logger.warning("PARTY_URL is http: a host page that is opened over https cannot reach it; use https for both")
            }
        case .listener:
            let ports = (values[PartyKeys.minimumPort], values[PartyKeys.maximumPort])
            guard ports.0 <= ports.1 else {
                throw ConfigurationError(key: PartyKeys.maximumPort.name, problem: "\(ports.1) is below RTC_MIN_PORT \(ports.0)")
            }
            let media = try MediaWorkers(
                count: values[PartyKeys.workers],
                ports: UInt16(clamping: ports.0)...UInt16(clamping: ports.1), announcedAddresses: values[PartyKeys.announcedAddresses],
                bitrate: values[PartyKeys.bitrate])
            let covers = PartyCovers()
            let file = PartyFile(directory: host.dataDirectory, logger: host.logger)
            let settings = Signaling.Settings(
                secret: PartyKeys.secret(in: values), partyURL: partyURL,
                limits: PartySession.Limits(
                    hostGraceSeconds: values[PartyKeys.hostGraceSeconds], maximumListeners: values[PartyKeys.maximumListeners],
                    maximumListenersPerAddress: values[PartyKeys.maximumListenersPerAddress]))
            service = PartyService(
                media: media, covers: covers, file: file,
                signaling: Signaling(
                    settings: settings, media: media, covers: covers, file: file, hasCover: host.hasCover, logger: host.logger),
                metrics: MediaMetrics(media: media, factory: host.metrics, logger: host.logger), logger: host.logger)
            host.logger.info(
                "media port open",
                metadata: [
                    "port": "\(media.port)", "workers": "\(values[PartyKeys.workers])",
                    "addresses": "\(media.addresses.joined(separator: " "))",
                ])
            if PartyKeys.secret(in: values) == nil {
                host.logger.warning("PARTY_SECRET is not set: anyone who can reach this server may open a party while none is running")
            }
        }
    }

    public func addRoutes(to router: RouterGroup<GatewayRequestContext>) {
        let service = service
        let secret = PartyKeys.secret(in: host.configuration)
        let routes = PartyRoutes(
            role: host.role, secret: secret, hostNames: host.configuration[PartyKeys.hostNames],
            status: { await service?.signaling.status ?? .inactive }, covers: service?.covers)
        routes.add(to: router)
        let examinations = Examinations { [host] in
            async let server = host.examineServer()
            let party = await examine().map { $0.of(Self.name) }
            return await server + party
        }
        ExaminationRoute(
            role: host.role, secret: secret, partyURL: partyURL, examinations: examinations, fetch: host.fetch,
            checkCaller: { (request) throws(APIError) in try routes.checkCaller(of: request) }
        ).add(to: router)
    }

    public var operations: [APIOperation] { PartyRoutes.operations(role: host.role) + ExaminationRoute.operations(role: host.role) }

    public var webSockets: [WebSocketRoute] {
        guard let signaling = service?.signaling else { return [] }
        var options = WebSocketOptions()
        // Its listeners are counted one by one; the others are hosts, and sockets about to be closed.
        options.maximumPerAddress = host.configuration[PartyKeys.maximumListenersPerAddress] + 32
        options.maximumNewPerMinute = host.configuration[PartyKeys.connectionsPerMinute]
        // One more than a full party holds is told so in words.
        options.maximumOpen = host.configuration[PartyKeys.maximumListeners] + 256
        options.maximumWaitingMessages = SignalingPeer.maximumQueuedMessages
        return [WebSocketRoute("/_ws", options: options) { signaling.open($0, $1) }]
    }

    public var services: [any Service] { service.map { [$0] } ?? [] }

    public func examine() async -> [Finding] {
        await PartyExamination(
            role: host.role, secret: PartyKeys.secret(in: host.configuration), partyURL: partyURL,
            announced: host.configuration[PartyKeys.announcedAddresses], media: service?.media, fetch: host.fetch
        ).findings()
    }

    public var siteConfiguration: SiteConfiguration {
        SiteConfiguration(
            flags: ["partyUrl": partyURL?.origin ?? ""],
            connectSources: host.role == .host ? partyURL.map { [$0.origin, $0.webSocketOrigin] } ?? [] : [])
    }
}

/// The listener half at work, until the server stops.
struct PartyService: Service {
    let media: MediaWorkers
    let covers: PartyCovers
    let file: PartyFile
    let signaling: Signaling
    let metrics: MediaMetrics
    let logger: Logger

    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await media.run() }
            group.addTask { for await event in media.events { await signaling.handle(event) } }
            group.addTask { while (try? await Task.sleep(for: .seconds(1))) != nil { await signaling.timePassed() } }
            group.addTask { await metrics.run() }
            group.addTask { await file.run() }
            // Also when the task is cancelled.
            try? await gracefulShutdown()
            media.stop()
            group.cancelAll()
        }
    }
}
