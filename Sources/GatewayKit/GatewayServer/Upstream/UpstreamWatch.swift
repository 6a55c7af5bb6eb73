/// Notices a backend that has stopped: its time runs whenever neither it has given a sign of life nor the client is waited for.
import GatewayAPI
import Synchronization

final class UpstreamWatch: Sendable {
    private struct State {
        /// Whether bytes of the request, or room for bytes of the answer, are waited for at the client.
        var waitsForClient = [false, false]
        var since = ContinuousClock.now
    }

    enum Direction: Int { case up, down }

    private let limit: Duration
    private let state = Mutex(State())

    init(limit: Duration) { self.limit = limit }

    /// While `body` runs, the client is waited for.
    func waitingForClient<Value>(
        _ direction: Direction, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
    ) async rethrows -> Value {
        set(direction, true)
        defer { set(direction, false) }
        return try await body()
    }

    private func set(_ direction: Direction, _ isWaiting: Bool) {
        state.withLock {
            $0.waitsForClient[direction.rawValue] = isWaiting
            $0.since = .now
        }
    }

    /// - Throws: `UpstreamError.silent` once the limit is reached, or `CancellationError`.
    func expire() async throws {
        while true {
            let deadline = state.withLock { $0.waitsForClient.contains(true) ? .now + limit : $0.since + limit }
            guard deadline > .now else { throw UpstreamError.silent }
            try await Task.sleep(until: deadline, clock: .continuous)
        }
    }
}
