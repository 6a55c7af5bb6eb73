/// Packets that a receiver misses: the generic NACK (RFC 4585 §6.2.1).
///
///     |  SSRC of packet sender  |  SSRC of media source  |  packet id (16)  |  mask of the 16 that follow  | …

public struct TransportLayerNack: Equatable, Sendable {
    static let format = 1

    public var senderSsrc: UInt32
    public var mediaSsrc: UInt32
    /// In the order of the packet; a datagram bounds their number.
    public var sequenceNumbers: [UInt16]

    public init(senderSsrc: UInt32, mediaSsrc: UInt32, sequenceNumbers: [UInt16]) {
        self.senderSsrc = senderSsrc
        self.mediaSsrc = mediaSsrc
        self.sequenceNumbers = sequenceNumbers
    }

    init?(_ body: ByteView) {
        guard let sender = body.u32(at: 0), let media = body.u32(at: 4) else { return nil }
        var numbers: [UInt16] = []
        for offset in stride(from: 8, to: body.count, by: 4) {
            guard let first = body.u16(at: offset), let mask = body.u16(at: offset + 2) else { return nil }
            numbers.append(first)
            for bit in 0..<16 where mask >> UInt16(bit) & 1 == 1 { numbers.append(first &+ UInt16(bit) &+ 1) }
        }
        self.init(senderSsrc: sender, mediaSsrc: media, sequenceNumbers: numbers)
    }

    /// Writes the numbers as pairs of first and mask; numbers that ascend (modulo 2^16) take the fewest.
    public func append(to bytes: inout [UInt8]) {
        var body: [UInt8] = []
        var index = 0
        body.append(bigEndian: senderSsrc)
        body.append(bigEndian: mediaSsrc)
        while index < sequenceNumbers.count {
            let first = sequenceNumbers[index]
            var mask: UInt16 = 0
            index += 1
            while index < sequenceNumbers.count, 1...16 ~= sequenceNumbers[index] &- first {
                mask |= 1 << (sequenceNumbers[index] &- first &- 1)
                index += 1
            }
            body.append(bigEndian: first)
            body.append(bigEndian: mask)
        }
        RtcpCompoundPacket.append(RtcpCompoundPacket.PacketType.transportLayerFeedback, count: Self.format, body, to: &bytes)
    }
}
