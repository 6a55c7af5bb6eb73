/// An input as a sequence of numbers and pieces, read from its front; at its end everything is zero or empty.

struct InputBytes {
    private var rest: UnsafeRawBufferPointer.SubSequence

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// Its length stands before it, in two bytes.
    mutating func piece() -> [UInt8] {
        let length = Int(byte()) << 8 | Int(byte())
        defer { rest = rest.dropFirst(length) }
        return Array(rest.prefix(length))
    }
}
