/// Packets out of a byte stream (RFC 4571 §2, as RFC 6544 §3 uses it for ICE over TCP): each is preceded by its length in 16 bits.
///
///     |  length (16 bits, big-endian)  |  packet: STUN, DTLS, RTP or RTCP …  |
///
/// Whoever owns the connection reads into `space`, says how much came, and takes packets out until there is none.
public struct FrameBuffer: ~Copyable {
    /// More than any packet that we accept.
    public static let maximumFrameBytes = 2_048
    public static let headerBytes = 2

    private let memory: UnsafeMutableRawBufferPointer
    /// `memory[start..<end]` has come and was not taken yet.
    private var start = 0, end = 0
    /// A frame was longer than any packet: nothing behind it can be found any more.
    public private(set) var isBroken = false

    public init() {
        memory = .allocate(byteCount: Self.headerBytes + Self.maximumFrameBytes, alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { memory.deallocate() }

    /// Where the next bytes go. Never empty while all packets have been taken and the stream is not broken.
    public mutating func space() -> UnsafeMutableRawBufferPointer {
        if start > 0 {
            let kept = end - start
            if kept > 0, let base = memory.baseAddress { base.copyMemory(from: base + start, byteCount: kept) }
            start = 0
            end = kept
        }
        return UnsafeMutableRawBufferPointer(rebasing: memory[end...])
    }

    /// What has come and was not taken yet, as it came; valid until the next call of `space()`.
    public var unread: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[start..<end]) }

    /// So many bytes have been written to `space`.
    public mutating func received(_ count: Int) { end = min(memory.count, end + max(0, count)) }

    /// The next whole packet, valid until the next call of `space()`. Empty ones are skipped.
    public mutating func next() -> UnsafeRawBufferPointer? {
        while !isBroken {
            let view = ByteView(UnsafeRawBufferPointer(rebasing: memory[start..<end]))
            guard let length = view.u16(at: 0).map(Int.init) else { return nil }
            guard length <= Self.maximumFrameBytes else {
                isBroken = true
                return nil
            }
            guard let frame = view.slice(at: Self.headerBytes, count: length) else { return nil }
            start += Self.headerBytes + length
            if length > 0 { return frame.bytes }
        }
        return nil
    }
}
