import GatewayAPI
import Synchronization
import Testing

@testable import Party

/// Sockets that misbehave in ways a real client cannot be made to in a short time.
@Suite struct SignalingTests {
    /// A WebSocket whose peer reads nothing: the second send never ends.
    final class DeafConnection: WebSocketConnection {
        let clientAddress = "192.0.2.1"
        let origin: String? = nil
        let host: String? = nil
        private let incoming: AsyncStream<WebSocketMessage>
        private let incomingContinuation: AsyncStream<WebSocketMessage>.Continuation
        let sent = Mutex<[String]>([])
        let closed = Mutex<UInt16?>(nil)

        init() { (incoming, incomingContinuation) = AsyncStream.makeStream() }

        func say(_ text: String) { incomingContinuation.yield(.text(text)) }
        func hangUp() { incomingContinuation.finish() }

        func send(_ message: WebSocketMessage) async throws {
            guard case .text(let text) = message else { return }
            let isFirst = sent.withLock { sent in
                sent.append(text)
                return sent.count == 1
            }
            if !isFirst { try await Task.sleep(for: .seconds(3_600)) }
        }

        func close(code: UInt16, reason: String) async throws { closed.withLock { $0 = code } }

        func receive() async throws -> WebSocketMessage? {
            for await message in incoming { return message }
            return nil
        }
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

    @Test(.timeLimit(.minutes(1)))
    func aReaderThatDoesNotReadIsCut() async throws {
        let signaling = try makeSignaling()
        let deaf = DeafConnection()
        let served = Task { try await signaling.serve(deaf) }
        // The first reply goes out, the second never arrives, and behind it the queue fills up.
        for _ in 0...SignalingPeer.maximumQueuedMessages + 2 { deaf.say(#"{"type":"hostChallenge"}"#) }
        deaf.say(#"{"type":"createSession"}"#)
        await #expect(throws: SocketCloseReason.tooSlow) { try await served.value }
        #expect(deaf.sent.withLock { $0.count } == 2)
        // It would not read a close frame either.
        #expect(deaf.closed.withLock { $0 } == nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func aHostThatIsCutLeavesAPartyThatWaits() async throws {
        let signaling = try makeSignaling()
        let host = DeafConnection()
        let served = Task { try await signaling.serve(host) }
        host.say(#"{"type":"createSession"}"#)
        while await !signaling.status.active { try await Task.sleep(for: .milliseconds(5)) }
        #expect(await !signaling.status.hostAway)
        host.hangUp()
        try await served.value
        #expect(await signaling.status.hostAway)
    }
}
