/// `/api/playlists`, `/api/playlists/:slug`, `/api/playlists/:slug/tracks`, `/api/playlists/:slug/tracks/:trackId`.
import GatewayAPI
import Postgres

struct PlaylistRoutes: Sendable {
    let database: PostgresPool

    func add(to api: some RouterMethods<GatewayRequestContext>) {
        api.get("playlists") { _, _ in try await database.requiredJSON(PlaylistQueries.list) }
        api.post("playlists", use: create)
        api.get("playlists/:slug", use: playlist)
        api.patch("playlists/:slug", use: change)
        api.delete("playlists/:slug", use: delete)
        api.post("playlists/:slug/tracks", use: addTrack)
        api.patch("playlists/:slug/tracks/:trackId", use: moveTrack)
        api.delete("playlists/:slug/tracks/:trackId", use: removeTrack)
    }

    // MARK: Playlists

    @Sendable private func create(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let body = try await request.jsonBody(PlaylistBody.self)
        let query = PlaylistQueries.create(id: RowIdentifier.make(), name: body.name, description: body.description)
        guard let response = try await database.json(query) else { throw Self.nameTaken }
        return response
    }

    @Sendable private func playlist(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        guard let response = try await database.json(PlaylistQueries.playlist(slug: Self.slug(context))) else { throw Self.notFound }
        return response
    }

    @Sendable private func change(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let slug = try Self.slug(context)
        let changes = try await request.jsonBody(PlaylistChanges.self)
        do {
            guard let response = try await database.json(PlaylistQueries.change(slug: slug, changes)) else { throw Self.notFound }
            return response
        } catch let error as PostgresError where error.isUniqueViolation {
            throw Self.nameTaken
        }
    }

    @Sendable private func delete(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        guard let response = try await database.json(PlaylistQueries.delete(slug: Self.slug(context))) else { throw Self.notFound }
        return response
    }

    // MARK: Entries

    @Sendable private func addTrack(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let slug = try Self.slug(context)
        let track = try await request.jsonBody(PlaylistTrackBody.self).trackID
        do {
            return try await database.withTransaction { transaction in
                let playlist = try await Self.lock(slug, in: transaction)
                let query = PlaylistQueries.add(id: RowIdentifier.make(), track: track, to: playlist)
                guard let row = try await transaction.query(query).first else { throw Self.trackNotFound }
                if let response = try Response(json: row) { return response }
                guard try row.decode("hasTrack", as: Bool.self) else { throw Self.trackNotFound }
                guard try !row.decode("isFull", as: Bool.self) else {
                    throw Self.full
                }
                throw Self.trackThere
            }
        } catch let error as PostgresError where error.isForeignKeyViolation {
            // The track has been deleted meanwhile; the playlist is locked.
            throw Self.trackNotFound
        }
    }

    @Sendable private func moveTrack(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let slug = try Self.slug(context)
        let track = try context.pathText("trackId", orNotFound: Self.trackNotFound.message)
        let position = try await request.jsonBody(PlaylistMove.self).position
        return try await database.withTransaction { transaction in
            let playlist = try await Self.lock(slug, in: transaction)
            let rows = try await transaction.query(PlaylistQueries.move(track: track, to: position, in: playlist))
            guard let response = try rows.first.flatMap({ try Response(json: $0) }) else { throw Self.trackNotFound }
            return response
        }
    }

    @Sendable private func removeTrack(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let slug = try Self.slug(context)
        // A text that can't be an id is in no list.
        let track = (try? context.pathText("trackId", orNotFound: "")) ?? ""
        guard let response = try await database.json(PlaylistQueries.remove(track: track, slug: slug)) else { throw Self.notFound }
        return response
    }

    private static func slug(_ context: GatewayRequestContext) throws -> String {
        try context.pathText("slug", orNotFound: notFound.message)
    }

    /// - Returns: the playlist's id.
    private static func lock(_ slug: String, in transaction: PostgresTransaction) async throws -> String {
        guard let row = try await transaction.query(PlaylistQueries.lock(slug: slug)).first else { throw notFound }
        return try row.decode("id", as: String.self)
    }

    static let notFound = APIError.notFound("Playlist not found")
    static let trackNotFound = APIError.notFound("Track not found")
    static let trackThere = APIError.conflict("Track already in playlist")
    static let full = APIError.conflict("A playlist holds at most \(PlaylistQueries.maximumTracks) tracks")
    static let nameTaken = APIError.conflict("Playlist with this name already exists")
}
