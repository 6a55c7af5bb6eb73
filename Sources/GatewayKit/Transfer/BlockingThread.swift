/// Runs work that blocks on a thread of its own, and lets the task that asked for it stop it.
internal import Foundation

/// - Parameter body: gets a flag that is set when the task is cancelled.
func onThreadOfItsOwn<Value: Sendable>(
    _ body: @escaping @Sendable (StopFlag) throws -> Value
) async throws -> Value {
    let stop = StopFlag()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                continuation.resume(with: Result { try body(stop) })
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
    } onCancel: {
        stop.set()
    }
}
