/// A browser's offer in, our answer out (RFC 9429 §5.3, RFC 8843, RFC 8839): the one place that knows both SDP and transports.
///
/// Called by signalling, on any thread; nothing of it touches media state.
import RTP

/// Why an offer cannot be answered.
public enum SdpError: Error, Equatable, Sendable {
    /// Not SDP, or beyond the limits of `SessionDescription`.
    case malformed
    /// No `m=audio` over UDP/TLS/RTP/SAVPF, unless refused.
    case noAudio
    case noOpus
    /// No `ice-ufrag` and `ice-pwd`.
    case noIceCredentials
    /// No fingerprint in SHA-256, SHA-384 or SHA-512.
    case noFingerprint
    /// `a=setup:passive`: both sides would wait.
    case peerIsPassive
    case noRtcpMux
    /// A host that does not send, or a listener that does not receive.
    case wrongDirection
}

public struct SdpNegotiator: Sendable {
    /// An answered offer of a host: pass `peer` and `producer` to its `Transport`.
    public struct Published: Sendable {
        public let answer: String
        public let peer: RemotePeer
        public let producer: ProducerParameters
    }

    /// An answered offer of a listener: pass `peer` and `consumer` to its `Transport`.
    public struct Joined: Sendable {
        public let answer: String
        public let peer: RemotePeer
        public let consumer: ConsumerParameters
    }

    public let fingerprint: DtlsFingerprint
    public let candidates: [IceCandidate]
    /// What the host's encoder is told, in bit/s.
    public let maximumAverageBitrate: Int

    public init(fingerprint: DtlsFingerprint, candidates: [IceCandidate], maximumAverageBitrate: Int) {
        self.fingerprint = fingerprint
        self.candidates = candidates
        self.maximumAverageBitrate = maximumAverageBitrate
    }

    /// Answers a host: we receive its first audio section.
    public func publish(offer: String, credentials: IceCredentials) throws(SdpError) -> Published {
        let offered = try Offer(offer, wanted: [.sendrecv, .sendonly])
        let section = answerSection(to: offered, .recvonly, credentials)
        return Published(
            answer: answer(to: offered, section), peer: offered.peer,
            producer: ProducerParameters(
                payloadType: offered.payloadType, redPayloadType: offered.redPayloadType, ssrc: offered.ssrc, mid: offered.mid,
                nack: offered.nack))
    }

    /// Answers a listener: we send in its first audio section, as `ssrc` from the beginning.
    public func join(offer: String, credentials: IceCredentials, ssrc: UInt32) throws(SdpError) -> Joined {
        let offered = try Offer(offer, wanted: [.sendrecv, .recvonly])
        var section = answerSection(to: offered, .sendonly, credentials)
        section.attributes.append(SdpAttribute("msid", "\(Consumer.cname) audio"))
        section.attributes.append(SdpAttribute("ssrc", "\(ssrc) cname:\(Consumer.cname)"))
        return Joined(
            answer: answer(to: offered, section), peer: offered.peer,
            consumer: ConsumerParameters(
                payloadType: offered.payloadType, redPayloadType: offered.redPayloadType, ssrc: ssrc, mid: offered.mid, nack: offered.nack))
    }

    /// Our half of the audio section. No `extmap`: browsers then send no header extensions, and get none. No `transport-cc`: nothing
    /// here would answer it.
    private func answerSection(
        to offered: Offer, _ direction: MediaDescription.Direction, _ credentials: IceCredentials
    ) -> MediaDescription {
        let type = offered.payloadType
        var opus = OpusParameters()
        opus.minimumPacketTime = 10
        opus.maximumPlaybackRate = 48_000
        // `stereo` is our wish as a receiver, which makes the host's browser encode both channels; a listener's browser follows its own.
        opus.stereo = true
        opus.spropStereo = true
        opus.maximumAverageBitrate = maximumAverageBitrate
        opus.useInbandFec = true
        var attributes = offered.mid.map { [SdpAttribute("mid", $0)] } ?? []
        attributes += [
            SdpAttribute(direction.rawValue),
            SdpAttribute("ice-ufrag", credentials.ufrag.description),
            SdpAttribute("ice-pwd", credentials.password),
            SdpAttribute("fingerprint", "\(fingerprint.algorithm.rawValue) \(fingerprint.value)"),
            SdpAttribute("setup", "passive"),
            SdpAttribute("rtcp-mux"),
            SdpAttribute("rtcp-rsize"),
            SdpAttribute("rtpmap", "\(type) \(Self.encoding)"),
            SdpAttribute("fmtp", "\(type) \(opus.text)"),
        ]
        if offered.nack { attributes.append(SdpAttribute("rtcp-fb", "\(type) nack")) }
        if let red = offered.redPayloadType {
            attributes.append(SdpAttribute("rtpmap", "\(red) \(Self.redEncoding)"))
            attributes.append(SdpAttribute("fmtp", "\(red) \(type)/\(type)"))
        }
        let first = candidates.first
        return MediaDescription(
            kind: "audio", port: first?.port ?? 9, transport: offered.section.transport, formats: offered.formats.map { "\($0)" },
            connection: first.map { $0.address.contains(":") ? "IN IP6 \($0.address)" : "IN IP4 \($0.address)" } ?? "IN IP4 0.0.0.0",
            attributes: attributes)
    }

