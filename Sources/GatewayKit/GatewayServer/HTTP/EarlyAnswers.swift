/// Answers from the event loop what is at hand, before Hummingbird and its tasks see the request. Stands next to the codecs; everything
/// that it does not answer goes on as it came.
///
/// Answers keep the order of their requests (RFC 9112 §9.3.2): nothing is answered here while Hummingbird has a request of this
/// connection, and what comes while `AnswerCache` asks the database is held until it knows.
import GatewayAPI
import NIOHTTP1

final class EarlyAnswers: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// While an answer waits; then nothing more is read. Most clients send nothing before they have it.
    private static let maximumHeldParts = 8

    private let answers: PreparedAnswers
    private let encoder: HTTPResponseEncoder
    private let connectionGuard: ConnectionGuard
    /// Of the encoder: what is written there is bytes already.
    private var wire: ChannelHandlerContext?
    private var socket = "local"
    private var codings = (line: String?.none, accepted: AcceptedCodings([]))

    private var state = State.open
    /// Requests that Hummingbird has and has not answered.
    private var passedOn = 0
    /// The connection ends with an answer of Hummingbird's.
    private var isEnding = false
    private var hasAnswered = false
    private var isUnflushed = false
    private var isReadIncomplete = false
    /// What came, and what was asked for, while an answer waits.
    private var held = CircularBuffer<Held>()
    private var isReadHeld = false

    private enum State {
        case open
        /// The request has its answer; its end is still to come.
        case answered
        /// Until the database says whether an answer still holds.
        case waiting(PlainRequest, HTTPRequestHead)
    }

    private enum Held {
        case part(HTTPServerRequestPart)
        case error(any Error)
        case event(Any)
    }

    init(_ answers: PreparedAnswers, encoder: HTTPResponseEncoder, connectionGuard: ConnectionGuard) {
        self.answers = answers
        self.encoder = encoder
        self.connectionGuard = connectionGuard
    }

    func handlerAdded(context: ChannelHandlerContext) {
        wire = try? context.pipeline.syncOperations.context(handler: encoder)
        socket = context.channel.remoteAddress?.ipAddress ?? socket
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        wire = nil
        held = []
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch (state, part) {
        case (.waiting, _): held.append(.part(part))
        case (.open, .head(let head)): if !answer(head, context) { passOn(head, data, context) }
        case (.answered, .end): state = .open
        case (.answered, _): break
        case (.open, _):
            isReadIncomplete = true
            context.fireChannelRead(data)
        }
    }

    /// - Returns: false when this is not a request that can be answered here and now.
    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) -> Bool {
        // A client that takes nothing of what waits for it is Hummingbird's, which waits for it.
        guard passedOn == 0, !isEnding, context.channel.isWritable, let request = PlainRequest(head),
            let finding = answers.find(request, accepting: acceptedCodings(request))
        else { return false }
        switch finding {
        case .answer(let answer):
            guard answers.admits(request, from: socket) else { return false }
            state = .answered
            connectionGuard.earlyAnswerBegan()
            give(answer, to: request, context)
        case .kept(let key):
            state = .waiting(request, head)
            connectionGuard.earlyAnswerBegan()
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            answers.whenFresh(key, context.eventLoop) { answer in
                let (handler, context) = bound.value
                handler.resume(with: answer, context)
            }
        }
        return true
    }

    private func give(_ answer: PreparedAnswer, to request: PlainRequest, _ context: ChannelHandlerContext) {
        let (head, body) = answers.give(answer, to: request, from: socket)
        wire?.write(NIOAny(IOData.byteBuffer(head)), promise: nil)
        if let body { wire?.write(NIOAny(IOData.byteBuffer(body)), promise: nil) }
        isUnflushed = true
        hasAnswered = true
        guard connectionGuard.earlyAnswerEnded() == .close else { return }
        flushAnswers()
        context.close(promise: nil)
    }

    /// - Parameter data: holds `head`.
    private func passOn(_ head: HTTPRequestHead, _ data: NIOAny, _ context: ChannelHandlerContext) {
        passedOn += 1
        if !head.isKeepAlive || head.headers.contains(name: "upgrade") || head.method == .CONNECT { isEnding = true }
        isReadIncomplete = true
        context.fireChannelRead(data)
    }

    private func resume(with answer: PreparedAnswer?, _ context: ChannelHandlerContext) {
        guard case .waiting(let request, let head) = state, wire != nil else { return }
        if let answer, answers.admits(request, from: socket) {
            state = .answered
            give(answer, to: request, context)
            releaseHeld(context)
        } else {
            state = .open
            passOn(head, wrapInboundOut(.head(head)), context)
            releaseHeld(context)
            // The guard has counted it again on its way.
            _ = connectionGuard.earlyAnswerEnded()
        }
        channelReadComplete(context: context)
        guard isReadHeld, !isWaiting else { return }
        isReadHeld = false
        context.read()
    }

    private func releaseHeld(_ context: ChannelHandlerContext) {
        while !isWaiting, let next = held.popFirst() {
            switch next {
            case .part(let part): channelRead(context: context, data: wrapInboundOut(part))
            case .error(let error): context.fireErrorCaught(error)
            case .event(let event): userInboundEventTriggered(context: context, event: event)
            }
        }
    }

    private var isWaiting: Bool {
        if case .waiting = state { true } else { false }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flushAnswers()
        guard isReadIncomplete else { return }
        isReadIncomplete = false
        context.fireChannelReadComplete()
    }

    private func flushAnswers() {
        guard isUnflushed else { return }
        isUnflushed = false
        wire?.flush()
    }

    func read(context: ChannelHandlerContext) {
        if isWaiting, held.count >= Self.maximumHeldParts { isReadHeld = true } else { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isWaiting { held.append(.error(error)) } else { context.fireErrorCaught(error) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        if isWaiting { return held.append(.event(event)) }
        guard hasAnswered, let wire else { return context.fireUserInboundEventTriggered(event) }
        // Hummingbird knows of no answer and would close at once: it hears of the end when the client has all.
        isUnflushed = false
        let bound = NIOLoopBound((context, ChannelEvent.inputClosed), eventLoop: context.eventLoop)
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.whenComplete { _ in
            let (context, event) = bound.value
            context.fireUserInboundEventTriggered(event)
        }
        wire.writeAndFlush(NIOAny(IOData.byteBuffer(ByteBuffer())), promise: sent)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): if head.headers[canonicalForm: "connection"].contains("close") { isEnding = true }
        case .body: break
        case .end: passedOn = max(0, passedOn - 1)
        }
        context.write(data, promise: promise)
    }

    /// The codings of the last request are mostly those of the next.
    private func acceptedCodings(_ request: PlainRequest) -> AcceptedCodings {
        if codings.line != request.acceptEncoding {
            codings = (request.acceptEncoding, AcceptedCodings(request.acceptEncoding.map { [$0] } ?? []))
        }
        return codings.accepted
    }
}
