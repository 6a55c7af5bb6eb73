/// Keeps the catalog's answers for as long as nobody has written to the database, and gives them a validator. `MusicSite` puts it around
/// the routes.
///
/// Whether somebody has is asked for every request, of Postgres itself: two statements that see the same snapshot (PostgreSQL,
/// pg_current_snapshot) see the same rows, since every change comes with a transaction of its own number, whoever made it. That question
/// costs a fiftieth of a millisecond, and requests that come while it is on its way share the next one. So an answer is never older than
/// its request, and neither is a 304.
import GatewayAPI
import HTTPTypes
import HummingbirdCore
import Postgres
import Synchronization

struct AnswerCache: RouterMiddleware {
    /// Of all kept bodies; when there are more, all are let go.
    private static let maximumBytes = 16 << 20
    private static let maximumAnswerBytes = 1 << 20

    private let version: DatabaseVersion
    private let searchGeneration: @Sendable () -> Int
    private let kept = Kept()

    /// - Parameter searchGeneration: changes with what searches find besides rows.
    init(database: PostgresPool, searchGeneration: @escaping @Sendable () -> Int) {
        version = DatabaseVersion(database)
        self.searchGeneration = searchGeneration
    }

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        // Without the database the route says so itself.
        guard request.method == .get, Self.isKept(request.uri.path), let snapshot = try? await version.current() else {
            return try await next(request, context)
        }
        let version = "\(snapshot) \(searchGeneration())"
        let coding = ContentCoding.gzip.isAccepted(by: request.headers[values: .acceptEncoding]) ? "gzip " : ""
        let key = coding + request.uri.string
        if let answer = kept.answer(key, at: version) { return answer.response(to: request) }
        let response = try await next(request, context)
        guard response.status == .ok, let length = response.body.contentLength, length <= Self.maximumAnswerBytes else { return response }
        let collector = BodyCollector()
        try await response.body.write(collector)
        let answer = Answer(headers: response.headers, body: collector.bytes)
        kept.keep(answer, key, at: version)
        return answer.response(to: request)
    }

    /// Reading routes whose answers come from rows and the search index and nothing else, such as chance.
    private static func isKept(_ path: String) -> Bool {
        path != "/api/tracks/random" && prefixes.contains { path.hasPrefix($0) }
    }

    /// How a route is described whose answers are kept.
    static func description(of operation: APIOperation) -> APIOperation {
        guard operation.method == .get, prefixes.contains(where: { operation.path.hasPrefix($0) }) else { return operation }
        return operation.answering(also: [.empty(.notModified, "The client has it (If-None-Match)")])
    }

    private static let prefixes = [
        "/api/artists", "/api/genres", "/api/releases/", "/api/timeline/", "/api/stats", "/api/favorites", "/api/playlists", "/api/search",
        "/api/tracks/",
    ]

    private struct Answer: Sendable {
        let headers: HTTPFields
        let body: ByteBuffer

        init(headers: HTTPFields, body: ByteBuffer) {
            var headers = headers
            // FNV-1a: the same text has the same tag in every process.
            let hash = body.readableBytesView.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
            headers[.eTag] = "\"\(String(hash, radix: 36))\""
            headers[.cacheControl] = "no-cache"
            self.headers = headers
            self.body = body
        }

        func response(to request: Request) -> Response {
            if let tag = headers[.eTag], let condition = request.headers[.ifNoneMatch], Representation.weaklyMatches(condition, tag) {
                var kept: HTTPFields = [.eTag: tag]
                for name in [HTTPField.Name.cacheControl, .vary] { kept[name] = headers[name] }
                return Response(status: .notModified, headers: kept)
            }
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
        }
    }

    /// Answers of one version of the database: those of an older one are of no use to anybody.
    private final class Kept: Sendable {
        private struct State {
            var version = ""
            var answers: [String: Answer] = [:]
            var bytes = 0
        }

        private let state = Mutex(State())

        func answer(_ key: String, at version: String) -> Answer? {
            state.withLock { $0.version == version ? $0.answers[key] : nil }
        }

        func keep(_ answer: Answer, _ key: String, at version: String) {
            state.withLock { state in
                if state.version != version || state.bytes > maximumBytes { state = State(version: version) }
                state.bytes += answer.body.readableBytes
                state.answers[key] = answer
            }
        }
    }
}

/// What Postgres' next statement would see, in a word that changes with every transaction that writes.
private actor DatabaseVersion {
    private let database: PostgresPool
    private var asking: Task<String, any Error>?
    private var waiting: Task<String, any Error>?

    init(_ database: PostgresPool) { self.database = database }

    /// As of a moment after the call.
    func current() async throws -> String {
        if let waiting { return try await waiting.value }
        // A question that is on its way may have been answered already.
        let earlier = asking
        let task = Task {
            if let earlier {
                _ = await earlier.result
                begin()
            }
            return try await ask()
        }
        if earlier == nil { asking = task } else { waiting = task }
        defer { if asking == task { asking = nil } }
        return try await task.value
    }

    /// Who asks from here on waits for the next question.
    private func begin() {
        guard let waiting else { return }
        asking = waiting
        self.waiting = nil
    }

    private func ask() async throws -> String {
        // The start tells a server from the one that took its place.
        let rows = try await database.query(
            "SELECT txid_current_snapshot()::text || ' ' || pg_postmaster_start_time()::text AS version")
        guard let row = rows.first else { throw PostgresError.unavailable("an empty answer") }
        return try row.decode("version", as: String.self)
    }
}
