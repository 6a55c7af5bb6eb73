/// RTCP packets that travel in one datagram (RFC 3550 §6.1; reduced size, RFC 5506).
///
///      0                   1                   2                   3
///     |V=2|P|  count  |  packet type  |   length in words, minus one  |
///     |  type-specific, mostly starting with the sender's SSRC …

public enum RtcpPacket {
    case senderReport(SenderReport)
    case receiverReport(ReceiverReport)
    case sourceDescription(SourceDescription)
    case goodbye(Goodbye)
    case transportLayerNack(TransportLayerNack)
    case extendedReport(ExtendedReport)
    /// What nothing here reads: APP, REMB, PLI …
    case other(packetType: UInt8)
}

public struct RtcpCompoundPacket {
    enum PacketType {
        static let senderReport: UInt8 = 200, receiverReport: UInt8 = 201, sourceDescription: UInt8 = 202, goodbye: UInt8 = 203
        static let transportLayerFeedback: UInt8 = 205, extendedReport: UInt8 = 207
    }

    public let packets: [RtcpPacket]

    /// Nil when a length does not add up anywhere: then nothing of the datagram counts (RFC 3550 A.2).
    public init?(_ view: ByteView) {
        var packets: [RtcpPacket] = []
        var offset = 0
        while offset < view.count {
            guard let first = view.u8(at: offset), first >> 6 == 2, let type = view.u8(at: offset + 1),
                let words = view.u16(at: offset + 2),
                var body = view.slice(at: offset + 4, count: 4 * Int(words))
            else { return nil }
            offset += 4 + body.count
            if first & 0x20 != 0 {  // padding is allowed in the last packet only, in whole words
                guard offset == view.count, let padding = body.u8(at: body.count - 1), padding > 0, padding % 4 == 0,
                    let rest = body.slice(at: 0, count: body.count - Int(padding))
                else { return nil }
                body = rest
            }
            guard let packet = Self.parse(type, count: Int(first & 0x1F), body) else { return nil }
            packets.append(packet)
        }
        guard !packets.isEmpty else { return nil }
        self.packets = packets
    }

    private static func parse(_ type: UInt8, count: Int, _ body: ByteView) -> RtcpPacket? {
        switch type {
        case PacketType.senderReport: SenderReport(body, count: count).map(RtcpPacket.senderReport)
        case PacketType.receiverReport: ReceiverReport(body, count: count).map(RtcpPacket.receiverReport)
        case PacketType.sourceDescription: SourceDescription(body, count: count).map(RtcpPacket.sourceDescription)
        case PacketType.goodbye: Goodbye(body, count: count).map(RtcpPacket.goodbye)
        case PacketType.transportLayerFeedback where count == TransportLayerNack.format:
            TransportLayerNack(body).map(RtcpPacket.transportLayerNack)
        case PacketType.extendedReport: ExtendedReport(body).map(RtcpPacket.extendedReport)
        default: .other(packetType: type)
        }
    }

    /// Appends a header and its body, which must be whole words.
    static func append(_ type: UInt8, count: Int, _ body: [UInt8], to bytes: inout [UInt8]) {
        precondition(count <= 31 && body.count % 4 == 0, "an RTCP packet of ours does not fit its header")
        bytes += [0x80 | UInt8(count), type]
        bytes.append(bigEndian: UInt16(body.count / 4))
        bytes += body
    }
}
