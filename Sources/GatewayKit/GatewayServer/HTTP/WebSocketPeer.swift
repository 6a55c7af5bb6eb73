/// One open WebSocket as a module's handler sees it; the protocol itself is `WebSocketFrames`' part.
import GatewayAPI
import NIOHTTPTypes
import NIOWebSocket
import Synchronization

final class WebSocketPeer: WebSocketConnection {
    /// For the handler's end after the server has said that it stops.
    private static let stoppingTime: Duration = .seconds(2)

    let clientAddress: String
    let origin: String?
    let host: String?
    private let channel: any Channel
    private let frames: Frames

    /// - Parameters:
    ///   - frames: the request's body, whose parts are frames (`WebSocketFrames`).
    ///   - channel: takes parts of the response's body.
    init(frames: RequestBody.AsyncIterator, channel: any Channel, clientAddress: String, origin: String?, host: String?) {
        self.frames = Frames(frames)
        self.channel = channel
        self.clientAddress = clientAddress
        self.origin = origin
        self.host = host
    }

    /// Runs `handler`, and ends the connection with 1000 after it, 1011 after its failure, or 1001 when the server stops.
    func serve(_ handler: @escaping @Sendable (any WebSocketConnection) async throws -> Void, logger: Logger) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await handler(self)
                    try await self.close(code: 1000, reason: "")
                } catch is CancellationError {
                } catch {
                    logger.debug("websocket handler failed", metadata: ["error": "\(error)"])
                    try? await self.close(code: 1011, reason: "")
                }
            }
            group.addTask {
                // Cancelled as soon as the handler is done.
                guard (try? await gracefulShutdown()) != nil else { return }
                try? await self.close(code: 1001, reason: "the server stops")
                try? await Task.sleep(for: Self.stoppingTime)
            }
            await group.next()
            group.cancelAll()
        }
    }

    func send(_ message: WebSocketMessage) async throws {
        switch message {
        case .text(let text): try await write(.text, ByteBuffer(string: text))
        case .binary(let bytes): try await write(.binary, bytes)
        }
    }

    func close(code: UInt16, reason: String) async throws {
        var payload = ByteBuffer()
        payload.writeInteger(code)
        // A control frame's payload is at most 125 bytes (§5.5).
        payload.writeString(String(decoding: reason.utf8.prefix(100), as: UTF8.self))
        do {
            try await write(.connectionClose, payload)
        } catch ChannelError.outputClosed {
            // By an earlier close.
        }
    }

    func receive() async throws -> WebSocketMessage? {
        guard let frame = try await frames.next() else { return nil }
        return frame.opcode == .text ? .text(String(buffer: frame.payload)) : .binary(frame.payload)
    }

    /// Suspends until the bytes are with the kernel, which is back-pressure from the peer.
    private func write(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) async throws {
        try await channel.writeAndFlush(HTTPResponsePart.body(WebSocketFrames.part(opcode, payload))).cancellableGet()
    }

    /// The stream of messages. One task at a time reads it.
    private final class Frames: @unchecked Sendable {
        // Unchecked because `receive` is called by one task at a time, as its contract says.
        private var iterator: RequestBody.AsyncIterator

        init(_ iterator: RequestBody.AsyncIterator) { self.iterator = iterator }

        func next() async throws -> (opcode: WebSocketOpcode, payload: ByteBuffer)? {
            try await iterator.next().flatMap(WebSocketFrames.frame)
        }
    }
}

extension EventLoopFuture where Value == Void {
    /// `get()` that a cancelled task does not wait for; what was begun goes on.
    fileprivate func cancellableGet() async throws {
        let waiter = Waiter()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiter.wait(with: continuation)
                whenComplete { waiter.finish($0) }
            }
        } onCancel: {
            waiter.finish(.failure(CancellationError()))
        }
    }
}

/// The first result goes to the continuation, whichever of the two comes first.
private final class Waiter: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Void, any Error>)
        case finished(Result<Void, any Error>)
    }

    private let state = Mutex(State.idle)

    func wait(with continuation: CheckedContinuation<Void, any Error>) {
        let result: Result<Void, any Error>? = state.withLock { state in
            if case .finished(let result) = state { return result }
            state = .waiting(continuation)
            return nil
        }
        if let result { continuation.resume(with: result) }
    }

    func finish(_ result: Result<Void, any Error>) {
        let continuation: CheckedContinuation<Void, any Error>? = state.withLock { state in
            defer { if case .finished = state {} else { state = .finished(result) } }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        continuation?.resume(with: result)
    }
}
