/// The one error that a handler throws to answer with a status. `ErrorResponses` in GatewayServer turns it into the JSON body of
/// the contract (dmp-api.md, Error body).
import Hummingbird

public struct APIError: Error, Sendable {
    public let status: HTTPResponse.Status
    /// In words that say what to do; shown to people.
    public let message: String
    /// A stable word for programs, such as `stream_mode`.
    public let code: String?
    /// Added to the response, such as `Retry-After`.
    public let headers: HTTPFields

    public init(_ status: HTTPResponse.Status, _ message: String, code: String? = nil, headers: HTTPFields = [:]) {
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers
    }

    public static func notFound(_ message: String) -> APIError { APIError(.notFound, message, code: "not_found") }
    public static func badRequest(_ message: String) -> APIError { APIError(.badRequest, message, code: "bad_request") }
    /// The request contradicts what is there already.
    public static func conflict(_ message: String) -> APIError { APIError(.conflict, message, code: "conflict") }
    /// The database does not answer, for now.
    public static let databaseUnavailable = databaseUnavailable("The database is not available; the server keeps trying", retryAfter: 5)

    public static func databaseUnavailable(_ message: String, retryAfter seconds: Int) -> APIError {
        APIError(.serviceUnavailable, message, code: "database_unavailable", headers: [.retryAfter: String(seconds)])
    }
}