    /// The whole answer: every other section is refused with port 0, and stays in its place (RFC 3264 §6).
    private func answer(to offered: Offer, _ section: MediaDescription) -> String {
        var audio = section
        audio.attributes += candidates.map { SdpAttribute("candidate", $0.sdpValue) } + [SdpAttribute("end-of-candidates")]
        var attributes = [SdpAttribute("ice-lite")]
        if let mid = offered.bundledMid { attributes.append(SdpAttribute("group", "BUNDLE \(mid)")) }
        attributes.append(SdpAttribute("msid-semantic", " WMS *"))
        let media = offered.description.media.enumerated().map { index, section in
            guard index != offered.index else { return audio }
            return MediaDescription(
                kind: section.kind, port: 0, transport: section.transport, formats: Array(section.formats.prefix(1)),
                connection: "IN IP4 0.0.0.0",
                attributes: (section.value("mid").map { [SdpAttribute("mid", $0)] } ?? []) + [SdpAttribute("inactive")])
        }
        return SessionDescription(origin: "- \(UInt32.random(in: 1...UInt32.max)) 1 IN IP4 127.0.0.1", attributes: attributes, media: media)
            .text
    }

    static let encoding = "opus/48000/2", redEncoding = "red/48000/2"
}

/// What is kept of an offer.
private struct Offer {
    let description: SessionDescription
    let index: Int
    let payloadType: UInt8
    let redPayloadType: UInt8?
    let mid: String?
    let bundledMid: String?
    let ssrc: UInt32?
    let nack: Bool
    let peer: RemotePeer

    var section: MediaDescription { description.media[index] }

    /// In the offer's order, which is its preference (RFC 3264 §6.1): a browser sends RED where that comes first.
    var formats: [UInt8] {
        guard let redPayloadType else { return [payloadType] }
        let isFirst = section.formats.first { $0 == "\(payloadType)" || $0 == "\(redPayloadType)" } == "\(redPayloadType)"
        return isFirst ? [redPayloadType, payloadType] : [payloadType, redPayloadType]
    }

    init(_ text: String, wanted: [MediaDescription.Direction]) throws(SdpError) {
        guard let description = SessionDescription(text) else { throw .malformed }
        let isAudio: (MediaDescription) -> Bool = { $0.kind == "audio" && $0.transport == "UDP/TLS/RTP/SAVPF" && !$0.isRefused }
        guard let index = description.media.firstIndex(where: isAudio) else { throw .noAudio }
        let section = description.media[index]
        guard wanted.contains(section.direction) else { throw .wrongDirection }
        guard section.has("rtcp-mux") else { throw .noRtcpMux }
        guard let payloadType = section.payloadType(of: SdpNegotiator.encoding), section.formats.contains("\(payloadType)"),
            (try? Opus.payloadType(Int(payloadType))) != nil
        else { throw .noOpus }
        // RFC 8839 §5.4: 4 to 256 and 22 to 256 characters.
        guard let ufrag = description.value("ice-ufrag", of: section), let password = description.value("ice-pwd", of: section),
            1...256 ~= ufrag.utf8.count, 1...256 ~= password.utf8.count
        else { throw .noIceCredentials }
        let fingerprints = description.values("fingerprint", of: section).prefix(8).compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            return words.count == 2 ? DtlsFingerprint(algorithm: words[0], value: words[1]) : nil
        }
        guard !fingerprints.isEmpty else { throw .noFingerprint }
        guard description.value("setup", of: section) != "passive" else { throw .peerIsPassive }
        let mid = section.value("mid")
        guard mid?.utf8.count ?? 0 <= ConsumerParameters.maximumMidBytes else { throw .malformed }
        let bundles = description.attributes.filter { $0.name == "group" }.compactMap(\.value).map {
            $0.split(separator: " ").map(String.init)
        }
        self.description = description
        self.index = index
        self.payloadType = payloadType
        redPayloadType = Self.redPayloadType(in: section, of: payloadType)
        self.mid = mid
        bundledMid = mid.flatMap { mid in bundles.contains { $0.first == "BUNDLE" && $0.dropFirst().contains(mid) } ? mid : nil }
        // One source, however many attributes it has; several leave it to the packets.
        let sources = Set(section.values("ssrc").compactMap { $0.split(separator: " ").first.flatMap { UInt32($0) } })
        ssrc = sources.count == 1 ? sources.first.flatMap { $0 == 0 ? nil : $0 } : nil
        nack = section.values("rtcp-fb").contains { $0 == "\(payloadType) nack" || $0 == "* nack" }
        peer = RemotePeer(iceUfrag: ufrag, fingerprints: fingerprints)
    }

    /// RED whose blocks are all of the one Opus (RFC 2198 §5: `fmtp` lists their payload types).
    private static func redPayloadType(in section: MediaDescription, of opus: UInt8) -> UInt8? {
        guard let red = section.payloadType(of: SdpNegotiator.redEncoding), red != opus, section.formats.contains("\(red)"),
            (try? Opus.payloadType(Int(red))) != nil
        else { return nil }
        let blocks = section.formatParameters(red)?.split(separator: "/") ?? []
        return !blocks.isEmpty && blocks.allSatisfy { $0 == "\(opus)" } ? red : nil
    }
}
