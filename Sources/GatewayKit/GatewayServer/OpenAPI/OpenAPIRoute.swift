/// `GET /api/openapi.json`: the description of all routes, held in memory and compressed as the site's files are.
import GatewayAPI

struct OpenAPIRoute: Sendable {
    static let path = "/api/openapi.json"

    let document: SiteFile

    init(_ operations: [APIOperation]) {
        document = SiteFile(OpenAPIDocument(operations: operations).bytes, contentType: "application/json; charset=utf-8")
    }

    func add(to router: some RouterMethods<GatewayRequestContext>) {
        router.get(RouterPath(Self.path)) { request, _ in document.response(to: request) }
    }

    static let operations = [
        APIOperation(
            .get, path, id: "getDescription", tag: "Server", "This description",
            answers: [
                .json(
                    .object(["openapi": .constant("3.1.0")], isOpen: true), "An OpenAPI 3.1 document",
                    headers: [.init("ETag", .string("\"abc\""), "Changes with the document")])
            ])
    ]
}
