/// What the server sends over `/_ws`, and the one place where it becomes JSON (party-protocol.md §4; DESIGN, "Party: signalling").
import Foundation
import WebRTC

enum ServerMessage: Equatable, Sendable {
    // Replies
    case hostChallenge(nonce: String, tokenRequired: Bool)
    case sessionCreated(sessionId: String, hostKey: String, routerRtpCapabilities: RtpCapabilities)
    case producerTransportCreated(TransportParameters)
    case consumerTransportCreated(TransportParameters)
    case transportConnected
    case produced(producerId: String)
    case published(sdp: String, producerId: String)
    case iceRestarted(sdp: String)
    case joined(Joined)
    case consumed(consumerId: String, producerId: String, rtpParameters: RtpParameters)
    case consumerResumed
    /// The newest first.
    case listenerList([PartyListener])
    case listenerRemoved(listenerId: String)
    case listenerHistory(ListenerHistory)
    case coverStored(coverPath: String)
    case error(SignalingError)

    // News. `rtpTimestamp` is the newest of the session's timeline when the host's message came in: the words belong to that sound.
    // It is null until sound has come.
    case listenerCount(Int)
    case producerAvailable
    case nowPlaying(PartyTrack, isPlaying: Bool, rtpTimestamp: UInt32?)
    case pause(rtpTimestamp: UInt32?)
    case resume(rtpTimestamp: UInt32?)
    case position(currentTime: Double, duration: Double, rtpTimestamp: UInt32?)
    case hostAway(graceSeconds: Int)
    case hostBack
    case takenOver
    /// The media thread has given up the receiver's transport; a new offer makes a new one.
    case transportClosed(id: TransportID, reason: String)
    case sessionEnded
    /// To the host, each second.
    case partyStatistics(PartyStatistics)
    /// To the host: listeners cannot load this track's cover; `cover` brings one.
    case coverWanted(trackId: String)
    case cover(trackId: String, coverPath: String)
    /// To a listener whom the host has removed; its socket closes behind it.
    case removed(banned: Bool)

    struct Joined: Equatable, Sendable {
        var sessionId: String
        var listenerKey: String
        var routerRtpCapabilities: RtpCapabilities
        var currentTrack: PartyTrack?
        var isPlaying: Bool
        var currentTime: Double
        var duration: Double
        var listenerCount: Int
        var hostAway: Bool
        /// How long the party still waits for its host; nil while it is here.
        var graceSeconds: Int?
        var rtpTimestamp: UInt32?
        /// The answer to the offer that came with `join`.
        var sdp: String?
    }

    /// Of `producerTransportCreated` and `consumerTransportCreated`.
    struct TransportParameters: Equatable, Sendable {
        var id: String
        var iceParameters: IceParameters
        var iceCandidates: [IceCandidate]
        var dtlsParameters: DtlsParameters
    }

    /// The JSON text of one frame.
    func json(requestId: RequestID? = nil) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        do {
            return String(decoding: try encoder.encode(Envelope(message: self, requestId: requestId)), as: UTF8.self)
        } catch {
            preconditionFailure("a message of ours holds only what JSON can carry: \(error)")
        }
    }
}

private struct Envelope: Encodable {
    let message: ServerMessage
    let requestId: RequestID?

