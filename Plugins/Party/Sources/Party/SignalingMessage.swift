/// What clients send over `/_ws`, decoded once and completely (party-protocol.md §3; DESIGN, "Party: signalling"). Fields are bounded
/// here, so that nothing behind this file meets an unchecked text or number.
import Foundation
import WebRTC

/// A client's message: JSON object with `type`, its fields beside it, and an optional `requestId` that the reply echoes.
struct SignalingRequest: Sendable {
    let requestId: RequestID?
    /// What is wrong with it is an answer too, and carries the same `requestId`.
    let message: Result<SignalingMessage, SignalingError>
}

enum SignalingMessage: Sendable {
    case hostChallenge
    case createSession(token: String?, hostKey: String?)
    case createProducerTransport
    case connectTransport(DtlsParameters)
    case produce(RtpParameters)
    case publish(sdp: String)
    /// An offer with new ICE credentials for the transport that the sender has.
    case restartIce(sdp: String)
    case nowPlaying(PartyTrack, isPlaying: Bool)
    case pause
    case resume
    /// In seconds; nil where the browser had no number, which is null in JSON.
    case position(currentTime: Double?, duration: Double?)
    case endSession
    case join(sdp: String?, listenerKey: String?)
    case createConsumerTransport
    case consume(RtpCapabilities)
    case resumeConsumer
    case listListeners
    /// - `ban`: for this party, by key and address.
    case removeListener(listenerId: String, ban: Bool)
    case listenerHistory
    /// A small picture for a track whose cover only the host's own site has.
    case cover(trackId: String, jpeg: Data)
}

/// What the host plays, as listeners see it (party-protocol.md §1).
struct PartyTrack: Equatable, Sendable {
    var id: String
    var title: String
    var artist: String
    var artistSlug: String?
    var releaseTitle: String
    var releaseId: String?
    /// A URL, or a path on the host's own site.
    var coverPath: String?
    /// Seconds; 0 when unknown.
    var duration: Double
}

extension PartyTrack {
    /// A path or a bare name: it means something only where the host's pages come from.
    var hasCoverOfItsOwnSite: Bool {
        guard let path = coverPath?.lowercased(), !path.isEmpty else { return false }
        return !["http://", "https://", "//", "data:"].contains { path.hasPrefix($0) }
    }
}

/// A client's own number for a request: text or number, as it came.
enum RequestID: Codable, Equatable, Sendable {
    case text(String)
    case integer(Int64)
    case number(Double)

    static let maximumCharacters = 64

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let integer = try? container.decode(Int64.self) {
            self = .integer(integer)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            let text = try container.decode(String.self)
            guard text.utf8.count <= Self.maximumCharacters else {
                throw SignalingError(.invalidMessage, "requestId is longer than \(Self.maximumCharacters) characters")
            }
            self = .text(text)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .integer(let integer): try container.encode(integer)
        case .number(let number): try container.encode(number)
        }
    }
}

extension SignalingRequest {
    /// Never fails: what cannot be read is a request that is answered with an error.
    init(_ text: String) {
        do {
            self = try JSONDecoder().decode(SignalingRequest.self, from: Data(text.utf8))
        } catch let error as SignalingError {
            self.init(requestId: nil, message: .failure(error))
        } catch DecodingError.dataCorrupted {
            self.init(requestId: nil, message: .failure(SignalingError(.invalidJSON, "Invalid JSON")))
        } catch {
            self.init(requestId: nil, message: .failure(SignalingError(.invalidMessage, "A message is a JSON object with a type")))
        }
    }
}

extension SignalingRequest: Decodable {
    init(from decoder: any Decoder) throws {
        let fields = Fields(try decoder.container(keyedBy: Field.self))
        requestId = try fields.container.decodeIfPresent(RequestID.self, forKey: .requestId)
        do {
            message = .success(try SignalingMessage(fields))
        } catch let error as SignalingError {
            message = .failure(error)
        } catch {
            // Which field it was stands in the error, but so may the client's text.
            message = .failure(SignalingError(.invalidMessage, "A field is missing or has the wrong type"))
        }
    }
}

