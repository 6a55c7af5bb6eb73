/// `/api/playlists…` in `/api/openapi.json`.
import GatewayAPI

extension PlaylistRoutes {
    static let operations = [
        APIOperation(
            .get, "/api/playlists", id: "listPlaylists", tag: tag, "All playlists, the newest first",
            answers: [
                .json(
                    .array(
                        of: .object(
                            playlist + [
                                "trackCount": .integer(1),
                                "coverImages": JSONSchema.array(of: .object(["image": .image, "imageUrl": .imageURL]), maximum: 4)
                                    .described("Of the first four tracks"),
                            ]))), .databaseUnavailable,
            ]),
        APIOperation(
            .post, "/api/playlists", id: "createPlaylist", tag: tag, "Makes an empty playlist",
            body: .object(["name": name, "description": description], optional: ["description"], isOpen: true),
            answers: [
                .json(.object(["success": .constant(true), "playlist": .object(playlist)])),
                .error(.badRequest("Invalid playlist name")), .error(nameTaken), .databaseUnavailable,
            ]),
        APIOperation(
            .get, "/api/playlists/{slug}", id: "getPlaylist", tag: tag, "A playlist with its tracks in order", parameters: [slug],
            answers: [
                .json(
                    .object(
                        playlist + [
                            "tracks": .array(of: .object(entry + ["track": .nestedTrack]))
                        ])), .error(notFound), .databaseUnavailable,
            ]),
        APIOperation(
            .patch, "/api/playlists/{slug}", id: "changePlaylist", tag: tag,
            "Renames a playlist or describes it anew; its slug follows the name", parameters: [slug],
            body: JSONSchema.object(["name": name, "description": description], optional: ["name", "description"], isOpen: true)
                .withKeyword("anyOf", [["required": ["name"]], ["required": ["description"]]]),
            answers: [
                .json(.object(["success": .constant(true), "playlist": .object(playlist)])),
                .error(.badRequest("Give a name or a description")), .error(notFound), .error(nameTaken), .databaseUnavailable,
            ]),
        APIOperation(
            .delete, "/api/playlists/{slug}", id: "deletePlaylist", tag: tag, "Deletes a playlist; its tracks stay in the library",
            parameters: [slug], answers: [.json(.success("Playlist deleted")), .error(notFound), .databaseUnavailable]),
        APIOperation(
            .post, "/api/playlists/{slug}/tracks", id: "addPlaylistTrack", tag: tag, "Puts a track at the end of a playlist",
            parameters: [slug],
            body: .object(["trackId": JSONSchema.text("cm7pier").withKeyword("minLength", 1)], isOpen: true),
            answers: [
                .json(entryAnswer("Track added to playlist")), .error(.badRequest("Invalid track ID")), .error(notFound),
                .error(trackNotFound), .error(trackThere), .error(full), .databaseUnavailable,
            ]),
        APIOperation(
            .patch, "/api/playlists/{slug}/tracks/{trackId}", id: "movePlaylistTrack", tag: tag,
            "Moves a track to another place of its playlist", parameters: [slug, trackID],
            body: .object(
                ["position": JSONSchema.integer(0, from: nil).described("Place in the list from 0; one beyond its ends means the end")],
                isOpen: true),
            answers: [
                .json(entryAnswer("Track moved")), .error(.badRequest("Invalid position")), .error(notFound), .error(trackNotFound),
                .databaseUnavailable,
            ]),
        APIOperation(
            .delete, "/api/playlists/{slug}/tracks/{trackId}", id: "removePlaylistTrack", tag: tag,
            "Removes a track from a playlist, if it is there", parameters: [slug, trackID],
            answers: [.json(.success("Track removed from playlist")), .error(notFound), .databaseUnavailable]),
    ]

    private static let tag = "Playlists"
    private static let slug = APIOperation.Parameter.path("slug", .string("harbour-nights"), "A playlist's slug")
    private static let trackID = APIOperation.Parameter.path("trackId", .trackID, "A track's id")

    private static let name: JSONSchema = .string(
        // Some character that is neither blank nor U+0000, which no text may hold.
        "Harbour Nights", length: 1...PlaylistName.maximumLength, pattern: #"^[^\u0000]*[^\s\u0000][^\u0000]*$"#
    ).described("Trimmed; two names that make the same slug count as one")
    private static let description: JSONSchema = JSONSchema.text("For late hours", length: 0...PlaylistBody.maximumDescriptionLength).orNull

    private static let playlist: JSONSchema.Properties = [
        "id": .string("cm7nights"), "name": .string("Harbour Nights"), "slug": .string("harbour-nights"),
        "description": .string("For late hours").orNull, "createdAt": .date, "updatedAt": .date,
    ]

    private static let entry: JSONSchema.Properties = [
        "id": .string("cm7entry"), "position": JSONSchema.integer(0, from: nil).described("Ascending from 0, with gaps"), "addedAt": .date,
    ]

    private static func entryAnswer(_ message: String) -> JSONSchema {
        .object(["success": .constant(true), "message": .constant(.string(message)), "playlistTrack": .object(entry)])
    }
}
