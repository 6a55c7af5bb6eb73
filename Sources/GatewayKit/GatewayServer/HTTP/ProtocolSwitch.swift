/// The switch of a connection from HTTP to WebSocket (RFC 9110 §7.8, RFC 6455 §4.2), on any of its requests: reverse proxies ask for
/// it on connections that have carried others before. NIO's own upgrade handlers look at the first request alone.
///
/// A right handshake reaches the routes as a GET that carries its answer in `Sec-WebSocket-Accept`. When `WebSocketRoutes` answers it
/// with 101, the HTTP codecs leave the pipeline, and from then on body parts carry frames (`WebSocketFrames`).
import Foundation
import GatewayAPI
import NIOHTTP1
import NIOWebSocket

final class ProtocolSwitch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    static let accept = "sec-websocket-accept"

    private let encoder: HTTPResponseEncoder
    private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    private let webSockets: [String: WebSocketOptions]
    /// The options of the route whose handshake waits for its answer. Its request does not end before: it is the stream of frames.
    private var offered: WebSocketOptions?

    init(encoder: HTTPResponseEncoder, decoder: ByteToMessageHandler<HTTPRequestDecoder>, webSockets: [String: WebSocketOptions]) {
        self.encoder = encoder
        self.decoder = decoder
        self.webSockets = webSockets
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(var head):
            head.headers.remove(name: Self.accept)
            if head.headers.contains(name: "upgrade") || head.method == .CONNECT {
                // NIO's decoder stops after such a request, whoever answers it: no other can follow on this connection.
                if let options = webSockets[String(head.uri.prefix { $0 != "?" })], let accept = Self.answer(to: head, on: context.channel)
                {
                    offered = options
                    head.headers.add(name: Self.accept, value: accept)
                }
                head.headers.replaceOrAdd(name: "connection", value: "close")
            }
            context.fireChannelRead(wrapInboundOut(.head(head)))
        case .body:
            context.fireChannelRead(data)
        case .end:
            if offered == nil { context.fireChannelRead(data) }
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(let head) = unwrapOutboundIn(data), let options = offered else { return context.write(data, promise: promise) }
        offered = nil
        guard head.status == .switchingProtocols else {
            context.fireChannelRead(wrapInboundOut(.end(nil)))
            context.fireChannelReadComplete()
            return context.write(data, promise: promise)
        }
        context.writeAndFlush(data, promise: promise)
        do {
            try becomeWebSocket(context, options)
        } catch {
            context.fireErrorCaught(error)
            context.close(promise: nil)
        }
    }

    private func becomeWebSocket(_ context: ChannelHandlerContext, _ options: WebSocketOptions) throws {
        let pipeline = context.pipeline.syncOperations
        let frames: [any ChannelHandler] = [
            WebSocketFrameEncoder(), ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: options.maximumFrameBytes)),
            WebSocketFrames(maximumMessageBytes: options.maximumMessageBytes, pingInterval: .nanoseconds(options.pingInterval.nanoseconds)),
        ]
        try pipeline.addHandlers(frames, position: .before(self))
        pipeline.removeHandler(encoder, promise: nil)
        // The bytes behind the handshake go on to the frame decoder as it leaves, and to the module with the end of that reading.
        pipeline.removeHandler(decoder).assumeIsolated().whenComplete { _ in
            context.fireChannelReadComplete()
            pipeline.removeHandler(self, promise: nil)
        }
    }

    /// NIO makes the answer, and checks the headers but not what the key is (RFC 6455 §4.2.1).
    private static func answer(to head: HTTPRequestHead, on channel: any Channel) -> String? {
        guard head.method == .GET, head.version == .http1_1,
            head.headers[canonicalForm: "upgrade"].contains(where: { $0.lowercased() == "websocket" }),
            head.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" }),
            let key = head.headers.first(name: "sec-websocket-key"), Data(base64Encoded: key)?.count == 16
        else { return nil }
        let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
        var answer: String?
        // The future is complete already, since `shouldUpgrade` does not wait: this runs before the next line.
        upgrader.buildUpgradeResponse(channel: channel, upgradeRequest: head, initialResponseHeaders: HTTPHeaders())
            .assumeIsolated().whenSuccess { answer = $0.first(name: Self.accept) }
        return answer
    }
}

extension Duration {
    /// Up to 292 years.
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? (seconds < 0 ? .min : .max) : product.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
    }
}
