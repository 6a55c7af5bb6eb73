/// The smallest module: one route and an echoing WebSocket. Plugins/README.md walks through it; a test loads it into the real server.
import GatewayAPI

@c(dmp_module_abi5)
public func dmpModule() -> UnsafeMutableRawPointer { ModuleEntry.abi5(Smallest.self) }

struct Smallest: GatewayModule {
    static let name = "Smallest"
    static let greeting = ConfigurationKey<String>.text("SMALLEST_GREETING", default: "Hello", meaning: "What the route says.")
    static let configurationKeys: [any AnyConfigurationKey] = [greeting]

    private let host: ModuleHost

    init(host: ModuleHost) async throws {
        if host.configuration[Self.greeting] == "fail" { throw Failure() }
        self.host = host
    }

    func addRoutes(to router: RouterGroup<GatewayRequestContext>) {
        router.get("/api/smallest") { _, _ in "\(host.configuration[Self.greeting]) from a \(host.role.rawValue) server" }
        router.post("/api/smallest") { request, _ in try await request.body.collect(upTo: 1 << 20) }
    }

    var operations: [APIOperation] {
        [
            APIOperation(
                .get, "/api/smallest", id: "greet", tag: "Smallest", "A greeting",
                answers: [.bytes(.ok, "The greeting", mediaTypes: ["text/plain"], headers: [])]),
            APIOperation(
                .post, "/api/smallest", id: "echo", tag: "Smallest", "Gives back what it is given",
                answers: [.bytes(.ok, "The same bytes", mediaTypes: ["application/octet-stream"], headers: [])]),
        ]
    }

    var webSockets: [WebSocketRoute] {
        var options = WebSocketOptions()
        options.maximumFrameBytes = 16 << 10
        options.maximumMessageBytes = 64 << 10
        options.pingInterval = .seconds(1)
        options.maximumPerAddress = 4
        return [WebSocketRoute("/smallest", options: options) { Echo(client: $0, connection: $1) }]
    }

    private struct Echo: WebSocketSession {
        let client: WebSocketClient
        let connection: any WebSocketConnection

        func received(_ message: WebSocketMessage) {
            switch message {
            case .text("close"): connection.close(code: 4000, reason: "as you wish")
            case .text("who"): connection.send(.text("\(client.address) \(client.origin ?? "-") \(client.host ?? "-")"))
            case .text("flood"): for _ in 0..<1_000 { connection.send(.binary(ByteBuffer(repeating: 0, count: 60_000))) }
            default: connection.send(message)
            }
        }

        func closed() {}
    }

    private struct Failure: Error, CustomStringConvertible {
        let description = "SMALLEST_GREETING is fail"
    }
}
