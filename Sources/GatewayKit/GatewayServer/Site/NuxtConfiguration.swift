/// A static build of the original frontend: its pages carry the run-time configuration as a JavaScript object, in one of these shapes
/// (Nuxt 4 and 3 from 3.4 on; several applications in one page; Nuxt 3 before, where values may be a function's arguments):
///
///     window.__NUXT__={};window.__NUXT__.config={public:{partyRole:"host"},app:{…}}
///     window.__NUXT__=window.__NUXT__||{};window.__NUXT__["nuxt-app"]={config:{public:{…},app:{…}}}
///     window.__NUXT__=(function(a){return {data:{…},config:{public:{partyEnabled:a},app:{…}}}}(false))
///
/// What was frozen into it by the build is replaced by this server's values, so that it, too, changes role without another build.

struct NuxtConfiguration {
    /// Key and value, as JavaScript.
    private let values: [(key: String, value: Value)]

    private enum Value {
        case flag(Bool)
        case text(String)

        /// - Parameter current: the value that stands there; a flag that a build took from the environment as text stays text.
        func literal(inPlaceOf current: ArraySlice<UInt8>?) -> String {
            switch self {
            case .flag(let flag):
                let isText = current?.first == UInt8(ascii: "\"") || current?.first == UInt8(ascii: "'")
                return isText ? "\"\(flag)\"" : "\(flag)"
            case .text(let text):
                return SiteFlags.scriptLiteral(text)
            }
        }
    }

    init(flags: SiteFlags) {
        values = [
            ("partyEnabled", .flag(flags.partyEnabled)), ("partyRole", .text(flags.partyRole)), ("partyUrl", .text(flags.partyUrl)),
            ("streamMode", .flag(flags.streamMode)), ("imageStorage", .text(flags.imageStorage)),
        ]
    }

    /// The page with this server's values, and whether there was a configuration to put them into.
    func applied(to page: [UInt8]) -> (page: [UInt8], outcome: Outcome) {
        var outcome = Outcome.none
        for script in InlineScript.all(in: page) where script.isExecutable {
            let text = Array(page[script.range])
            guard contains("__NUXT__", text) else { continue }
            var scanner = JavaScriptScanner(bytes: text)
            guard let object = scanner.publicConfiguration() else {
                outcome = .unreadable
                continue
            }
            return (Array(page[..<script.range.lowerBound]) + replaced(text, object) + page[script.range.upperBound...], .applied)
        }
        return (page, outcome)
    }

    enum Outcome { case none, applied, unreadable }

    private func replaced(_ text: [UInt8], _ object: JavaScriptScanner.Object) -> [UInt8] {
        var result = Array(text[..<object.start])
        for (key, value) in values where !object.members.contains(where: { $0.key == key }) {
            result += Array("\(key):\(value.literal(inPlaceOf: nil))".utf8)
            if key != values.last?.key || !object.members.isEmpty { result.append(UInt8(ascii: ",")) }
        }
        var position = object.start
        for member in object.members {
            guard let value = values.first(where: { $0.key == member.key })?.value else { continue }
            result += text[position..<member.value.lowerBound] + Array(value.literal(inPlaceOf: text[member.value]).utf8)
            position = member.value.upperBound
        }
        return result + text[position...]
    }

    private func contains(_ word: String, _ text: [UInt8]) -> Bool { text.firstRange(of: Array(word.utf8)) != nil }
}

/// Finds its way through object literals without understanding more than strings, brackets and keys. Reads nothing twice; anything
/// that it does not expect is nil.
private struct JavaScriptScanner {
    struct Object {
        /// Behind the `{`.
        let start: Int
        var members: [(key: String, value: Range<Int>)] = []
    }

    private static let maximumDepth = 256

    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// The first object that is the member `public` of something behind the name `config`.
    mutating func publicConfiguration() -> Object? {
        var isInConfiguration = false
        while let next = byte {
            if Self.isQuote(next) || Self.isNamePart(next) {
                guard let name = key() else { return nil }
                skipBlanks()
                let separator = byte
                if name == "config", separator == UInt8(ascii: "=") || separator == UInt8(ascii: ":") { isInConfiguration = true }
                guard isInConfiguration, name == "public", separator == UInt8(ascii: ":") else { continue }
                position += 1
                skipBlanks()
                return byte == UInt8(ascii: "{") ? object() : nil
            }
            position += 1
        }
        return nil
    }

    /// At its `{`.
    private mutating func object() -> Object? {
        position += 1
        var object = Object(start: position)
        while true {
            skipBlanks()
            if byte == UInt8(ascii: "}") { return object }
            guard let key = key() else { return nil }
            skipBlanks()
            guard byte == UInt8(ascii: ":") else { return nil }
            position += 1
            skipBlanks()
            guard let value = value() else { return nil }
            object.members.append((key, value))
            guard byte == UInt8(ascii: ",") else { continue }
            position += 1
        }
    }

    /// A name, a number or a string without escapes that would make it another one.
    private mutating func key() -> String? {
        guard let first = byte else { return nil }
        let start = position
        if Self.isQuote(first) {
            guard skipString() else { return nil }
            return String(decoding: bytes[start + 1..<position - 1], as: UTF8.self)
        }
        while let next = byte, Self.isNamePart(next) { position += 1 }
        return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
    }

    /// Up to the `,` or `}` behind it.
    private mutating func value() -> Range<Int>? {
        let start = position
        var open: [UInt8] = []
        while let next = byte {
            switch next {
            case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
                guard skipString() else { return nil }
                continue
            case UInt8(ascii: "{"): open.append(UInt8(ascii: "}"))
            case UInt8(ascii: "["): open.append(UInt8(ascii: "]"))
            case UInt8(ascii: "("): open.append(UInt8(ascii: ")"))
            case UInt8(ascii: "}") where open.isEmpty, UInt8(ascii: ",") where open.isEmpty:
                return position > start ? start..<position : nil
            case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ")"):
                guard open.popLast() == next else { return nil }
            default: break
            }
            guard open.count <= Self.maximumDepth else { return nil }
            position += 1
        }
        return nil
    }

    /// At its quote.
    private mutating func skipString() -> Bool {
        let quote = byte
        position += 1
        while let next = byte {
            position += next == UInt8(ascii: "\\") ? 2 : 1
            if next == quote { return true }
        }
        return false
    }

    private mutating func skipBlanks() {
        while let next = byte, next == 32 || (9...13).contains(next) { position += 1 }
    }

    private static func isQuote(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`")
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "$"):
            true
        default: byte >= 0x80
        }
    }
}
