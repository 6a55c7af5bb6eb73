/// Hashes by OpenSSL: what STUN's MESSAGE-INTEGRITY, host tokens and names of covers are made of.
internal import COpenSSL
import RTP

/// 20 bytes.
func hmacSha1(key: [UInt8], _ message: [UInt8]) -> [UInt8] { hmac(EVP_sha1(), key, message) }

/// 32 bytes.
public func hmacSha256(key: [UInt8], _ message: [UInt8]) -> [UInt8] { hmac(EVP_sha256(), key, message) }

/// 32 bytes.
public func sha256(_ message: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: 32)
    let done = EVP_Digest(message, message.count, &result, nil, EVP_sha256(), nil)
    precondition(done == 1, "OpenSSL cannot compute SHA-256")
    return result
}

private func hmac(_ digest: OpaquePointer?, _ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    let done = HMAC(digest, key, Int32(clamping: key.count), message, message.count, &result, &count)
    precondition(done != nil, "OpenSSL cannot compute an HMAC")
    return Array(result.prefix(Int(count)))
}

/// Takes as long for any two arrays of the same length, so that a secret cannot be guessed byte by byte.
public func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.withByteView { a in b.withByteView { constantTimeEqual(a, $0) } }
}

func constantTimeEqual(_ a: ByteView, _ b: ByteView) -> Bool {
    a.count == b.count && zip(a.bytes, b.bytes).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
}
