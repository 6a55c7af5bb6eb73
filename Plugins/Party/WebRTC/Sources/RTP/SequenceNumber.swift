/// Widening of 16-bit RTP sequence numbers, once, at arrival (RFC 3550 A.1): everything behind it counts in 64 bits and never wraps.

public enum SequenceNumber {
    /// The number nearest to `reference` whose lower 16 bits are `sequence`: right as long as the two are less than 2^15 apart.
    public static func widen(_ sequence: UInt16, near reference: Int64) -> Int64 {
        reference &+ Int64(Int16(truncatingIfNeeded: Int64(sequence) &- reference))
    }
}
