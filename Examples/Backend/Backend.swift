/// A backend of one's own with DMP inside it: one route, and the whole music site (catalog, pages, modules) mounted beside it.
///
/// Settings are those of `dmp serve`. A program of its own depends on the product `GatewayKit` alone; Hummingbird, logging and NIO come
/// with it.
import GatewayAPI
import GatewayServer

@main
struct Backend {
    static func main() async throws {
        let logger = Logger(label: "backend")
        let configuration = try GatewayConfiguration(environment: GatewayConfiguration.environment().variables)
        let database = try await Database.start(configuration, logger: logger)
        let site = try await MusicSite(configuration, database: database.pool, logger: logger)

        let router = Router(context: GatewayRequestContext.self, options: .autoGenerateHeadEndpoints)
        // Before the site: it answers as it likes.
        router.get("/shop") { _, _ in "Records and tapes" }
        try site.mount(on: router)
        // After the site: with its error bodies, limits and security headers.
        router.get("/api/shop/:id") { _, _ -> String in throw APIError.notFound("Record not found") }

        let application = Application(
            router: router, server: site.server, configuration: site.applicationConfiguration, services: [database] + site.services,
            logger: logger)
        try await application.runService()
    }
}
