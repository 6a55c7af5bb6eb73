/// One line of JSON from the tag reader (Sources/TagReader/main.cpp says which). The line carries what stands in a file, so the parser is
/// total: whatever it is given, it ends, and gives an answer or nil.

/// What the reader says of one file.
enum ReaderAnswer: Equatable {
    case sound(FileTags)
    /// Why the file cannot be read.
    case failure(String)

    /// - Parameter line: without the line feed.
    init?(_ line: UnsafeRawBufferPointer) {
        var parser = JSONLineParser(line)
        guard let answer = parser.answer() else { return nil }
        self = answer
    }
}

/// Technical data and tags of a file, as TagLib finds them.
struct FileTags: Equatable, Sendable {
    /// 0 when the file does not say.
    var milliseconds = 0
    /// kbit/s.
    var bitrate = 0
    /// Hz.
    var sampleRate = 0
    /// Of the embedded picture; 0 when there is none.
    var pictureBytes = 0
    /// By TagLib's names, which are upper-case: `ALBUMARTIST`.
    var values: [String: [String]] = [:]
}

private struct JSONLineParser {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func answer() -> ReaderAnswer? {
        var tags = FileTags()
        var failure: String?
        guard
            members({ parser, name in
                switch name {
                case "error":
                    failure = parser.string()
                    return failure != nil
                case "duration": return parser.assign(&tags.milliseconds)
                case "bitrate": return parser.assign(&tags.bitrate)
                case "sampleRate": return parser.assign(&tags.sampleRate)
                case "picture": return parser.assign(&tags.pictureBytes)
                case "tags": return parser.members { parser, key in parser.strings(into: &tags.values[key, default: []]) }
                default: return false
                }
            }), position == bytes.count
        else { return nil }
        return failure.map { .failure($0) } ?? .sound(tags)
    }

    private mutating func assign(_ number: inout Int) -> Bool {
        guard let value = integer() else { return false }
        number = max(0, value)
        return true
    }

    private mutating func strings(into list: inout [String]) -> Bool {
        guard skip("[") else { return false }
        if skip("]") { return true }
        repeat {
            guard let text = string() else { return false }
            list.append(text)
        } while skip(",")
        return skip("]")
    }

    /// An object, whose values `body` reads.
    private mutating func members(_ body: (inout JSONLineParser, String) -> Bool) -> Bool {
        guard skip("{") else { return false }
        if skip("}") { return true }
        repeat {
            guard let name = string(), skip(":"), body(&self, name) else { return false }
        } while skip(",")
        return skip("}")
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func integer() -> Int? {
        let start = position
        _ = skip("-")
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
        return Int(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func string() -> String? {
        guard skip("\"") else { return nil }
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\") { position += 1 }
        let plain = bytes[start..<position]
        if skip("\"") { return String(decoding: plain, as: UTF8.self) }
        var text = Array(plain)
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): guard escape(into: &text) else { return nil }
            default: text.append(byte)
            }
        }
        return nil
    }

    /// `\"`, `\\` and `\u00XX`: all that the reader writes.
    private mutating func escape(into text: inout [UInt8]) -> Bool {
        if skip("\"") {
            text.append(UInt8(ascii: "\""))
        } else if skip("\\") {
            text.append(UInt8(ascii: "\\"))
        } else {
            guard skip("u"), position + 4 <= bytes.count,
                let value = UInt8(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16), value < 0x80
            else { return false }
            position += 4
            text.append(value)
        }
        return true
    }
}
