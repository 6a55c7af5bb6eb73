/// One open WebSocket (RFC 6455 §5–7) between NIO's frame codec and a module's session. Put into the pipeline by `ProtocolSwitch`.
///
/// What concerns no module is done here: fragments are put together, pings are answered, the peer's life is watched, a breach of
/// the protocol ends the connection with its code, and so does a close from either side, answered or not. Everything runs on the
/// event loop; a task lives only while the module works on messages, since tasks keep all the memory that they ever needed.
import GatewayAPI
import NIOWebSocket

final class WebSocketFrames: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// For the peer's answer to a close (§7.1.1).
    private static let closingTime: TimeAmount = .seconds(2)

    private let door: WebSocketDoor
    private let eventLoop: any EventLoop
    private var context: ChannelHandlerContext?
    private var pings: RepeatedTask?
    /// Pings since the last frame of the peer.
    private var unanswered = 0
    /// A message of which not all fragments have come (§5.4).
    private var begun: (opcode: WebSocketOpcode, payload: ByteBuffer)?
    private var isCloseSent = false
    /// The session gets no more: one side has closed, or the peer has broken the protocol.
    private var isInputOver = false
    /// By a close frame or the end of its bytes. Until then the connection is read on: closing it over unread bytes would reset it,
    /// and the peer might never see our close.
    private var hasPeerClosed = false

    /// Until the session has heard of the end. It holds the connection, and that holds this handler: giving it up breaks the circle.
    private var work: (session: any WebSocketSession, peer: WebSocketPeer, place: ClientPlaces.Place)?
    /// What the session has not begun to work on: not more than one reading brings.
    private var messages: [WebSocketMessage] = []
    private var isWorking = false
    /// A read that waits for the session, or for the peer to read.
    private var isReadPending = false
    /// Messages that the kernel has not taken.
    private var waiting = 0

    init(door: WebSocketDoor, eventLoop: any EventLoop) {
        self.door = door
        self.eventLoop = eventLoop
    }

    /// In the pipeline, with the answer to the handshake written.
    func begin(_ opening: WebSocketOpening) {
        let peer = WebSocketPeer(NIOLoopBound(self, eventLoop: eventLoop), eventLoop: eventLoop)
        work = (door.route.open(opening.client, peer), peer, opening.place)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        let interval = TimeAmount(door.route.options.pingInterval)
        pings = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in handler.value.ping() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        // The task holds the handler.
        pings?.cancel()
        pings = nil
        endInput()
    }

    private func ping() {
        guard unanswered < 2 else { return cut() }
        unanswered += 1
        send(.ping, ByteBuffer())
    }

    private func cut() { context?.close(promise: nil) }

    // MARK: From the peer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        unanswered = 0
        if frame.opcode == .connectionClose { hasPeerClosed = true }
        guard !isInputOver else { return closeIfDone() }
        // A client masks what it sends (§5.1), and no extension has been agreed on that would use the reserved bits (§5.2).
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return fail(.protocolError) }
        let payload = frame.unmaskedData
        switch frame.opcode {
        case .text, .binary:
            guard begun == nil else { return fail(.protocolError) }
            begun = (frame.opcode, payload)
            receiveFragment(isLast: frame.fin)
        case .continuation:
            guard begun != nil else { return fail(.protocolError) }
            // In place: a copy for each fragment would make many small ones expensive.
            begun?.payload.writeImmutableBuffer(payload)
            receiveFragment(isLast: frame.fin)
        case .ping:
            // A peer that asks without reading the answers gets none: §5.5.3 lets them be skipped.
            if context.channel.isWritable { send(.pong, payload) }
        case .pong:
            break
        case .connectionClose:
            // The same code in return (§5.5.1).
            send(.connectionClose, payload.getSlice(at: payload.readerIndex, length: min(2, payload.readableBytes)) ?? ByteBuffer())
            endInput()
            closeIfDone()
        default:
            fail(.protocolError)
        }
    }

    private func receiveFragment(isLast: Bool) {
        guard let (opcode, payload) = begun else { return }
        guard payload.readableBytes <= door.route.options.maximumMessageBytes else { return fail(.messageTooLarge) }
        guard isLast else { return }
        begun = nil
        guard opcode == .text else { return messages.append(.binary(payload)) }
        guard let text = String(validating: payload.readableBytesView, as: UTF8.self) else { return fail(.dataInconsistentWithMessage) }
        messages.append(.text(text))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        passOn()
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? NIOWebSocketError else {
            // The rest of a frame that was refused is an error of its own, and is read on like everything else.
            return isInputOver ? () : cut()
        }
        fail(error == .invalidFrameLength ? .messageTooLarge : .protocolError)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { close(code: 1001, reason: "the server stops") }
        if case .some(.inputClosed) = event as? ChannelEvent {
            hasPeerClosed = true
            endInput()
            closeIfDone()
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func fail(_ code: WebSocketErrorCode) {
        close(code: UInt16(webSocketErrorCode: code), reason: "")
    }

    func read(context: ChannelHandlerContext) {
        if isReadingAllowed { context.read() } else { isReadPending = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        resumeReading()
        context.fireChannelWritabilityChanged()
    }

    private func resumeReading() {
        guard isReadPending, isReadingAllowed, let context else { return }
        isReadPending = false
        context.read()
    }

    private var isReadingAllowed: Bool { isInputOver || !isWorking && context?.channel.isWritable == true }

    // MARK: To the session

    /// The session sees the messages that have come, and then the end.
    private func endInput() {
        guard !isInputOver else { return }
        isInputOver = true
        begun = nil
        passOn()
        resumeReading()
    }

    private func passOn() {
        guard !isWorking, let (session, peer, _) = work, !messages.isEmpty || isInputOver else { return }
        isWorking = true
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        let (messages, isLast, eventLoop) = (messages, isInputOver, eventLoop)
        self.messages = []
        Task {
            do {
                for message in messages where !peer.isClosed { try await session.received(message) }
            } catch {
                peer.close(code: UInt16(webSocketErrorCode: .unexpectedServerError), reason: "")
            }
            if isLast { await session.closed() }
            eventLoop.execute { handler.value.passedOn(isLast: isLast) }
        }
    }

    private func passedOn(isLast: Bool) {
        isWorking = false
        if isLast {
            work = nil
            // The peer has ended its bytes without a close, and may still read.
            close(code: 1000, reason: "")
        }
        passOn()
        resumeReading()
    }

    // MARK: To the peer

    func send(_ message: WebSocketMessage) {
        guard let context, !isCloseSent else { return }
        // Who does not read would not read a close frame either.
        guard waiting < door.route.options.maximumWaitingMessages else { return cut() }
        waiting += 1
        let frame =
            switch message {
            case .text(let text): WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: text))
            case .binary(let bytes): WebSocketFrame(fin: true, opcode: .binary, data: bytes)
            }
        context.writeAndFlush(wrapOutboundOut(frame)).assumeIsolated().whenComplete { _ in self.waiting -= 1 }
    }

    /// A close that the peer has answered is a clean one (§7.1.4), so its answer is waited for.
    func close(code: UInt16, reason: String) {
        var payload = ByteBuffer()
        payload.writeInteger(code)
        // A control frame's payload is at most 125 bytes (§5.5).
        payload.writeString(String(decoding: reason.utf8.prefix(100), as: UTF8.self))
        send(.connectionClose, payload)
        endInput()
        closeIfDone()
    }

    private func closeIfDone() {
        if isCloseSent, hasPeerClosed { cut() }
    }

    private func send(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) {
        guard let context, !isCloseSent else { return }
        if opcode == .connectionClose {
            isCloseSent = true
            let channel = context.channel
            eventLoop.scheduleTask(in: Self.closingTime) { channel.close(promise: nil) }
        }
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: payload)), promise: nil)
    }

    /// What follows in the pipeline, if anything does, concerns a request that is answered.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.outputClosed) }
}
