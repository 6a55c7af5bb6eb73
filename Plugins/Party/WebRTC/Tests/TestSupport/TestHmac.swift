/// HMAC-SHA1 for a peer's STUN messages.
internal import COpenSSL

public enum TestHmac {
    public static func sha1(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 20)
        var count: UInt32 = 0
        HMAC(EVP_sha1(), key, Int32(key.count), message, message.count, &digest, &count)
        return digest
    }
}
