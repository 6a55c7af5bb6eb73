/// RTP header extensions (RFC 8285): elements with ids that each peer assigns for itself.

public struct RtpHeaderExtension {
    private static let oneByteProfile: UInt16 = 0xBEDE
    private static let twoByteProfile: UInt16 = 0x1000

    public let profile: UInt16
    public let body: ByteView

    /// The value of the first element with this id; nil when there is none, or it does not lie inside.
    ///
    ///     one-byte form (§4.2):  | id (4) | length - 1 (4) | value …       two-byte form (§4.3):  | id (8) | length (8) | value …
    public func element(_ id: UInt8) -> ByteView? {
        guard id > 0 else { return nil }
        if profile == Self.oneByteProfile { return oneByteElement(id) }
        return profile & 0xFFF0 == Self.twoByteProfile ? twoByteElement(id) : nil
    }

    private func oneByteElement(_ id: UInt8) -> ByteView? {
        var offset = 0
        while let head = body.u8(at: offset) {
            offset += 1
            guard head != 0 else { continue }  // padding
            // Id 15, or id 0 with a length: whatever follows must be ignored.
            guard 1...14 ~= head >> 4 else { return nil }
            let length = Int(head & 0x0F) + 1
            if head >> 4 == id { return body.slice(at: offset, count: length) }
            offset += length
        }
        return nil
    }

    private func twoByteElement(_ id: UInt8) -> ByteView? {
        var offset = 0
        while let found = body.u8(at: offset) {
            offset += 1
            guard found != 0 else { continue }  // padding
            guard let length = body.u8(at: offset) else { return nil }
            offset += 1
            if found == id { return body.slice(at: offset, count: Int(length)) }
            offset += Int(length)
        }
        return nil
    }
}
