internal import COpenSSL

final class DtlsContext {
    init(_ certificate: Certificate) throws(DtlsError) {}
}
