/// The other side's DTLS 1.2, on OpenSSL and apart from the code under test.
internal import COpenSSL
import Glibc
import RTP

final class TestDtlsEndpoint {
    private let ssl: OpaquePointer
    private let input: OpaquePointer, output: OpaquePointer
    private(set) var isConnected = false
    /// Real time, since OpenSSL asks no test what time it is; a repeated flight waits for it.
    private static let retransmissionMicroseconds: UInt32 = 25_000

    init(_ certificate: TestCertificate, profiles: String, isServer: Bool, mtu: Int32 = 1_200) {
        guard let context = SSL_CTX_new(DTLS_method()) else { preconditionFailure("OpenSSL") }
        COpenSSL_configureDtls(context)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT) { _, _ in 1 }
        precondition(SSL_CTX_use_certificate(context, certificate.x509) == 1 && SSL_CTX_use_PrivateKey(context, certificate.key) == 1)
        if !profiles.isEmpty { precondition(SSL_CTX_set_tlsext_use_srtp(context, profiles) == 0, "no such SRTP profile") }
        guard let ssl = SSL_new(context), let input = COpenSSL_memoryBio(), let output = COpenSSL_memoryBio() else {
            preconditionFailure("OpenSSL")
        }
        SSL_CTX_free(context)  // the SSL keeps its own reference
        SSL_set_bio(ssl, input, output)
        COpenSSL_setMtu(ssl, mtu)
        DTLS_set_timer_cb(ssl) { _, _ in TestDtlsEndpoint.retransmissionMicroseconds }
        if isServer { SSL_set_accept_state(ssl) } else { SSL_set_connect_state(ssl) }
        self.ssl = ssl
        self.input = input
        self.output = output
    }

    deinit { SSL_free(ssl) }

    /// Steps the handshake; returns datagrams to send.
    func step(_ datagram: [UInt8] = []) -> [[UInt8]] {
        ERR_clear_error()
        if !datagram.isEmpty { BIO_write(input, datagram, Int32(datagram.count)) }
        if isConnected {
            var buffer = [UInt8](repeating: 0, count: 2_048)
            SSL_read(ssl, &buffer, Int32(buffer.count))
        } else if SSL_do_handshake(ssl) == 1 {
            isConnected = true
        }
        return drain()
    }

    /// What a browser's timer does: OpenSSL's own retransmission, with new record numbers and a new Finished. Empty when there is
    /// nothing to repeat.
    func repeatFlight() -> [[UInt8]] {
        var left = timeval()
        guard !isConnected, SSL_ctrl(ssl, DTLS_CTRL_GET_TIMEOUT, 0, &left) == 1 else { return [] }
        usleep(UInt32(left.tv_usec))
        return COpenSSL_handleDtlsTimeout(ssl) > 0 ? drain() : []
    }

    func closeNotify() -> [[UInt8]] {
        SSL_shutdown(ssl)
        return drain()
    }

    var profileNumber: UInt? { SSL_get_selected_srtp_profile(ssl).map { $0.pointee.id } }

    func exportKeys(_ count: Int) -> [UInt8] {
        var keys = [UInt8](repeating: 0, count: count)
        let label = "EXTRACTOR-dtls_srtp"
        precondition(SSL_export_keying_material(ssl, &keys, count, label, label.utf8.count, nil, 0, 0) == 1, "no keys to export")
        return keys
    }

    /// One datagram for each record: the smallest pieces a network can lose.
    private func drain() -> [[UInt8]] {
        var buffer = [UInt8](repeating: 0, count: 32_768)
        let count = BIO_read(output, &buffer, Int32(buffer.count))
        guard count > 0 else { return [] }
        var datagrams: [[UInt8]] = []
        var offset = 0
        while offset + 13 <= Int(count) {
            let next = offset + 13 + Int(buffer[offset + 11]) << 8 + Int(buffer[offset + 12])
            datagrams.append(Array(buffer[offset..<next]))
            offset = next
        }
        return datagrams
    }
}
