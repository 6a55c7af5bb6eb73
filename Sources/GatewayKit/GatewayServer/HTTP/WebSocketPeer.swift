/// One open WebSocket as a module's session sees it; the protocol itself is `WebSocketFrames`' part.
import GatewayAPI
import Synchronization

final class WebSocketPeer: WebSocketConnection {
    private let frames: NIOLoopBound<WebSocketFrames>
    private let eventLoop: any EventLoop
    private let closed = Atomic(false)

    init(_ frames: NIOLoopBound<WebSocketFrames>, eventLoop: any EventLoop) {
        self.frames = frames
        self.eventLoop = eventLoop
    }

    /// By the module.
    var isClosed: Bool { closed.load(ordering: .relaxed) }

    func send(_ message: WebSocketMessage) {
        onEventLoop { $0.send(message) }
    }

    func close(code: UInt16, reason: String) {
        closed.store(true, ordering: .relaxed)
        onEventLoop { $0.close(code: code, reason: reason) }
    }

    private func onEventLoop(_ action: @escaping @Sendable (WebSocketFrames) -> Void) {
        // Always behind what was asked for before, from any thread.
        let frames = frames
        eventLoop.execute { action(frames.value) }
    }
}
