/// What a column's text becomes as a Swift value. Every decoding is total: text that does not fit is an error, never a trap.
public import Foundation

public protocol PostgresDecodable {
    /// - Parameter text: the column's text without a terminator; nil for NULL. Valid only during the call.
    /// - Returns: nil when the text is not a value of this type.
    static func decode(_ text: UnsafeRawBufferPointer?) -> Self?
}

extension String: PostgresDecodable {
    public static func decode(_ text: UnsafeRawBufferPointer?) -> String? {
        text.map { String(decoding: $0, as: UTF8.self) }
    }
}

extension Int: PostgresDecodable {
    public static func decode(_ text: UnsafeRawBufferPointer?) -> Int? { String.decode(text).flatMap { Int($0) } }
}

extension Int64: PostgresDecodable {
    public static func decode(_ text: UnsafeRawBufferPointer?) -> Int64? { String.decode(text).flatMap { Int64($0) } }
}

extension Double: PostgresDecodable {
    public static func decode(_ text: UnsafeRawBufferPointer?) -> Double? { String.decode(text).flatMap { Double($0) } }
}

extension Bool: PostgresDecodable {
    public static func decode(_ text: UnsafeRawBufferPointer?) -> Bool? {
        guard let text, text.count == 1 else { return nil }
        switch text[0] {
        case UInt8(ascii: "t"): return true
        case UInt8(ascii: "f"): return false
        default: return nil
        }
    }
}

extension Date: PostgresDecodable {
    /// `timestamp` is read as UTC.
    public static func decode(_ text: UnsafeRawBufferPointer?) -> Date? { text.flatMap { Timestamp.date($0) } }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    public static func decode(_ text: UnsafeRawBufferPointer?) -> Wrapped?? {
        guard let text else { return .some(nil) }
        return Wrapped.decode(text).map { .some($0) }
    }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
    /// A one-dimensional array in Postgres' text form, such as `{a,"b c",NULL}`.
    public static func decode(_ text: UnsafeRawBufferPointer?) -> [Element]? {
        guard let text, var reader = ArrayReader(text) else { return nil }
        var elements: [Element] = []
        guard !reader.isAtEnd else { return elements }
        repeat {
            guard let item = reader.element() else { return nil }
            let element =
                switch item {
                case .null: Element.decode(nil)
                case .text(let bytes): bytes.withUnsafeBytes { Element.decode($0) }
                }
            guard let element else { return nil }
            elements.append(element)
        } while reader.skipComma()
        return reader.isAtEnd ? elements : nil
    }
}

/// Walks over the elements of an array's text; total.
private struct ArrayReader {
    enum Item {
        case null
        case text([UInt8])
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 1
    private let end: Int

    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else { return nil }
        self.bytes = bytes
        end = bytes.count - 1
    }

    var isAtEnd: Bool { position >= end }

    mutating func skipComma() -> Bool { next(if: { $0 == UInt8(ascii: ",") }) != nil }

    private mutating func next(if accept: (UInt8) -> Bool) -> UInt8? {
        guard position < end, accept(bytes[position]) else { return nil }
        position += 1
        return bytes[position - 1]
    }

    mutating func element() -> Item? {
        var content: [UInt8] = []
        guard next(if: { $0 == UInt8(ascii: "\"") }) != nil else {
            while let byte = next(if: { $0 != UInt8(ascii: ",") }) { content.append(byte) }
            // Postgres quotes everything that these could be mistaken for; a brace would start a further dimension.
            guard !content.isEmpty, !content.contains(UInt8(ascii: "{")), !content.contains(UInt8(ascii: "\"")) else { return nil }
            return content.elementsEqual("NULL".utf8) ? .null : .text(content)
        }
        while let byte = next(if: { _ in true }) {
            switch byte {
            case UInt8(ascii: "\""): return .text(content)
            case UInt8(ascii: "\\"):
                guard let escaped = next(if: { _ in true }) else { return nil }
                content.append(escaped)
            default: content.append(byte)
            }
        }
        return nil
    }
}
