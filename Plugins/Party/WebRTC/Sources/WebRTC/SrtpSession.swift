/// SRTP and SRTCP of one transport, both directions (RFC 3711, RFC 7714, RFC 5764).
///
/// What a host sends as SRTP is opened by libsrtp2. All the rest runs on `SrtpCipher`: every packet to a listener, and SRTCP both
/// ways, since a libsrtp2 session for each of thousands of listeners would cost memory and, in Debian's build, ever more time.
internal import CSRTP
import RTP

/// One owner, one thread.
final class SrtpSession {
    let profile: SrtpProfile
    /// Lent to the packet's path, as long as this lives.
    let rtpOut: SrtpCipher
    private let rtcpOut: SrtpCipher, rtcpIn: SrtpCipher
    /// Made for the first SRTP packet: only a host sends any.
    private lazy var rtpIn = LibSrtpReceiver(profile, master: remoteMaster)
    private let remoteMaster: [UInt8]
    /// SSRCs whose packets libsrtp2 has opened: it keeps state for each as long as the session lasts, whatever their packets were good for.
    private var rtpSources: [UInt32] = []
    /// The next one. RFC 3711 §3.2.1 would start at 0, libsrtp2 starts at 1; receivers take either.
    private var rtcpIndexOut: UInt32 = 1
    /// Each SSRC of the peer counts for itself (RFC 3711 §3.2.3).
    private var rtcpReplay: [(ssrc: UInt32, window: ReplayWindow)] = []

    private static let rtcpHeaderBytes = 8, rtcpIndexBytes = 4
    /// A host has two SSRCs, one that it sends as and one that it reports as; a listener has one.
    private static let maximumRtcpSources = 8
    /// A host has one, and another one whenever it starts anew on the same connection.
    private static let maximumRtpSources = 32

    init(_ keys: SrtpMasterKeys) {
        profile = keys.profile
        remoteMaster = keys.remote
        rtpOut = SrtpCipher(profile, SrtpSessionKeys(profile, master: keys.local, .rtp), .seal)
        rtcpOut = SrtpCipher(profile, SrtpSessionKeys(profile, master: keys.local, .rtcp), .seal)
        rtcpIn = SrtpCipher(profile, SrtpSessionKeys(profile, master: keys.remote, .rtcp), .open)
    }

    deinit {
        for cipher in [rtpOut, rtcpOut, rtcpIn] { cipher.free() }
    }

    /// What sealing can add to a packet at most: a tag, and for SRTCP the index word.
    static let maximumOverheadBytes = 16 + rtcpIndexBytes

    // MARK: - Out

    /// Seals in place; returns the new length. 8 bytes stay in clear; index word and tag follow, in the profile's order (RFC 3711 §3.4,
    /// RFC 7714 §9).
    func sealRtcp(_ bytes: UnsafeMutablePointer<UInt8>, count: Int, ssrc: UInt32) -> Int {
        let word = 0x8000_0000 | rtcpIndexOut
        let index = UInt64(rtcpIndexOut)
        rtcpIndexOut = (rtcpIndexOut + 1) & 0x7FFF_FFFF
        if profile.isAead {
            Self.store(word, at: bytes + count + 16)
            rtcpOut.sealAead(bytes, header: Self.rtcpHeaderBytes, count: count, ssrc: ssrc, index: index, trailer: bytes + count + 16)
        } else {
            rtcpOut.applyCounterMode(bytes, header: Self.rtcpHeaderBytes, count: count, ssrc: ssrc, index: index)
            Self.store(word, at: bytes + count)
            rtcpOut.writeTag(of: bytes, count: count + Self.rtcpIndexBytes, to: bytes + count + Self.rtcpIndexBytes)
        }
        return count + Self.rtcpIndexBytes + profile.tagBytes
    }

    private static func store(_ word: UInt32, at bytes: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(bytes).storeBytes(of: word.bigEndian, as: UInt32.self)
    }

    // MARK: - In

    enum Opened {
        /// The plaintext's length.
        case bytes(Int)
        case dropped(DropReason)
    }

    /// Opens SRTP in place, at a 4-byte boundary.
    /// - Parameter ssrc: the packet's own.
    func openRtp(_ datagram: UnsafeMutableRawBufferPointer, ssrc: UInt32) -> Opened {
        guard datagram.count >= RtpPacket.minimumHeaderBytes + profile.tagBytes, let base = datagram.baseAddress else {
            return .dropped(.srtpTooShort)
        }
        let isKnown = rtpSources.contains(ssrc)
        guard isKnown || rtpSources.count < Self.maximumRtpSources else { return .dropped(.rtpUnknownSource) }
        let opened = rtpIn.openRtp(base, count: datagram.count)
        if !isKnown, case .bytes = opened { rtpSources.append(ssrc) }
        return opened
    }

