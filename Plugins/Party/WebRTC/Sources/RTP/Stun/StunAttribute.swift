/// The STUN attributes that ICE uses (RFC 8489 §14, RFC 8445 §16.1), and the encoding of those that are more than a number.

public enum StunAttribute {
    public static let username: UInt16 = 0x0006, messageIntegrity: UInt16 = 0x0008, errorCode: UInt16 = 0x0009
    public static let unknownAttributes: UInt16 = 0x000A, xorMappedAddress: UInt16 = 0x0020
    public static let priority: UInt16 = 0x0024, useCandidate: UInt16 = 0x0025
    public static let software: UInt16 = 0x8022, fingerprint: UInt16 = 0x8028
    public static let iceControlled: UInt16 = 0x8029, iceControlling: UInt16 = 0x802A
    /// Renomination: a higher value wins (draft-thatcher-ice-renomination); what libwebrtc sends beside USE-CANDIDATE.
    public static let nomination: UInt16 = 0xC001

    /// A peer that does not know an attribute below 0x8000 must not process the message (RFC 8489 §14).
    static func isComprehensionRequired(_ type: UInt16) -> Bool { type < 0x8000 }
}

/// XOR-MAPPED-ADDRESS (RFC 8489 §14.2): the address that a request came from, as seen by whoever answers.
enum XorMappedAddress {
    private static let ipv4: UInt8 = 1, ipv6: UInt8 = 2

    static func value(_ address: SocketAddress, _ transactionId: StunTransactionId) -> [UInt8] {
        var value = [0, address.family == .ipv4 ? ipv4 : ipv6]
        value.append(bigEndian: address.port ^ UInt16(StunMessage.magicCookie >> 16))
        switch address.family {
        case .ipv4: value.append(bigEndian: address.ipv4 ^ StunMessage.magicCookie)
        case .ipv6:
            value.append(bigEndian: address.high ^ (UInt64(StunMessage.magicCookie) << 32 | UInt64(transactionId.high)))
            value.append(bigEndian: address.low ^ transactionId.low)
        }
        return value
    }

    static func address(_ value: ByteView, _ transactionId: StunTransactionId) -> SocketAddress? {
        guard let family = value.u8(at: 1), let xored = value.u16(at: 2) else { return nil }
        let port = xored ^ UInt16(StunMessage.magicCookie >> 16)
        if family == ipv4, value.count == 8, let address = value.u32(at: 4) {
            return SocketAddress(ipv4: address ^ StunMessage.magicCookie, port: port)
        }
        guard family == ipv6, value.count == 20, let high = value.u64(at: 4), let low = value.u64(at: 12) else { return nil }
        return SocketAddress(
            ipv6High: high ^ (UInt64(StunMessage.magicCookie) << 32 | UInt64(transactionId.high)), low: low ^ transactionId.low, port: port)
    }
}
