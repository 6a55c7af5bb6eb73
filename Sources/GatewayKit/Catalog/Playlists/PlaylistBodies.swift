/// What playlists' routes read from a request's body.
import GatewayAPI

/// The body of `POST /api/playlists`. A `slug`, which older players send, counts for nothing.
struct PlaylistBody: Decodable {
    static let maximumDescriptionLength = 2_000

    let name: PlaylistName
    let description: String?

    private enum CodingKeys: CodingKey { case name, description }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        name = try PlaylistName(try? fields.decode(String.self, forKey: .name))
        description = try fields.description(forKey: .description)
    }
}

/// The body of `PATCH /api/playlists/:slug`: what is not there stays.
struct PlaylistChanges: Decodable {
    /// What becomes of the description.
    enum Description: Equatable {
        case kept
        case set(String?)
    }

    let name: PlaylistName?
    let description: Description

    private enum CodingKeys: CodingKey { case name, description }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        name = fields.contains(.name) ? try PlaylistName(try? fields.decode(String.self, forKey: .name)) : nil
        description = fields.contains(.description) ? .set(try fields.description(forKey: .description)) : .kept
        guard name != nil || description != .kept else { throw APIError.badRequest("Give a name or a description") }
    }
}

/// The body of `POST /api/playlists/:slug/tracks`.
struct PlaylistTrackBody: Decodable {
    let trackID: String

    private enum CodingKeys: String, CodingKey { case trackID = "trackId" }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        guard let id = try? fields.decode(String.self, forKey: .trackID), !id.isEmpty, !id.hasNull else {
            throw APIError.badRequest("Invalid track ID")
        }
        trackID = id
    }
}

/// The body of `PATCH /api/playlists/:slug/tracks/:trackId`.
struct PlaylistMove: Decodable {
    /// Place in the list from 0; what lies beyond its ends means the end.
    let position: Int

    private enum CodingKeys: CodingKey { case position }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        guard let position = try? fields.decode(Double.self, forKey: .position), position.rounded() == position else {
            throw APIError.badRequest("Invalid position")
        }
        self.position = Int(min(max(position, 0), Double(PlaylistQueries.maximumTracks)))
    }
}

extension KeyedDecodingContainer {
    /// A playlist's description; nil when it is absent, null or empty.
    fileprivate func description(forKey key: Key) throws -> String? {
        guard contains(key), (try? decodeNil(forKey: key)) != true else { return nil }
        guard let text = try? decode(String.self, forKey: key), !text.hasNull else {
            throw APIError.badRequest("Invalid playlist description")
        }
        guard text.length <= PlaylistBody.maximumDescriptionLength else {
            throw APIError.badRequest("The playlist description is too long: at most \(PlaylistBody.maximumDescriptionLength) characters")
        }
        return text.isEmpty ? nil : text
    }
}
