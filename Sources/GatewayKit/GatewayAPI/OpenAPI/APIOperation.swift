/// What a route takes and answers, in the terms of OpenAPI 3.1. Descriptions lie beside the routes of their resource; the server makes
/// `/api/openapi.json` of them.
import HTTPTypes

public struct APIOperation: Sendable {
    public let method: HTTPRequest.Method
    /// From the site's root: `/api/artists/{slug}` for the route `/api/artists/:slug`.
    public let path: String
    /// Unique in the document; clients are generated with it as their functions' name.
    public let id: String
    /// The resource under which readers find it, such as `Artists`.
    public let tag: String
    /// What it does, in one sentence.
    public let summary: String
    public let parameters: [Parameter]
    /// The JSON that it reads.
    public let body: JSONSchema?
    public let answers: [Answer]

    public init(
        _ method: HTTPRequest.Method, _ path: String, id: String, tag: String, _ summary: String, parameters: [Parameter] = [],
        body: JSONSchema? = nil, answers: [Answer]
    ) {
        self.method = method
        self.path = path
        self.id = id
        self.tag = tag
        self.summary = summary
        self.parameters = parameters
        self.body = body
        self.answers = answers
    }

    public struct Parameter: Sendable {
        public enum Place: String, Sendable { case path, query, header }

        public let name: String
        public let place: Place
        public let schema: JSONSchema
        public let meaning: String

        /// A segment of the path.
        public static func path(_ name: String, _ schema: JSONSchema, _ meaning: String) -> Parameter {
            Parameter(name: name, place: .path, schema: schema, meaning: meaning)
        }

        public static func query(_ name: String, _ schema: JSONSchema, _ meaning: String) -> Parameter {
            Parameter(name: name, place: .query, schema: schema, meaning: meaning)
        }

        public static func header(_ name: String, _ schema: JSONSchema, _ meaning: String) -> Parameter {
            Parameter(name: name, place: .header, schema: schema, meaning: meaning)
        }
    }

    /// One kind of answer. Several errors of one status are listed together.
    public enum Answer: Sendable {
        /// - Parameters:
        ///   - mediaTypes: none for an answer without a body.
        ///   - schema: of a JSON body; nil for bytes.
        case success(HTTPResponse.Status, String, mediaTypes: [String], schema: JSONSchema?, headers: [Header])
        /// What the route throws.
        case error(APIError)
    }

    /// A header that an answer always has.
    public struct Header: Sendable {
        public let name: String
        public let meaning: String
        public let schema: JSONSchema

        public init(_ name: String, _ schema: JSONSchema, _ meaning: String) {
            self.name = name
            self.schema = schema
            self.meaning = meaning
        }
    }

    public func answering(also answers: [Answer]) -> APIOperation {
        APIOperation(method, path, id: id, tag: tag, summary, parameters: parameters, body: body, answers: self.answers + answers)
    }

    /// The same route where only these answers are left, and its body is not read.
    public func answering(only answers: [Answer]) -> APIOperation {
        APIOperation(method, path, id: id, tag: tag, summary, parameters: parameters, answers: answers)
    }
}

extension APIOperation.Answer {
    /// 200 with JSON.
    public static func json(_ schema: JSONSchema, _ meaning: String = "OK", headers: [APIOperation.Header] = []) -> Self {
        .success(.ok, meaning, mediaTypes: ["application/json"], schema: schema, headers: headers)
    }

    /// An answer without a body.
    public static func empty(_ status: HTTPResponse.Status, _ meaning: String, headers: [APIOperation.Header] = []) -> Self {
        .success(status, meaning, mediaTypes: [], schema: nil, headers: headers)
    }

    /// Bytes of a file.
    public static func bytes(
        _ status: HTTPResponse.Status, _ meaning: String, mediaTypes: [String], headers: [APIOperation.Header]
    ) -> Self {
        .success(status, meaning, mediaTypes: mediaTypes, schema: nil, headers: headers)
    }

    /// 503: what every route that asks the database may answer.
    public static let databaseUnavailable = Self.error(.databaseUnavailable)
}
