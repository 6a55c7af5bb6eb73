/// DTLS 1.2 over memory BIOs, for the one purpose of agreeing on SRTP keys (RFC 6347, RFC 5763, RFC 5764).
///
/// OpenSSL never touches a socket and never decides about time: its own retransmission timer is set so long that it cannot fire, and
/// the last flight is kept here and sent again. A repeated record needs a new number, or the peer drops it as a replay: records of
/// epoch 0 are not protected, so all of them are numbered here. An encrypted Finished cannot be, and goes out as it was.
internal import COpenSSL
import RTP

/// Settings and memory that all handshakes of one media thread share.
final class DtlsContext {
    /// Larger than any flight.
    static let scratchBytes = 32 * 1_024

    fileprivate let context: OpaquePointer
    /// What OpenSSL reads into: used within one call only.
    fileprivate let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: scratchBytes, alignment: 16)

    /// - Parameter profiles: OpenSSL's names, in order of preference.
    init(_ certificate: Certificate, profiles: String = SrtpProfile.openSSLNames) throws(DtlsError) {
        guard let context = SSL_CTX_new(DTLS_method()) else { throw .openSSL("SSL_CTX_new") }
        self.context = context
        COpenSSL_configureDtls(context)
        // A self-signed chain proves nothing: any certificate passes here, none is looked into, and the fingerprint decides afterwards.
        // OpenSSL still checks that the peer has the certificate's key.
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        SSL_CTX_set_cert_verify_callback(context, { _, _ in 1 }, nil)
        let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"  // RSA among them for a peer that is the server
        guard SSL_CTX_use_certificate(context, certificate.x509) == 1, SSL_CTX_use_PrivateKey(context, certificate.key) == 1,
            SSL_CTX_set_cipher_list(context, ciphers) == 1,
            SSL_CTX_set_tlsext_use_srtp(context, profiles) == 0  // 0 is success here
        else { throw .openSSL("SSL_CTX") }
    }

    deinit {
        SSL_CTX_free(context)
        scratch.deallocate()
    }
}

/// One handshake; 74 KB while it lives, so its transport lets go of it as soon as it is confirmed.
final class DtlsTransport {
    enum Progress {
        case waiting
        case connected(SrtpMasterKeys)
        case fingerprintMismatch
        case closedByPeer
        /// OpenSSL has given up on what it got; a new handshake may begin.
        case refused
    }

    /// Payload of one UDP datagram of ours: passes through every path that RFC 8200 allows, tunnels included.
    private static let maximumDatagramBytes = 1_200
    /// RFC 6347 §4.2.4.1 suggests a second, which is long when somebody waits to hear something; it doubles.
    private static let firstRetransmission = Duration.milliseconds(250), longestRetransmission = Duration.seconds(4)

    private let context: DtlsContext
    private let ssl: OpaquePointer
    /// Owned by `ssl`.
    private let input: OpaquePointer, output: OpaquePointer
    private let peer: RemotePeer
    /// Whole records of what was sent last and not answered yet.
    private var flight: [UInt8] = []
    private var retransmissionInterval = firstRetransmission
    private(set) var retransmissionTime: ContinuousClock.Instant?
    private var isConnected = false
    /// The next record of epoch 0.
    private var recordNumber: UInt64 = 0
    /// Of the ClientHello that this handshake answers.
    private var clientRandom: [UInt8]?

    init(_ context: DtlsContext, _ peer: RemotePeer) {
        guard let ssl = SSL_new(context.context), let input = COpenSSL_memoryBio(), let output = COpenSSL_memoryBio() else {
            preconditionFailure("OpenSSL has no memory")
        }
        SSL_set_bio(ssl, input, output)
        COpenSSL_setMtu(ssl, Int32(Self.maximumDatagramBytes))
        DTLS_set_timer_cb(ssl) { _, _ in 3_600_000_000 }  // µs: an hour
        if peer.dtlsRole == .server { SSL_set_connect_state(ssl) } else { SSL_set_accept_state(ssl) }
        self.context = context
        self.ssl = ssl
        self.input = input
        self.output = output
        self.peer = peer
    }

    deinit { SSL_free(ssl) }

    /// Our ClientHello, when the peer is the server.
    func start(at now: ContinuousClock.Instant, send: (UnsafeRawBufferPointer) -> Void) -> Progress {
        let progress = shakeHands()
        drain(at: now, progress, send)
        return progress
    }

    /// Takes one datagram and sends what follows from it. A memory BIO knows no datagram boundaries, so it is emptied after each.
    func receive(_ datagram: ByteView, at now: ContinuousClock.Instant, send: (UnsafeRawBufferPointer) -> Void) -> Progress {
        guard let base = datagram.bytes.baseAddress, datagram.count > 0 else { return .waiting }
        defer { COpenSSL_resetBio(input) }
        guard BIO_write(input, base, Int32(clamping: datagram.count)) == datagram.count else { return .waiting }
        clientRandom = clientRandom ?? Self.clientRandom(datagram)?.array
        let progress = isConnected ? read() : shakeHands()
        drain(at: now, progress, send)
        return progress
    }

