/// What goes to the backend behind the site: its address, targets, headers, lengths, and what stream mode keeps from it.
import HTTPTypes
import NIOHTTP1
import Testing

@testable import GatewayServer

@Suite struct UpstreamTests {
    @Test func addresses() {
        #expect(UpstreamAddress("http://Backend:3001")?.url == "http://backend:3001")
        #expect(UpstreamAddress("https://backend.test/")?.url == "https://backend.test:443")
        #expect(UpstreamAddress("http://[::1]:3001")?.host == "::1")
        #expect(UpstreamAddress("http://[::1]")?.url == "http://[::1]:80")
        for text in [
            "", "backend", "ws://backend", "http://", "http://backend/path", "http://backend?x", "http://u:p@backend", "http://backend:0",
            "http://backend:65536", "http://backend:", "http://backend:1:2", "http://[::1", "http://[x]:1", "http://a]", "http://:80",
            "http://backend//",
        ] {
            #expect(UpstreamAddress(text) == nil, "\(text)")
        }
    }

    @Test func targets() {
        #expect(UpstreamRequest.target("/a/../b//c/%2e?x=[1]|\"ä") == "/a/../b//c/%2e?x=%5B1%5D%7C%22%C3%A4")
        #expect(UpstreamRequest.target("/#") == "/%23")
        for text in ["", "x", "/%", "/%2", "/%zz", "/ok%", "*"] { #expect(UpstreamRequest.target(text) == nil, "\(text)") }
    }

    private func request(
        _ fields: HTTPFields, method: HTTPRequest.Method = .post, trusted: Bool = false
    ) throws -> UpstreamRequest {
        try UpstreamRequest(
            HTTPRequest(method: method, scheme: "http", authority: "music.test", path: "/x", headerFields: fields),
            from: UpstreamRequest.Client(path: ["203.0.113.9", "10.0.0.1"], isProxyTrusted: trusted), via: "dmp-me")
    }

    @Test func lengths() throws {
        #expect(try request([:]).body == .none)
        #expect(try request([.contentLength: "0"]).body == .none)
        #expect(try request([.contentLength: "5000000000"]).body == .known(5_000_000_000))
        #expect(try request([.transferEncoding: "Chunked"]).body == .chunked)
        var twice: HTTPFields = [.contentLength: "5"]
        twice.append(HTTPField(name: .contentLength, value: "5"))
        for fields in [
            [.contentLength: "-1"], [.contentLength: "+1"], [.contentLength: "1, 1"], [.contentLength: ""],
            [.contentLength: "99999999999999999999"], [.transferEncoding: "gzip, chunked"], [.transferEncoding: "identity"],
            [.contentLength: "1", .transferEncoding: "chunked"], twice,
        ] as [HTTPFields] {
            #expect(throws: (any Error).self, "\(fields)") { try request(fields) }
        }
    }

    @Test func headersOfTheConnectionStay() throws {
        let headers = try request([
            .connection: "x-hop, Close", HTTPField.Name("X-Hop")!: "1", .te: "trailers", .upgrade: "h2c", .transferEncoding: "chunked",
            .cookie: "a=1; b=2", .xForwardedFor: "6.6.6.6", .xForwardedProto: "https", HTTPField.Name("X-Forwarded-Port")!: "1",
        ]).headers
        for name in ["connection", "x-hop", "te", "upgrade", "transfer-encoding", "x-forwarded-port"] {
            #expect(headers[name] == [], "\(name)")
        }
        #expect(headers["cookie"] == ["a=1; b=2"] && headers["host"] == ["music.test"])
        #expect(headers["x-forwarded-for"] == ["203.0.113.9, 10.0.0.1"] && headers["x-real-ip"] == ["203.0.113.9"])
        #expect(headers["x-forwarded-proto"] == ["http"] && headers["x-forwarded-host"] == ["music.test"])
    }

    @Test func aTrustedProxysWordIsPassedOn() throws {
        let headers = try request(
            [.xForwardedProto: "HTTPS", .xForwardedHost: "site.test", HTTPField.Name("X-Forwarded-Port")!: "8443"], trusted: true
        ).headers
        #expect(headers["x-forwarded-proto"] == ["https"] && headers["x-forwarded-host"] == ["site.test"])
        #expect(headers["x-forwarded-port"] == ["8443"])
    }

    @Test func loops() throws {
        #expect(try request([.via: "1.1 other"]).headers["via"] == ["1.1 other", "1.1 dmp-me"])
        #expect(throws: (any Error).self) { try request([.via: "1.0 a, 1.1 dmp-me"]) }
    }

    @Test(arguments: [
        "/api", "/API/x", "/base/api/audio/1", "/x/../y", "/./x", "//x", "/x//y", "/%61pi", "/%2561pi", "/x%2fy", "/x%5cy", "/x\\y",
        "/api;a=1", "/..;/x",
        "/api.", "/api%20", "/ａｐｉ", "/x%00", "/%zz", "/_ws", "/%E2%80", "x", "",
    ])
    func streamModeKeepsBack(path: String) { #expect(StreamMode.refusesToPassOn(.get, path)) }

    @Test(arguments: ["/downloader", "/_nuxt/entry.abc.js", "/a/b/c/", "/%E2%99%A5", "/a-b_c~d.e", "/apis", "/x;api"])
    func streamModePassesOn(path: String) {
        #expect(!StreamMode.refusesToPassOn(.get, path))
        #expect(StreamMode.refusesToPassOn(.post, path))
    }
}
