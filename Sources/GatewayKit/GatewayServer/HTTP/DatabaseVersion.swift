/// What Postgres' next statement would see, in a word that changes with every transaction that writes. `AnswerCache` asks it.
import NIOCore
import Postgres
import Synchronization

/// Whoever comes while a question is on its way shares the next one, since that one may have been answered already.
final class DatabaseVersion: Sendable {
    typealias Listener = @Sendable (String?) -> Void

    private let database: PostgresPool
    private let state = Mutex(State())

    private struct State {
        var isAsking = false
        var waiting: [Listener] = []
    }

    init(_ database: PostgresPool) { self.database = database }

    /// - Parameters:
    ///   - eventLoop: of the caller; whoever else comes within its turn shares the question.
    ///   - listener: called once, on any thread, with the version as of a moment after this call; with nil when the database is away.
    func whenKnown(_ eventLoop: (any EventLoop)? = nil, _ listener: @escaping Listener) {
        let begins = state.withLock { state in
            state.waiting.append(listener)
            defer { state.isAsking = true }
            return !state.isAsking
        }
        guard begins else { return }
        if let eventLoop {
            eventLoop.execute { Task { await self.answerAll() } }
        } else {
            Task { await answerAll() }
        }
    }

    func current() async -> String? {
        await withCheckedContinuation { continuation in whenKnown { continuation.resume(returning: $0) } }
    }

    private func answerAll() async {
        while let listeners = nextListeners() {
            let version = try? await ask()
            for listener in listeners { listener(version) }
        }
    }

    private func nextListeners() -> [Listener]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isAsking = false
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    private func ask() async throws -> String {
        // The start tells a server from the one that took its place.
        let rows = try await database.query(
            "SELECT txid_current_snapshot()::text || ' ' || pg_postmaster_start_time()::text AS version")
        guard let row = rows.first else { throw PostgresError.unavailable("an empty answer") }
        return try row.decode("version", as: String.self)
    }
}
