/// The other side's SRTP and SRTCP, all by libsrtp2: the oracle for what the code under test seals and opens.
internal import CSRTP
import WebRTC

public final class TestSrtpEndpoint {
    private var inbound: srtp_t?
    private var outbound: srtp_t?

    /// Master key and salt of each direction, one behind the other.
    public init(_ profile: SrtpProfile, inbound inboundKey: [UInt8], outbound outboundKey: [UInt8]) {
        precondition(LibSrtp.isReady, "libsrtp2 cannot start")
        inbound = Self.session(profile, inboundKey, ssrc_any_inbound)
        outbound = Self.session(profile, outboundKey, ssrc_any_outbound)
    }

    deinit {
        if let inbound { srtp_dealloc(inbound) }
        if let outbound { srtp_dealloc(outbound) }
    }

    private static func session(_ profile: SrtpProfile, _ key: [UInt8], _ type: srtp_ssrc_type_t) -> srtp_t? {
        var policy = srtp_policy_t()
        var session: srtp_t?
        var key = key
        switch profile {
        case .aes128CmHmacSha1Tag80:
            srtp_crypto_policy_set_rtp_default(&policy.rtp)
            srtp_crypto_policy_set_rtp_default(&policy.rtcp)
        case .aeadAes128Gcm:
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp)
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp)
        case .aeadAes256Gcm:
            srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp)
            srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp)
        }
        policy.ssrc.type = type
        policy.window_size = 1_024
        policy.allow_repeat_tx = 1
        let status = key.withUnsafeMutableBufferPointer { buffer in
            policy.key = buffer.baseAddress
            return srtp_create(&session, &policy)
        }
        precondition(status == srtp_err_status_ok, "libsrtp2 refuses a policy")
        return session
    }

    public func sealRtp(_ packet: [UInt8]) -> [UInt8]? { run(packet, srtp_protect, outbound) }
    public func sealRtcp(_ packet: [UInt8]) -> [UInt8]? { run(packet, srtp_protect_rtcp, outbound) }
    public func openRtp(_ packet: [UInt8]) -> [UInt8]? { run(packet, srtp_unprotect, inbound) }
    public func openRtcp(_ packet: [UInt8]) -> [UInt8]? { run(packet, srtp_unprotect_rtcp, inbound) }

    private typealias Operation = (srtp_t?, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int32>?) -> srtp_err_status_t

    /// Nil when libsrtp2 refuses, which for what arrives means: not authentic, or a replay.
    private func run(_ packet: [UInt8], _ operation: Operation, _ session: srtp_t?) -> [UInt8]? {
        var buffer = packet + [UInt8](repeating: 0, count: 64)
        var length = Int32(packet.count)
        let status = buffer.withUnsafeMutableBytes { operation(session, $0.baseAddress, &length) }
        return status == srtp_err_status_ok ? Array(buffer.prefix(Int(length))) : nil
    }
}
