/// `/api/openapi.json` (OpenAPI 3.1): what the routes of this server take and answer, put together from the descriptions that lie
/// beside them. Made once, at start.
import Foundation
import GatewayAPI

struct OpenAPIDocument: Sendable {
    let operations: [APIOperation]

    /// What holds for all routes, for readers of the document.
    private static let introduction = """
        Null stands for what is absent: no key is ever left out. Times are UTC with milliseconds, durations whole seconds. Numbers in a \
        query that are out of range are moved to its nearest end; of a repeated parameter the first value counts. Wherever GET is \
        answered, HEAD is, too; other methods of a known path are answered with 405 and `Allow`. Every error has the body `Error`.
        """

    var json: JSON {
        var paths: [String: [String: JSON]] = [:]
        for operation in operations {
            paths[operation.path, default: [:]][operation.method.rawValue.lowercased()] = Self.json(operation)
        }
        var schemas: [String: JSON] = [:]
        for schema in operations.flatMap(Self.schemas(of:)) + [ErrorBody.schema] { schemas.merge(schema.components) { first, _ in first } }
        return [
            "openapi": "3.1.0",
            "info": ["title": "DMP", "version": .string(Gateway.version), "description": .string(Self.introduction)],
            "servers": [["url": "/"]],
            "tags": .array(Set(operations.map(\.tag)).sorted().map { ["name": .string($0)] }),
            "paths": .object(paths.mapValues { .object($0) }),
            "components": ["schemas": .object(schemas)],
        ]
    }

    /// Sorted, so that the same server gives the same bytes, and with them the same entity tag.
    var bytes: ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // JSON of finite numbers, which all literals are, always encodes.
        return ByteBuffer(bytes: (try? encoder.encode(json)) ?? Data())
    }

    /// What the document and the router disagree about, a line each; nothing when every route is described, and nothing else.
    ///
    /// A HEAD that accompanies a GET needs no description of its own.
    static func differences(described operations: [APIOperation], registered endpoints: [Endpoint]) -> [String] {
        let described = operations.map { "\($0.method.rawValue) \($0.path)" }
        let registered = Set(endpoints.map(\.description))
        let optional = Set(endpoints.filter { $0.method == .head }.map(\.description))
        let repeated = Dictionary(grouping: operations, by: \.id).filter { $0.value.count > 1 }.keys
        return registered.subtracting(described).subtracting(optional).sorted().map { "\($0) is not described" }
            + Set(described).subtracting(registered).sorted().map { "\($0) is described but not answered" }
            + repeated.sorted().map { "\($0) is the id of two descriptions" }
    }

    // MARK: Parts

    private static func schemas(of operation: APIOperation) -> [JSONSchema] {
        let answers = operation.answers.compactMap { answer -> JSONSchema? in
            guard case .success(_, _, _, let schema, _) = answer else { return nil }
            return schema
        }
        return answers + operation.parameters.map(\.schema) + [operation.body].compactMap(\.self)
    }

    private static func json(_ operation: APIOperation) -> JSON {
        var answers: [String: JSON] = [:]
        var errors: [HTTPResponse.Status: [APIError]] = [:]
        for answer in operation.answers {
            switch answer {
            case .success(let status, let meaning, let mediaTypes, let schema, let headers):
                answers[String(status.code)] = json(meaning, mediaTypes, schema, headers)
            case .error(let error):
                errors[error.status, default: []].append(error)
            }
        }
        if operation.body != nil { errors[.contentTooLarge] = [BodyLimit.refusal(bytes: ConnectionLimits().bodyBytes)] }
        for (status, errors) in errors { answers[String(status.code)] = json(errors, of: operation) }

        var members: [String: JSON] = [
            "operationId": .string(operation.id), "summary": .string(operation.summary), "tags": [.string(operation.tag)],
            "responses": .object(answers),
        ]
        if !operation.parameters.isEmpty { members["parameters"] = .array(operation.parameters.map(json)) }
        members["requestBody"] = operation.body.map { body in
            ["required": true, "content": ["application/json": ["schema": body.json, "example": body.example]]]
        }
        return .object(members)
    }

    private static func json(_ parameter: APIOperation.Parameter) -> JSON {
        [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue), "required": .boolean(parameter.place == .path),
            "description": .string(parameter.meaning), "schema": parameter.schema.json, "example": parameter.schema.example,
        ]
    }

    private static func json(
        _ meaning: String, _ mediaTypes: [String], _ schema: JSONSchema?, _ headers: [APIOperation.Header]
    ) -> JSON {
        var members: [String: JSON] = ["description": .string(meaning)]
        if !mediaTypes.isEmpty {
            let content: JSON = schema.map { ["schema": $0.json, "example": $0.example] } ?? [:]
            members["content"] = .object(Dictionary(mediaTypes.map { ($0, content) }, uniquingKeysWith: { first, _ in first }))
        }
        if !headers.isEmpty { members["headers"] = json(headers) }
        return .object(members)
    }

    private static func json(_ headers: [APIOperation.Header]) -> JSON {
        .object(
            Dictionary(
                headers.map { header in
                    let value: JSON = [
                        "description": .string(header.meaning), "required": true, "schema": header.schema.json,
                        "example": header.schema.example,
                    ]
                    return (header.name, value)
                }, uniquingKeysWith: { first, _ in first }))
    }

    /// The errors of one status: the shape that they share, narrowed to what it holds here, and an example of each.
    private static func json(_ errors: [APIError], of operation: APIOperation) -> JSON {
        guard let status = errors.first?.status else { return [:] }
        var narrowed: [String: JSON] = ["properties": ["statusCode": ["const": .integer(status.code)]]]
        let codes = Set(errors.compactMap(\.code)).sorted()
        if errors.allSatisfy({ $0.code != nil }) {
            narrowed = [
                "properties": ["statusCode": ["const": .integer(status.code)], "code": ["enum": .array(codes.map { .string($0) })]],
                "required": ["code"],
            ]
        }
        let url = "http://localhost:3000" + examplePath(of: operation)
        let examples = errors.map { ($0.message, ["value": ErrorBody($0, url: url).json] as JSON) }
        var members: [String: JSON] = [
            "description": .string(errors.map(\.message).joined(separator: " – ")),
            "content": [
                "application/json": [
                    "schema": ["allOf": [ErrorBody.schema.json, .object(narrowed)]],
                    "examples": .object(Dictionary(examples, uniquingKeysWith: { first, _ in first })),
                ]
            ],
        ]
        let headers = errors.allSatisfy { !$0.headers.isEmpty } ? errors[0].headers : [:]
        if !headers.isEmpty {
            members["headers"] = json(headers.map { APIOperation.Header($0.name.rawName, .string($0.value), "As in RFC 9110") })
        }
        return .object(members)
    }

    private static func examplePath(of operation: APIOperation) -> String {
        operation.parameters.reduce(operation.path) { path, parameter in
            guard parameter.place == .path, case .string(let value) = parameter.schema.example else { return path }
            return path.replacing("{\(parameter.name)}", with: value)
        }
    }
}
