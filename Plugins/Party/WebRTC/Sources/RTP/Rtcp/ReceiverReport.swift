/// How a receiver hears each source (RFC 3550 §6.4.2).

public struct ReceiverReport: Equatable, Sendable {
    public var ssrc: UInt32
    /// At most 31; none for a receiver that hears nothing yet.
    public var blocks: [ReportBlock]

    public init(ssrc: UInt32, blocks: [ReportBlock]) {
        self.ssrc = ssrc
        self.blocks = blocks
    }

    init?(_ body: ByteView, count: Int) {
        guard let ssrc = body.u32(at: 0), let blocks = ReportBlock.blocks(body, at: 4, count: count) else { return nil }
        self.init(ssrc: ssrc, blocks: blocks)
    }

    public func append(to bytes: inout [UInt8]) {
        var body: [UInt8] = []
        body.append(bigEndian: ssrc)
        for block in blocks { block.append(to: &body) }
        RtcpCompoundPacket.append(RtcpCompoundPacket.PacketType.receiverReport, count: blocks.count, body, to: &bytes)
    }
}
