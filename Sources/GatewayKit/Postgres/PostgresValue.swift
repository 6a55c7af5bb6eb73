/// What a Swift value becomes as a parameter. All parameters travel as text: the server derives each one's type from the statement.
public import Foundation

/// A parameter as it is sent.
public enum PostgresValue: Sendable, Equatable {
    case null
    case text(String)
    /// The value has no form that Postgres could store; the query fails with `PostgresError.invalidParameter` before it is sent.
    case invalid(reason: String)
}

/// A type that can stand in the interpolation of an `SQL` statement.
public protocol PostgresEncodable {
    var postgresValue: PostgresValue { get }
}

extension String: PostgresEncodable {
    public var postgresValue: PostgresValue {
        // A NUL would end the C string and cut the value short without a word.
        utf8.contains(0) ? .invalid(reason: "text with U+0000, which Postgres cannot store") : .text(self)
    }
}

extension Substring: PostgresEncodable {
    public var postgresValue: PostgresValue { String(self).postgresValue }
}

extension Bool: PostgresEncodable {
    public var postgresValue: PostgresValue { .text(self ? "t" : "f") }
}

extension Double: PostgresEncodable {
    public var postgresValue: PostgresValue {
        isNaN ? .text("NaN") : isInfinite ? .text(self < 0 ? "-Infinity" : "Infinity") : .text(description)
    }
}

extension Int: PostgresEncodable {
    public var postgresValue: PostgresValue { .text(String(self)) }
}

extension Int32: PostgresEncodable {
    public var postgresValue: PostgresValue { .text(String(self)) }
}

extension Int64: PostgresEncodable {
    public var postgresValue: PostgresValue { .text(String(self)) }
}

extension Date: PostgresEncodable {
    /// `timestamp` in UTC with microseconds; a column of `TIMESTAMP(3)` rounds it to milliseconds.
    public var postgresValue: PostgresValue {
        Timestamp.text(self).map { .text($0) } ?? .invalid(reason: "a date outside the years 1–9999")
    }
}

extension Array: PostgresEncodable where Element: PostgresEncodable {
    /// An array literal, such as `{"a","b",NULL}`.
    public var postgresValue: PostgresValue {
        var literal = "{"
        for (index, element) in enumerated() {
            if index > 0 { literal += "," }
            switch element.postgresValue {
            case .null: literal += "NULL"
            case .invalid(let reason): return .invalid(reason: reason)
            case .text(let text):
                literal += "\""
                for character in text.unicodeScalars {
                    if character == "\"" || character == "\\" { literal += "\\" }
                    literal.unicodeScalars.append(character)
                }
                literal += "\""
            }
        }
        return .text(literal + "}")
    }
}
