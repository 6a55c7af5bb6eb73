/// Bytes as RFCs print them.

extension [UInt8] {
    /// Pairs of hex digits; everything else is skipped.
    public init(hex: String) {
        let digits = hex.compactMap(\.hexDigitValue)
        precondition(digits.count % 2 == 0, "half a byte")
        self = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
