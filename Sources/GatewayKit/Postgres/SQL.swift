/// Query text whose values are always parameters. Everything that talks to the database says it in this type.

/// One SQL statement. Interpolating a value makes a parameter of it (`$1`, `$2`, …), never a part of the text:
///
///     let sql: SQL = "SELECT \"name\" FROM \"Artist\" WHERE \"slug\" = \(slug)"
///
/// Another `SQL` is spliced in with its own parameters. Trusted text (a column of a fixed list) goes in as `\(unescaped: text)`.
public struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// Text around the parameters: one more than there are parameters.
    private var pieces: [String]
    private(set) var parameters: [PostgresValue]

    public init(stringLiteral text: String) {
        pieces = [text]
        parameters = []
    }

    public init(stringInterpolation: Interpolation) { self = stringInterpolation.sql }

    /// Text from a trusted source, taken as it is.
    public init(unescaped text: String) { self.init(stringLiteral: text) }

    /// The statement as the server sees it, with `$n` for the values.
    public var text: String {
        var text = pieces.first ?? ""
        for (index, piece) in pieces.dropFirst().enumerated() { text += "$\(index + 1)" + piece }
        return text
    }

    public static func + (left: SQL, right: SQL) -> SQL {
        var sum = left
        sum.append(right)
        return sum
    }

    public static func += (left: inout SQL, right: SQL) { left.append(right) }

    private mutating func append(_ other: SQL) {
        append(text: other.pieces.first ?? "")
        pieces += other.pieces.dropFirst()
        parameters += other.parameters
    }

    private mutating func append(text: String) {
        pieces[pieces.endIndex - 1] += text  // never empty: every initializer puts one piece in
    }

    private mutating func append(_ value: PostgresValue) {
        parameters.append(value)
        pieces.append("")
    }

    public struct Interpolation: StringInterpolationProtocol, Sendable {
        fileprivate var sql: SQL = ""

        public init(literalCapacity: Int, interpolationCount: Int) {}

        public mutating func appendLiteral(_ literal: String) { sql.append(text: literal) }

        /// A value: becomes the next `$n`.
        public mutating func appendInterpolation(_ value: some PostgresEncodable) { sql.append(value.postgresValue) }

        /// A value that may be absent: nil becomes NULL.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            sql.append(value?.postgresValue ?? .null)
        }

        /// A part of a statement with its own parameters.
        public mutating func appendInterpolation(_ part: SQL) { sql.append(part) }

        /// Text that becomes part of the statement. Never anything that came from outside.
        public mutating func appendInterpolation(unescaped text: String) { sql.append(text: text) }
    }
}

extension Sequence where Element == SQL {
    /// The parts with `separator` between them: `conditions.joined(by: " AND ")`.
    public func joined(by separator: SQL) -> SQL {
        var joined: SQL = ""
        for (index, part) in enumerated() { joined += index == 0 ? part : separator + part }
        return joined
    }
}
