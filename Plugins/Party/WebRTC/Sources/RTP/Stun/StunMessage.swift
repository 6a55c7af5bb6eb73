/// A STUN message as a view over its bytes (RFC 8489 §5), with what a connectivity check carries (RFC 8445 §7).
///
///      0                   1                   2                   3
///     |0 0|  method and class (14)    |   length of what follows 20   |
///     |                     magic cookie 2112A442                     |
///     |                     transaction id (96 bits)                  |
///     |  attribute type               |  length                       |  value, padded to whole words …

/// 96 bits that the asking side chose at random.
public struct StunTransactionId: Hashable, Sendable {
    public let high: UInt32, low: UInt64

    public init(high: UInt32, low: UInt64) {
        self.high = high
        self.low = low
    }
}

public struct StunMessage {
    public enum Class: UInt16, Sendable {
        case request = 0x0000
        case indication = 0x0010
        case success = 0x0100
        case error = 0x0110
    }

    public enum Fingerprint: Sendable { case missing, wrong, correct }

    public static let magicCookie: UInt32 = 0x2112_A442
    public static let bindingMethod: UInt16 = 0x0001
    static let headerBytes = 20, messageIntegrityBytes = 20, fingerprintMask: UInt32 = 0x5354_554E
    private static let classBits: UInt16 = 0x0110

    public let messageClass: Class
    public let method: UInt16
    public let transactionId: StunTransactionId
    public private(set) var fingerprint = Fingerprint.missing
    public private(set) var username: ByteView?
    public private(set) var priority: UInt32?
    public private(set) var useCandidate = false
    public private(set) var nomination: UInt32?
    /// The tie-breaker of a peer that believes itself to be controlled, or controlling.
    public private(set) var iceControlled: UInt64?, iceControlling: UInt64?
    public private(set) var mappedAddress: SocketAddress?
    public private(set) var errorCode: Int?
    /// Attributes that a receiver would have to understand, and we do not: answered with 420.
    public private(set) var unknownRequired: [UInt16] = []
    private var integrityOffset: Int?
    private let view: ByteView

    /// Nil when the header or a length is wrong. What it says is proven only by `hasIntegrity`.
    public init?(_ view: ByteView) {
        guard let type = view.u16(at: 0), type & 0xC000 == 0, let messageClass = Class(rawValue: type & Self.classBits),
            let length = view.u16(at: 2), length % 4 == 0, Int(length) + Self.headerBytes == view.count,
            view.u32(at: 4) == Self.magicCookie,
            let high = view.u32(at: 8), let low = view.u64(at: 12)
        else { return nil }
        self.messageClass = messageClass
        method = type & ~Self.classBits
        transactionId = StunTransactionId(high: high, low: low)
        self.view = view
        var offset = Self.headerBytes
        while offset < view.count {
            guard fingerprint == .missing,  // FINGERPRINT is the last attribute (§14.7)
                let type = view.u16(at: offset), let size = view.u16(at: offset + 2),
                let value = view.slice(at: offset + 4, count: Int(size))
            else { return nil }
            if type == StunAttribute.fingerprint {
                guard size == 4, let sent = value.u32(at: 0), let covered = view.slice(at: 0, count: offset) else { return nil }
                fingerprint = sent == Crc32.checksum(covered) ^ Self.fingerprintMask ? .correct : .wrong
            } else if integrityOffset == nil {  // what follows MESSAGE-INTEGRITY is not covered by it, so it does not count (§14.5)
                guard read(type, value, at: offset) else { return nil }
            }
            offset += 4 + (Int(size) + 3) & ~3
        }
    }

    /// False when a known attribute has a wrong size.
    private mutating func read(_ type: UInt16, _ value: ByteView, at offset: Int) -> Bool {
        switch type {
        case StunAttribute.messageIntegrity:
            guard value.count == Self.messageIntegrityBytes else { return false }
            integrityOffset = offset
        case StunAttribute.username:
            guard value.count <= 513 else { return false }  // RFC 8489 §14.3
            username = username ?? value  // of several only the first counts (§14)
        case StunAttribute.priority:
            guard let number = value.u32(at: 0) else { return false }
            priority = number
        case StunAttribute.useCandidate: useCandidate = true
        case StunAttribute.nomination: nomination = value.u32(at: 0)
        case StunAttribute.iceControlled:
            guard let tieBreaker = value.u64(at: 0) else { return false }
            iceControlled = tieBreaker
        case StunAttribute.iceControlling:
            guard let tieBreaker = value.u64(at: 0) else { return false }
            iceControlling = tieBreaker
        case StunAttribute.xorMappedAddress: mappedAddress = XorMappedAddress.address(value, transactionId)
        case StunAttribute.errorCode:
            guard let hundreds = value.u8(at: 2), let rest = value.u8(at: 3) else { return false }
            errorCode = Int(hundreds & 7) * 100 + Int(rest)
        case StunAttribute.unknownAttributes: break
        default: if StunAttribute.isComprehensionRequired(type) { unknownRequired.append(type) }
        }
        return true
    }

    /// USERNAME of a check: the receiver's ufrag, a colon, the sender's (RFC 8445 §7.2.2). Nil when there is no colon.
    public var ufrags: (receiver: ByteView, sender: ByteView)? {
        guard let username, let colon = username.bytes.firstIndex(of: UInt8(ascii: ":")),
            let receiver = username.slice(at: 0, count: colon),
            let sender = username.suffix(from: colon + 1)
        else { return nil }
        return (receiver, sender)
    }

    /// Whether MESSAGE-INTEGRITY is there and right (§14.5): an HMAC-SHA1 over everything before it, with the header's length as if the
    /// message ended behind it.
    /// - Parameter isCorrect: gets the bytes that are covered, and the 20 bytes that were sent; compares in constant time.
    public func hasIntegrity(_ isCorrect: (_ covered: [UInt8], _ sent: ByteView) -> Bool) -> Bool {
        guard let offset = integrityOffset, let before = view.slice(at: 0, count: offset),
            let sent = view.slice(at: offset + 4, count: Self.messageIntegrityBytes)
        else { return false }
        var covered = before.array
        covered.replace16(at: 2, with: UInt16(offset - Self.headerBytes + 4 + Self.messageIntegrityBytes))
        return isCorrect(covered, sent)
    }

    /// The USERNAME of a message of which nothing else was read, to find out whom it is for.
    public static func username(of view: ByteView) -> ByteView? {
        guard let type = view.u16(at: 0), type & 0xC000 == 0, view.u32(at: 4) == magicCookie else { return nil }
        var offset = headerBytes
        while let type = view.u16(at: offset), let size = view.u16(at: offset + 2) {
            if type == StunAttribute.username { return view.slice(at: offset + 4, count: Int(size)) }
            offset += 4 + (Int(size) + 3) & ~3
        }
        return nil
    }
}
