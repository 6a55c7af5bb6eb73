import Testing

@testable import Library

@Suite struct ReaderAnswerTests {
    private func parse(_ bytes: some Collection<UInt8>) -> ReaderAnswer? {
        Array(bytes).withUnsafeBytes { ReaderAnswer($0) }
    }

    private let line =
        #"{"duration":3030,"bitrate":129,"sampleRate":44100,"picture":248,"tags":{"TITLE":["a \"b\" \\ \u0000\u000a"],"ARTIST":["x","é"],"E":[]}}"#

    @Test func reads() {
        let values = ["TITLE": ["a \"b\" \\ \0\n"], "ARTIST": ["x", "é"], "E": []]
        #expect(
            parse(line.utf8)
                == .sound(FileTags(milliseconds: 3_030, bitrate: 129, sampleRate: 44_100, pictureBytes: 248, values: values)))
        #expect(parse(#"{"error":"no"}"#.utf8) == .failure("no"))
        #expect(parse(#"{"duration":-5,"tags":{}}"#.utf8) == .sound(FileTags()))
    }

    @Test func repairsText() {
        #expect(parse(Array(#"{"error":""#.utf8) + [0xff] + Array("\"}".utf8)) == .failure("\u{fffd}"))
    }

    @Test(arguments: [
        "", "{", "}", "null", "[]", #"{"error":"#, #"{"error":"x"}}"#, #"{"error":"\q"}"#, #"{"error":"\u00"#, #"{"error":"\ud800"}"#,
        #"{"duration":}"#, #"{"duration":99999999999999999999}"#, #"{"tags":{"A":"b"}}"#, #"{"tags":{"A":["b",]}}"#, #"{"what":1}"#,
        #"{"error":"x"} "#,
    ])
    func refuses(text: String) { #expect(parse(text.utf8) == nil) }

    @Test func isTotal() {
        // Every beginning, and every byte of the line changed in several ways: an answer or nil, never a trap.
        let bytes = Array(line.utf8)
        for end in bytes.indices { #expect(parse(bytes[..<end]) == nil) }
        var random = SystemRandomNumberGenerator()
        for index in bytes.indices {
            for byte in [0, 0x22, 0x5c, 0x7b, 0x80, 0xff, UInt8.random(in: 0...255, using: &random)] {
                var changed = bytes
                changed[index] = byte
                _ = parse(changed)
            }
        }
    }
}
