/// What comes in a request's body: JSON, decoded totally. A body that is none, or holds what it should not, is the client's mistake.
import Foundation
import GatewayAPI

extension Request {
    /// Bytes of a body; the server's own limit may be lower.
    private static var maximumBodyBytes: Int { 64 << 10 }

    /// The body as a JSON object, whatever its content type says.
    /// - Throws: 400 unless it is one, what `Body` itself throws about its fields, 413 when it is too large.
    func jsonBody<Body: Decodable>(_ type: Body.Type) async throws -> Body {
        var request = self
        let bytes = try await request.collectBody(upTo: Self.maximumBodyBytes)
        guard bytes.readableBytes > 0 else { throw APIError.badRequest("The request needs a JSON body") }
        do {
            return try JSONDecoder().decode(Body.self, from: Data(bytes.readableBytesView))
        } catch DecodingError.typeMismatch, DecodingError.valueNotFound {
            throw APIError.badRequest("The body must be a JSON object")
        } catch is DecodingError {
            throw APIError.badRequest("Invalid JSON body")
        }
    }
}

extension String {
    /// Characters as JSON Schema counts them (`maxLength`): code points, so that combining marks cannot make a short text long.
    var length: Int { unicodeScalars.count }

    /// U+0000, which Postgres cannot store.
    var hasNull: Bool { utf8.contains(0) }
}
