/// Writes STUN messages: our answers to checks, and in tests the checks themselves.

public struct StunMessageBuilder {
    private var bytes: [UInt8] = []
    private let transactionId: StunTransactionId

    public init(_ messageClass: StunMessage.Class, method: UInt16 = StunMessage.bindingMethod, transactionId: StunTransactionId) {
        self.transactionId = transactionId
        bytes.append(bigEndian: method | messageClass.rawValue)
        bytes.append(bigEndian: 0 as UInt16)
        bytes.append(bigEndian: StunMessage.magicCookie)
        bytes.append(bigEndian: transactionId.high)
        bytes.append(bigEndian: transactionId.low)
    }

    /// `value` is padded to whole words; its length is what it was before (RFC 8489 §14).
    public mutating func append(_ type: UInt16, _ value: [UInt8]) {
        precondition(value.count <= 763, "a STUN attribute of ours is longer than any that RFC 8489 defines")
        bytes.append(bigEndian: type)
        bytes.append(bigEndian: UInt16(value.count))
        bytes += value
        bytes += [UInt8](repeating: 0, count: -value.count & 3)
    }

    public mutating func appendMappedAddress(_ address: SocketAddress) {
        append(StunAttribute.xorMappedAddress, XorMappedAddress.value(address, transactionId))
    }

    /// `code`: 300…699 (RFC 8489 §14.8).
    public mutating func appendError(_ code: Int, _ reason: String) {
        append(StunAttribute.errorCode, [0, 0, UInt8(clamping: code / 100), UInt8(clamping: code % 100)] + Array(reason.utf8))
    }

    public mutating func appendUnknownAttributes(_ types: [UInt16]) {
        var value: [UInt8] = []
        for type in types { value.append(bigEndian: type) }
        append(StunAttribute.unknownAttributes, value)
    }

    /// Adds MESSAGE-INTEGRITY and FINGERPRINT, the header's length always ending behind the attribute that is being computed.
    /// - Parameter hmacSha1: keyed with the password; returns 20 bytes.
    public consuming func finish(_ hmacSha1: ([UInt8]) -> [UInt8]) -> [UInt8] {
        setLength(adding: 4 + StunMessage.messageIntegrityBytes)
        append(StunAttribute.messageIntegrity, hmacSha1(bytes))
        return finish()
    }

    /// Adds FINGERPRINT alone.
    public consuming func finish() -> [UInt8] {
        setLength(adding: 8)
        var sum: [UInt8] = []
        sum.append(bigEndian: bytes.withByteView(Crc32.checksum) ^ StunMessage.fingerprintMask)
        append(StunAttribute.fingerprint, sum)
        return bytes
    }

    private mutating func setLength(adding more: Int) {
        bytes.replace16(at: 2, with: UInt16(bytes.count - StunMessage.headerBytes + more))
    }
}
