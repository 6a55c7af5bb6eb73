/// What `/_ws` answers when it cannot do what was asked: words for people, and a stable code for programs.
import WebRTC

struct SignalingError: Error, Equatable, Sendable {
    enum Code: String, Sendable {
        case invalidJSON = "invalid_json"
        case invalidMessage = "invalid_message"
        case unknownType = "unknown_type"
        case tooLarge = "too_large"
        case rateLimited = "rate_limited"
        case wrongRole = "wrong_role"
        case noSession = "no_session"
        case sessionExists = "session_exists"
        case tokenRequired = "token_required"
        case tokenInvalid = "token_invalid"
        case noSecret = "no_secret"
        case nonceUnknown = "nonce_unknown"
        case hostKeyInvalid = "host_key_invalid"
        case foreignOrigin = "foreign_origin"
        case partyFull = "party_full"
        case noTransport = "no_transport"
        case noProducer = "no_producer"
        case cannotConsume = "cannot_consume"
        case alreadyConnected = "already_connected"
        case sdpInvalid = "sdp_invalid"
        /// Removed by the host for this party.
        case banned
        case unknownListener = "unknown_listener"
        case coverInvalid = "cover_invalid"
        case unavailable
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    // Messages that the original's clients know.
    static let noSession = SignalingError(.noSession, "No active session")
    static let noProducer = SignalingError(.noProducer, "No producer available")

    static let wrongRole = SignalingError(.wrongRole, "This connection may not do that in the running party")
    static let rateLimited = SignalingError(.rateLimited, "Too many messages; wait a moment")
    static let banned = SignalingError(.banned, "The host has removed you from this party")
    static let unknownListener = SignalingError(.unknownListener, "This listener is not here any more")
    static let coverInvalid = SignalingError(
        .coverInvalid, "The cover must be a JPEG of at most 30,000 bytes and 1,024 pixels a side, in base64")
    static let unavailable = SignalingError(.unavailable, "The server is busy; try again in a moment")
}

extension SignalingError {
    /// In words for whoever wrote the page.
    init(_ error: SdpError) {
        let problem =
            switch error {
            case .malformed: "it is not SDP"
            case .noAudio: "it has no audio section over UDP/TLS/RTP/SAVPF"
            case .noOpus: "it does not offer opus/48000/2"
            case .noIceCredentials: "it has no ice-ufrag and ice-pwd"
            case .noFingerprint: "it has no fingerprint in sha-256, sha-384 or sha-512"
            case .peerIsPassive: "its setup must be actpass or active"
            case .noRtcpMux: "it must offer rtcp-mux"
            case .wrongDirection: "a host must send, and a listener receive"
            }
        self.init(.sdpInvalid, "The offer cannot be answered: \(problem)")
    }
}
