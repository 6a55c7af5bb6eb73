/// SIGTERM and SIGINT: the first lets the services end in order, the second ends the process at once.
import Dispatch
import Foundation
import GatewayAPI
import Synchronization

final class StopSignals {
    /// For connections to drain and services to end; after it they are cancelled.
    private static let patience: Duration = .seconds(20)

    private let sources: [any DispatchSourceSignal]
    private let received: AsyncStream<Void>

    /// From here on the signals are ours.
    init() {
        let (received, continuation) = AsyncStream.makeStream(of: Void.self)
        self.received = received
        let count = Mutex(0)
        let queue = DispatchQueue(label: "signals")
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                let isFirst = count.withLock { count in
                    count += 1
                    return count == 1
                }
                // 128 + n, as a shell reports a process that a signal has ended.
                guard isFirst else { _exit(128 + number) }
                continuation.yield()
            }
            source.resume()
            return source
        }
    }

    /// Runs the services until the first signal, or until one of them fails; then they end in reverse order.
    func run(_ services: [any Service], logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(services: services, logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.patience
        let group = ServiceGroup(configuration: configuration)
        let received = received
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                for await _ in received {
                    logger.info("stopping")
                    await group.triggerGracefulShutdown()
                }
            }
            defer { tasks.cancelAll() }
            try await group.run()
        }
        logger.info("stopped")
    }

    /// Runs `body` to its end. The first signal cancels it.
    func cancelling(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let received = received
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask(operation: body)
            tasks.addTask {
                for await _ in received { throw CancellationError() }
            }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
    }
}
