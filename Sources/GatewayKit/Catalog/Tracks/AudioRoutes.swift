/// `/api/audio/:id`: a track's file as it is, in the ranges that a player asks for.
import GatewayAPI
import Postgres

struct AudioRoutes: Sendable {
    let database: PostgresPool
    let musicDirectory: String?

    func add(to api: some RouterMethods<GatewayRequestContext>) {
        api.get("audio/:id", use: audio)
        api.head("audio/:id", use: audio)
    }

    @Sendable private func audio(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let id = try context.pathText("id", orNotFound: Self.trackNotFound)
        guard let path = try await database.query(TrackQueries.file(id: id)).first?.decode("filePath", as: String.self) else {
            throw APIError.notFound(Self.trackNotFound)
        }
        guard let musicDirectory else {
            throw APIError(.internalServerError, "MUSIC_DIR not configured", code: "music_dir_missing")
        }
        let opened = try await NIOThreadPool.singleton.runIfActive {
            ConfinedFile(path: path, below: musicDirectory, contentType: AudioContentType.of(path: path))
        }
        guard let file = opened else { throw APIError.notFound("Audio file not found on disk") }
        return file.response(to: request, cacheControl: "private, no-cache")
    }

    private static let trackNotFound = "Track not found"
}
