/// What answers from the event loop are made of; that they are the router's is for Tests/Integration/core/test_core_early_answers.py.
import GatewayAPI
import NIOHTTP1
import Testing

@testable import GatewayServer

@Suite struct EarlyAnswersTests {
    private func request(_ headers: [(String, String)], method: HTTPMethod = .GET, version: HTTPVersion = .http1_1) -> PlainRequest? {
        PlainRequest(HTTPRequestHead(version: version, method: method, uri: "/a", headers: HTTPHeaders(headers)))
    }

    @Test(arguments: [
        ("Range", "bytes=0-1"), ("RANGE", "x"), ("If-Range", "x"), ("Content-Length", "0"), ("Transfer-Encoding", "chunked"),
        ("Expect", "x"),
        ("Upgrade", "h2c"), ("Connection", "close"), ("Connection", "Upgrade"),
    ])
    func whatTheRouterMustSee(name: String, value: String) {
        #expect(request([("Host", "x"), (name, value)]) == nil)
    }

    @Test func plainRequest() throws {
        let plain = try #require(
            request([
                ("Host", "x"), ("accept-encoding", "gzip"), ("If-None-Match", "*"), ("X-Forwarded-For", "a"), ("x-forwarded-for", "b"),
                ("Connection", "Keep-Alive"), ("Ranges", "x"), ("Orange", "x"), ("", ""),
            ]))
        #expect(plain.acceptEncoding == "gzip" && plain.ifNoneMatch == "*" && plain.forwardedFor == ["a", "b"] && !plain.isHead)
        #expect(request([("Accept-Encoding", "gzip"), ("Accept-Encoding", "br")]) == nil, "lines belong together")
        #expect(request([("If-None-Match", "a"), ("If-None-Match", "b")]) == nil)
        #expect(try #require(request([], method: .HEAD)).isHead)
        #expect(request([], method: .POST) == nil && request([], version: .http1_0) == nil)
    }

    @Test func date() {
        #expect(HTTPDate.text(of: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT", "the example of RFC 9110 §5.6.7")
        #expect(HTTPDate.text(of: 1_709_164_800) == "Thu, 29 Feb 2024 00:00:00 GMT")
        #expect(HTTPDate().text.utf8.count == HTTPDate.length)
    }

    @Test func ids() {
        let ids = RequestIDs()
        let several = (0..<100).map { _ in ids.next() }
        #expect(Set(several).count == 100)
        #expect(several.allSatisfy { $0.utf8.count == RequestIDs.length && $0.allSatisfy(\.isHexDigit) })
    }

    /// Memory is used again for the next answer: one that is on its way must not change.
    @Test func anAnswerOnItsWayStaysAsItIs() throws {
        let headers: HTTPFields = [.contentType: "text/plain", .eTag: "\"a\"", .contentLength: "2"]
        let answer = PreparedAnswer(
            Response(status: .ok, headers: headers), body: ByteBuffer(string: "hi"),
            notModified: Response(status: .notModified, headers: [.eTag: "\"a\""]), endpoint: nil,
            securityHeaders: SecurityHeaders(sitePolicy: ""))
        let plain = try #require(request([]))
        let date = HTTPDate.text(of: 0)
        func id(_ digit: String) -> String { String(repeating: digit, count: RequestIDs.length) }
        let first = answer.parts(for: plain, id: id("1"), date: date)
        let second = answer.parts(for: plain, id: id("2"), date: date)
        #expect(String(buffer: first.head).contains("X-Request-Id: \(id("1"))\r\nDate: \(date)\r\n\r\nhi"))
        #expect(String(buffer: second.head).contains("X-Request-Id: \(id("2"))\r\n"))
        let conditional = try #require(request([("If-None-Match", "W/\"a\"")]))
        let third = answer.parts(for: conditional, id: id("3"), date: date)
        #expect(third.status == .notModified && String(buffer: third.head).hasPrefix("HTTP/1.1 304 Not Modified\r\n") && third.body == nil)
        #expect(!String(buffer: third.head).lowercased().contains("content-length"))
    }
}
