/// A question to another server: what modules are lent as `ModuleHost.fetch`. Certificates are checked, redirects followed.
import AsyncHTTPClient
import GatewayAPI
import HTTPTypes

enum OutgoingRequest {
    private static let maximumBytes = 1 << 20
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        // A refused connection is an answer.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// - Throws: what went wrong with address, connection, certificate or answer.
    static func fetch(_ url: String, _ headers: HTTPFields = [:], within timeout: TimeAmount = .seconds(10)) async throws -> FetchedPage {
        var request = HTTPClientRequest(url: url)
        for field in headers { request.headers.add(name: field.name.rawName, value: field.value) }
        let response = try await client.execute(request, timeout: timeout)
        return FetchedPage(status: Int(response.status.code), body: try await response.body.collect(upTo: maximumBytes))
    }
}
