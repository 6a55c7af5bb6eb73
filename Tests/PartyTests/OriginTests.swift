import GatewayAPI
import Testing

@testable import Party

@Suite struct OriginTests {
    @Test(
        arguments: [
            (nil, "party.example", true),  // not a browser
            ("https://party.example", "party.example", true),
            ("http://party.example", "party.example", true),
            ("https://PARTY.example", "Party.Example:443", true),
            ("http://127.0.0.1:3001", "127.0.0.1:3001", true),
            ("http://[::1]:3001", "[::1]:3001", true),
            ("http://127.0.0.1:3000", "127.0.0.1:3001", false),
            ("https://party.example.evil.example", "party.example", false),
            ("https://party.example@evil.example", "party.example", false),
            ("null", "party.example", false),
            ("", "party.example", false),
            ("file://", "party.example", false),
            ("https://party.example", nil, false),
        ] as [(String?, String?, Bool)])
    func ownOriginIsTheHostsName(origin: String?, host: String?, isOwn: Bool) {
        #expect(Origin.isOwn(origin: origin, host: host, partyURL: nil) == isOwn)
    }

    @Test func partyURLIsAnOwnOriginToo() throws {
        let url = try #require(PartyURL("https://party.example/some/path"))
        #expect(Origin.isOwn(origin: "https://party.example", host: "10.0.0.2:3000", partyURL: url))
        #expect(!Origin.isOwn(origin: "https://other.example", host: "10.0.0.2:3000", partyURL: url))
    }

    @Test(
        arguments: [
            ("https://party.example", "https://party.example"), ("HTTP://10.0.0.1:3001/x?y#z", "http://10.0.0.1:3001"),
            ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"), ("ws://party.example", nil), ("party.example", nil),
            ("https://", nil),
            ("https://a b", nil), ("https://user@party.example", nil), ("https://party.example:0", nil),
            ("https://party.example:65536", nil),
            ("https://[::1", nil), ("https://ünï.example", nil),
        ] as [(String, String?)])
    func partyURLKeepsItsOrigin(text: String, origin: String?) {
        #expect(PartyURL(text)?.origin == origin)
    }

    // MARK: Host token route

    private let routes = PartyRoutes(role: .host, secret: "a secret", hostNames: ["dmp.example.net"], status: { .inactive }, covers: nil)

    @Test(arguments: [
        ("http://127.0.0.1:3000", "127.0.0.1:3000"), ("http://localhost:3000", "localhost:3000"), ("http://[::1]:3000", "[::1]:3000"),
        ("http://nas:3000", "nas:3000"), ("http://music.local", "music.local"), ("http://dmp.example.net", "dmp.example.net"),
        ("https://music.example.org", "music.example.org"),
    ])
    func ownPagesGetATokenUnderNamesThatNoStrangerOwns(origin: String, host: String) throws {
        try routes.checkCaller(origin: origin, host: host, fetchSite: nil)
        try routes.checkCaller(origin: origin, host: host, fetchSite: "same-origin")
    }

    @Test(
        arguments: [
            // DNS rebinding: the stranger's own name, which now points here.
            ("http://evil.example:3000", "evil.example:3000", nil), ("http://rebind.evil.example", "rebind.evil.example", "same-origin"),
            // Another site.
            ("https://evil.example", "127.0.0.1:3000", nil), ("http://127.0.0.1:3000", "127.0.0.1:3000", "cross-site"),
            ("http://127.0.0.1:4000", "127.0.0.1:3000", nil),
            // No browser's page at all.
            (nil, "127.0.0.1:3000", nil), ("http://127.0.0.1:3000", nil, nil), ("null", "127.0.0.1:3000", nil),
        ] as [(String?, String?, String?)])
    func everybodyElseGetsNone(origin: String?, host: String?, fetchSite: String?) {
        #expect(throws: APIError.self) { try routes.checkCaller(origin: origin, host: host, fetchSite: fetchSite) }
    }
}
