/// The WebSockets that `ProtocolSwitch` opened by itself. No task of the server's waits for them, since one would take a kilobyte for each,
/// so this service does: it ends after them.
import GatewayAPI
import Synchronization

final class OpenWebSockets: Service {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isCancelled = false
    }

    private let state = Mutex(State())

    /// Holds the channel until it is closed.
    func insert(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let isCancelled = state.withLock { state in
            state.channels[id] = channel
            return state.isCancelled
        }
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.channels[id] = nil } }
        if isCancelled { channel.close(promise: nil) }
    }

    /// Until it is cancelled, which closes them, or told to stop: then `WebSocketFrames` closes each.
    func run() async {
        do { try await gracefulShutdown() } catch { cancel() }
        for channel in channels { try? await channel.closeFuture.get() }
    }

    private var channels: [any Channel] { state.withLock { Array($0.channels.values) } }

    private func cancel() {
        state.withLock { $0.isCancelled = true }
        for channel in channels { channel.close(promise: nil) }
    }
}
