/// Holds one connection to its `ConnectionLimits`: slow and silent clients, and the server's stop. Also puts a
/// request's target into the one form that the rest knows (RFC 9112 §3.2).
import GatewayAPI
import NIOHTTP1

final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Deadlines are looked at this often; none needs more.
    private static let tick: TimeAmount = .seconds(1)

    private var state: ConnectionStateMachine
    private var ticks: RepeatedTask?
    /// Set once the client has sent what is no HTTP.
    private var parserError: HTTPParserError?
    private var isInputClosed = false
    private var clientLeft: (@Sendable () -> Void)?

    private struct RequestPassedOn: Sendable {
        let clientLeft: @Sendable () -> Void
    }

    /// To be called by whoever passes the request in progress on to another server.
    ///
    /// - Parameter clientLeft: called when the client goes before the response has ended, or has gone already.
    static func requestIsPassedOn(_ channel: any Channel, clientLeft: @escaping @Sendable () -> Void) {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        // A connection that is closed has no guard any more.
        promise.futureResult.whenFailure { _ in if !channel.isActive { clientLeft() } }
        channel.triggerUserOutboundEvent(RequestPassedOn(clientLeft: clientLeft), promise: promise)
    }

    init(limits: ConnectionLimits) {
        state = ConnectionStateMachine(limits: limits, now: .now())
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        ticks = context.eventLoop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { _ in
            let (handler, context) = bound.value
            handler.perform(handler.state.timePassed(now: .now()), context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // The task holds the handler: this breaks the circle.
        ticks?.cancel()
        ticks = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(var head):
            guard let target = Self.originForm(head.uri, method: head.method) else {
                return errorCaught(context: context, error: HTTPParserError.invalidURL)
            }
            head.uri = target
            state.requestBegan(now: .now())
            context.fireChannelRead(wrapInboundOut(.head(head)))
        case .body:
            state.bodyArrived()
            context.fireChannelRead(data)
        case .end:
            state.requestEnded(now: .now())
            context.fireChannelRead(data)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            if head.status == .switchingProtocols { state.protocolSwitched() }
            guard let parserError, head.status == .badRequest, head.headers.first(name: "content-length") == "0" else {
                return context.write(wrapOutboundOut(.head(head)), promise: promise)
            }
            // Hummingbird's answer to what is no HTTP is bare.
            let error = Self.answer(to: parserError)
            let body = ErrorBody(error, url: "").bytes
            head.status = HTTPResponseStatus(statusCode: error.status.code)
            head.headers.replaceOrAdd(name: "content-type", value: "application/json; charset=utf-8")
            head.headers.replaceOrAdd(name: "content-length", value: String(body.readableBytes))
            context.write(wrapOutboundOut(.head(head)), promise: promise)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        case .body:
            context.write(data, promise: promise)
        case .end:
            clientLeft = nil
            let action = state.responseEnded(now: .now())
            guard action == .close else { return context.write(data, promise: promise) }
            context.writeAndFlush(data, promise: promise)
            context.close(promise: nil)
        }
    }

    func read(context: ChannelHandlerContext) {
        state.readingBegan(now: .now())
        context.read()
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let event = event as? RequestPassedOn else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        state.requestPassedOn(now: .now())
        if isInputClosed { event.clientLeft() } else { clientLeft = event.clientLeft }
        promise?.succeed()
    }

    func channelInactive(context: ChannelHandlerContext) {
        inputClosed()
        context.fireChannelInactive()
    }

    /// A client that closes its side while it waits for another server's answer does not want it any more.
    private func inputClosed() {
        isInputClosed = true
        clientLeft?()
        clientLeft = nil
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        state.writabilityChanged(context.channel.isWritable, now: .now())
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { perform(state.serverStops(now: .now()), context) }
        if case .some(.inputClosed) = event as? ChannelEvent { inputClosed() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError {
            parserError = error
            state.requestFailed()
        }
        context.fireErrorCaught(error)
    }

    /// A request has arrived in full that `EarlyAnswers` takes, and that does not come here.
    func earlyAnswerBegan() {
        let now = NIODeadline.now()
        state.requestBegan(now: now)
        state.requestEnded(now: now)
    }

    func earlyAnswerEnded() -> ConnectionStateMachine.Action { state.responseEnded(now: .now()) }

    private static func answer(to error: HTTPParserError) -> APIError {
        guard error == .headerOverflow else { return .badRequest("This is not a valid HTTP/1.1 request") }
        return APIError(.requestHeaderFieldsTooLarge, "The request's address and headers are too large", code: "headers_too_large")
    }

    private func perform(_ action: ConnectionStateMachine.Action, _ context: ChannelHandlerContext) {
        if action == .close { context.close(promise: nil) }
    }

    /// `/path?query` of a target in origin-form or absolute-form; nil for what no route can mean.
    static func originForm(_ target: String, method: HTTPMethod) -> String? {
        if target.hasPrefix("/") { return target }
        if target == "*", method == .OPTIONS { return "/" }
        let lowercased = target.lowercased()
        guard let scheme = ["http://", "https://"].first(where: { lowercased.hasPrefix($0) }) else { return nil }
        let authorityAndRest = target.dropFirst(scheme.count)
        let rest = authorityAndRest.drop { $0 != "/" && $0 != "?" }
        guard rest.startIndex != authorityAndRest.startIndex else { return nil }
        return rest.hasPrefix("/") ? String(rest) : "/" + rest
    }
}
