/// What became of each module, as `GET /api/modules` tells it.
import Foundation
import GatewayAPI

public struct ModuleStatus: Sendable, Equatable, Encodable {
    public enum State: String, Sendable, Encodable {
        case loaded
        /// The configuration does not ask for it.
        case off
        case failed
    }

    public let name: String
    public let status: State
    /// Why it failed.
    public let message: String?

    enum CodingKeys: CodingKey { case name, status, message }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(status, forKey: .status)
        // An explicit null, as everywhere in the API.
        try container.encode(message, forKey: .message)
    }
}

struct ModuleStatusRoutes: Sendable {
    static let path = "/api/modules"

    let document: SiteFile

    init(_ modules: [ModuleStatus]) {
        // Encoding plain strings does not fail.
        let bytes = (try? JSONEncoder().encode(modules)) ?? Data()
        document = SiteFile(ByteBuffer(bytes: bytes), contentType: "application/json; charset=utf-8")
    }

    func add(to router: some RouterMethods<GatewayRequestContext>) {
        router.get(RouterPath(Self.path)) { request, _ in document.response(to: request) }
    }
}

extension ModuleStatusRoutes {
    static let operations = [
        APIOperation(
            .get, path, id: "listModules", tag: "Server", "What became of each module",
            answers: [
                .json(
                    .array(
                        of: .object([
                            "name": .string("Party"), "status": .word("loaded", "off", "failed"),
                            "message": JSONSchema.string("").mostlyNull.described("Why it failed"),
                        ])))
            ])
    ]
}
