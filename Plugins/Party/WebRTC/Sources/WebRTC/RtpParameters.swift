/// The JSON shapes that mediasoup clients exchange (mediasoup "RTP Parameters and Capabilities"), and what is kept of them.
///
/// All of them are `Codable`, for whoever does the JSON. Decoding is lenient where mediasoup-client is (lists may be missing) and
/// bounded where a list could be endless; `ProducerParameters` and `ConsumerParameters` are what remains after validation.

/// Why a mediasoup client's parameters cannot be used.
public enum RtpParametersError: Error, Equatable, Sendable {
    /// No `audio/opus` at 48,000 Hz with 2 channels.
    case noOpus
    /// A payload type outside of 0…127 or inside RTCP's range, an extension id outside of 1…255, an SSRC of 0, a `mid` over 32 bytes.
    case outOfRange(field: String)
}

/// A codec parameter: a string or a number, as in `{"useinbandfec": 1}`.
public enum CodecParameter: Codable, Hashable, Sendable {
    case number(Int)
    case string(String)

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
            self = .number(number)
        } else {
            self = .string(try container.decode(String.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .string(let string): try container.encode(string)
        }
    }
}

public struct RtcpFeedback: Codable, Hashable, Sendable {
    public var type: String
    public var parameter: String?
}

/// `RtpCapabilities`: what the router, or a device, can receive.
public struct RtpCapabilities: Codable, Equatable, Sendable {
    public struct Codec: Codable, Equatable, Sendable {
        public var kind: String?
        public var mimeType: String
        public var clockRate: Int
        public var channels: Int?
        public var rtcpFeedback: [RtcpFeedback]?
        public var parameters: [String: CodecParameter]?
        public var preferredPayloadType: Int?
    }

    public struct HeaderExtension: Codable, Equatable, Sendable {
        public var kind: String
        public var uri: String
        public var preferredId: Int
        public var preferredEncrypt: Bool?
        /// The router's view: `sendrecv`, `sendonly`, `recvonly`, `inactive`.
        public var direction: String?
    }

    public var codecs: [Codec]?
    public var headerExtensions: [HeaderExtension]?
}

/// `RtpParameters`: what one producer or consumer sends.
public struct RtpParameters: Codable, Equatable, Sendable {
    public struct Codec: Codable, Equatable, Sendable {
        public var mimeType: String
        public var payloadType: Int
        public var clockRate: Int
        public var channels: Int?
        public var parameters: [String: CodecParameter]?
        public var rtcpFeedback: [RtcpFeedback]?
    }

    public struct HeaderExtension: Codable, Equatable, Sendable {
        public var uri: String
        public var id: Int
        public var encrypt: Bool?
        public var parameters: [String: CodecParameter]?
    }

    public struct Encoding: Codable, Equatable, Sendable {
        public var ssrc: UInt32?
    }

    public struct Rtcp: Codable, Equatable, Sendable {
        public var cname: String?
        public var reducedSize: Bool?
    }

    public var mid: String?
    public var codecs: [Codec]
    public var headerExtensions: [HeaderExtension]?
    public var encodings: [Encoding]?
    public var rtcp: Rtcp?
}

/// `IceParameters` of a transport.
public struct IceParameters: Codable, Equatable, Sendable {
    public var usernameFragment: String
    public var password: String
    public var iceLite: Bool

    public init(_ credentials: IceCredentials) {
        usernameFragment = credentials.ufrag.description
        password = credentials.password
        iceLite = true
    }
}

/// `DtlsParameters` of either side.
public struct DtlsParameters: Codable, Equatable, Sendable {
    public struct Fingerprint: Codable, Equatable, Sendable {
        public var algorithm: String
        public var value: String
    }

    /// `auto`, `client` or `server`.
    public var role: String?
    public var fingerprints: [Fingerprint]

    /// Ours: as the original, we take whichever role the client leaves.
    public init(_ fingerprint: DtlsFingerprint) {
        role = "auto"
        fingerprints = [Fingerprint(algorithm: fingerprint.algorithm.rawValue, value: fingerprint.value)]
    }

    /// What `connectTransport` says of the client, which starts the handshake unless it wants to be the server; nil when no fingerprint
    /// can be used.
    public var remotePeer: RemotePeer? {
        let usable = fingerprints.prefix(8).compactMap { DtlsFingerprint(algorithm: $0.algorithm, value: $0.value) }
        guard !usable.isEmpty else { return nil }
        return RemotePeer(iceUfrag: nil, fingerprints: usable, dtlsRole: role == "server" ? .server : .client)
    }
}

