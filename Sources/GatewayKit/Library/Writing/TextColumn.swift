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
        if value.utf8.contains(0) { hasNUL = true }
        literal += value.escapingQuotes
        literal += "\""
    }

    mutating func append(_ value: Int?) { append(value.map { String($0) }) }

    var postgresValue: PostgresValue {
        hasNUL ? .invalid(reason: "text with U+0000, which Postgres cannot store") : .text(literal + "}")
    }
}

extension String {
    /// With a backslash before `"` and `\`, as elements of arrays and texts of JSON have.
    var escapingQuotes: String {
        func isSpecial(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") }
        guard utf8.contains(where: isSpecial) else { return self }
        var escaped: [UInt8] = []
        escaped.reserveCapacity(utf8.count + 16)
        for byte in utf8 {
            if isSpecial(byte) { escaped.append(UInt8(ascii: "\\")) }
            escaped.append(byte)
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}
