/// The cipher of one direction of SRTP or SRTCP, on OpenSSL EVP contexts that are made once and reused (RFC 3711 §4, RFC 7714 §5), or for
/// AES-256-GCM on `Aes256Gcm`, where that is available.
///
/// Written for the path of a packet to thousands of listeners: with one context per listener a seal takes a quarter of a microsecond,
/// while Debian's libsrtp2 slows down with the number of its contexts. Its output is compared with libsrtp2's in the tests.
internal import COpenSSL

/// Plain bits, so that it can lie where the packet's path reads it. Whoever makes it owns the OpenSSL contexts and calls `free()` once;
/// copies are borrowed. One thread.
struct SrtpCipher: BitwiseCopyable {
    enum Purpose { case seal, open }

    let profile: SrtpProfile
    /// Nil where `gcm` does everything.
    private let context: OpaquePointer?
    private let gcm: Aes256Gcm?
    /// HMAC-SHA1, for the profile that is no AEAD.
    private let mac: UnsafeMutablePointer<COpenSSL_HmacSha1>?
    /// The salt as four words, padded with zeros on the right.
    private let salt: (UInt32, UInt32, UInt32, UInt32)

    /// - Parameter purpose: a counter-mode context encrypts for both; an AEAD context serves one.
    init(_ profile: SrtpProfile, _ keys: SrtpSessionKeys, _ purpose: Purpose) {
        self.profile = profile
        gcm = profile == .aeadAes256Gcm ? Aes256Gcm(key: keys.key) : nil
        mac = profile.isAead ? nil : .allocate(capacity: 1)
        if let mac { COpenSSL_initHmacSha1(mac, keys.authentication, keys.authentication.count) }
        func word(_ index: Int) -> UInt32 {
            (4 * index..<4 * index + 4).reduce(0) { $0 << 8 | ($1 < keys.salt.count ? UInt32(keys.salt[$1]) : 0) }
        }
        salt = (word(0), word(1), word(2), word(3))
        guard gcm == nil else {
            context = nil
            return
        }
        guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("OpenSSL has no memory") }
        self.context = context
        let cipher =
            switch profile {
            case .aeadAes128Gcm: EVP_aes_128_gcm()
            case .aeadAes256Gcm: EVP_aes_256_gcm()
            case .aes128CmHmacSha1Tag80: EVP_aes_128_ctr()
            }
        let encrypts: Int32 = purpose == .seal || !profile.isAead ? 1 : 0
        precondition(EVP_CipherInit_ex(context, cipher, nil, keys.key, nil, encrypts) == 1, "OpenSSL refuses a cipher key")
    }

    func free() {
        gcm?.free()
        EVP_CIPHER_CTX_free(context)
        if let mac {
            OPENSSL_cleanse(mac, MemoryLayout<COpenSSL_HmacSha1>.size)
            mac.deallocate()
        }
    }

    // MARK: - RTP

    /// Seals a packet in place; returns its new length.
    /// - Parameters:
    ///   - header: bytes of the RTP header with its extension, which stay in clear.
    ///   - index: the packet's sequence number, widened. For one SSRC it must never be used for two different packets (a repeated GCM
    ///     nonce gives the key away).
    @inline(__always)
    func sealRtp(_ bytes: UnsafeMutablePointer<UInt8>, header: Int, count: Int, ssrc: UInt32, index: Int64) -> Int {
        let index = UInt64(truncatingIfNeeded: index)
        guard !profile.isAead else {
            sealAead(bytes, header: header, count: count, ssrc: ssrc, index: index, trailer: nil)
            return count + profile.tagBytes
        }
        applyCounterMode(bytes, header: header, count: count, ssrc: ssrc, index: index)
        // The roll-over counter is authenticated as if it followed the packet; the tag takes its place (RFC 3711 §4.2).
        UnsafeMutableRawPointer(bytes + count).storeBytes(of: UInt32(truncatingIfNeeded: index >> 16).bigEndian, as: UInt32.self)
        writeTag(of: bytes, count: count + 4, to: bytes + count)
        return count + profile.tagBytes
    }

    // MARK: - AEAD

    /// Encrypts `bytes[header..<count]` in place and writes the 16 bytes of the tag behind.
    /// - Parameter trailer: 4 more bytes to authenticate behind the header, for SRTCP's index word (RFC 7714 §9.2).
    func sealAead(
        _ bytes: UnsafeMutablePointer<UInt8>, header: Int, count: Int, ssrc: UInt32, index: UInt64, trailer: UnsafePointer<UInt8>?
    ) {
        if let gcm {
            return withAeadIV(ssrc, index) { iv in
                Self.withAdditional(bytes, header, trailer) {
                    gcm.seal(bytes, header: header, count: count, additional: $0, iv: iv)
                }
            }
        }
        startAead(ssrc, index)
        var written: Int32 = 0
        var done = EVP_EncryptUpdate(context, nil, &written, bytes, Int32(header)) == 1
        if let trailer { done = EVP_EncryptUpdate(context, nil, &written, trailer, 4) == 1 && done }
        done = EVP_EncryptUpdate(context, bytes + header, &written, bytes + header, Int32(count - header)) == 1 && done
        done = EVP_EncryptFinal_ex(context, bytes + count, &written) == 1 && done
        done = COpenSSL_getTag(context, bytes + count) == 1 && done
        precondition(done, "OpenSSL cannot encrypt")
    }

    /// Decrypts `bytes[header..<count]` in place; the tag lies behind. False when it is not authentic.
    func openAead(
        _ bytes: UnsafeMutablePointer<UInt8>, header: Int, count: Int, ssrc: UInt32, index: UInt64, trailer: UnsafePointer<UInt8>
    ) -> Bool {
        if let gcm {
            return withAeadIV(ssrc, index) { iv in
                Self.withAdditional(bytes, header, trailer) {
                    gcm.open(bytes, header: header, count: count, additional: $0, iv: iv)
                }
            }
        }
        startAead(ssrc, index)
        var written: Int32 = 0
        return EVP_DecryptUpdate(context, nil, &written, bytes, Int32(header)) == 1
            && EVP_DecryptUpdate(context, nil, &written, trailer, 4) == 1
            && EVP_DecryptUpdate(context, bytes + header, &written, bytes + header, Int32(count - header)) == 1
            && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, bytes + count) == 1
            && EVP_DecryptFinal_ex(context, bytes + count, &written) == 1
    }

    /// What is authenticated beside the text: the header, and the trailer behind it.
    @inline(__always)
    private static func withAdditional<Result>(
        _ bytes: UnsafePointer<UInt8>, _ header: Int, _ trailer: UnsafePointer<UInt8>?,
        _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        guard let trailer else { return body(UnsafeBufferPointer(start: bytes, count: header)) }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: header + 4) { joined in
            guard let base = joined.baseAddress else { return body(UnsafeBufferPointer(joined)) }
            base.initialize(from: bytes, count: header)
            (base + header).initialize(from: trailer, count: 4)
            return body(UnsafeBufferPointer(joined))
        }
    }

    @inline(__always)
    private func startAead(_ ssrc: UInt32, _ index: UInt64) {
        let done = withAeadIV(ssrc, index) { EVP_CipherInit_ex(context, nil, nil, nil, $0, -1) }
        precondition(done == 1, "OpenSSL refuses an IV")
    }

    /// 00 00 | SSRC | 48 bits of index, exclusive-or the salt (RFC 7714 §8.1, §9.1).
    @inline(__always)
    private func withAeadIV<Result>(_ ssrc: UInt32, _ index: UInt64, _ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        var iv = (
            (salt.0 ^ ssrc >> 16).bigEndian,
            (salt.1 ^ ssrc << 16 ^ UInt32(truncatingIfNeeded: index >> 32 & 0xFFFF)).bigEndian,
            (salt.2 ^ UInt32(truncatingIfNeeded: index)).bigEndian
        )
        return withUnsafeMutablePointer(to: &iv) {
            $0.withMemoryRebound(to: UInt8.self, capacity: 12) { body($0) }
        }
    }

    // MARK: - Counter mode and HMAC-SHA1

    /// Encrypts or decrypts `bytes[header..<count]` in place. IV: salt · 2^16 xor SSRC · 2^64 xor index · 2^16 (RFC 3711 §4.1.1).
    func applyCounterMode(_ bytes: UnsafeMutablePointer<UInt8>, header: Int, count: Int, ssrc: UInt32, index: UInt64) {
        var iv = (
            salt.0.bigEndian, (salt.1 ^ ssrc).bigEndian, (salt.2 ^ UInt32(truncatingIfNeeded: index >> 16)).bigEndian,
            (salt.3 ^ UInt32(truncatingIfNeeded: index << 16)).bigEndian
        )
        var written: Int32 = 0
        let done = withUnsafeBytes(of: &iv) { iv in
            EVP_CipherInit_ex(context, nil, nil, nil, iv.baseAddress?.assumingMemoryBound(to: UInt8.self), -1)
        }
        precondition(
            done == 1 && EVP_EncryptUpdate(context, bytes + header, &written, bytes + header, Int32(count - header)) == 1,
            "OpenSSL cannot encrypt")
    }

    /// Writes the first 10 bytes of the HMAC over `bytes[0..<count]` to `tag`, which may lie inside of them.
    func writeTag(of bytes: UnsafeMutablePointer<UInt8>, count: Int, to tag: UnsafeMutablePointer<UInt8>) {
        withTag(of: bytes, count: count) { tag.update(from: $0, count: profile.tagBytes) }
    }

    func hasTag(_ bytes: UnsafeMutablePointer<UInt8>, count: Int, _ tag: UnsafePointer<UInt8>) -> Bool {
        withTag(of: bytes, count: count) { CRYPTO_memcmp($0, tag, profile.tagBytes) == 0 }
    }

    @inline(__always)
    private func withTag<Result>(
        of bytes: UnsafeMutablePointer<UInt8>, count: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digest in
            guard let mac, let base = digest.baseAddress else { preconditionFailure("this profile has no tag of its own") }
            COpenSSL_hmacSha1(mac, bytes, count, base)
            return body(base)
        }
    }
}
