/// The task of one connection, in which Hummingbird answers its requests: begun by `RequestEntrance`, at the end of the pipeline, with the
/// first request that comes so far. A connection that `EarlyAnswers` serves, or that `ProtocolSwitch` makes a WebSocket, never has one, nor the
/// stream and the memory that a task keeps once it has needed it.
import GatewayAPI
import HummingbirdCore
import NIOHTTPTypes
import Synchronization

final class RequestTask: ServerChildChannelValue {
    typealias Requests = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let channel: any Channel
    private let state = Mutex(State.undecided)

    private enum State {
        case undecided
        case awaited(CheckedContinuation<Requests?, Never>)
        case decided(Requests?)
    }

    init(channel: any Channel) { self.channel = channel }

    /// Suspends until there is something to do; nil when there will be nothing.
    var requests: Requests? {
        get async {
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let requests: Requests?? = state.withLock { state in
                        if case .decided(let requests) = state { return .some(requests) }
                        state = .awaited(continuation)
                        return .none
                    }
                    if let requests { continuation.resume(returning: requests) }
                }
            } onCancel: {
                channel.close(promise: nil)
            }
        }
    }

    /// The first decision holds.
    fileprivate func decide(_ requests: Requests?) {
        let continuation: CheckedContinuation<Requests?, Never>? = state.withLock { state in
            switch state {
            case .decided: return nil
            case .undecided:
                state = .decided(requests)
                return nil
            case .awaited(let continuation):
                state = .decided(requests)
                return continuation
            }
        }
        continuation?.resume(returning: requests)
    }
}

final class RequestEntrance: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    /// Held by the server alone: when it has given it up, nobody would answer.
    private weak var task: RequestTask?
    /// Whether there is a task that answers.
    private(set) var isOpen = false

    init(_ task: RequestTask) { self.task = task }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if open(context) { context.fireChannelRead(data) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if open(context) { context.fireErrorCaught(error) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if !isOpen, case .some(.inputClosed) = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func handlerRemoved(context: ChannelHandlerContext) { task?.decide(nil) }

    private func open(_ context: ChannelHandlerContext) -> Bool {
        if isOpen { return true }
        do {
            guard let task else { throw ChannelError.alreadyClosed }
            let requests = try RequestTask.Requests(
                wrappingChannelSynchronously: context.channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            isOpen = true
            task.decide(requests)
        } catch {
            context.close(promise: nil)
        }
        return isOpen
    }
}
