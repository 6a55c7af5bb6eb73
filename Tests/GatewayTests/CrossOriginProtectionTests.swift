/// Which pages may change something.
import Testing

@testable import GatewayServer

@Suite struct CrossOriginProtectionTests {
    @Test(
        arguments: [
            ([], [], "music.lan:3000"),  // curl, a script, an app
            (["same-origin"], ["https://music.example"], "127.0.0.1:3000"),  // a proxy that hides the name; the browser knows better
            (["none"], [], "music.example"),
            ([], ["http://192.168.1.5:3000"], "192.168.1.5:3000"),
            ([], ["http://music.lan"], "music.lan:80"),
            ([], ["https://music.example:443"], "music.example"),
            ([], ["http://[::1]:3000"], "[::1]:3000"),
            ([], ["HTTP://Music.lan:3000"], "music.LAN:3000"),
        ] as [([String], [String], String?)])
    func own(fetchSite: [String], origin: [String], host: String?) {
        #expect(CrossOriginProtection.allows(fetchSite: fetchSite, origin: origin, host: host))
    }

    @Test(
        arguments: [
            (["cross-site"], [], "music.lan"),
            (["same-site"], ["http://localhost:8080"], "localhost:3000"),  // another program of this machine
            (["cross-site"], ["http://music.lan"], "music.lan"),
            (["same-origin", "cross-site"], [], "music.lan"),
            ([""], [], "music.lan"),
            ([], ["http://evil.example"], "music.lan:3000"),
            ([], ["http://music.lan:8080"], "music.lan:3000"),
            ([], ["http://music.lan.evil.example"], "music.lan"),
            ([], ["http://music.lan@evil.example"], "music.lan"),
            ([], ["null"], "music.lan"),
            ([], [""], "music.lan"),
            ([], ["http://music.lan", "http://evil.example"], "music.lan"),
            ([], ["http://music.lan"], nil),
            ([], ["file://music.lan"], "music.lan"),
        ] as [([String], [String], String?)])
    func foreign(fetchSite: [String], origin: [String], host: String?) {
        #expect(!CrossOriginProtection.allows(fetchSite: fetchSite, origin: origin, host: host))
    }
}
