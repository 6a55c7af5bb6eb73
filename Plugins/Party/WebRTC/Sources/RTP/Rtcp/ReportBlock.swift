/// How one source is received, in sender and receiver reports (RFC 3550 §6.4.1).

public struct ReportBlock: Equatable, Sendable {
    static let byteCount = 24

    public var ssrc: UInt32
    /// Share lost since the last report, in 1/256.
    public var fractionLost: UInt8
    /// 24 bits on the wire; duplicates can make it negative.
    public var packetsLost: Int32
    /// The highest sequence number received, with its cycles in the upper 16 bits.
    public var highestSequenceNumber: UInt32
    /// In ticks of the source's clock.
    public var jitterTicks: UInt32
    /// The middle 32 bits of the NTP timestamp in the last sender report; 0 for none.
    public var lastSenderReport: UInt32
    /// Since that report arrived, in 1/65,536 s.
    public var delaySinceLastSenderReport: UInt32

    public init(
        ssrc: UInt32, fractionLost: UInt8, packetsLost: Int32, highestSequenceNumber: UInt32, jitterTicks: UInt32, lastSenderReport: UInt32,
        delaySinceLastSenderReport: UInt32
    ) {
        self.ssrc = ssrc
        self.fractionLost = fractionLost
        self.packetsLost = packetsLost
        self.highestSequenceNumber = highestSequenceNumber
        self.jitterTicks = jitterTicks
        self.lastSenderReport = lastSenderReport
        self.delaySinceLastSenderReport = delaySinceLastSenderReport
    }

    init?(_ view: ByteView, at offset: Int) {
        guard let ssrc = view.u32(at: offset), let loss = view.u32(at: offset + 4), let highest = view.u32(at: offset + 8),
            let jitter = view.u32(at: offset + 12), let last = view.u32(at: offset + 16), let delay = view.u32(at: offset + 20)
        else { return nil }
        self.init(
            ssrc: ssrc, fractionLost: UInt8(loss >> 24), packetsLost: Int32(bitPattern: loss << 8) >> 8, highestSequenceNumber: highest,
            jitterTicks: jitter, lastSenderReport: last, delaySinceLastSenderReport: delay)
    }

    /// The `count` blocks from `offset` on; nil when there are fewer.
    static func blocks(_ view: ByteView, at offset: Int, count: Int) -> [ReportBlock]? {
        var blocks: [ReportBlock] = []
        for index in 0..<count {
            guard let block = ReportBlock(view, at: offset + Self.byteCount * index) else { return nil }
            blocks.append(block)
        }
        return blocks
    }

    func append(to bytes: inout [UInt8]) {
        let lost = UInt32(bitPattern: min(max(packetsLost, -0x80_0000), 0x7F_FFFF)) & 0xFF_FFFF
        bytes.append(bigEndian: ssrc)
        bytes.append(bigEndian: UInt32(fractionLost) << 24 | lost)
        for word in [highestSequenceNumber, jitterTicks, lastSenderReport, delaySinceLastSenderReport] { bytes.append(bigEndian: word) }
    }
}
