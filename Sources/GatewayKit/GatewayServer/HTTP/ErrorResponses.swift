/// The one place where errors become statuses, and the JSON body of the contract (dmp-api.md, Error body).
import Foundation
import GatewayAPI
import NIOHTTP1
import Postgres

struct ErrorResponses: RouterMiddleware {
    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPParserError {
            // Of a body that stopped being HTTP: Hummingbird answers it with 400 and ends the connection.
            throw error
        } catch {
            let answer = Self.answer(to: error)
            if answer.status.code >= 500 {
                context.logger.warning(
                    "request failed", metadata: [RequestLog.Key.path: "\(request.uri.path)", RequestLog.Key.error: "\(error)"])
            }
            return Self.response(to: request, answer)
        }
    }

    /// Status, message and code for any error. What an unknown one says stays in the log.
    static func answer(to error: any Error) -> APIError {
        switch error {
        case let error as APIError: error
        case let error as PostgresError: answer(to: error)
        case let error as HTTPError:
            APIError(error.status, error.body ?? message(for: error.status), code: code(for: error.status), headers: error.headers)
        case let error as any HTTPResponseError: APIError(error.status, message(for: error.status), code: code(for: error.status))
        case is NIOTooManyBytesError: APIError(.contentTooLarge, message(for: .contentTooLarge), code: code(for: .contentTooLarge))
        default: serverError
        }
    }

    private static let serverError = APIError(.internalServerError, "Server Error")

    private static func answer(to error: PostgresError) -> APIError {
        switch error {
        case .unavailable, .cancelled:
            .databaseUnavailable
        case .timeout, .queueFull:
            .databaseUnavailable("The database is busy; try again", retryAfter: 2)
        case .server(let message)
        where message.sqlState.hasPrefix("57P") || message.sqlState.hasPrefix("08") || message.sqlState.hasPrefix("53"):
            // Operator intervention, lost connections and exhausted resources (PostgreSQL, Appendix A) pass.
            .databaseUnavailable
        case .server, .decoding, .transactionAborted:
            serverError
        case .invalidParameter:
            .badRequest("A value holds characters that cannot be stored")
        }
    }

    private static func message(for status: HTTPResponse.Status) -> String {
        switch status {
        case .notFound: "Not found"
        case .contentTooLarge: "The request is too large"
        default: status.reasonPhrase.isEmpty ? "Error \(status.code)" : status.reasonPhrase
        }
    }

    private static func code(for status: HTTPResponse.Status) -> String? {
        switch status {
        case .contentTooLarge: "too_large"
        // `not_found`, `bad_request` and so on.
        case _ where status.kind == .clientError: status.reasonPhrase.lowercased().replacing(" ", with: "_")
        default: nil
        }
    }

    static func response(to request: Request, _ error: APIError) -> Response {
        let bytes = ErrorBody(error, url: "http://\(request.head.authority ?? "localhost")\(request.uri.path)").bytes
        var headers = error.headers
        headers[.contentType] = "application/json; charset=utf-8"
        headers[.cacheControl] = "no-cache"
        headers[.contentLength] = String(bytes.readableBytes)
        return Response(
            status: error.status, headers: headers,
            body: request.method == .head ? ResponseBody() : ResponseBody(byteBuffer: bytes))
    }
}

/// The JSON body of every error.
struct ErrorBody: Encodable {
    var error = true
    /// Without the query, which may hold what is private.
    let url: String
    let statusCode: Int
    let statusMessage: String
    let message: String
    let code: String?

    init(_ error: APIError, url: String) {
        self.url = url
        statusCode = error.status.code
        statusMessage = error.message
        message = error.message
        code = error.code
    }

    /// How `/api/openapi.json` describes it.
    static let schema: JSONSchema = .object(
        [
            "error": .constant(true), "url": .string("").described("What was asked for, without the query"),
            "statusCode": .integer(404, from: 400), "statusMessage": .string("Not found").described("As message"),
            "message": .string("Not found").described("For people"), "code": .string("not_found").described("For programs"),
        ], optional: ["code"]
    ).named("Error")

    /// As it is sent: for people, too.
    var bytes: ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes]
        // Encoding plain strings does not fail.
        return ByteBuffer(bytes: (try? encoder.encode(self)) ?? Data())
    }

    /// An example in `/api/openapi.json`.
    var json: JSON {
        var members: [String: JSON] = [
            "error": true, "url": .string(url), "statusCode": .integer(statusCode), "statusMessage": .string(statusMessage),
            "message": .string(message),
        ]
        members["code"] = code.map { .string($0) }
        return .object(members)
    }
}
