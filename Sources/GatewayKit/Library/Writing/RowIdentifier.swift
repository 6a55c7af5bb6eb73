/// Primary keys of rows, in the form that the original's indexer writes: 24 characters `[a-z0-9]`, the first one a letter.

enum RowIdentifier {
    private static let letters = Array("abcdefghijklmnopqrstuvwxyz".utf8)
    private static let characters = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// Random; 123 bits, so that two are never the same.
    static func make() -> String {
        var number = UInt128.random(in: 0...UInt128.max)
        return String(unsafeUninitializedCapacity: 24) { buffer in
            for index in 0..<24 {
                let alphabet = index == 0 ? letters : characters
                let (quotient, remainder) = number.quotientAndRemainder(dividingBy: UInt128(alphabet.count))
                buffer[index] = alphabet[Int(remainder)]
                number = quotient
            }
            return 24
        }
    }
}
