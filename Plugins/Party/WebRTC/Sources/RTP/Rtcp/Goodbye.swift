/// Sources that leave (RFC 3550 §6.6); a reason in words is not read.

public struct Goodbye: Equatable, Sendable {
    /// At most 31.
    public var ssrcs: [UInt32]

    public init(ssrcs: [UInt32]) { self.ssrcs = ssrcs }

    init?(_ body: ByteView, count: Int) {
        var ssrcs: [UInt32] = []
        for index in 0..<count {
            guard let ssrc = body.u32(at: 4 * index) else { return nil }
            ssrcs.append(ssrc)
        }
        self.init(ssrcs: ssrcs)
    }

    public func append(to bytes: inout [UInt8]) {
        var body: [UInt8] = []
        for ssrc in ssrcs { body.append(bigEndian: ssrc) }
        RtcpCompoundPacket.append(RtcpCompoundPacket.PacketType.goodbye, count: ssrcs.count, body, to: &bytes)
    }
}
