/// Who may become host: the one place that decides what `createSession` does (DESIGN, "Who may do what").

struct HostClaim: Sendable {
    enum Decision: Equatable, Sendable {
        /// No party is running: a new one begins.
        case open
        /// The running party goes on with this host.
        case takeOver
        case refuse(SignalingError)
    }

    /// What was sent.
    var token: String?
    var hostKey: String?
    /// The nonce that this socket had been given, if it is still good.
    var nonce: String?
    /// The socket already is the host.
    var isHost = false

    /// - Parameters:
    ///   - secret: `PARTY_SECRET`, nil where none is set.
    ///   - session: the running party, if any.
    func decide(secret: String?, session: PartySession?) -> Decision {
        if isHost, session != nil { return .takeOver }
        if let session, let hostKey, session.isHostKey(hostKey) { return .takeOver }
        if let token {
            guard let secret else {
                return .refuse(SignalingError(.noSecret, "The listener server has no PARTY_SECRET; set the same one on both servers"))
            }
            guard let nonce else {
                return .refuse(SignalingError(.nonceUnknown, "The challenge is unknown, used or older than a minute; ask for a new one"))
            }
            guard HostToken.isValid(token, secret: secret, nonce: nonce) else {
                return .refuse(SignalingError(.tokenInvalid, "The token is wrong: PARTY_SECRET differs between the two servers"))
            }
            return session == nil ? .open : .takeOver
        }
        guard secret == nil else {
            return .refuse(SignalingError(.tokenRequired, "The listener server has a PARTY_SECRET; set the same one on the host's server"))
        }
        // Without a secret: first come, first served, and nobody drives a present host away.
        guard let session else { return .open }
        if session.isHostAway { return .takeOver }
        return hostKey == nil
            ? .refuse(SignalingError(.sessionExists, "A party is already running, and its host is present"))
            : .refuse(SignalingError(.hostKeyInvalid, "This key is not the running party's"))
    }
}
