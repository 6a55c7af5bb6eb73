import GatewayAPI
import Synchronization
import Testing

@testable import Party

/// What the server tells of sockets, in orders that a real client cannot be made to.
@Suite struct SignalingTests {
    private final class Connection: WebSocketConnection {
        let sent = Mutex<[String]>([])
        let closed = Mutex<UInt16?>(nil)

        func send(_ message: WebSocketMessage) {
            if case .text(let text) = message { sent.withLock { $0.append(text) } }
        }

        func close(code: UInt16, reason: String) { closed.withLock { $0 = code } }
    }

    private func makeSignaling() throws -> Signaling {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        // Nothing is written: nobody runs the file.
        let file = PartyFile(directory: "/nonexistent", logger: logger)
        let media = try MediaWorkers(ports: 20_000...29_999, announcedAddresses: ["127.0.0.1"], bitrate: 128_000)
        return Signaling(
            settings: Signaling.Settings(), media: media, covers: PartyCovers(), file: file, hasCover: { _ in false },
            logger: logger)
    }

    private func open(_ connection: Connection, of signaling: Signaling) -> any WebSocketSession {
        signaling.open(WebSocketClient(address: "192.0.2.1", origin: nil, host: nil), connection)
    }

    @Test func aHostThatIsCutLeavesAPartyThatWaits() async throws {
        let signaling = try makeSignaling()
        let host = open(Connection(), of: signaling)
        try await host.received(.text(#"{"type":"createSession"}"#))
        #expect(await signaling.status.active)
        #expect(await !signaling.status.hostAway)
        await host.closed()
        #expect(await signaling.status.hostAway)
    }

    @Test func aSocketThatNeverSpokeMayEnd() async throws {
        let signaling = try makeSignaling()
        await open(Connection(), of: signaling).closed()
        #expect(await !signaling.status.active)
    }

    @Test func aFloodIsSlowedAndThenCut() async throws {
        let signaling = try makeSignaling()
        let connection = Connection()
        let flooder = open(connection, of: signaling)
        for _ in 0..<Int(RateLimiter.burst) { try await flooder.received(.text("x")) }
        #expect(connection.sent.withLock { !$0.contains { $0.contains("rate_limited") } })
        while connection.closed.withLock({ $0 == nil }) { try await flooder.received(.text("x")) }
        #expect(connection.sent.withLock { $0.contains { $0.contains("rate_limited") } })
        #expect(connection.closed.withLock { $0 } == 1008)
    }
}
