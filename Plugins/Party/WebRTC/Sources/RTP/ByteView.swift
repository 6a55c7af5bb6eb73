/// Bounds-checked reading of bytes that came from the network, and big-endian writing of our own.
///
/// Every parser of this package reads through `ByteView`; it is checked in every build, since `UnsafeRawBufferPointer` checks in
/// debug builds only.

/// A borrowed run of bytes: valid as long as the memory below it, which is usually until the receiving call returns.
public struct ByteView {
    public let bytes: UnsafeRawBufferPointer

    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    @inlinable
    public var count: Int { bytes.count }

    /// Big-endian, nil when it does not lie wholly inside.
    @inlinable
    public func u8(at offset: Int) -> UInt8? {
        guard offset >= 0, offset < count else { return nil }
        return bytes[offset]
    }

    @inlinable
    public func u16(at offset: Int) -> UInt16? { load(at: offset) }

    @inlinable
    public func u32(at offset: Int) -> UInt32? { load(at: offset) }

    @inlinable
    public func u64(at offset: Int) -> UInt64? { load(at: offset) }

    /// A part of it, nil when that does not lie wholly inside.
    @inlinable
    public func slice(at offset: Int, count length: Int) -> ByteView? {
        guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
        return ByteView(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]))
    }

    /// Everything from `offset` on.
    @inlinable
    public func suffix(from offset: Int) -> ByteView? { slice(at: offset, count: count - offset) }

    /// A copy that outlives the memory below.
    public var array: [UInt8] { [UInt8](bytes) }

    @inlinable
    func load<Integer: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Integer? {
        let size = MemoryLayout<Integer>.size
        guard offset >= 0, count >= size, offset <= count - size else { return nil }
        return Integer(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
}

extension [UInt8] {
    /// Appends in network order.
    public mutating func append<Integer: FixedWidthInteger & BitwiseCopyable>(bigEndian value: Integer) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// Overwrites two bytes of our own message; `offset` is ours, never the network's.
    mutating func replace16(at offset: Int, with value: UInt16) {
        precondition(offset >= 0 && offset + 2 <= count, "a length field lies outside of our own message")
        self[offset] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    /// Reads this array as a `ByteView` for the length of the call.
    public func withByteView<Result>(_ body: (ByteView) -> Result) -> Result {
        withUnsafeBytes { body(ByteView($0)) }
    }
}
