import Foundation
import Testing

@testable import Library

@Suite final class MusicFolderTests {
    private let root: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "music-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        root = folder.resolvingSymlinksInPath().path
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    private func write(_ path: String, bytes: Int = 1) throws {
        let file = URL(filePath: root + "/" + path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(count: bytes).write(to: file)
    }

    private func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: root + "/" + path, withDestinationPath: target)
    }

    @Test func findsMusicByItsEnding() throws {
        for path in ["b/2.MP3", "b/1.flac", "a.opus", "b/c/x.aac", "notes.txt", "mp3", ".hidden.mp3", ".trash/x.mp3", "b/y.mp3.part"] {
            try write(path)
        }
        let folder = try MusicFolder(root: root)
        #expect(folder.files.map(\.path.text) == ["a.opus", "b/1.flac", "b/2.MP3", "b/c/x.aac"])
        #expect(folder.problems.isEmpty)
    }

    @Test func takesTheBestCover() throws {
        for path in ["a/front.png", "a/Folder.JPG", "a/back.jpg", "b/Cover.webp", "b/album.jpg", "c/CD1/1.mp3", "c/folder.jpeg"] {
            try write(path)
        }
        let folder = try MusicFolder(root: root)
        #expect(folder.cover(for: "a") == "a/Folder.JPG")
        #expect(folder.cover(for: "b") == "b/Cover.webp")
        #expect(folder.cover(for: "c/CD1") == "c/folder.jpeg")
        #expect(folder.cover(for: nil) == nil)
    }

    @Test func followsLinksToFilesInsideOnly() throws {
        try write("a/real.mp3")
        try write(".store/object")
        try link("a/again.mp3", to: "real.mp3")
        try link("a/annexed.mp3", to: "../.store/object")
        try link("a/outside.mp3", to: "/etc/passwd")
        try link("a/dangling.mp3", to: "nothing")
        try link("a/loop", to: "..")
        let folder = try MusicFolder(root: root)
        #expect(folder.files.map(\.path.text) == ["a/annexed.mp3", "a/real.mp3"])
        #expect(folder.problems.map(\.path) == ["a/outside.mp3"])
    }

    @Test func reportsWhatNobodyCouldFindAgain() throws {
        try write("ok.mp3")
        let long = (0..<6).map { _ in String(repeating: "ü", count: 100) }.joined(separator: "/")
        try write(long + "/x.mp3")
        let descriptor = open(root + "/bad\u{1}", O_CREAT, 0o600)
        close(descriptor)
        var name = Array((root + "/bad").utf8CString.dropLast())
        name += [CChar(bitPattern: 0xff), 0]
        #expect(rename(root + "/bad\u{1}", name) == 0)
        let folder = try MusicFolder(root: root)
        #expect(folder.files.map(\.path.text) == ["ok.mp3"])
        #expect(Set(folder.problems.map(\.path)) == ["bad\u{fffd}", long + "/x.mp3"])
    }

    @Test func anAbsentFolderIsAnError() { #expect(throws: IndexError.self) { try MusicFolder(root: root + "/nowhere") } }
}
