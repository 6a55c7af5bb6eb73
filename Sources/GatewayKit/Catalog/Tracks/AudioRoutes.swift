/// `/api/audio/:id`: a track's file as it is, in the ranges that a player asks for.
import GatewayAPI
import Postgres

struct AudioRoutes: Sendable {
    let database: PostgresPool
    let musicDirectory: String?

    /// Bytes that are read and on their way at a time; a slow client holds no more.
    private static let chunkBytes = 128 << 10

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
        let opened = try await NIOThreadPool.singleton.runIfActive { AudioFile(path: path, below: musicDirectory) }
        guard let file = opened else { throw APIError.notFound("Audio file not found on disk") }

        let selection = file.representation.selection(for: request.headers)
        var (status, headers) = file.representation.head(for: selection)
        headers[.cacheControl] = "private, no-cache"
        let range: ClosedRange<Int>
        switch selection {
        case .whole where file.representation.length > 0: range = 0...file.representation.length - 1
        case .part(let part): range = part
        default: return Response(status: status, headers: headers)
        }
        guard request.method == .get else {
            return Response(status: status, headers: headers, body: ResponseBody(contentLength: range.count) { try await $0.finish(nil) })
        }
        return Response(status: status, headers: headers, body: Self.body(file, range))
    }

    private static func body(_ file: AudioFile, _ range: ClosedRange<Int>) -> ResponseBody {
        ResponseBody(contentLength: range.count) { writer in
            var offset = range.lowerBound
            while offset <= range.upperBound {
                let wanted = min(chunkBytes, range.upperBound - offset + 1)
                let at = offset
                let bytes = try await NIOThreadPool.singleton.runIfActive { try file.read(at: at, count: wanted) }
                try await writer.write(bytes)
                offset += bytes.readableBytes
            }
            try await writer.finish(nil)
        }
    }

    private static let trackNotFound = "Track not found"
}
