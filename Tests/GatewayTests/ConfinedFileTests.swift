/// No path in a database or URL opens anything but a regular file below its directory.
import Foundation
import Testing

@testable import GatewayAPI

@Suite final class ConfinedFileTests {
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

    private func open(_ path: String) -> ConfinedFile? { ConfinedFile(path: path, below: music.path, contentType: "audio/ogg") }

    @Test func opens() throws {
        let file = try #require(open("A/B/01 Ünï.opus"))
        #expect(file.representation.length == 10)
        #expect(file.representation.contentType == "audio/ogg")
        #expect(String(buffer: try file.read(at: 3, count: 4)) == "3456")
        #expect(String(buffer: try file.read(at: 8, count: 100)) == "89")
        #expect(throws: ConfinedFile.ReadError.self) { try file.read(at: 10, count: 1) }
    }

    @Test func followsALinkThatStaysInside() { #expect(open("inside.opus") != nil) }

    @Test(arguments: [
        "", "..", "../secret.txt", "A/../../secret.txt", "out/secret.txt", "/etc/passwd", "A", "pipe.opus", "A/B/missing.opus", "a\0.opus",
        "../music-twin/a.opus", "/proc/self/environ",
    ])
    func refuses(path: String) { #expect(open(path) == nil) }
}
