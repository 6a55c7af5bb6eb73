/// A browser's side of a connection: full ICE as far as a lite peer sees it, DTLS in either role, SRTP by libsrtp2.
///
/// Datagrams go in by `receive` and out by `takeOutgoing()`, so that it runs over a simulated link as well as over a real socket.
import RTP
import WebRTC

/// An RTP packet as a peer got it, after decryption.
public struct ReceivedPacket: Equatable, Sendable {
    public let payloadType: UInt8
    public let marker: Bool
    public let sequenceNumber: UInt16
    public let timestamp: UInt32
    public let ssrc: UInt32
    public let payload: [UInt8]
    /// Values of one-byte header extensions by id.
    public let extensions: [UInt8: [UInt8]]
}

public final class TestPeer {
    /// As it is offered, beside Opus (RFC 2198).
    public static let redPayloadType: UInt8 = 63

    public let certificate: TestCertificate
    public let iceUfrag: String
    public let icePassword = "a-password-of-the-peer-side"
    public let dtlsRole: RemotePeer.DtlsRole
    private let profiles: String
    private var remoteUfrag = "", remotePassword = ""
    private var dtls: TestDtlsEndpoint?
    private var hasStarted = false
    public private(set) var srtp: TestSrtpEndpoint?
    public private(set) var profile: SrtpProfile?
    private var outgoing: [[UInt8]] = []
    private var transactions: UInt64 = 0

    public private(set) var checksAnswered = 0
    public private(set) var lastErrorCode: Int?
    public private(set) var mappedAddress: SocketAddress?
    public private(set) var received: [ReceivedPacket] = []
    /// Sealed, as they came: to compare a retransmission with the original.
    public private(set) var receivedSealed: [[UInt8]] = []
    public private(set) var receivedRtcp: [[UInt8]] = []
    /// Packets that libsrtp2 would not open.
    public private(set) var refused = 0

    /// What Chromium offers, in its order.
    public static let browsersProfiles = "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM"

    public init(
        _ certificate: TestCertificate = .ecdsa, profiles: String = TestPeer.browsersProfiles,
        dtlsRole: RemotePeer.DtlsRole = .client, iceUfrag: String = "peer"
    ) {
        self.certificate = certificate
        self.profiles = profiles
        self.dtlsRole = dtlsRole
        self.iceUfrag = iceUfrag
    }

    public var isConnected: Bool { srtp != nil }

    /// What signalling would carry.
    public var remotePeer: RemotePeer {
        RemotePeer(iceUfrag: iceUfrag, fingerprints: [certificate.fingerprint()], dtlsRole: dtlsRole)
    }

    public func connect(ufrag: String, password: String) {
        remoteUfrag = ufrag
        remotePassword = password
        dtls = TestDtlsEndpoint(certificate, profiles: profiles, isServer: dtlsRole == .server)
    }

    public func takeOutgoing() -> [[UInt8]] {
        defer { outgoing = [] }
        return outgoing
    }

    public func clearReceived() {
        received = []
        receivedSealed = []
        receivedRtcp = []
    }

    // MARK: - SDP

    /// An offer as a browser writes it.
    public func offer(sending: Bool, payloadType: UInt8 = 111, ssrc: UInt32? = nil, nack: Bool = true) -> String {
        let fingerprint = certificate.fingerprint()
        return
            ([
                "v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=extmap-allow-mixed",
                "a=msid-semantic: WMS stream", "m=audio 9 UDP/TLS/RTP/SAVPF \(payloadType) \(Self.redPayloadType)", "c=IN IP4 0.0.0.0",
                "a=rtcp:9 IN IP4 0.0.0.0",
                "a=ice-ufrag:\(iceUfrag)", "a=ice-pwd:\(icePassword)", "a=ice-options:trickle",
                "a=fingerprint:\(fingerprint.algorithm.rawValue) \(fingerprint.value)", "a=setup:actpass", "a=mid:0",
                "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", sending ? "a=sendonly" : "a=recvonly", "a=rtcp-mux",
                "a=rtcp-rsize",
                "a=rtpmap:\(payloadType) opus/48000/2", "a=rtcp-fb:\(payloadType) transport-cc",
            ] + (nack ? ["a=rtcp-fb:\(payloadType) nack"] : []) + [
                "a=fmtp:\(payloadType) minptime=10;useinbandfec=1", "a=rtpmap:\(Self.redPayloadType) red/48000/2",
                "a=fmtp:\(Self.redPayloadType) \(payloadType)/\(payloadType)",
            ] + (ssrc.map { ["a=ssrc:\($0) cname:host"] } ?? [])).joined(separator: "\r\n") + "\r\n"
    }

    /// Takes ICE credentials out of an answer; false when it has none.
    public func accept(answer: String) -> Bool {
        guard let description = SessionDescription(answer), let section = description.media.first(where: { $0.port != 0 }),
            let ufrag = description.value("ice-ufrag", of: section), let password = description.value("ice-pwd", of: section)
        else { return false }
        connect(ufrag: ufrag, password: password)
        return true
    }

    // MARK: - ICE

    /// What a check may say beside the ordinary.
    public struct Check {
        public var useCandidate = true
        public var nomination: UInt32?
        public var controlling = true
        public var username: String?
        public var password: String?
        public var extra: (type: UInt16, value: [UInt8])?

        public init() {}
    }

    public func sendCheck(_ check: Check = Check()) { outgoing.append(makeCheck(check)) }

