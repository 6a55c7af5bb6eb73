/// The messages of `/_ws` that a load generator needs (Plugins/Party/Sources/Party/SignalingMessage.swift has all of them).
import Foundation
import WebRTC

/// How a listener or a host makes its connection: our own offer and answer, or the original's messages, as mediasoup-client sends them.
enum SignalingProtocol: String {
    case sdp, mediasoup
}

/// What the server says, as far as it matters here.
struct ServerReply: Decodable {
    let type: String
    let code: String?
    let message: String?
    let sdp: String?
    let hostKey: String?
    let nonce: String?
    let routerRtpCapabilities: RtpCapabilities?
    let transport: ServerTransport?

    private enum Field: String, CodingKey { case type, code, message, sdp, hostKey, nonce, routerRtpCapabilities }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Field.self)
        type = try fields.decode(String.self, forKey: .type)
        code = try fields.decodeIfPresent(String.self, forKey: .code)
        message = try fields.decodeIfPresent(String.self, forKey: .message)
        sdp = try fields.decodeIfPresent(String.self, forKey: .sdp)
        hostKey = try fields.decodeIfPresent(String.self, forKey: .hostKey)
        nonce = try fields.decodeIfPresent(String.self, forKey: .nonce)
        routerRtpCapabilities = try fields.decodeIfPresent(RtpCapabilities.self, forKey: .routerRtpCapabilities)
        // Its fields stand beside the others.
        transport = type.hasSuffix("TransportCreated") ? try ServerTransport(from: decoder) : nil
    }

    init?(_ text: String) {
        guard let reply = try? JSONDecoder().decode(ServerReply.self, from: Data(text.utf8)) else { return nil }
        self = reply
    }
}

/// What the original's `…TransportCreated` says; how to get there.
struct ServerTransport: Decodable {
    struct IceParameters: Decodable { let usernameFragment, password: String }
    struct IceCandidate: Decodable {
        let address, ip: String?
        let `protocol`: String
        let port: UInt16
    }

    let iceParameters: IceParameters
    let iceCandidates: [IceCandidate]
}

/// What the original's `produce` says of the sound: Opus, asked for again where it is lost.
struct OpusParameters: Encodable {
    struct Feedback: Encodable { let type, parameter: String }
    struct Codec: Encodable {
        let mimeType = "audio/opus", payloadType = 111, clockRate = 48_000, channels = 2
        let parameters = ["minptime": 10, "useinbandfec": 1]
        let rtcpFeedback = [Feedback(type: "nack", parameter: "")]
    }
    struct Encoding: Encodable { let ssrc: UInt32 }
    struct Rtcp: Encodable {
        let cname = "host"
        let reducedSize = true
    }

    let codecs = [Codec()]
    let headerExtensions: [String] = []
    let encodings: [Encoding]
    let rtcp = Rtcp()
    let mid = "0"

    init(ssrc: UInt32) { encodings = [Encoding(ssrc: ssrc)] }
}

/// What is said to it; nil is left out.
struct ClientRequest: Encodable {
    struct Track: Encodable {
        let id, title: String
        let artist = "party-load"
        let duration: Int
    }

    let type: String
    var sdp: String?
    var token: String?
    var hostKey: String?
    var track: Track?
    var currentTime: Double?
    var duration: Double?
    var dtlsParameters: DtlsParameters?
    var rtpCapabilities: RtpCapabilities?
    var kind: String?
    var rtpParameters: OpusParameters?

    /// The original's `connectTransport`, of a side that begins the handshake.
    static func connectTransport(_ fingerprint: DtlsFingerprint) -> ClientRequest {
        var parameters = DtlsParameters(fingerprint)
        parameters.role = "client"
        return ClientRequest(type: "connectTransport", dtlsParameters: parameters)
    }

    var json: String {
        // Strings and finite numbers alone: this cannot fail.
        (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