    /// Whether this is a ClientHello, and not the one that is being answered. The first one may have been forged, so the owner begins
    /// anew with it as long as nobody is connected.
    func isAnotherClientHello(_ datagram: ByteView) -> Bool {
        guard !isConnected, let clientRandom, let random = Self.clientRandom(datagram) else { return false }
        return !random.bytes.elementsEqual(clientRandom)
    }

    /// The random of a ClientHello in the datagram's first record, unless that is a later fragment (RFC 6347 §4.1, §4.2.2, RFC 5246
    /// §7.4.1.2): 13 bytes of record header, 12 of message header with the fragment's offset, 2 of version.
    private static func clientRandom(_ datagram: ByteView) -> ByteView? {
        guard datagram.u8(at: 0) == 22, datagram.u8(at: 13) == 1, datagram.u8(at: 19) == 0, datagram.u16(at: 20) == 0 else { return nil }
        return datagram.slice(at: 27, count: 32)
    }

    func handleTimeout(at now: ContinuousClock.Instant, send: (UnsafeRawBufferPointer) -> Void) {
        guard let time = retransmissionTime, now >= time else { return }
        retransmissionInterval = min(retransmissionInterval * 2, Self.longestRetransmission)
        retransmissionTime = now + retransmissionInterval
        flight.withUnsafeMutableBytes { numberAndSplit($0, send) }
    }

    /// close_notify.
    func close(send: (UnsafeRawBufferPointer) -> Void) {
        guard isConnected else { return }
        ERR_clear_error()
        SSL_shutdown(ssl)
        context.drain(output) { numberAndSplit($0, send) }
    }

    private func shakeHands() -> Progress {
        ERR_clear_error()
        defer { ERR_clear_error() }
        let result = SSL_do_handshake(ssl)
        if result == 1 { return finish() }
        return SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ ? .waiting : .refused
    }

    private func finish() -> Progress {
        guard let certificate = SSL_get1_peer_certificate(ssl) else { return .fingerprintMismatch }
        defer { X509_free(certificate) }
        guard peer.fingerprints.contains(where: { DtlsFingerprint(of: certificate, $0.algorithm) == $0 }) else {
            return .fingerprintMismatch
        }
        guard let selected = SSL_get_selected_srtp_profile(ssl), let profile = SrtpProfile(rawValue: selected.pointee.id) else {
            return .refused
        }
        var exported = [UInt8](repeating: 0, count: SrtpMasterKeys.exportedBytes(profile))
        let label = SrtpMasterKeys.exporterLabel
        guard SSL_export_keying_material(ssl, &exported, exported.count, label, label.utf8.count, nil, 0, 0) == 1 else { return .refused }
        isConnected = true
        return .connected(SrtpMasterKeys(profile, exported: exported, isServer: peer.dtlsRole == .client))
    }

    /// A peer that lost our last flight repeats its own, which OpenSSL answers; and it may close.
    private func read() -> Progress {
        ERR_clear_error()
        defer { ERR_clear_error() }
        let result = SSL_read(ssl, context.scratch.baseAddress, Int32(context.scratch.count))
        return result <= 0 && SSL_get_error(ssl, result) == SSL_ERROR_ZERO_RETURN ? .closedByPeer : .waiting
    }

    private func drain(at now: ContinuousClock.Instant, _ progress: Progress, _ send: (UnsafeRawBufferPointer) -> Void) {
        switch progress {
        case .refused, .fingerprintMismatch:
            // What was refused may be forged, and an alert would end the real peer's handshake.
            COpenSSL_resetBio(output)
        case .waiting, .connected, .closedByPeer:
            context.drain(output) { records in
                numberAndSplit(records, send)
                flight = Array(records)
                retransmissionInterval = Self.firstRetransmission
                retransmissionTime = now + retransmissionInterval
            }
        }
        if isConnected {
            // The last flight is the peer's to ask for again.
            flight = []
            retransmissionTime = nil
        }
    }

    /// Sends whole records (RFC 6347 §4.1), as many to a datagram as fit; those of epoch 0 get their numbers.
    private func numberAndSplit(_ records: UnsafeMutableRawBufferPointer, _ send: (UnsafeRawBufferPointer) -> Void) {
        let view = ByteView(UnsafeRawBufferPointer(records))
        var start = 0
        var end = 0
        while let length = view.u16(at: end + 11), let epoch = view.u16(at: end + 3) {
            let next = end + 13 + Int(length)
            guard next <= records.count else { return }
            if epoch == 0 {  // the 48 bits behind it are the number
                records.storeBytes(of: recordNumber.bigEndian, toByteOffset: end + 3, as: UInt64.self)
                recordNumber += 1
            }
            if end > start, next - start > Self.maximumDatagramBytes {
                send(UnsafeRawBufferPointer(rebasing: records[start..<end]))
                start = end
            }
            end = next
        }
        if end > start { send(UnsafeRawBufferPointer(rebasing: records[start..<end])) }
    }
}

extension DtlsContext {
    /// Empties a BIO through `scratch`.
    fileprivate func drain(_ output: OpaquePointer, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
        let count = BIO_read(output, scratch.baseAddress, Int32(scratch.count))
        guard count > 0 else { return }
        body(UnsafeMutableRawBufferPointer(rebasing: scratch[..<Int(count)]))
    }
}