    private enum Field: String, CodingKey {
        case type, requestId, message, code
        case nonce, tokenRequired, sessionId, hostKey, routerRtpCapabilities, producerId, sdp, consumerId, kind, rtpParameters
        case listenerKey, currentTrack, isPlaying, currentTime, duration, listenerCount, hostAway, rtpTimestamp
        case count, track, graceSeconds, id, reason
        case listeners, listenerId, points, coverPath, trackId, banned
        case peak, total, bitrate, hostLink, worst, median
        case iceParameters, iceCandidates, dtlsParameters
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encodeIfPresent(requestId, forKey: .requestId)
        func type(_ name: String) throws { try fields.encode(name, forKey: .type) }
        func transport(_ parameters: ServerMessage.TransportParameters) throws {
            try fields.encode(parameters.id, forKey: .id)
            try fields.encode(parameters.iceParameters, forKey: .iceParameters)
            try fields.encode(parameters.iceCandidates, forKey: .iceCandidates)
            try fields.encode(parameters.dtlsParameters, forKey: .dtlsParameters)
        }
        switch message {
        case .hostChallenge(let nonce, let tokenRequired):
            try type("hostChallenge")
            try fields.encode(nonce, forKey: .nonce)
            try fields.encode(tokenRequired, forKey: .tokenRequired)
        case .sessionCreated(let sessionId, let hostKey, let capabilities):
            try type("sessionCreated")
            try fields.encode(sessionId, forKey: .sessionId)
            try fields.encode(hostKey, forKey: .hostKey)
            try fields.encode(capabilities, forKey: .routerRtpCapabilities)
        case .producerTransportCreated(let parameters):
            try type("producerTransportCreated")
            try transport(parameters)
        case .consumerTransportCreated(let parameters):
            try type("consumerTransportCreated")
            try transport(parameters)
        case .transportConnected: try type("transportConnected")
        case .produced(let producerId):
            try type("produced")
            try fields.encode(producerId, forKey: .producerId)
        case .published(let sdp, let producerId):
            try type("published")
            try fields.encode(sdp, forKey: .sdp)
            try fields.encode(producerId, forKey: .producerId)
        case .iceRestarted(let sdp):
            try type("iceRestarted")
            try fields.encode(sdp, forKey: .sdp)
        case .joined(let joined):
            try type("joined")
            try fields.encode(joined.sessionId, forKey: .sessionId)
            try fields.encode(joined.listenerKey, forKey: .listenerKey)
            try fields.encode(joined.routerRtpCapabilities, forKey: .routerRtpCapabilities)
            try fields.encode(joined.currentTrack, forKey: .currentTrack)
            try fields.encode(joined.isPlaying, forKey: .isPlaying)
            try fields.encode(joined.currentTime, forKey: .currentTime)
            try fields.encode(joined.duration, forKey: .duration)
            try fields.encode(joined.listenerCount, forKey: .listenerCount)
            try fields.encode(joined.hostAway, forKey: .hostAway)
            try fields.encodeIfPresent(joined.graceSeconds, forKey: .graceSeconds)
            try fields.encode(joined.rtpTimestamp, forKey: .rtpTimestamp)
            try fields.encodeIfPresent(joined.sdp, forKey: .sdp)
        case .consumed(let consumerId, let producerId, let rtpParameters):
            try type("consumed")
            try fields.encode(consumerId, forKey: .consumerId)
            try fields.encode(producerId, forKey: .producerId)
            try fields.encode("audio", forKey: .kind)
            try fields.encode(rtpParameters, forKey: .rtpParameters)
        case .consumerResumed: try type("consumerResumed")
        case .listenerList(let listeners):
            try type("listenerList")
            try fields.encode(listeners, forKey: .listeners)
        case .listenerRemoved(let listenerId):
            try type("listenerRemoved")
            try fields.encode(listenerId, forKey: .listenerId)
        case .listenerHistory(let history):
            try type("listenerHistory")
            try fields.encode(history.points.map { [$0.seconds, $0.listeners] }, forKey: .points)
        case .coverStored(let coverPath):
            try type("coverStored")
            try fields.encode(coverPath, forKey: .coverPath)
        case .error(let error):
            try type("error")
            try fields.encode(error.message, forKey: .message)
            try fields.encode(error.code.rawValue, forKey: .code)
        case .listenerCount(let count):
            try type("listenerCount")
            try fields.encode(count, forKey: .count)
        case .producerAvailable: try type("producerAvailable")
        case .nowPlaying(let track, let isPlaying, let rtpTimestamp):
            try type("nowPlaying")
            try fields.encode(track, forKey: .track)
            try fields.encode(isPlaying, forKey: .isPlaying)
            try fields.encode(rtpTimestamp, forKey: .rtpTimestamp)
        case .pause(let rtpTimestamp):
            try type("pause")
            try fields.encode(rtpTimestamp, forKey: .rtpTimestamp)
        case .resume(let rtpTimestamp):
            try type("resume")
            try fields.encode(rtpTimestamp, forKey: .rtpTimestamp)
        case .position(let currentTime, let duration, let rtpTimestamp):
            try type("position")
            try fields.encode(currentTime, forKey: .currentTime)
            try fields.encode(duration, forKey: .duration)
            try fields.encode(rtpTimestamp, forKey: .rtpTimestamp)
        case .hostAway(let graceSeconds):
            try type("hostAway")
            try fields.encode(graceSeconds, forKey: .graceSeconds)
        case .hostBack: try type("hostBack")
        case .takenOver: try type("takenOver")
        case .transportClosed(let id, let reason):
            try type("transportClosed")
            try fields.encode(id.description, forKey: .id)
            try fields.encode(reason, forKey: .reason)
        case .sessionEnded: try type("sessionEnded")
        case .partyStatistics(let statistics):
            try type("partyStatistics")
            try fields.encode(statistics.listeners, forKey: .listeners)
            try fields.encode(statistics.peak, forKey: .peak)
            try fields.encode(statistics.total, forKey: .total)
            try fields.encode(statistics.bitrate, forKey: .bitrate)
            try fields.encode(statistics.hostLink, forKey: .hostLink)
            try fields.encode(statistics.worst, forKey: .worst)
            try fields.encode(statistics.median, forKey: .median)
        case .coverWanted(let trackId):
            try type("coverWanted")
            try fields.encode(trackId, forKey: .trackId)
        case .cover(let trackId, let coverPath):
            try type("cover")
            try fields.encode(trackId, forKey: .trackId)
            try fields.encode(coverPath, forKey: .coverPath)
        case .removed(let banned):
            try type("removed")
            try fields.encode(banned, forKey: .banned)
        }
    }
}
