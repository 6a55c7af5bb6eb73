/// The protection profiles of DTLS-SRTP, and the keys that a handshake yields for them (RFC 5764 §4, RFC 7714 §14).
internal import COpenSSL

/// Raw value: its number in `use_srtp` (RFC 5764 §4.1.2, RFC 7714 §14.2).
public enum SrtpProfile: UInt, CaseIterable, Sendable, BitwiseCopyable {
    case aes128CmHmacSha1Tag80 = 0x0001
    case aeadAes128Gcm = 0x0007
    case aeadAes256Gcm = 0x0008

    /// In our order of preference, which is the one that counts when we are the server: the cheapest first.
    static let openSSLNames =
        (Aes256Gcm.isAvailable ? "SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM" : "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM")
        + ":SRTP_AES128_CM_SHA1_80"

    var isAead: Bool { self != .aes128CmHmacSha1Tag80 }
    var keyBytes: Int { self == .aeadAes256Gcm ? 32 : 16 }
    var saltBytes: Int { isAead ? 12 : 14 }
    /// Of SRTP and, in this product's profiles, of SRTCP.
    var tagBytes: Int { isAead ? 16 : 10 }
}

/// The master keys of both directions.
struct SrtpMasterKeys {
    let profile: SrtpProfile
    /// Key and salt, one behind the other, as libsrtp2 takes them.
    let local: [UInt8], remote: [UInt8]

    static let exporterLabel = "EXTRACTOR-dtls_srtp"

    static func exportedBytes(_ profile: SrtpProfile) -> Int { 2 * (profile.keyBytes + profile.saltBytes) }

    /// `exported`: client key, server key, client salt, server salt (RFC 5764 §4.2).
    init(_ profile: SrtpProfile, exported: [UInt8], isServer: Bool) {
        precondition(exported.count == Self.exportedBytes(profile), "the exporter was asked for too little")
        let k = profile.keyBytes
        let s = profile.saltBytes
        let client = Array(exported[..<k] + exported[(2 * k)..<(2 * k + s)])
        let server = Array(exported[k..<(2 * k)] + exported[(2 * k + s)...])
        self.profile = profile
        local = isServer ? server : client
        remote = isServer ? client : server
    }
}

/// What is derived from a master key for one direction of RTP or RTCP (RFC 3711 §4.3.1).
struct SrtpSessionKeys {
    /// Labels of the key derivation function.
    enum Labels {
        case rtp, rtcp

        var encryption: UInt8 { self == .rtp ? 0 : 3 }
        var authentication: UInt8 { encryption + 1 }
        var salt: UInt8 { encryption + 2 }
    }

    var key: [UInt8]
    var salt: [UInt8]
    /// 20 bytes for HMAC-SHA1; the AEAD profiles have none.
    var authentication: [UInt8] = []

    init(key: [UInt8], salt: [UInt8], authentication: [UInt8] = []) {
        self.key = key
        self.salt = salt
        self.authentication = authentication
    }

    /// The key derivation rate is 0: keys are derived once.
    init(_ profile: SrtpProfile, master: [UInt8], _ labels: Labels) {
        precondition(master.count == profile.keyBytes + profile.saltBytes, "a master key has the wrong length")
        let masterKey = Array(master.prefix(profile.keyBytes))
        let masterSalt = Array(master.dropFirst(profile.keyBytes))
        key = Self.derive(labels.encryption, profile.keyBytes, masterKey, masterSalt)
        salt = Self.derive(labels.salt, profile.saltBytes, masterKey, masterSalt)
        if !profile.isAead { authentication = Self.derive(labels.authentication, 20, masterKey, masterSalt) }
    }

    /// AES in counter mode over zeros; the label lies 7 bytes from the front of the (padded) salt.
    private static func derive(_ label: UInt8, _ count: Int, _ key: [UInt8], _ salt: [UInt8]) -> [UInt8] {
        var iv = salt + [UInt8](repeating: 0, count: 16 - salt.count)
        iv[7] ^= label
        var derived = [UInt8](repeating: 0, count: count)
        var written: Int32 = 0
        let zeros = derived
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        let done =
            EVP_EncryptInit_ex(context, key.count == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr(), nil, key, iv) == 1
            && EVP_EncryptUpdate(context, &derived, &written, zeros, Int32(count)) == 1
        precondition(done, "OpenSSL cannot derive keys")
        return derived
    }
}
