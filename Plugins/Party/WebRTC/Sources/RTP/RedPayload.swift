/// Redundant audio in one payload (RFC 2198): earlier blocks, the oldest first, before the primary one. Read of what a host sent, and
/// written for listeners.
///
///      0                   1                    2                   3
///     |1|   block PT  |  timestamp offset (14)    |  block length (10)  |   for each redundant block
///     |0|   block PT  |                                                     for the primary one, which takes what is left
///     |  the blocks' data, in the same order

public struct RedPayload {
    /// More than any sender repeats; a datagram would hold some 350 empty ones.
    public static let maximumRedundantBlocks = 8
    public static let redundantHeaderBytes = 4, primaryHeaderBytes = 1
    /// What fits into 14 and 10 bits.
    public static let maximumTimestampOffset: UInt32 = 0x3FFF, maximumBlockBytes = 0x3FF

    public let redundantCount: Int
    /// Where the primary block's data begins; it reaches to the payload's end.
    public let primaryOffset: Int
    public let primaryPayloadType: UInt8
    /// All blocks have one payload type: the primary's.
    public let isUniform: Bool

    /// Nil when the headers or the blocks do not lie wholly inside, the primary block is empty, or there are too many.
    public init?(_ view: ByteView) {
        var offset = 0
        var blockBytes = 0
        var redundant = 0
        var firstType: UInt8?
        var isUniform = true
        while let first = view.u8(at: offset) {
            let type = first & 0x7F
            isUniform = isUniform && type == firstType ?? type
            firstType = firstType ?? type
            if first & 0x80 == 0 {
                primaryOffset = offset + Self.primaryHeaderBytes + blockBytes
                guard primaryOffset < view.count else { return nil }
                redundantCount = redundant
                primaryPayloadType = type
                self.isUniform = isUniform
                return
            }
            guard redundant < Self.maximumRedundantBlocks, let lengths = view.u16(at: offset + 2) else { return nil }
            blockBytes += Int(lengths) & Self.maximumBlockBytes
            redundant += 1
            offset += Self.redundantHeaderBytes
        }
        return nil
    }

    /// How many bytes come before the blocks' data.
    @inlinable
    public static func headerBytes(redundantCount: Int) -> Int {
        redundantHeaderBytes * redundantCount + primaryHeaderBytes
    }

    /// The header of one redundant block; the offset is the primary's timestamp less the block's.
    @inlinable
    public static func redundantHeader(payloadType: UInt8, timestampOffset: UInt32, blockBytes: Int) -> UInt32 {
        0x8000_0000 | UInt32(payloadType & 0x7F) << 24 | (timestampOffset & maximumTimestampOffset) << 10
            | UInt32(truncatingIfNeeded: blockBytes & maximumBlockBytes)
    }

    /// Gives every block of a payload that was read before another payload type, in place.
    @inlinable
    public static func rewrite(_ payload: UnsafeMutableRawPointer, redundantCount: Int, payloadType: UInt8) {
        for block in 0..<redundantCount {
            payload.storeBytes(of: 0x80 | payloadType & 0x7F, toByteOffset: redundantHeaderBytes * block, as: UInt8.self)
        }
        payload.storeBytes(of: payloadType & 0x7F, toByteOffset: redundantHeaderBytes * redundantCount, as: UInt8.self)
    }
}
