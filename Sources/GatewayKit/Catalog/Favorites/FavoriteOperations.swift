/// `/api/favorites…` in `/api/openapi.json`.
import GatewayAPI

extension FavoriteRoutes {
    static let operations = [
        APIOperation(
            .get, "/api/favorites", id: "listFavorites", tag: tag, "Favourite releases and tracks, the newest first",
            answers: [
                .json(
                    .object([
                        "releases": .array(
                            of: .object(["id": .string("cm7favourite1"), "createdAt": .date, "release": .releaseCard])),
                        "tracks": .array(of: .object(["id": .string("cm7favourite2"), "createdAt": .date, "track": .nestedTrack])),
                    ])), .databaseUnavailable,
            ]),
        APIOperation(
            .get, "/api/favorites/ids", id: "listFavoriteIds", tag: tag, "Every id that a favourite is known by",
            answers: [
                .json(
                    .object([
                        "releases": JSONSchema.array(of: .releaseID).withExample(["cm7harbour", "cm7harbourmb"])
                            .described("Of MusicBrainz releases, and of every local release of theirs"),
                        "tracks": .array(of: .trackID),
                    ])), .databaseUnavailable,
            ]),
        APIOperation(
            .post, "/api/favorites/releases/{id}", id: "addFavoriteRelease", tag: tag, "Makes a release a favourite",
            parameters: [releaseID],
            answers: [.json(.success("Release favorited", "Already favorited")), .error(releaseNotFound), .databaseUnavailable]),
        APIOperation(
            .delete, "/api/favorites/releases/{id}", id: "removeFavoriteRelease", tag: tag, "Ends a release's being a favourite",
            parameters: [releaseID],
            answers: [
                .json(.success("Release unfavorited")), .error(releaseNotFound), .error(notFavorite), .databaseUnavailable,
            ]),
        APIOperation(
            .post, "/api/favorites/tracks/{id}", id: "addFavoriteTrack", tag: tag, "Makes a track a favourite", parameters: [trackID],
            answers: [.json(.success("Track favorited", "Already favorited")), .error(trackNotFound), .databaseUnavailable]),
        APIOperation(
            .delete, "/api/favorites/tracks/{id}", id: "removeFavoriteTrack", tag: tag, "Ends a track's being a favourite",
            parameters: [trackID],
            answers: [.json(.success("Track unfavorited")), .error(trackNotFound), .error(notFavorite), .databaseUnavailable]),
    ]

    private static let tag = "Favorites"
    private static let trackID = APIOperation.Parameter.path("id", .trackID, "A track's id")
    private static let releaseID = APIOperation.Parameter.path("id", .releaseID, "Of a local release or of a MusicBrainz release")
}
