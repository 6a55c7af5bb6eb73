import Foundation
import Testing

@testable import Library

/// A tag reader that misbehaves as a path tells it to.
@Suite final class ReaderProcessTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "reader-\(UUID().uuidString)")

    deinit { try? FileManager.default.removeItem(at: folder) }

    private static let script = #"""
        #!/bin/bash
        while IFS= read -r -d '' request; do
          case $request in
            *crash*) kill -SEGV $$ ;;
            *hang*) while true; do sleep 1; done ;;
            *garbage*) echo 'not JSON' ;;
            *endless*) head -c 6000000 /dev/zero | tr '\0' x ;;
            *damaged*) echo '{"error":"damaged"}' ;;
            p*) printf '{"duration":1000,"picture":5,"tags":{"TITLE":["%s"]}}\nabcde' "${request##*/}" ;;
            *) printf '{"duration":1000,"picture":5,"tags":{"TITLE":["%s"]}}\n' "${request##*/}" ;;
          esac
        done
        """#

    private func reader(_ script: String = script) throws -> ReaderProcess {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let program = folder.appending(path: "reader")
        try Data(script.utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        return ReaderProcess(program: program.path, root: "/music", patience: .seconds(2))
    }

    /// A word for each answer: the title, with the picture behind it, or "!" and the reason.
    private func read(_ names: [String], pictures: Bool = false, with process: ReaderProcess) throws -> [String] {
        let requests = names.map { ReaderProcess.Request(path: MusicPath($0), withPicture: pictures) }
        return try process.read(requests, isCancelled: { false }).map { answer in
            switch answer {
            case .sound(let tags, let picture): (tags.values["TITLE"]?.first ?? "") + String(decoding: picture, as: UTF8.self)
            case .failure(let reason): "!" + reason
            }
        }
    }

    @Test func answersComeInOrder() throws {
        let names = (0..<500).map { "\($0)-" + String(repeating: "long", count: 200) }
        let process = try reader()
        #expect(try read(names, with: process) == names)
        #expect(try read(["a", "b"], pictures: true, with: process) == ["aabcde", "babcde"])
        #expect(try read([], with: process) == [])
    }

    @Test func aBadFileCostsItselfAlone() throws {
        let answers = try read(["1", "crash", "2", "damaged", "garbage", "3", "endless", "4", "hang", "5", "crash"], with: try reader())
        #expect(answers.map { $0.hasPrefix("!") ? "!" : $0 } == ["1", "!", "2", "!", "!", "3", "!", "4", "!", "5", "!"])
        #expect(answers[3] == "!damaged")
        #expect(answers[8].contains("too long"))
    }

    @Test func aProgramThatDoesNotStartIsAnError() throws {
        let process = ReaderProcess(program: "/nowhere/reader", root: "/music")
        #expect(throws: IndexError.brokenReader(path: "/nowhere/reader", reason: "it cannot be started")) { try read(["1"], with: process) }
        let missing = try reader("#!/bin/bash\nexit 127\n")
        #expect(throws: IndexError.self) { try read(["1"], with: missing) }
    }

    @Test func nobodyWaitsAfterACancellation() throws {
        let process = try reader()
        let answers = try process.read([.init(path: MusicPath("hang"), withPicture: false)], isCancelled: { true })
        #expect(answers.isEmpty)
    }
}