/// What a host's packets look like. Sendable, so that signalling can make it.
public struct ProducerParameters: Sendable, Equatable {
    public var payloadType: UInt8
    /// Of Opus with redundancy (RFC 2198), where the host may send it.
    public var redPayloadType: UInt8?
    /// The host sends again what we ask for.
    public var nack: Bool
    /// Nil when signalling did not name it: then the first authenticated packet of the right payload type (and MID) does.
    public var ssrc: UInt32?
    public var mid: String?
    public var midExtensionId: UInt8?
    public var audioLevelExtensionId: UInt8?

    public init(
        payloadType: UInt8, redPayloadType: UInt8? = nil, ssrc: UInt32? = nil, mid: String? = nil, midExtensionId: UInt8? = nil,
        audioLevelExtensionId: UInt8? = nil, nack: Bool = false
    ) {
        self.payloadType = payloadType
        self.redPayloadType = redPayloadType
        self.nack = nack
        self.ssrc = ssrc
        self.mid = mid
        self.midExtensionId = midExtensionId
        self.audioLevelExtensionId = audioLevelExtensionId
    }

    /// From `produce`'s `rtpParameters`.
    public init(_ parameters: RtpParameters) throws(RtpParametersError) {
        guard let codec = parameters.codecs.first(where: { Opus.matches($0.mimeType, $0.clockRate, $0.channels) }) else { throw .noOpus }
        payloadType = try Opus.payloadType(codec.payloadType)
        if let red = parameters.codecs.first(where: { Opus.isRed($0.mimeType, $0.clockRate, $0.channels) }) {
            redPayloadType = try Opus.payloadType(red.payloadType)
        }
        guard redPayloadType != payloadType else { throw .outOfRange(field: "payloadType") }
        nack = codec.rtcpFeedback?.contains { $0.type == "nack" && $0.parameter ?? "" == "" } ?? false
        ssrc = parameters.encodings?.first?.ssrc
        guard ssrc != 0 else { throw .outOfRange(field: "ssrc") }
        mid = parameters.mid
        guard mid?.utf8.count ?? 0 <= ConsumerParameters.maximumMidBytes else { throw .outOfRange(field: "mid") }
        midExtensionId = try HeaderExtensionURI.id(of: HeaderExtensionURI.mid, in: parameters.headerExtensions)
        audioLevelExtensionId = try HeaderExtensionURI.id(of: HeaderExtensionURI.audioLevel, in: parameters.headerExtensions)
    }
}

/// What a listener is sent. Sendable, so that signalling can make it; it never changes while the listener is connected.
public struct ConsumerParameters: Sendable, Equatable {
    static let maximumMidBytes = 32

    public var payloadType: UInt8
    /// Of Opus with redundancy (RFC 2198), where the listener took it.
    public var redPayloadType: UInt8?
    /// The listener's own, from its first answer on, whether or not anybody produces.
    public var ssrc: UInt32
    /// Sent in each packet where `midExtensionId` was negotiated; at most 16 bytes then.
    public var mid: String?
    public var midExtensionId: UInt8?
    public var audioLevelExtensionId: UInt8?
    /// The listener asks again for what it missed.
    public var nack: Bool

    public init(
        payloadType: UInt8, redPayloadType: UInt8? = nil, ssrc: UInt32, mid: String? = nil, midExtensionId: UInt8? = nil,
        audioLevelExtensionId: UInt8? = nil, nack: Bool = true
    ) {
        self.payloadType = payloadType
        self.redPayloadType = redPayloadType
        self.ssrc = ssrc
        self.mid = mid
        self.midExtensionId = midExtensionId
        self.audioLevelExtensionId = audioLevelExtensionId
        self.nack = nack
    }

    /// From `consume`'s `rtpCapabilities`: the router's payload type and extension ids, of the extensions that the device knows too.
    /// - Parameter mid: unique on its transport; mediasoup counts from "0".
    public init(_ device: RtpCapabilities, ssrc: UInt32, mid: String) throws(RtpParametersError) {
        guard let codec = (device.codecs ?? []).first(where: { Opus.matches($0.mimeType, $0.clockRate, $0.channels) }) else {
            throw .noOpus
        }
        guard mid.utf8.count <= 16 else { throw .outOfRange(field: "mid") }
        self.init(payloadType: Opus.payloadType, ssrc: ssrc, mid: mid, nack: codec.rtcpFeedback?.contains { $0.type == "nack" } ?? false)
        for known in device.headerExtensions ?? [] where known.kind == "audio" {
            if known.uri == HeaderExtensionURI.mid, known.preferredId == HeaderExtensionURI.midId {
                midExtensionId = UInt8(HeaderExtensionURI.midId)
            } else if known.uri == HeaderExtensionURI.audioLevel, known.preferredId == HeaderExtensionURI.audioLevelId {
                audioLevelExtensionId = UInt8(HeaderExtensionURI.audioLevelId)
            }
        }
    }

