/// The messages of `/_ws` that a load generator needs (Plugins/Party/Sources/Party/SignalingMessage.swift has all of them).
import Foundation

/// What the server says, as far as it matters here.
struct ServerReply: Decodable {
    let type: String
    let code: String?
    let sdp: String?
    let hostKey: String?
    let nonce: String?

    init?(_ text: String) {
        guard let reply = try? JSONDecoder().decode(ServerReply.self, from: Data(text.utf8)) else { return nil }
        self = reply
    }
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

    var json: String {
        // Strings and finite numbers alone: this cannot fail.
        (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
