/// How a server that is cancelled ends its WebSockets; that a stop waits for them is for Tests/Integration/core/test_core_stop.py.
import GatewayAPI
import NIOPosix
import Testing

@testable import GatewayServer

@Suite struct OpenWebSocketsTests {
    @Test func cancelledServerClosesThem() async throws {
        let sockets = OpenWebSockets()
        let before = try await channel()
        sockets.insert(before)
        let service = Task { await sockets.run() }
        service.cancel()
        await service.value
        #expect(!before.isActive)
        let after = try await channel()
        sockets.insert(after)
        try await after.closeFuture.get()
    }

    /// Any channel will do.
    private func channel() async throws -> any Channel {
        try await DatagramBootstrap(group: .singletonMultiThreadedEventLoopGroup).bind(host: "127.0.0.1", port: 0).get()
    }
}
