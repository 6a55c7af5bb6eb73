/// A peer's certificate and key, as browsers (ECDSA P-256) and older stacks (RSA) make them.
internal import COpenSSL
import WebRTC

/// Immutable once made.
public final class TestCertificate: @unchecked Sendable {
    public static let ecdsa = TestCertificate(COpenSSL_generateP256())
    public static let rsa = TestCertificate(COpenSSL_generateRsa2048())

    let key: OpaquePointer
    let x509: OpaquePointer

    private init(_ key: OpaquePointer?) {
        guard let key, let x509 = X509_new() else { preconditionFailure("OpenSSL cannot make a certificate") }
        X509_set_version(x509, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(x509), 1)
        X509_gmtime_adj(X509_getm_notBefore(x509), -86_400)
        X509_gmtime_adj(X509_getm_notAfter(x509), 86_400)
        let name = X509_get_subject_name(x509)
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, "peer", -1, -1, 0)
        X509_set_issuer_name(x509, name)
        X509_set_pubkey(x509, key)
        precondition(X509_sign(x509, key, EVP_sha256()) > 0, "OpenSSL cannot sign a certificate")
        self.key = key
        self.x509 = x509
    }

    public func fingerprint(_ algorithm: DtlsFingerprint.Algorithm = .sha256) -> DtlsFingerprint {
        let digest =
            switch algorithm {
            case .sha256: EVP_sha256()
            case .sha384: EVP_sha384()
            case .sha512: EVP_sha512()
            }
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        precondition(X509_digest(x509, digest, &bytes, &count) == 1, "OpenSSL cannot hash a certificate")
        let value = bytes.prefix(Int(count)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
        guard let fingerprint = DtlsFingerprint(algorithm: algorithm.rawValue, value: value) else {
            preconditionFailure("a fingerprint has the wrong length")
        }
        return fingerprint
    }
}
