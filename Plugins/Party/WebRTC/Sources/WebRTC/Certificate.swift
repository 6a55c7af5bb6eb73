/// Our DTLS certificate: ECDSA P-256, signed by itself, made anew at each start (RFC 8826 §4.3, RFC 8827 §6.5).
internal import COpenSSL

/// Something that OpenSSL could not do. These are failures of the machine or of the set-up, never of a peer.
public enum DtlsError: Error, Sendable {
    case openSSL(String)
}

/// Immutable once made, and OpenSSL counts references to both handles atomically, so threads may share it.
public final class Certificate: @unchecked Sendable {
    /// SHA-256, as our side announces it.
    public let fingerprint: DtlsFingerprint
    let key: OpaquePointer
    let x509: OpaquePointer

    /// Valid from yesterday (peers' clocks differ) for a year: peers check the fingerprint, not the dates.
    public init() throws(DtlsError) {
        guard let key = COpenSSL_generateP256() else { throw .openSSL("EVP_EC_gen") }
        guard let x509 = X509_new() else {
            EVP_PKEY_free(key)
            throw .openSSL("X509_new")
        }
        self.key = key
        self.x509 = x509
        X509_set_version(x509, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(x509), Int(UInt32.random(in: 1...UInt32.max)))
        X509_gmtime_adj(X509_getm_notBefore(x509), -86_400)
        X509_gmtime_adj(X509_getm_notAfter(x509), 365 * 86_400)
        let name = X509_get_subject_name(x509)
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, "DMP", -1, -1, 0)
        X509_set_issuer_name(x509, name)
        X509_set_pubkey(x509, key)
        guard X509_sign(x509, key, EVP_sha256()) > 0, let fingerprint = DtlsFingerprint(of: x509, .sha256) else {
            EVP_PKEY_free(key)
            X509_free(x509)
            throw .openSSL("X509_sign")
        }
        self.fingerprint = fingerprint
    }

    deinit {
        EVP_PKEY_free(key)
        X509_free(x509)
    }
}

extension DtlsFingerprint {
    /// Of an OpenSSL certificate; nil when OpenSSL cannot hash it.
    init?(of x509: OpaquePointer, _ algorithm: Algorithm) {
        let digest =
            switch algorithm {
            case .sha256: EVP_sha256()
            case .sha384: EVP_sha384()
            case .sha512: EVP_sha512()
            }
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard X509_digest(x509, digest, &bytes, &count) == 1, Int(count) == algorithm.byteCount else { return nil }
        self.init(algorithm, Array(bytes.prefix(Int(count))))
    }
}
