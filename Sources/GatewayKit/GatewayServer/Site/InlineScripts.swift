/// The scripts that stand in an HTML page itself. The page is one that the owner has put there; a reading that is less exact than a
/// browser's leaves a script without its hash, and the browser does not run it.
import Foundation

struct InlineScript: Equatable {
    /// Of the text between the tags, in the page's bytes.
    let range: Range<Int>
    /// Whether a browser runs it. Data blocks are none of the policy's business (CSP 3 §8.2).
    let isExecutable: Bool

    /// In the page's order.
    static func all(in page: [UInt8]) -> [InlineScript] {
        var scripts: [InlineScript] = []
        var position = 0
        while let start = find("<", in: page, from: position) {
            if hasPrefix("<!--", page, at: start) {
                position = find("-->", in: page, from: start + 4).map { $0 + 3 } ?? page.count
                continue
            }
            position = start + 1
            guard hasPrefix("<script", page, at: start), let attributes = Attributes(page, at: start + 7) else { continue }
            let end = find("</script", in: page, from: attributes.end) ?? page.count
            position = end
            guard !attributes.names.keys.contains("src"), end < page.count else { continue }
            scripts.append(InlineScript(range: attributes.end..<end, isExecutable: isExecutable(type: attributes.names["type"])))
        }
        return scripts
    }

    private static func isExecutable(type: String?) -> Bool {
        let type = (type ?? "").lowercased()
        return ["", "module", "importmap", "speculationrules"].contains(type) || type.hasSuffix("javascript")
            || type.hasSuffix("ecmascript")
    }

    /// `'sha256-…'` of a script's text, as a policy's source (CSP 3 §2.3.1). A browser's parser has made LF of each CR LF before.
    static func source(ofText text: ArraySlice<UInt8>) -> String {
        var normalized: [UInt8] = []
        for byte in text {
            if byte == UInt8(ascii: "\n"), normalized.last == UInt8(ascii: "\r") { normalized.removeLast() }
            normalized.append(byte)
        }
        let hash = SHA256.hash(normalized.map { $0 == UInt8(ascii: "\r") ? UInt8(ascii: "\n") : $0 })
        return "'sha256-\(Data(hash).base64EncodedString())'"
    }

    /// A start tag's attributes.
    private struct Attributes {
        private(set) var names: [String: String] = [:]
        /// Behind the `>`.
        private(set) var end = 0

        /// - Returns: nil when the tag has another name, or no end.
        init?(_ page: [UInt8], at start: Int) {
            var position = start
            func byte() -> UInt8? { position < page.count ? page[position] : nil }
            func take(while isWanted: (UInt8) -> Bool) -> String {
                let begin = position
                while let byte = byte(), isWanted(byte) { position += 1 }
                return String(decoding: page[begin..<position], as: UTF8.self)
            }
            func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
            func isEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ">") }
            guard let first = byte(), isSpace(first) || isEnd(first) || first == UInt8(ascii: "/") else { return nil }
            while true {
                _ = take { isSpace($0) || $0 == UInt8(ascii: "/") }
                guard let next = byte() else { return nil }
                if isEnd(next) {
                    end = position + 1
                    return
                }
                let name = take { !isSpace($0) && !isEnd($0) && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=") }.lowercased()
                _ = take(while: isSpace)
                var value = ""
                if byte() == UInt8(ascii: "=") {
                    position += 1
                    _ = take(while: isSpace)
                    if let quote = byte(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
                        position += 1
                        value = take { $0 != quote }
                        guard byte() != nil else { return nil }
                        position += 1
                    } else {
                        value = take { !isSpace($0) && !isEnd($0) }
                    }
                }
                if names[name] == nil { names[name] = value }
            }
        }
    }

    private static func hasPrefix(_ text: StaticString, _ page: [UInt8], at start: Int) -> Bool {
        guard start + text.utf8CodeUnitCount <= page.count else { return false }
        return text.withUTF8Buffer { wanted in
            wanted.indices.allSatisfy { index in
                let byte = page[start + index]
                return ((65...90).contains(byte) ? byte | 0x20 : byte) == wanted[index]
            }
        }
    }

    private static func find(_ text: StaticString, in page: [UInt8], from start: Int) -> Int? {
        guard start < page.count else { return nil }
        return (start..<page.count).first { hasPrefix(text, page, at: $0) }
    }
}

/// What a policy's `script-src` needs to let the inline scripts of pages run.
struct InlineScriptSources: Sendable {
    /// A policy is a header, and the pages of one build share their scripts.
    private static let maximumCount = 64

    private(set) var sources: [String] = []
    private(set) var isIncomplete = false

    mutating func add(_ page: [UInt8]) {
        for script in InlineScript.all(in: page) where script.isExecutable {
            let source = InlineScript.source(ofText: page[script.range])
            guard !sources.contains(source) else { continue }
            guard sources.count < Self.maximumCount else {
                isIncomplete = true
                return
            }
            sources.append(source)
        }
    }
}
