/// Errors and their statuses: the one place where they meet.
import GatewayAPI
import Postgres
import Testing

@testable import GatewayServer

@Suite struct ErrorResponsesTests {
    struct Unknown: Error {}

    @Test(arguments: [
        (PostgresError.unavailable("secret host"), 503), (.timeout, 503), (.queueFull, 503), (.cancelled, 503),
        (.server(.init(sqlState: "57P01", message: "shut down")), 503), (.server(.init(sqlState: "53300", message: "too many")), 503),
        (.server(.init(sqlState: "42P01", message: "secret table")), 500), (.decoding(column: "secret", expected: "Int"), 500),
        (.invalidParameter("U+0000"), 400), (.transactionAborted, 500),
    ])
    func postgres(error: PostgresError, status: Int) {
        let answer = ErrorResponses.answer(to: error)
        #expect(answer.status.code == status)
        #expect(!answer.message.contains("secret"), "what the database says stays in the log")
        if status == 503 {
            #expect(answer.code == "database_unavailable")
            #expect(answer.headers[.retryAfter].flatMap { Int($0) } != nil)
        }
    }

    @Test func others() {
        #expect(ErrorResponses.answer(to: Unknown()).status == .internalServerError)
        #expect(ErrorResponses.answer(to: Unknown()).message == "Server Error")
        #expect(ErrorResponses.answer(to: HTTPError(.notFound)).code == "not_found")
        #expect(ErrorResponses.answer(to: HTTPError(.badRequest, message: "why")).message == "why")
        #expect(ErrorResponses.answer(to: NIOTooManyBytesError(maxBytes: 1)).status == .contentTooLarge)
        let own = ErrorResponses.answer(to: APIError(.forbidden, "no", code: "stream_mode", headers: [.retryAfter: "1"]))
        #expect(own.status == .forbidden && own.code == "stream_mode" && own.headers[.retryAfter] == "1")
    }
}
