/// The body of `GET /api/party/status` (dmp-api.md): what anyone may know of the party. The session's id grants nothing.

struct PartyStatus: Encodable, Equatable, Sendable {
    var active = false
    var sessionId: String?
    var currentTrack: PartyTrack?
    var isPlaying = false
    /// Seconds.
    var currentTime = 0.0
    var duration = 0.0
    var listenerCount = 0
    var hostAway = false

    /// As on a host's own server, where no session ever lives.
    static let inactive = PartyStatus()

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(active, forKey: .active)
        try container.encode(sessionId, forKey: .sessionId)  // null when there is none
        try container.encode(currentTrack, forKey: .currentTrack)
        try container.encode(isPlaying, forKey: .isPlaying)
        try container.encode(currentTime, forKey: .currentTime)
        try container.encode(duration, forKey: .duration)
        try container.encode(listenerCount, forKey: .listenerCount)
        try container.encode(hostAway, forKey: .hostAway)
    }

    private enum CodingKeys: String, CodingKey {
        case active, sessionId, currentTrack, isPlaying, currentTime, duration, listenerCount, hostAway
    }
}

extension PartyStatus {
    init(_ session: PartySession) {
        self.init(
            active: true, sessionId: session.id, currentTrack: session.currentTrack, isPlaying: session.isPlaying,
            currentTime: session.currentTime, duration: session.duration, listenerCount: session.listenerCount, hostAway: session.isHostAway
        )
    }
}
