/// Owns one `PGconn`: made by `PQconnectStartParams`, freed when the last reference is gone. Used by its `PostgresConnection` alone.
internal import CPostgres

/// Unchecked because the handle is a pointer: every call on it is made on the queue of the connection's actor, and the last reference is
/// let go of after the socket's event sources have ended.
final class ConnectionHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Looks host names up, which blocks, and begins to connect, which does not. libpq reports errors through the handle; only memory
    /// can be missing here.
    init?(keywords: [DatabaseURL.Keyword]) {
        let names = keywords.map(\.name)
        let values = keywords.map(\.value)
        let pointer = withCStrings(names) { names in withCStrings(values) { values in PQconnectStartParams(names, values, 0) } }
        guard let pointer else { return nil }
        self.pointer = pointer
        // libpq prints notices to stderr unless someone takes them.
        PQsetNoticeReceiver(pointer, { _, _ in }, nil)
    }

    deinit { PQfinish(pointer) }

    /// libpq's last error in one line. It names host, port, user and database, never the password.
    var message: String {
        let text = PQerrorMessage(pointer).map { String(cString: $0) } ?? ""
        let lines = text.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }.filter { !$0.isEmpty }
        return lines.isEmpty ? "connection lost" : lines.joined(separator: "; ")
    }
}

/// Lends `strings` to C as an array of C strings that ends with NULL; nil entries become NULL.
func withCStrings<Value>(_ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value) -> Value {
    var characters: [CChar] = []
    var offsets: [Int?] = []
    for string in strings {
        guard let string else {
            offsets.append(nil)
            continue
        }
        offsets.append(characters.count)
        characters.append(contentsOf: string.utf8CString)
    }
    return characters.withUnsafeBufferPointer { characters in
        let pointers = offsets.map { offset in offset.flatMap { characters.baseAddress?.advanced(by: $0) } } + [nil]
        return pointers.withUnsafeBufferPointer { pointers in
            guard let first = pointers.baseAddress else { preconditionFailure("the array ends with NULL, so it is never empty") }
            return body(first)
        }
    }
}
