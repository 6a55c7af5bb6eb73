/// Conditional requests and ranges: RFC 9110 §13 and §14.
import GatewayAPI
import Testing

@Suite struct RepresentationTests {
    let representation = Representation(entityTag: "\"a1\"", contentType: "audio/ogg", length: 1000)

    @Test(arguments: [
        ("bytes=0-99", Representation.Selection.part(0...99)),
        ("bytes=900-", .part(900...999)),
        ("bytes=990-5000", .part(990...999)),
        ("bytes=-500", .part(500...999)),
        ("bytes=-5000", .part(0...999)),
        ("Bytes=0-0", .part(0...0)),
        ("bytes=1000-", .unsatisfiable),
        ("bytes=-0", .unsatisfiable),
        ("bytes=99999999999999999999-", .unsatisfiable),
        ("bytes=0-99999999999999999999", .part(0...999)),
        ("bytes=9-3", .whole),
        ("bytes=0-1,5-9", .whole),
        ("bytes=-", .whole), ("bytes=", .whole), ("bytes=a-b", .whole), ("bytes=٣-", .whole), ("pages=1-2", .whole), ("", .whole),
    ])
    func range(header: String, selection: Representation.Selection) {
        #expect(representation.selection(for: [.range: header]) == selection)
    }

    @Test(arguments: ["\"a1\"", "W/\"a1\"", "\"x\" , \"a1\"", "*"])
    func notModified(condition: String) {
        #expect(representation.selection(for: [.ifNoneMatch: condition, .range: "bytes=0-1"]) == .notModified)
    }

    @Test(arguments: [
        ("\"a1\"", Representation.Selection.part(0...1)), ("W/\"a1\"", .whole), ("\"x\"", .whole),
        ("Sun, 06 Nov 1994 08:49:37 GMT", .whole),
    ])
    func ifRange(condition: String, selection: Representation.Selection) {
        #expect(representation.selection(for: [.ifRange: condition, .range: "bytes=0-1"]) == selection)
    }

    @Test func nothingOfAnEmptyBody() {
        let empty = Representation(entityTag: "\"0\"", contentType: "text/css", length: 0)
        #expect(empty.selection(for: [.range: "bytes=0-"]) == .unsatisfiable)
        #expect(empty.selection(for: [.range: "bytes=-1"]) == .unsatisfiable)
        #expect(empty.selection(for: [:]) == .whole)
    }

    @Test func headOfAPart() {
        let (status, headers) = representation.head(for: .part(10...19))
        #expect(status == .partialContent)
        #expect(headers[.contentRange] == "bytes 10-19/1000")
        #expect(headers[.contentLength] == "10")
        #expect(representation.head(for: .unsatisfiable).headers[.contentRange] == "bytes */1000")
    }
}
