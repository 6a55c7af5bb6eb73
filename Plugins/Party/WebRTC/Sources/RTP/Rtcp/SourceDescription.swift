/// Names of sources (RFC 3550 §6.5); of its items only the mandatory CNAME counts here.

public struct SourceDescription: Equatable, Sendable {
    public struct Chunk: Equatable, Sendable {
        public var ssrc: UInt32
        /// At most 255 bytes of UTF-8; nil when the chunk has none.
        public var cname: String?

        public init(ssrc: UInt32, cname: String?) {
            self.ssrc = ssrc
            self.cname = cname
        }
    }

    private static let cnameItem: UInt8 = 1

    /// At most 31.
    public var chunks: [Chunk]

    public init(chunks: [Chunk]) { self.chunks = chunks }

    init?(_ body: ByteView, count: Int) {
        var chunks: [Chunk] = []
        var offset = 0
        for _ in 0..<count {
            guard let ssrc = body.u32(at: offset) else { return nil }
            offset += 4
            var cname: String?
            while let item = body.u8(at: offset), item != 0 {
                guard let length = body.u8(at: offset + 1), let text = body.slice(at: offset + 2, count: Int(length)) else { return nil }
                if item == Self.cnameItem { cname = String(decoding: text.bytes, as: UTF8.self) }
                offset += 2 + Int(length)
            }
            guard body.u8(at: offset) == 0 else { return nil }  // a list ends with at least one null …
            offset = (offset + 4) & ~3  // … and goes on to the next whole word
            chunks.append(Chunk(ssrc: ssrc, cname: cname))
        }
        self.init(chunks: chunks)
    }

    public func append(to bytes: inout [UInt8]) {
        var body: [UInt8] = []
        for chunk in chunks {
            body.append(bigEndian: chunk.ssrc)
            if let cname = chunk.cname {
                let text = Array(cname.utf8.prefix(255))
                body += [Self.cnameItem, UInt8(text.count)] + text
            }
            body += [UInt8](repeating: 0, count: 4 - body.count % 4)
        }
        RtcpCompoundPacket.append(RtcpCompoundPacket.PacketType.sourceDescription, count: chunks.count, body, to: &bytes)
    }
}
