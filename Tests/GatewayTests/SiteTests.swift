/// The site's parts that need no server: flags in the page, the policy, codings, pages, files on disk.
import Foundation
import GatewayAPI
import Testing

@testable import GatewayServer

@Suite struct SiteTests {
    @Test func flagsCannotLeaveTheirElement() throws {
        let evil = "https://x/</script><script>alert(1)</script><!--\u{2028}"
        let flags = SiteFlags(
            role: .host, imageStorage: "local", version: "1", modules: [SiteConfiguration(flags: ["partyUrl": evil, "streamMode": "true"])])
        let html = IndexPage(template: "<head>\(IndexPage.marker)</head>", flags: flags).html
        #expect(html.components(separatedBy: "<script").count == 2)
        #expect(html.components(separatedBy: "</script>").count == 2)
        #expect(!html.contains("<!--"))
        let start = try #require(html.firstRange(of: "dmp-configuration\">")).upperBound
        let end = try #require(html.firstRange(of: "</script>")).lowerBound
        let object = try #require(try JSONSerialization.jsonObject(with: Data(html[start..<end].utf8)) as? [String: Any])
        #expect(object["partyUrl"] as? String == evil, "the page reads what was meant")
        #expect(object["streamMode"] as? Bool == false, "what the core sets stays the core's")
        #expect(Set(object.keys) == ["partyEnabled", "partyRole", "partyUrl", "streamMode", "imageStorage", "version"])
    }

    @Test(arguments: [(PartyRole.off, false, "", false), (.host, true, "host", false), (.listener, true, "listener", true)])
    func flags(role: PartyRole, enabled: Bool, name: String, streamMode: Bool) {
        let flags = SiteFlags(role: role, imageStorage: "both", version: "1", modules: [])
        #expect(flags.partyEnabled == enabled && flags.partyRole == name && flags.streamMode == streamMode && flags.partyUrl == "")
    }

    @Test func policy() {
        #expect(
            ContentSecurityPolicy().text
                == "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; media-src 'self' blob:; connect-src 'self'; "
                + "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
        let policy = ContentSecurityPolicy(
            imageSources: ["http://s3.test/bucket", ""],
            connectSources: [
                "https://party.test", "wss://party.test/", "https://party.test", "https://x; script-src *", "'unsafe-inline'", "*",
            ])
        #expect(policy.text.contains("img-src 'self' data: https: http://s3.test;"))
        #expect(policy.text.contains("connect-src 'self' https://party.test wss://party.test;"))
        #expect(!policy.text.contains("unsafe") && !policy.text.contains("*"))
    }

    @Test(arguments: [
        ("/", true, true, true), ("", true, true, true), ("/browse", true, true, true), ("/browse/", true, true, true),
        ("/artist/x", true, true, true),
        ("/index.html", true, true, true), ("/artist", false, false, false), ("/artist/x/y", false, false, false),
        ("/explore", true, true, true), ("/timeline", true, true, true),
        ("/favorites", true, true, true), ("/statistics", true, true, true),
        ("/playlists", true, true, true), ("/playlists/x", true, true, true), ("/playlists/x/y", false, false, false),
        ("/party", false, true, false), ("/party-debug", false, true, true),
        ("/party-status", false, true, true), ("/Browse", false, false, false), ("/x", false, false, false),
    ])
    func pages(path: String, off: Bool, host: Bool, listener: Bool) {
        #expect(StaticSite.isPage(path, role: .off) == off)
        #expect(StaticSite.isPage(path, role: .host) == host)
        #expect(StaticSite.isPage(path, role: .listener) == listener)
    }

    @Test(arguments: [
        (["gzip"], true), (["gzip;q=1.0"], true), (["br, gzip ; q=0.1"], true), (["GZip"], true), (["*"], true), (["br", "gzip"], true),
        ([], false), ([""], false),
        (["gzip;q=0"], false), (["gzip;q=0.000, *"], false), (["*;q=0"], false), (["br"], false), (["gzip;q=x"], false),
        (["gzipped"], false),
    ])
    func accepts(lines: [String], gzip: Bool) { #expect(ContentCoding.gzip.isAccepted(by: lines) == gzip) }

    @Test func variants() throws {
        let file = SiteFile(ByteBuffer(string: String(repeating: "line\n", count: 500)), contentType: "text/plain")
        let gzip = try #require(file.gzip)
        #expect(gzip.bytes.readableBytesView.starts(with: [0x1f, 0x8b]))
        #expect(gzip.bytes.readableBytes < file.plain.bytes.readableBytes)
        let tags = [file.plain, gzip, file.brotli].compactMap { $0?.representation.entityTag }
        #expect(Set(tags).count == tags.count)
        #expect(file.variant(accepting: ["identity"]).coding == nil)
        #expect(file.variant(accepting: ["gzip"]).coding == .gzip)
        let same = SiteFile(ByteBuffer(string: String(repeating: "line\n", count: 500)), contentType: "text/plain")
        #expect(same.plain.representation.entityTag == file.plain.representation.entityTag)
        let other = SiteFile(ByteBuffer(string: String(repeating: "line\n", count: 499) + "lime\n"), contentType: "text/plain")
        #expect(other.plain.representation.entityTag != file.plain.representation.entityTag)
    }

    @Test func whatDoesNotGainIsNotCompressed() {
        let random = ByteBuffer(bytes: (0..<64).map { _ in UInt8.random(in: 0...255) })
        #expect(!SiteFile(random, contentType: "text/plain").isCompressed, "it would grow")
        #expect(!SiteFile(ByteBuffer(repeating: 0, count: 5_000), contentType: "image/png").isCompressed)
        #expect(SiteFile(ByteBuffer(repeating: 0x20, count: 5_000), contentType: "image/svg+xml").isCompressed)
        #expect(!SiteFile(ByteBuffer(), contentType: "text/css").isCompressed)
    }

    @Test(arguments: [
        ("/a/b.js", "js"), ("/a.b/c", nil), ("/a.TAR.Gz", "gz"), ("/.hidden", nil), ("a.", ""), ("", nil), ("/", nil), ("/x.png", "png"),
    ])
    func fileExtension(path: String, expected: String?) { #expect(ContentType.fileExtension(of: path) == expected) }

    @Test func publicDirectory() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dmp-site-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for path in ["a/b", "img/releases", ".git"] {
            try FileManager.default.createDirectory(at: folder.appending(path: path), withIntermediateDirectories: true)
        }
        for path in ["index.html", "a/b/c.js", "img/releases/1.png", ".env", ".git/config", "a/img"] {
            try Data(path.utf8).write(to: folder.appending(path: path))
        }
        #expect(try Set(PublicDirectory.files(in: folder.path).keys) == ["/index.html", "/a/b/c.js", "/a/img"])
        #expect(try PublicDirectory.find(folder.path) == folder.path)
        let error = #expect(throws: ConfigurationError.self) { try PublicDirectory.find(folder.path + "/a") }
        #expect(error?.key == "PUBLIC_DIR")
        #expect(
            PublicDirectory.usualPlaces(program: "/opt/dmp/bin", working: "/srv").starts(with: [
                "/srv/public", "/opt/dmp/bin/public", "/opt/dmp/share/dmp/public",
            ]))
    }
}
