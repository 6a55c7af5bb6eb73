/// `GET /api/health`: whether the process and its database answer, for whoever watches over the server.
import Foundation
import GatewayAPI
import Postgres

struct HealthRoutes: Sendable {
    static let path = "/api/health"

    fileprivate static let problem = "The database does not answer; the server keeps trying"

    let database: PostgresPool
    let version: String
    private let start = ContinuousClock.now

    init(database: PostgresPool, version: String) {
        self.database = database
        self.version = version
    }

    func add(to router: some RouterMethods<GatewayRequestContext>) {
        router.get(RouterPath(Self.path)) { _, _ in
            let problem = await database.health()
            let health = Health(
                status: problem == nil ? "ok" : "degraded", version: version,
                uptimeSeconds: Int((ContinuousClock.now - start).components.seconds),
                // The reason may name addresses and users: it is in the log.
                database: Health.Database(
                    status: problem == nil ? "ok" : "unavailable",
                    message: problem.map { _ in Self.problem }))
            return Response(
                status: problem == nil ? .ok : .serviceUnavailable,
                headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSONEncoder().encode(health))))
        }
    }

    private struct Health: Encodable {
        let status: String
        let version: String
        let uptimeSeconds: Int
        let database: Database

        struct Database: Encodable {
            let status: String
            let message: String?
        }
    }
}

extension HealthRoutes {
    static let operations = [
        APIOperation(
            .get, path, id: "getHealth", tag: "Server", "Whether the server and its database answer",
            answers: [
                .json(schema(status: "ok", database: ["status": .constant("ok")])),
                .success(
                    .serviceUnavailable, "The database does not answer", mediaTypes: ["application/json"],
                    schema: schema(status: "degraded", database: ["status": .constant("unavailable"), "message": .string(problem)]),
                    headers: []),
            ])
    ]

    private static func schema(status: JSON, database: JSONSchema.Properties) -> JSONSchema {
        .object([
            "status": .constant(status), "version": .string(Gateway.version), "uptimeSeconds": .integer(3_600),
            "database": .object(database),
        ])
    }
}