extension SignalingMessage {
    fileprivate init(_ fields: Fields) throws {
        let type = try fields.text(.type, maximum: 64) ?? { throw SignalingError(.invalidMessage, "The type is missing") }()
        switch type {
        case "hostChallenge": self = .hostChallenge
        case "createSession":
            self = .createSession(token: try fields.text(.token, maximum: 256), hostKey: try fields.text(.hostKey, maximum: 256))
        case "createProducerTransport": self = .createProducerTransport
        case "connectTransport": self = .connectTransport(try fields.container.decode(DtlsParameters.self, forKey: .dtlsParameters))
        case "produce":
            guard try fields.text(.kind, maximum: 16) == "audio" else { throw SignalingError(.invalidMessage, "kind must be audio") }
            self = .produce(try fields.container.decode(RtpParameters.self, forKey: .rtpParameters))
        case "publish": self = .publish(sdp: try fields.requiredSdp())
        case "restartIce": self = .restartIce(sdp: try fields.requiredSdp())
        case "nowPlaying":
            self = .nowPlaying(
                try fields.container.decode(PartyTrack.self, forKey: .track),
                isPlaying: try fields.container.decodeIfPresent(Bool.self, forKey: .isPlaying) ?? true)
        case "pause": self = .pause
        case "resume": self = .resume
        case "position": self = .position(currentTime: try fields.seconds(.currentTime), duration: try fields.seconds(.duration))
        case "endSession": self = .endSession
        case "join": self = .join(sdp: try fields.sdp(), listenerKey: try fields.text(.listenerKey, maximum: 256))
        case "createConsumerTransport": self = .createConsumerTransport
        case "consume": self = .consume(try fields.container.decode(RtpCapabilities.self, forKey: .rtpCapabilities))
        case "resumeConsumer": self = .resumeConsumer
        case "listListeners": self = .listListeners
        case "removeListener":
            guard let id = try fields.text(.listenerId, maximum: 64) else {
                throw SignalingError(.invalidMessage, "The listenerId is missing")
            }
            self = .removeListener(listenerId: id, ban: try fields.container.decodeIfPresent(Bool.self, forKey: .ban) ?? false)
        case "listenerHistory": self = .listenerHistory
        case "cover":
            guard let trackId = try fields.text(.trackId, maximum: PartyTrack.maximumTextBytes) else {
                throw SignalingError(.invalidMessage, "The trackId is missing")
            }
            self = .cover(trackId: trackId, jpeg: try fields.jpeg())
        default: throw SignalingError(.unknownType, "Unknown message type: \(type)")
        }
    }
}

extension PartyTrack {
    /// A title, name or path that is longer is not one.
    static let maximumTextBytes = 1_000
    /// Ten years: no track is longer, and sums stay far from any limit.
    static let maximumSeconds = 315_360_000.0

    fileprivate init(_ fields: Fields) throws {
        func text(_ field: Field) throws -> String? { try fields.text(field, maximum: Self.maximumTextBytes) }
        id = try text(.id) ?? ""
        title = try text(.title) ?? ""
        artist = try text(.artist) ?? ""
        artistSlug = try text(.artistSlug)
        releaseTitle = try text(.releaseTitle) ?? ""
        releaseId = try text(.releaseId)
        coverPath = try fields.text(.coverPath, maximum: 2 * Self.maximumTextBytes)
        duration = try fields.seconds(.duration) ?? 0
    }
}

extension PartyTrack: Codable {
    init(from decoder: any Decoder) throws { try self.init(Fields(decoder.container(keyedBy: Field.self))) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Field.self)
        try container.encode(id, forKey: .id)
        try container.encode(title, forKey: .title)
        try container.encode(artist, forKey: .artist)
        try container.encode(artistSlug, forKey: .artistSlug)  // null when there is none, as in the original
        try container.encode(releaseTitle, forKey: .releaseTitle)
        try container.encode(releaseId, forKey: .releaseId)
        try container.encode(coverPath, forKey: .coverPath)
        try container.encode(duration, forKey: .duration)
    }
}

private enum Field: String, CodingKey {
    case type, requestId, token, hostKey, dtlsParameters, kind, rtpParameters, rtpCapabilities, sdp, listenerKey
    case track, isPlaying, currentTime, duration
    case listenerId, ban, trackId, jpeg
    case id, title, artist, artistSlug, releaseTitle, releaseId, coverPath
}

/// Fields of one JSON object with their bounds.
private struct Fields {
    static let maximumSdpBytes = 32 * 1_024

    let container: KeyedDecodingContainer<Field>

    init(_ container: KeyedDecodingContainer<Field>) { self.container = container }

    /// - Returns: nil when it is absent or null.
    func text(_ field: Field, maximum bytes: Int) throws -> String? {
        guard let text = try container.decodeIfPresent(String.self, forKey: field) else { return nil }
        guard text.utf8.count <= bytes else {
            throw SignalingError(.invalidMessage, "\(field.rawValue) is longer than \(bytes) bytes")
        }
        return text
    }

    func sdp() throws -> String? {
        guard let sdp = try container.decodeIfPresent(String.self, forKey: .sdp) else { return nil }
        guard sdp.utf8.count <= Self.maximumSdpBytes else {
            throw SignalingError(.tooLarge, "The sdp is longer than \(Self.maximumSdpBytes) bytes")
        }
        return sdp
    }

    /// In base64 (RFC 4648 §4). What the bytes are is `PartyCover`'s to say.
    func jpeg() throws -> Data {
        let text = try container.decode(String.self, forKey: .jpeg)
        guard text.utf8.count <= (PartyCover.maximumBytes + 2) / 3 * 4, let jpeg = Data(base64Encoded: text) else {
            throw SignalingError.coverInvalid
        }
        return jpeg
    }

    func requiredSdp() throws -> String {
        guard let sdp = try sdp() else { throw SignalingError(.invalidMessage, "The sdp is missing") }
        return sdp
    }

    /// - Returns: nil when it is absent, null, negative or beyond all reason.
    func seconds(_ field: Field) throws -> Double? {
        guard let seconds = try container.decodeIfPresent(Double.self, forKey: field) else { return nil }
        return (0...PartyTrack.maximumSeconds).contains(seconds) ? seconds : nil
    }
}
