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

    private let database: DatabaseVersion
    private let securityHeaders: SecurityHeaders
    private let searchGeneration: @Sendable () -> Int
    private let kept = Kept()

    /// - Parameters:
    ///   - securityHeaders: as the router adds them.
    ///   - searchGeneration: changes with what searches find besides rows.
    init(database: PostgresPool, securityHeaders: SecurityHeaders, searchGeneration: @escaping @Sendable () -> Int) {
        self.database = DatabaseVersion(database)
        self.securityHeaders = securityHeaders
        self.searchGeneration = searchGeneration
    }

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        // Without the database the route says so itself.
        guard request.method == .get, Self.isKept(request.uri.path), let snapshot = await database.current() else {
            return try await next(request, context)
        }
        let version = version(of: snapshot)
        let key = Key(
            target: request.uri.string, acceptsGzip: ContentCoding.gzip.isAccepted(by: request.headers[values: .acceptEncoding]))
        if let answer = kept.answer(key, at: version) { return answer.response(to: request) }
        let response = try await next(request, context)
        guard response.status == .ok, let length = response.body.contentLength, length <= Self.maximumAnswerBytes else { return response }
        let collector = BodyCollector()
        try await response.body.write(collector)
        let answer = Answer(
            headers: response.headers, body: collector.bytes, endpoint: context.endpointPath, securityHeaders: securityHeaders)
        kept.keep(answer, key, at: version)
        return answer.response(to: request)
    }

    /// What an answer is kept by.
    struct Key: Hashable, Sendable {
        let target: String
        let acceptsGzip: Bool
    }

    /// - Returns: nil when there is surely no answer to such a request.
    func key(of target: String, acceptsGzip: Bool) -> Key? {
        let key = Key(target: target, acceptsGzip: acceptsGzip)
        return kept.has(key) ? key : nil
    }

    /// - Parameters:
    ///   - eventLoop: of the caller.
    ///   - listener: called there, with the answer if it holds as of a moment after this call.
    func whenFresh(_ key: Key, _ eventLoop: any EventLoop, _ listener: @escaping @Sendable (PreparedAnswer?) -> Void) {
        database.whenKnown(eventLoop) { snapshot in
            let answer = snapshot.flatMap { kept.answer(key, at: version(of: $0)) }
            eventLoop.execute { listener(answer?.prepared) }
        }
    }

    private func version(of snapshot: String) -> String { "\(snapshot) \(searchGeneration())" }

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
        let prepared: PreparedAnswer

        init(headers: HTTPFields, body: ByteBuffer, endpoint: String?, securityHeaders: SecurityHeaders) {
            var headers = headers
            // FNV-1a: the same text has the same tag in every process.
            let hash = body.readableBytesView.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
            headers[.eTag] = "\"\(String(hash, radix: 36))\""
            headers[.cacheControl] = "no-cache"
            self.headers = headers
            self.body = body
            prepared = PreparedAnswer(
                Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body)), body: body,
                notModified: Self.notModified(headers), endpoint: endpoint, securityHeaders: securityHeaders)
        }

        func response(to request: Request) -> Response {
            if let tag = headers[.eTag], let condition = request.headers[.ifNoneMatch], Representation.weaklyMatches(condition, tag) {
                return Self.notModified(headers)
            }
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
        }

        private static func notModified(_ headers: HTTPFields) -> Response {
            var kept = HTTPFields()
            for name in [HTTPField.Name.eTag, .cacheControl, .vary] { kept[name] = headers[name] }
            return Response(status: .notModified, headers: kept)
        }
    }

    /// Answers of one version of the database: those of an older one are of no use to anybody.
    private final class Kept: Sendable {
        private struct State {
            var version = ""
            var answers: [Key: Answer] = [:]
            var bytes = 0
        }

        private let state = Mutex(State())

        func has(_ key: Key) -> Bool { state.withLock { $0.answers[key] != nil } }

        func answer(_ key: Key, at version: String) -> Answer? {
            state.withLock { $0.version == version ? $0.answers[key] : nil }
        }

        func keep(_ answer: Answer, _ key: Key, at version: String) {
            state.withLock { state in
                if state.version != version || state.bytes > maximumBytes { state = State(version: version) }
                state.bytes += answer.prepared.bytes
                state.answers[key] = answer
            }
        }
    }
}