    /// Opens SRTCP in place. Unencrypted SRTCP is not taken: DTLS-SRTP always encrypts it.
    func openRtcp(_ datagram: UnsafeMutableRawBufferPointer) -> Opened {
        let view = ByteView(UnsafeRawBufferPointer(datagram))
        let tag = profile.tagBytes
        let count = view.count - tag - Self.rtcpIndexBytes
        guard count >= Self.rtcpHeaderBytes, let base = datagram.bindMemory(to: UInt8.self).baseAddress, let ssrc = view.u32(at: 4),
            let word = view.u32(at: profile.isAead ? count + tag : count)
        else { return .dropped(.srtcpTooShort) }
        let index = word & 0x7FFF_FFFF
        guard word != index else { return .dropped(.srtcpAuthentication) }
        let source = rtcpReplay.firstIndex { $0.ssrc == ssrc }
        guard source.map({ rtcpReplay[$0].window.allows(index) }) ?? (rtcpReplay.count < Self.maximumRtcpSources) else {
            return .dropped(.srtcpReplay)
        }
        if profile.isAead {
            guard
                rtcpIn.openAead(
                    base, header: Self.rtcpHeaderBytes, count: count, ssrc: ssrc, index: UInt64(index), trailer: base + count + tag)
            else { return .dropped(.srtcpAuthentication) }
        } else {
            let covered = count + Self.rtcpIndexBytes
            guard rtcpIn.hasTag(base, count: covered, base + covered) else { return .dropped(.srtcpAuthentication) }
            rtcpIn.applyCounterMode(base, header: Self.rtcpHeaderBytes, count: count, ssrc: ssrc, index: UInt64(index))
        }
        // Only after authentication (RFC 3711 §3.3.2).
        if source == nil { rtcpReplay.append((ssrc, ReplayWindow())) }
        rtcpReplay[source ?? rtcpReplay.count - 1].window.commit(index)
        return .bytes(count)
    }
}

/// Which of the last 64 indices have been seen (RFC 3711 §3.3.2).
struct ReplayWindow {
    private var highest: UInt32?
    /// Bit n: `highest` - n was seen.
    private var seen: UInt64 = 0

    func allows(_ index: UInt32) -> Bool {
        guard let highest, index <= highest else { return true }
        return highest - index < 64 && seen >> UInt64(highest - index) & 1 == 0
    }

    mutating func commit(_ index: UInt32) {
        if let highest, index <= highest {
            seen |= 1 << UInt64(highest - index)
        } else {
            let step = UInt64(index - (highest ?? index))
            seen = seen << step | 1  // a smart shift: 64 or more leaves nothing
            highest = index
        }
    }
}

/// libsrtp2's global state: made once in the process, before its first session, and never freed.
package enum LibSrtp {
    package static let isReady = srtp_init() == srtp_err_status_ok
}

/// libsrtp2, for what a host sends. It keeps a roll-over counter and a replay window for each SSRC, once authenticated.
private final class LibSrtpReceiver {
    /// Packets that may still arrive late, which is 20 s of sound.
    private static let replayWindowPackets: UInt = 1_024

    private var session: srtp_t?

    init(_ profile: SrtpProfile, master: [UInt8]) {
        precondition(LibSrtp.isReady, "libsrtp2 cannot start")
        var policy = srtp_policy_t()
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
        policy.ssrc.type = ssrc_any_inbound
        policy.window_size = Self.replayWindowPackets
        var master = master  // libsrtp2 copies it
        let status = master.withUnsafeMutableBufferPointer { key in
            policy.key = key.baseAddress
            return srtp_create(&session, &policy)
        }
        precondition(status == srtp_err_status_ok, "libsrtp2 refuses a policy")
    }

    deinit { if let session { srtp_dealloc(session) } }

    func openRtp(_ bytes: UnsafeMutableRawPointer, count: Int) -> SrtpSession.Opened {
        var length = Int32(clamping: count)
        switch srtp_unprotect(session, bytes, &length) {
        case srtp_err_status_ok: return .bytes(Int(length))
        case srtp_err_status_replay_fail, srtp_err_status_replay_old: return .dropped(.srtpReplay)
        default: return .dropped(.srtpAuthentication)
        }
    }
}
