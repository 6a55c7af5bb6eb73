/// The document of all routes: that none is missing, and how it is put together. What it says is tested on the real server.
import Catalog
import Foundation
import GatewayAPI
import Logging
import Postgres
import Testing

@testable import GatewayServer

@Suite struct OpenAPITests {
    @Test func everyRouteOfTheCoreIsDescribed() throws {
        let configuration = try GatewayConfiguration(environment: ["DMP_DATA_DIR": "/nonexistent"])
        let logger = Logger(label: "test")
        let database = PostgresPool(try DatabaseURL("postgresql://nobody@localhost/none"), logger: logger)
        let endpoints = MusicSite.coreEndpoints(
            configuration, database, Catalog(database: database, musicDirectory: nil, logger: logger))
        #expect(endpoints.count > 30)
        #expect(OpenAPIDocument.differences(described: MusicSite.operations, registered: endpoints) == [])
    }

    @Test func differences() {
        func operation(_ method: HTTPRequest.Method, _ path: String, id: String) -> APIOperation {
            APIOperation(method, path, id: id, tag: "", "", answers: [])
        }
        let endpoints: [Endpoint] = [
            Endpoint(path: "/api/things/:id", method: .get), Endpoint(path: "/api/things/:id", method: .head),
            Endpoint(path: "/api/things", method: .post),
        ]
        let described = [operation(.get, "/api/things/{id}", id: "get"), operation(.post, "/api/things", id: "make")]
        #expect(OpenAPIDocument.differences(described: described, registered: endpoints) == [])
        #expect(
            OpenAPIDocument.differences(described: [described[0]], registered: endpoints) == ["POST /api/things is not described"])
        #expect(
            OpenAPIDocument.differences(described: described + [operation(.get, "/api/gone", id: "get")], registered: endpoints)
                == ["GET /api/gone is described but not answered", "get is the id of two descriptions"])
        #expect(
            OpenAPIDocument.differences(described: described + [operation(.get, "/api/things/{name}", id: "other")], registered: endpoints)
                .count == 1)
    }

    @Test func errorsOfOneStatusStandTogether() throws {
        let operation = APIOperation(
            .get, "/api/things/{id}", id: "get", tag: "Things", "A thing", parameters: [.path("id", .string("one"), "Its id")],
            answers: [.error(.notFound("No thing")), .error(.notFound("No box")), .error(.databaseUnavailable)])
        let document = String(buffer: OpenAPIDocument(operations: [operation]).bytes)
        #expect(document.contains(#""No box":{"value":{"code":"not_found","error":true,"message":"No box","statusCode":404"#))
        #expect(document.contains(#""description":"No thing – No box""#))
        #expect(document.contains(#""url":"http://localhost:3000/api/things/one""#))
        #expect(document.contains(#""Retry-After":{"description""#))
    }

    @Test func streamMode() {
        let described = MusicSite.operations.map(StreamMode.description)
        for (operation, own) in zip(described, MusicSite.operations) {
            let isRefused = StreamMode.refuses(own.method, own.path)
            #expect(operation.answers.count == (isRefused ? 1 : own.answers.count))
            #expect(!isRefused || operation.body == nil)
        }
    }

    @Test(arguments: [
        ("/api/artists", "GET, HEAD"), ("/api/artists/x", "GET, HEAD"), ("/api/artists/x/tracks", "GET, HEAD"),
        ("/api/tracks/x/play", "POST"),
        ("/api/playlists/decades", "DELETE, GET, HEAD, PATCH"), ("/api/timeline/decades", "GET, HEAD"), ("/api/nothing", nil), ("/", nil),
        ("/api/artists/x/y", nil), ("/api/artists/{slug}", "GET, HEAD"),
    ])
    func methods(path: String, methods: String?) {
        let endpoints = MusicSite.operations.map {
            Endpoint(path: RouterPath($0.path.replacing("{", with: ":").replacing("}", with: "")), method: $0.method)
        }
        #expect(MethodNotAllowed(endpoints: endpoints).methods(of: path) == methods)
    }
}

@Suite struct JSONSchemaTests {
    private func text(_ json: JSON) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(json), as: UTF8.self)
    }

    @Test func examplesGrowWithTheirShapes() throws {
        let schema: JSONSchema = .object(["id": .string("a"), "tags": .array(of: .integer(1)), "none": .string("x").mostlyNull])
        #expect(try text(schema.example) == #"{"id":"a","none":null,"tags":[1]}"#)
        #expect(
            try text(schema.json)
                == #"{"additionalProperties":false,"properties":{"id":{"type":"string"},"none":{"type":["string","null"]},"#
                + #""tags":{"items":{"minimum":0,"type":"integer"},"type":"array"}},"required":["id","none","tags"],"type":"object"}"#)
    }

    @Test func namedShapesAreReferredTo() throws {
        let inner: JSONSchema = .object(["a": .boolean(true)]).named("Inner")
        let outer: JSONSchema = .array(of: .object(["inner": inner.orNull])).named("Outer")
        #expect(try text(outer.json) == ##"{"$ref":"#/components/schemas/Outer"}"##)
        #expect(outer.components.keys.sorted() == ["Inner", "Outer"])
        #expect(try text(outer.components["Outer"] ?? nil).contains(##""anyOf":[{"$ref":"#/components/schemas/Inner"},{"type":"null"}]"##))
        #expect(try text(outer.example) == #"[{"inner":{"a":true}}]"#)
    }
}
