/// How much one client may ask for: a token bucket for each network, in a table that forgets. Used for requests (this middleware) and for
/// new WebSockets (`WebSocketDoor`).
import GatewayAPI
import Synchronization

/// Buckets of one size, by client. A bucket that is full again says nothing any more, and goes.
final class ClientBuckets: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// Networks that are remembered at once. When so many are busy at once, all begin anew: a limit is no reason to hold more memory.
    static let maximumClients = 16_384

    /// Tokens that come back in a second, and that a client who was quiet finds.
    let perSecond: Double
    let burst: Double
    private let table = Mutex<[ClientNetwork: Bucket]>([:])

    private struct Bucket {
        var tokens: Double
        var time: Instant
    }

    init(perSecond: Double, burst: Double) {
        self.perSecond = perSecond
        self.burst = burst
    }

    /// - Returns: nil when there was a token; else the seconds until there is one.
    func take(_ client: ClientNetwork, now: Instant = .now) -> Int? {
        table.withLock { table in
            var bucket = table[client] ?? Bucket(tokens: burst, time: now)
            bucket.tokens = tokens(bucket, now: now)
            bucket.time = now
            defer {
                if table[client] == nil, table.count >= Self.maximumClients { forget(&table, now: now) }
                table[client] = bucket
            }
            guard bucket.tokens >= 1 else { return Int(((1 - bucket.tokens) / perSecond).rounded(.up)) }
            bucket.tokens -= 1
            return nil
        }
    }

    /// How many clients are remembered.
    var count: Int { table.withLock { $0.count } }

    private func tokens(_ bucket: Bucket, now: Instant) -> Double {
        min(burst, bucket.tokens + max(0, (now - bucket.time) / .seconds(1)) * perSecond)
    }

    private func forget(_ table: inout [ClientNetwork: Bucket], now: Instant) {
        table = table.filter { tokens($0.value, now: now) < burst }
        // So that the next newcomers do not each look through the whole table.
        if table.count > Self.maximumClients / 2 { table = [:] }
    }
}

struct RateLimit: RouterMiddleware {
    private let buckets: ClientBuckets

    /// Seconds' worth of requests that may come at once: a page with all its pictures, for each of a few people behind one address.
    static let burstSeconds = 10

    init(requestsPerSecond: Int) {
        buckets = ClientBuckets(perSecond: Double(requestsPerSecond), burst: Double(requestsPerSecond * Self.burstSeconds))
    }

    static func refusal(retryAfter seconds: Int) -> APIError {
        APIError(
            .tooManyRequests, "Too many requests from your address; try again in a moment", code: "too_many_requests",
            headers: [.retryAfter: String(seconds)])
    }

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        if let seconds = secondsToWait(for: context.clientAddress) { throw Self.refusal(retryAfter: seconds) }
        return try await next(request, context)
    }

    /// Counts a request.
    ///
    /// - Returns: nil for one that may be answered.
    func secondsToWait(for clientAddress: String) -> Int? { buckets.take(ClientNetwork(clientAddress)) }

    /// How a route is described on a server that limits requests.
    static func description(of operation: APIOperation) -> APIOperation { operation.answering(also: [.error(refusal(retryAfter: 1))]) }
}
