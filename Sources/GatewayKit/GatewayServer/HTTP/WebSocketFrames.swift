/// Frames as the parts of a body: how a WebSocket passes through Hummingbird, whose requests and responses are streams of bytes. A
/// part is the frame's opcode in one byte, then its payload, unmasked. Put into the pipeline by `ProtocolSwitch`.
///
/// Pings are answered and the peer's life is watched here; a module sees neither.
import GatewayAPI
import NIOHTTP1
import NIOWebSocket

final class WebSocketFrames: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = WebSocketFrame

    /// Of one message.
    static let maximumFragments = 256

    private let pingInterval: TimeAmount
    private var pings: RepeatedTask?
    /// Pings since the last frame of the peer.
    private var unanswered = 0

    init(pingInterval: TimeAmount) { self.pingInterval = pingInterval }

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
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer())), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        unanswered = 0
        switch frame.opcode {
        case .ping:
            // A peer that asks without reading the answers gets none: RFC 6455 §5.5.3 lets them be skipped.
            guard context.channel.isWritable else { return }
            context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)), promise: nil)
        case .text, .binary, .connectionClose:
            context.fireChannelRead(wrapInboundOut(.body(Self.part(frame.opcode, frame.unmaskedData))))
        default:
            break
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .body(.byteBuffer(let part)):
            guard let (opcode, payload) = Self.frame(of: part) else { fallthrough }
            context.write(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: payload)), promise: promise)
        default:
            // The end of the response, after which `ConnectionGuard` closes the connection.
            promise?.succeed()
        }
    }

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
