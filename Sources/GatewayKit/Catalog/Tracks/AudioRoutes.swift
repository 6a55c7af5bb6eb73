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
        let id = try context.pathText("id", orNotFound: Self.trackNotFound.message)
        guard let path = try await database.query(TrackQueries.file(id: id)).first?.decode("filePath", as: String.self) else {
            throw Self.trackNotFound
        }
        guard let musicDirectory else {
            throw Self.notConfigured
        }
        let opened = try await NIOThreadPool.singleton.runIfActive {
            ConfinedFile(path: path, below: musicDirectory, contentType: AudioContentType.of(path: path))
        }
        guard let file = opened else { throw Self.fileNotFound }
        return file.response(to: request, cacheControl: "private, no-cache")
    }

    static let trackNotFound = APIError.notFound("Track not found")
    static let fileNotFound = APIError.notFound("Audio file not found on disk")
    static let notConfigured = APIError(.internalServerError, "MUSIC_DIR not configured", code: "music_dir_missing")
}
