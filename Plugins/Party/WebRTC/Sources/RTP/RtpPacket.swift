/// An RTP packet as a view over its bytes (RFC 3550 §5.1); read after it was authenticated.
///
///      0                   1                   2                   3
///     |V=2|P|X|  CC   |M|     PT      |       sequence number         |
///     |                           timestamp                           |
///     |           synchronization source (SSRC) identifier            |
///     |            contributing sources (CC of them)                  |
///     |   header extension, when X   |   payload   |   padding, when P

public struct RtpPacket {
    public static let minimumHeaderBytes = 12

    public let payloadType: UInt8
    public let marker: Bool
    public let sequenceNumber: UInt16
    /// In ticks of the codec's clock: 48,000 a second for Opus (RFC 7587 §4.1).
    public let timestamp: UInt32
    public let ssrc: UInt32
    public let headerExtension: RtpHeaderExtension?
    /// Without padding; may be empty.
    public let payload: ByteView

    /// Nil when it is not version 2, or a length inside of it does not add up.
    public init?(_ view: ByteView) {
        guard let first = view.u8(at: 0), first >> 6 == 2, let second = view.u8(at: 1), let sequenceNumber = view.u16(at: 2),
            let timestamp = view.u32(at: 4), let ssrc = view.u32(at: 8)
        else { return nil }
        var offset = Self.minimumHeaderBytes + 4 * Int(first & 0x0F)
        if first & 0x10 != 0 {
            guard let profile = view.u16(at: offset), let words = view.u16(at: offset + 2),
                let body = view.slice(at: offset + 4, count: 4 * Int(words))
            else { return nil }
            headerExtension = RtpHeaderExtension(profile: profile, body: body)
            offset += 4 + body.count
        } else {
            headerExtension = nil
        }
        var end = view.count
        if first & 0x20 != 0 {
            guard let padding = view.u8(at: end - 1), padding > 0 else { return nil }
            end -= Int(padding)
        }
        guard let payload = view.slice(at: offset, count: end - offset) else { return nil }
        payloadType = second & 0x7F
        marker = second & 0x80 != 0
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
        self.ssrc = ssrc
        self.payload = payload
    }

    /// The SSRC of a packet that is not authenticated yet: it lies in clear, where `init` would find it.
    public static func ssrc(of view: ByteView) -> UInt32? {
        guard let first = view.u8(at: 0), first >> 6 == 2 else { return nil }
        return view.u32(at: 8)
    }
}
