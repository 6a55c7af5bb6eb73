/// What a sender has sent, and how its clock relates to the wall clock's (RFC 3550 §6.4.1).

public struct SenderReport: Equatable, Sendable {
    public var ssrc: UInt32
    /// Seconds since 1900 and a fraction of 2^32.
    public var ntpTimestamp: UInt64
    /// The same moment on the stream's clock.
    public var rtpTimestamp: UInt32
    public var packetCount: UInt32
    /// Of payload alone.
    public var octetCount: UInt32
    /// At most 31.
    public var blocks: [ReportBlock]

    public init(
        ssrc: UInt32, ntpTimestamp: UInt64, rtpTimestamp: UInt32, packetCount: UInt32, octetCount: UInt32, blocks: [ReportBlock] = []
    ) {
        self.ssrc = ssrc
        self.ntpTimestamp = ntpTimestamp
        self.rtpTimestamp = rtpTimestamp
        self.packetCount = packetCount
        self.octetCount = octetCount
        self.blocks = blocks
    }

    init?(_ body: ByteView, count: Int) {
        guard let ssrc = body.u32(at: 0), let ntp = body.u64(at: 4), let rtp = body.u32(at: 12), let packets = body.u32(at: 16),
            let octets = body.u32(at: 20), let blocks = ReportBlock.blocks(body, at: 24, count: count)
        else { return nil }
        self.init(ssrc: ssrc, ntpTimestamp: ntp, rtpTimestamp: rtp, packetCount: packets, octetCount: octets, blocks: blocks)
    }

    public func append(to bytes: inout [UInt8]) {
        var body: [UInt8] = []
        body.append(bigEndian: ssrc)
        body.append(bigEndian: ntpTimestamp)
        for word in [rtpTimestamp, packetCount, octetCount] { body.append(bigEndian: word) }
        for block in blocks { block.append(to: &body) }
        RtcpCompoundPacket.append(RtcpCompoundPacket.PacketType.senderReport, count: blocks.count, body, to: &bytes)
    }
}
