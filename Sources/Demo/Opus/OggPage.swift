/// A page of an Ogg stream (RFC 3533 §6), written and read here:
///
///     0 "OggS" | 4 version | 5 flags | 6 granule position (8) | 14 serial (4) | 18 sequence (4) | 22 CRC (4) | 26 segments | 27 lacing values | body
struct OggPage: Equatable {
    struct Flags: OptionSet {
        let rawValue: UInt8
        static let continued = Flags(rawValue: 1)
        static let beginsStream = Flags(rawValue: 2)
        static let endsStream = Flags(rawValue: 4)
    }

    var flags: Flags = []
    /// Of Opus: samples at 48 kHz up to the end of this page, pre-skip included (RFC 7845 §4).
    var granulePosition: UInt64
    var serial: UInt32
    var sequence: UInt32
    /// Whole packets; none of ours goes on in the next page.
    var packets: [[UInt8]]

    /// A packet of n bytes takes n / 255 + 1 lacing values.
    static let maximumSegments = 255

    /// The longest possible page: header, lacing values and 255 segments of 255 bytes.
    static let maximumBytes = 27 + 255 + 255 * 255

    static func segments(_ packetBytes: Int) -> Int { packetBytes / 255 + 1 }

    var bytes: [UInt8] {
        let lacing = packets.flatMap { [UInt8](repeating: 255, count: $0.count / 255) + [UInt8($0.count % 255)] }
        precondition(lacing.count <= Self.maximumSegments, "a page holds at most 255 segments")
        var page = Array("OggS".utf8) + [0, flags.rawValue]
        page += littleEndian(granulePosition) + littleEndian(serial) + littleEndian(sequence)
        page += [0, 0, 0, 0, UInt8(lacing.count)] + lacing
        for packet in packets { page += packet }
        page.replaceSubrange(22..<26, with: littleEndian(Self.checksum(page)))
        return page
    }

    /// Reads the page that begins at `offset` and moves the offset behind it; nil where no intact page of whole packets begins.
    init?(_ bytes: [UInt8], at offset: inout Int) {
        guard offset >= 0, bytes.count - offset >= 27, bytes[offset..<offset + 5].elementsEqual(Array("OggS".utf8) + [0]) else {
            return nil
        }
        let segments = Int(bytes[offset + 26])
        let body = offset + 27 + segments
        guard body <= bytes.count else { return nil }
        let lacing = bytes[offset + 27..<body].map(Int.init)
        let end = body + lacing.reduce(0, +)
        guard end <= bytes.count, (lacing.last ?? 0) < 255 else { return nil }

        var page = Array(bytes[offset..<end])
        page.replaceSubrange(22..<26, with: [0, 0, 0, 0])
        guard Self.checksum(page) == UInt32(littleEndian: bytes, at: offset + 22) else { return nil }

        flags = Flags(rawValue: bytes[offset + 5])
        granulePosition = UInt64(littleEndian: bytes, at: offset + 6)
        serial = UInt32(littleEndian: bytes, at: offset + 14)
        sequence = UInt32(littleEndian: bytes, at: offset + 18)
        packets = []
        var start = body
        var length = 0
        for value in lacing {
            length += value
            if value < 255 {
                packets.append(Array(bytes[start..<start + length]))
                start += length
                length = 0
            }
        }
        offset = end
    }

    /// The page that ends where `bytes` end.
    static func last(of bytes: [UInt8]) -> OggPage? {
        for start in bytes.indices.reversed() where bytes[start] == UInt8(ascii: "O") {
            var offset = start
            if let page = OggPage(bytes, at: &offset) { return offset == bytes.count ? page : nil }
        }
        return nil
    }

    init(flags: Flags = [], granulePosition: UInt64, serial: UInt32, sequence: UInt32, packets: [[UInt8]]) {
        self.flags = flags
        self.granulePosition = granulePosition
        self.serial = serial
        self.sequence = sequence
        self.packets = packets
    }

    /// CRC-32 with polynomial 0x04c11db7, neither reflected nor inverted, over the page with its CRC field zero.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.reduce(0) { ($0 << 8) ^ table[Int(UInt8(truncatingIfNeeded: $0 >> 24) ^ $1)] }
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index) << 24) { value, _ in value & 0x8000_0000 == 0 ? value << 1 : (value << 1) ^ 0x04c1_1db7 }
    }
}

func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
}

extension FixedWidthInteger {
    /// Reads from bytes that the caller has checked to be there.
    init(littleEndian bytes: [UInt8], at offset: Int) {
        self = 0
        for index in (0..<Self.bitWidth / 8).reversed() { self = self << 8 | Self(bytes[offset + index]) }
    }
}
