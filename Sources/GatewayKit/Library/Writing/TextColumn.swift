/// The values of one column for many rows, as one parameter: `unnest(\(column)::text[])`.
internal import Postgres

struct TextColumn: PostgresEncodable {
    private var literal = "{"
    private var isEmpty = true
    private var hasNUL = false

    init() { literal.reserveCapacity(8 << 10) }

    init(_ values: some Sequence<String>) {
        self.init()
        for value in values { append(value) }
    }

    mutating func append(_ value: String?) {
        if !isEmpty { literal += "," }
        isEmpty = false
        guard let value else {
            literal += "NULL"
            return
        }
        literal += "\""
        var needsEscape = false
        for byte in value.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { needsEscape = true }
            if byte == 0 { hasNUL = true }
        }
        literal += needsEscape ? value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") : value
        literal += "\""
    }

    mutating func append(_ value: Int?) { append(value.map { String($0) }) }

    var postgresValue: PostgresValue {
        hasNUL ? .invalid(reason: "text with U+0000, which Postgres cannot store") : .text(literal + "}")
    }
}
