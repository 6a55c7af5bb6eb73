/// Which requests stream mode refuses.
import GatewayAPI
import Testing

@testable import GatewayServer

@Suite struct StreamModeTests {
    @Test(arguments: [
        "/api/audio/1", "/api/audio", "/api/audio/", "//api///audio/1", "/API/Audio/1", "/api/%61udio/1", "/%61%70%69/audio/1",
        "/api/%2561udio/1", "/api\\audio/1",
        "/api/playlists", "/api/playlists/x", "/api/favorites/tracks/1", "/api/tracks/explore", "/api/tracks/explore/more",
        "/api/tracks/EXPLORE",
    ])
    func closed(path: String) {
        for method in [HTTPRequest.Method.get, .head, .options, .post] { #expect(StreamMode.refuses(method, path)) }
    }

    @Test(arguments: [
        "/", "/api", "/api/artists", "/api/artists/audio", "/api/artists/playlists/tracks", "/api/tracks/random", "/api/tracks", "/audio",
        "/playlists",
        "/api/audiobooks", "/api/releases/1/tracks", "/x/api/audio", "/api/%", "/api/%zz", "",
    ])
    func open(path: String) {
        for method in [HTTPRequest.Method.get, .head, .options] { #expect(!StreamMode.refuses(method, path)) }
    }

    @Test func everyOtherMethodIsAChange() throws {
        for name in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "MKCOL", "get", "x"] {
            let method = try #require(HTTPRequest.Method(name))
            #expect(StreamMode.refuses(method, "/api/artists"))
            #expect(StreamMode.refuses(method, "/"))
        }
    }
}
