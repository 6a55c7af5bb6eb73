/// A `.env` file: `NAME=value` lines. Read by `GatewayConfiguration.environment`. Total: a line that can't be read is reported by its
/// number and skipped.
///
/// - `export` before a name is allowed; a line that begins with `#` is a comment.
/// - A plain value ends at ` #` or the line's end, without blanks around it.
/// - In `'single quotes'` everything is as written; in `"double quotes"` `\n`, `\r`, `\t`, `\"`, `\\` and `\$` are escapes. Both may
///   go over several lines.
struct DotEnv: Equatable {
    private(set) var variables: [String: String] = [:]
    /// Counted from 1.
    private(set) var unreadableLines: [Int] = []

    init(_ text: String) {
        var rest = Substring(text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text)[...]
        var line = 0
        while !rest.isEmpty {
            line += 1
            let first = line
            var entry = Self.takeLine(&rest)
            entry = entry.drop(while: \.isBlank)
            if entry.isEmpty || entry.first == "#" { continue }
            guard let (name, value) = Self.nameAndValue(entry) else {
                unreadableLines.append(first)
                continue
            }
            guard let quote = value.first, quote == "'" || quote == "\"" else {
                variables[name] = Self.plain(value)
                continue
            }
            var quoted = String(value.dropFirst())
            var end = Self.closing(quote, in: quoted)
            // Lines are added while the quote is open; they are taken back if it never closes.
            var (ahead, lines) = (rest, 0)
            while end == nil, !ahead.isEmpty {
                quoted += "\n" + Self.takeLine(&ahead)
                lines += 1
                end = Self.closing(quote, in: quoted)
            }
            guard let end, Self.isCommentOrBlank(quoted[quoted.index(after: end)...]) else {
                unreadableLines.append(first)
                continue
            }
            (rest, line) = (ahead, line + lines)
            let inside = quoted[..<end]
            variables[name] = quote == "'" ? String(inside) : Self.unescaped(inside)
        }
    }

    private static func takeLine(_ rest: inout Substring) -> Substring {
        // A CR before the line feed makes one Character with it, which `isNewline` knows.
        let line = rest.prefix { !$0.isNewline }
        rest = rest[line.endIndex...].dropFirst()
        return line
    }

    private static func nameAndValue(_ entry: Substring) -> (name: String, value: Substring)? {
        guard let equals = entry.firstIndex(of: "=") else { return nil }
        var name = entry[..<equals].trimmingBlanks
        if name.hasPrefix("export ") || name.hasPrefix("export\t") { name = name.dropFirst(7).trimmingBlanks }
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isName, let first = name.first, !first.isNumber else { return nil }
        return (String(name), entry[entry.index(after: equals)...].drop(while: \.isBlank))
    }

    private static func plain(_ value: Substring) -> String {
        var previous: Character = " "
        var end = value.endIndex
        for index in value.indices {
            if value[index] == "#", previous.isBlank {
                end = index
                break
            }
            previous = value[index]
        }
        return String(value[..<end].trimmingBlanks)
    }

    private static func closing(_ quote: Character, in text: String) -> String.Index? {
        var isEscaped = false
        for index in text.indices {
            if isEscaped {
                isEscaped = false
            } else if text[index] == "\\", quote == "\"" {
                isEscaped = true
            } else if text[index] == quote {
                return index
            }
        }
        return nil
    }

    private static func isCommentOrBlank(_ text: Substring) -> Bool {
        let rest = text.drop(while: \.isBlank)
        return rest.isEmpty || rest.first == "#"
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            guard isEscaped else {
                if character == "\\" { isEscaped = true } else { result.append(character) }
                continue
            }
            isEscaped = false
            switch character {
            case "n": result.append("\n")
            case "r": result.append("\r")
            case "t": result.append("\t")
            case "\"", "\\", "$": result.append(character)
            default: result += "\\\(character)"
            }
        }
        return result
    }
}

extension Character {
    fileprivate var isBlank: Bool { self == " " || self == "\t" }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var trimmed = drop(while: \.isBlank)
        while let last = trimmed.last, last.isBlank { trimmed.removeLast() }
        return trimmed
    }
}
