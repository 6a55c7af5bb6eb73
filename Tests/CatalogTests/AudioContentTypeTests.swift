/// Content types by extension.
import Testing

@testable import Catalog

@Suite struct AudioContentTypeTests {
    @Test(arguments: [
        ("a.MP3", "audio/mpeg"), ("x/y.flac", "audio/flac"), ("a.m4a", "audio/mp4"), ("a.b.wav", "audio/wav"),
        ("noextension", "audio/mpeg"), ("", "audio/mpeg"),
    ])
    func contentType(path: String, type: String) { #expect(AudioContentType.of(path: path) == type) }
}
