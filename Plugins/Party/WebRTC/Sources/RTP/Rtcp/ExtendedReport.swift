/// Extended reports (RFC 3611), of which only two blocks count here: those by which a receiver that sends nothing learns its round trip.
///
///     |  SSRC of the sender  |  block type (8), type-specific (8), length in words (16), body  | …
///
///     type 4, receiver reference time:  |  NTP timestamp (64)  |
///     type 5, its answer (DLRR):        |  SSRC of who asked  |  its timestamp's middle 32 bits  |  delay since, in 1/65,536 s  | …

public struct ExtendedReport: Equatable, Sendable {
    /// The answer to one receiver.
    public struct Delay: Equatable, Sendable {
        static let byteCount = 12

        public var ssrc: UInt32
        /// 0 when none has come.
        public var lastReceiverReference: UInt32
        public var delaySinceLastReceiverReference: UInt32

        public init(ssrc: UInt32, lastReceiverReference: UInt32, delaySinceLastReceiverReference: UInt32) {
            self.ssrc = ssrc
            self.lastReceiverReference = lastReceiverReference
            self.delaySinceLastReceiverReference = delaySinceLastReceiverReference
        }
    }

    private enum BlockType {
        static let receiverReferenceTime: UInt8 = 4, delays: UInt8 = 5
    }

    public var ssrc: UInt32
    /// Seconds since 1900 and a fraction of 2^32.
    public var receiverReferenceTime: UInt64?
    public var delays: [Delay]

    public init(ssrc: UInt32, receiverReferenceTime: UInt64? = nil, delays: [Delay] = []) {
        self.ssrc = ssrc
        self.receiverReferenceTime = receiverReferenceTime
        self.delays = delays
    }

    /// Nil when a block does not lie wholly inside. Blocks of other types are skipped (§2).
    init?(_ body: ByteView) {
        guard let ssrc = body.u32(at: 0) else { return nil }
        self.init(ssrc: ssrc)
        var offset = 4
        while offset < body.count {
            guard let type = body.u8(at: offset), let words = body.u16(at: offset + 2),
                let block = body.slice(at: offset + 4, count: 4 * Int(words))
            else { return nil }
            offset += 4 + block.count
            switch type {
            case BlockType.receiverReferenceTime: receiverReferenceTime = block.u64(at: 0)
            case BlockType.delays:
                for start in stride(from: 0, to: block.count, by: Delay.byteCount) {
                    guard let ssrc = block.u32(at: start), let last = block.u32(at: start + 4), let delay = block.u32(at: start + 8) else {
                        return nil
                    }
                    delays.append(Delay(ssrc: ssrc, lastReceiverReference: last, delaySinceLastReceiverReference: delay))
                }
            default: break
            }
        }
    }

    public func append(to bytes: inout [UInt8]) {
        var body: [UInt8] = []
        body.append(bigEndian: ssrc)
        if let receiverReferenceTime {
            body += [BlockType.receiverReferenceTime, 0, 0, 2]
            body.append(bigEndian: receiverReferenceTime)
        }
        if !delays.isEmpty {
            body += [BlockType.delays, 0]
            body.append(bigEndian: UInt16(clamping: delays.count * Delay.byteCount / 4))
            for delay in delays {
                for word in [delay.ssrc, delay.lastReceiverReference, delay.delaySinceLastReceiverReference] {
                    body.append(bigEndian: word)
                }
            }
        }
        RtcpCompoundPacket.append(RtcpCompoundPacket.PacketType.extendedReport, count: 0, body, to: &bytes)
    }
}