    public func makeCheck(_ check: Check = Check()) -> [UInt8] {
        transactions += 1
        var message = StunMessageBuilder(.request, transactionId: StunTransactionId(high: 7, low: transactions))
        message.append(StunAttribute.username, Array((check.username ?? "\(remoteUfrag):\(iceUfrag)").utf8))
        if let extra = check.extra { message.append(extra.type, extra.value) }
        let tieBreaker: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
        message.append(check.controlling ? StunAttribute.iceControlling : StunAttribute.iceControlled, tieBreaker)
        message.append(StunAttribute.priority, [0x6E, 0, 1, 0xFF])
        if check.useCandidate { message.append(StunAttribute.useCandidate, []) }
        if let nomination = check.nomination {
            var value: [UInt8] = []
            value.append(bigEndian: nomination)
            message.append(StunAttribute.nomination, value)
        }
        let key = Array((check.password ?? remotePassword).utf8)
        return message.finish { TestHmac.sha1(key: key, $0) }
    }

    // MARK: - DTLS

    /// The client's first flight.
    public func startHandshake() {
        guard let dtls, dtlsRole == .client, !hasStarted else { return }
        hasStarted = true
        outgoing += dtls.step()
    }

    /// What a timer would do.
    public func repeatFlight() { if let dtls, hasStarted, !isConnected { outgoing += dtls.repeatFlight() } }

    public func sendCloseNotify() { if let dtls { outgoing += dtls.closeNotify() } }

    // MARK: - Media

    public func sendRtp(
        payloadType: UInt8 = 111, sequenceNumber: UInt16, timestamp: UInt32, ssrc: UInt32, payload: [UInt8], marker: Bool = false,
        extensions: [(id: UInt8, value: [UInt8])] = []
    ) {
        var packet: [UInt8] = [extensions.isEmpty ? 0x80 : 0x90, payloadType | (marker ? 0x80 : 0)]
        packet.append(bigEndian: sequenceNumber)
        packet.append(bigEndian: timestamp)
        packet.append(bigEndian: ssrc)
        if !extensions.isEmpty {
            var body = extensions.flatMap { [$0.id << 4 | UInt8($0.value.count - 1)] + $0.value }
            body += [UInt8](repeating: 0, count: -body.count & 3)
            packet += [0xBE, 0xDE]
            packet.append(bigEndian: UInt16(body.count / 4))
            packet += body
        }
        if let sealed = srtp?.sealRtp(packet + payload) { outgoing.append(sealed) }
    }

    public func sendRtcp(_ packet: [UInt8]) { if let sealed = srtp?.sealRtcp(packet) { outgoing.append(sealed) } }

    public func sendReceiverReport(ssrc: UInt32 = 77) {
        var bytes: [UInt8] = []
        ReceiverReport(ssrc: ssrc, blocks: []).append(to: &bytes)
        sendRtcp(bytes)
    }

    public func sendNack(_ sequenceNumbers: [UInt16], mediaSsrc: UInt32) {
        var bytes: [UInt8] = []
        ReceiverReport(ssrc: 77, blocks: []).append(to: &bytes)
        TransportLayerNack(senderSsrc: 77, mediaSsrc: mediaSsrc, sequenceNumbers: sequenceNumbers).append(to: &bytes)
        sendRtcp(bytes)
    }

    // MARK: - Datagrams

    public func receive(_ datagram: [UInt8]) {
        switch datagram.withUnsafeBytes({ DatagramKind($0) }) {
        case .stun: receiveStun(datagram)
        case .dtls: receiveDtls(datagram)
        case .rtp: receiveRtp(datagram)
        case .rtcp:
            if let packet = srtp?.openRtcp(datagram) { receivedRtcp.append(packet) } else { refused += 1 }
        case nil: refused += 1
        }
    }

    private func receiveStun(_ datagram: [UInt8]) {
        datagram.withByteView { view in
            guard let message = StunMessage(view), message.fingerprint == .correct else { return }
            let key = Array(remotePassword.utf8)
            guard message.hasIntegrity({ $1.array == TestHmac.sha1(key: key, $0) }) else { return }
            lastErrorCode = message.errorCode
            guard message.messageClass == .success else { return }
            checksAnswered += 1
            mappedAddress = message.mappedAddress
        }
    }

    private func receiveDtls(_ datagram: [UInt8]) {
        guard let dtls else { return }
        hasStarted = true
        outgoing += dtls.step(datagram)
        guard dtls.isConnected, srtp == nil, let profile = dtls.profileNumber.flatMap(SrtpProfile.init) else { return }
        let k = profile == .aeadAes256Gcm ? 32 : 16
        let s = profile == .aes128CmHmacSha1Tag80 ? 14 : 12
        let keys = dtls.exportKeys(2 * (k + s))
        let client = Array(keys[..<k] + keys[(2 * k)..<(2 * k + s)])
        let server = Array(keys[k..<(2 * k)] + keys[(2 * k + s)...])
        self.profile = profile
        srtp = TestSrtpEndpoint(
            profile, inbound: dtlsRole == .client ? server : client, outbound: dtlsRole == .client ? client : server)
    }

    private func receiveRtp(_ datagram: [UInt8]) {
        guard let plain = srtp?.openRtp(datagram), let packet = plain.withByteView(Self.read) else {
            refused += 1
            // A replay is what a retransmission of something that did arrive looks like.
            receivedSealed.append(datagram)
            return
        }
        received.append(packet)
        receivedSealed.append(datagram)
    }

    private static func read(_ view: ByteView) -> ReceivedPacket? {
        guard let packet = RtpPacket(view) else { return nil }
        var extensions: [UInt8: [UInt8]] = [:]
        for id in 1...14 as ClosedRange<UInt8> { extensions[id] = packet.headerExtension?.element(id)?.array }
        return ReceivedPacket(
            payloadType: packet.payloadType, marker: packet.marker, sequenceNumber: packet.sequenceNumber, timestamp: packet.timestamp,
            ssrc: packet.ssrc, payload: packet.payload.array, extensions: extensions)
    }
}
