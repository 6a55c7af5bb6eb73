/// The messages of a WebSocket (RFC 6455 §5–7) as the parts of a body: that is how they pass through Hummingbird, whose requests and
/// responses are streams of bytes. A part is the opcode in one byte, then the payload. Put into the pipeline by `ProtocolSwitch`.
///
/// What concerns no module is done here: fragments are put together, pings are answered, the peer's life is watched, a breach of
/// the protocol ends the connection with its code, and so does a close from either side, answered or not.
import GatewayAPI
import NIOHTTP1
import NIOWebSocket

final class WebSocketFrames: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = WebSocketFrame

    /// For the peer's answer to a close (§7.1.1).
    private static let closingTime: TimeAmount = .seconds(2)

    private let maximumMessageBytes: Int
    private let pingInterval: TimeAmount
    private var pings: RepeatedTask?
    /// Pings since the last frame of the peer.
    private var unanswered = 0
    /// A message of which not all fragments have come (§5.4).
    private var begun: (opcode: WebSocketOpcode, payload: ByteBuffer)?
    private var isCloseSent = false
    /// The module gets no more: the peer has closed, or has broken the protocol.
    private var isInputOver = false
    /// The module is done.
    private var isOutputOver = false
    /// By a close frame or the end of its bytes. Until then the connection is read on: closing it over unread bytes would reset it,
    /// and the peer might never see our close.
    private var hasPeerClosed = false

    init(maximumMessageBytes: Int, pingInterval: TimeAmount) {
        self.maximumMessageBytes = maximumMessageBytes
        self.pingInterval = pingInterval
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        pings = context.eventLoop.scheduleRepeatedTask(initialDelay: pingInterval, delay: pingInterval) { _ in
            let (handler, context) = bound.value
            handler.ping(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // The task holds the handler: this breaks the circle.
        pings?.cancel()
        pings = nil
    }

    private func ping(_ context: ChannelHandlerContext) {
        guard unanswered < 2 else { return context.close(promise: nil) }
        unanswered += 1
        send(.ping, ByteBuffer(), context)
    }

    // MARK: From the peer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        unanswered = 0
        if frame.opcode == .connectionClose { hasPeerClosed = true }
        guard !isInputOver else { return closeIfDone(context) }
        // A client masks what it sends (§5.1), and no extension has been agreed on that would use the reserved bits (§5.2).
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return fail(.protocolError, context) }
        let payload = frame.unmaskedData
        switch frame.opcode {
        case .text, .binary:
            guard begun == nil else { return fail(.protocolError, context) }
            begun = (frame.opcode, payload)
            receiveFragment(isLast: frame.fin, context)
        case .continuation:
            guard begun != nil else { return fail(.protocolError, context) }
            // In place: a copy for each fragment would make many small ones expensive.
            begun?.payload.writeImmutableBuffer(payload)
            receiveFragment(isLast: frame.fin, context)
        case .ping:
            // A peer that asks without reading the answers gets none: §5.5.3 lets them be skipped.
            if context.channel.isWritable { send(.pong, payload, context) }
        case .pong:
            break
        case .connectionClose:
            // The same code in return (§5.5.1).
            send(
                .connectionClose, payload.getSlice(at: payload.readerIndex, length: min(2, payload.readableBytes)) ?? ByteBuffer(), context)
            endInput(context)
        default:
            fail(.protocolError, context)
        }
    }

    private func receiveFragment(isLast: Bool, _ context: ChannelHandlerContext) {
        guard let (opcode, payload) = begun else { return }
        guard payload.readableBytes <= maximumMessageBytes else { return fail(.messageTooLarge, context) }
        guard isLast else { return }
        begun = nil
        // After a close of ours the peer may still speak, but nobody listens (§5.5.1).
        guard !isCloseSent else { return }
        if opcode == .text, String(validating: payload.readableBytesView, as: UTF8.self) == nil {
            return fail(.dataInconsistentWithMessage, context)
        }
        context.fireChannelRead(wrapInboundOut(.body(Self.part(opcode, payload))))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? NIOWebSocketError else { return context.fireErrorCaught(error) }
        fail(error == .invalidFrameLength ? .messageTooLarge : .protocolError, context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent {
            hasPeerClosed = true
            endInput(context)
            closeIfDone(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func fail(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
        var payload = ByteBuffer()
        payload.write(webSocketErrorCode: code)
        send(.connectionClose, payload, context)
        endInput(context)
    }

    /// The module sees the end of the messages.
    private func endInput(_ context: ChannelHandlerContext) {
        guard !isInputOver else { return }
        isInputOver = true
        begun = nil
        context.fireChannelRead(wrapInboundOut(.end(nil)))
        context.fireChannelReadComplete()
        closeIfDone(context)
    }

    private func closeIfDone(_ context: ChannelHandlerContext) {
        if isOutputOver, hasPeerClosed { context.close(promise: nil) }
    }

    // MARK: To the peer

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .body(.byteBuffer(let part)):
            guard let (opcode, payload) = Self.frame(of: part), !isCloseSent else {
                promise?.fail(ChannelError.outputClosed)
                return
            }
            if opcode == .connectionClose { isCloseSent = true }
            context.write(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: payload)), promise: promise)
        default:
            promise?.succeed()
            endOutput(context)
        }
    }

    /// The module is done. A close that the peer has answered is a clean one (§7.1.4), so its answer is waited for.
    private func endOutput(_ context: ChannelHandlerContext) {
        guard !isOutputOver else { return }
        isOutputOver = true
        closeIfDone(context)
        guard !hasPeerClosed else { return }
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.closingTime) { channel.close(promise: nil) }
    }

    private func send(_ opcode: WebSocketOpcode, _ payload: ByteBuffer, _ context: ChannelHandlerContext) {
        guard !isCloseSent else { return }
        if opcode == .connectionClose { isCloseSent = true }
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: payload)), promise: nil)
    }

    // MARK: Parts

    static func part(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) -> ByteBuffer {
        var part = ByteBufferAllocator().buffer(capacity: payload.readableBytes + 1)
        part.writeInteger(UInt8(webSocketOpcode: opcode))
        part.writeImmutableBuffer(payload)
        return part
    }

    static func frame(of part: ByteBuffer) -> (opcode: WebSocketOpcode, payload: ByteBuffer)? {
        var part = part
        guard let byte = part.readInteger(as: UInt8.self), let opcode = WebSocketOpcode(encodedWebSocketOpcode: byte) else { return nil }
        return (opcode, part)
    }
}