    /// `consumed`'s `rtpParameters`.
    public func rtpParameters(maximumAverageBitrate: Int) -> RtpParameters {
        var extensions: [RtpParameters.HeaderExtension] = []
        if let midExtensionId {
            extensions.append(.init(uri: HeaderExtensionURI.mid, id: Int(midExtensionId), encrypt: false, parameters: [:]))
        }
        if let audioLevelExtensionId {
            extensions.append(.init(uri: HeaderExtensionURI.audioLevel, id: Int(audioLevelExtensionId), encrypt: false, parameters: [:]))
        }
        return RtpParameters(
            mid: mid,
            codecs: [
                .init(
                    mimeType: Opus.mimeType, payloadType: Int(payloadType), clockRate: Opus.clockRate, channels: Opus.channels,
                    parameters: Opus.parameters(maximumAverageBitrate),
                    rtcpFeedback: nack ? [RtcpFeedback(type: "nack", parameter: "")] : [])
            ],
            headerExtensions: extensions, encodings: [.init(ssrc: ssrc)], rtcp: .init(cname: Consumer.cname, reducedSize: true))
    }
}

extension RtpCapabilities {
    /// `routerRtpCapabilities`: Opus in stereo at the session's bit rate, which mediasoup-client copies into what its browser is told.
    ///
    /// Header extensions are few on purpose. No `transport-cc`: nothing here would answer it.
    public static func router(maximumAverageBitrate: Int) -> RtpCapabilities {
        func audio(_ uri: String, _ id: Int) -> HeaderExtension {
            HeaderExtension(kind: "audio", uri: uri, preferredId: id, preferredEncrypt: false, direction: "sendrecv")
        }
        return RtpCapabilities(
            codecs: [
                Codec(
                    kind: "audio", mimeType: Opus.mimeType, clockRate: Opus.clockRate, channels: Opus.channels,
                    rtcpFeedback: [RtcpFeedback(type: "nack", parameter: "")], parameters: Opus.parameters(maximumAverageBitrate),
                    preferredPayloadType: Int(Opus.payloadType))
            ],
            headerExtensions: [
                audio(HeaderExtensionURI.mid, HeaderExtensionURI.midId),
                audio(HeaderExtensionURI.audioLevel, HeaderExtensionURI.audioLevelId),
            ])
    }
}

/// The one codec (RFC 7587): always signalled as 48,000 Hz and 2 channels, whatever is in the packets.
enum Opus {
    static let mimeType = "audio/opus", clockRate = 48_000, channels = 2
    /// mediasoup's first dynamic payload type.
    static let payloadType: UInt8 = 100

    static func matches(_ mimeType: String, _ clockRate: Int, _ channels: Int?) -> Bool {
        mimeType.lowercased() == Self.mimeType && clockRate == Self.clockRate && channels == Self.channels
    }

    static func isRed(_ mimeType: String, _ clockRate: Int, _ channels: Int?) -> Bool {
        mimeType.lowercased() == "audio/red" && clockRate == Self.clockRate && channels == Self.channels
    }

    static func parameters(_ maximumAverageBitrate: Int) -> [String: CodecParameter] {
        [
            "minptime": .number(10), "useinbandfec": .number(1), "stereo": .number(1), "sprop-stereo": .number(1),
            "maxaveragebitrate": .number(maximumAverageBitrate),
        ]
    }

    /// With RTP and RTCP on one port, 64…95 would look like RTCP (RFC 5761 §4).
    static func payloadType(_ number: Int) throws(RtpParametersError) -> UInt8 {
        guard let type = UInt8(exactly: number), type < 128, !(64...95).contains(type) else { throw .outOfRange(field: "payloadType") }
        return type
    }
}

/// Header extensions that we read or write (RFC 9143 §15, RFC 6464), with the ids that the router advertises.
enum HeaderExtensionURI {
    static let mid = "urn:ietf:params:rtp-hdrext:sdes:mid", midId = 1
    static let audioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level", audioLevelId = 10

    static func id(of uri: String, in list: [RtpParameters.HeaderExtension]?) throws(RtpParametersError) -> UInt8? {
        guard let entry = list?.first(where: { $0.uri == uri }) else { return nil }
        guard let id = UInt8(exactly: entry.id), id > 0 else { throw .outOfRange(field: "headerExtensions.id") }
        return id
    }
}
