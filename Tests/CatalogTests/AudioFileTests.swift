/// No path in the database opens anything but a regular file below the music directory.
import Foundation
import Testing

@testable import Catalog

@Suite final class AudioFileTests {
    let folder = FileManager.default.temporaryDirectory.appending(path: "dmp-audio-\(UUID().uuidString)")
    var music: URL { folder.appending(path: "music") }

    init() throws {
        try FileManager.default.createDirectory(at: music.appending(path: "A/B"), withIntermediateDirectories: true)
        try Data("outside".utf8).write(to: folder.appending(path: "secret.txt"))
        try Data("0123456789".utf8).write(to: music.appending(path: "A/B/01 Ünï.opus"))
        try FileManager.default.createSymbolicLink(at: music.appending(path: "out"), withDestinationURL: folder)
        try FileManager.default.createSymbolicLink(
            at: music.appending(path: "inside.opus"), withDestinationURL: music.appending(path: "A/B/01 Ünï.opus"))
        mkfifo(music.appending(path: "pipe.opus").path, 0o600)
        try FileManager.default.createDirectory(at: folder.appending(path: "music-twin"), withIntermediateDirectories: true)
        try Data("twin".utf8).write(to: folder.appending(path: "music-twin/a.opus"))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    @Test func opens() throws {
        let file = try #require(AudioFile(path: "A/B/01 Ünï.opus", below: music.path))
        #expect(file.representation.length == 10)
        #expect(file.representation.contentType == "audio/ogg")
        #expect(String(buffer: try file.read(at: 3, count: 4)) == "3456")
        #expect(String(buffer: try file.read(at: 8, count: 100)) == "89")
        #expect(throws: AudioFile.ReadError.self) { try file.read(at: 10, count: 1) }
    }

    @Test func followsALinkThatStaysInside() { #expect(AudioFile(path: "inside.opus", below: music.path) != nil) }

    @Test(arguments: [
        "", "..", "../secret.txt", "A/../../secret.txt", "out/secret.txt", "/etc/passwd", "A", "pipe.opus", "A/B/missing.opus", "a\0.opus",
        "../music-twin/a.opus", "/proc/self/environ",
    ])
    func refuses(path: String) { #expect(AudioFile(path: path, below: music.path) == nil) }

    @Test(arguments: [
        ("a.MP3", "audio/mpeg"), ("x/y.flac", "audio/flac"), ("a.m4a", "audio/mp4"), ("a.b.wav", "audio/wav"),
        ("noextension", "audio/mpeg"), ("", "audio/mpeg"),
    ])
    func contentType(path: String, type: String) { #expect(AudioFile.contentType(of: path) == type) }
}
