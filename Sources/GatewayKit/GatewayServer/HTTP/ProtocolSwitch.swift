/// The switch of a connection from HTTP to WebSocket (RFC 9110 §7.8, RFC 6455 §4.2), on any of its requests: reverse proxies ask for
/// it on connections that have carried others before. NIO's own upgrade handlers look at the first request alone.
///
/// A right handshake reaches the routes as a GET that carries its answer in `Sec-WebSocket-Accept`. When `WebSocketRoutes` answers it
/// with 101, the HTTP codecs leave the pipeline, and from then on body parts carry frames (`WebSocketFrames`). When `UpstreamTunnel`
/// does, the bytes go to the other server and come from there (`TunnelEnd`), and nobody here looks into them.
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
    private let earlyAnswers: EarlyAnswers?
    private let webSockets: [String: WebSocketOptions]
    private let allowsTunnels: Bool
    /// What the handshake that waits for its answer leads to. Its request does not end before: it is the stream of frames.
    private var offered: Offer?

    private enum Offer {
        /// A module's route.
        case frames(WebSocketOptions)
        /// Another server, if `Tunnel` comes before the answer.
        case tunnel(TunnelEnd?)
    }

    /// Triggered on the channel before the answer 101: the handler that the bytes go to and come from from then on.
    struct Tunnel: Sendable {
        let end: NIOLoopBound<TunnelEnd>
    }

    init(
        encoder: HTTPResponseEncoder, decoder: ByteToMessageHandler<HTTPRequestDecoder>, earlyAnswers: EarlyAnswers?,
        webSockets: [String: WebSocketOptions], allowsTunnels: Bool
    ) {
        self.encoder = encoder
        self.decoder = decoder
        self.earlyAnswers = earlyAnswers
        self.webSockets = webSockets
        self.allowsTunnels = allowsTunnels
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(var head):
            head.headers.remove(name: Self.accept)
            if head.headers.contains(name: "upgrade") || head.method == .CONNECT {
                // NIO's decoder stops after such a request, whoever answers it: no other can follow on this connection.
                let options = webSockets[String(head.uri.prefix { $0 != "?" })]
                if options != nil || allowsTunnels, let accept = Self.answer(to: head, on: context.channel) {
                    offered = options.map(Offer.frames) ?? .tunnel(nil)
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
        guard case .head(let head) = unwrapOutboundIn(data), let offer = offered else { return context.write(data, promise: promise) }
        offered = nil
        guard head.status == .switchingProtocols else {
            context.fireChannelRead(wrapInboundOut(.end(nil)))
            context.fireChannelReadComplete()
            return context.write(data, promise: promise)
        }
        context.writeAndFlush(data, promise: promise)
        do {
            try become(offer, context)
        } catch {
            context.fireErrorCaught(error)
            context.close(promise: nil)
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let event = event as? Tunnel, case .tunnel = offered else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        offered = .tunnel(event.end.value)
        promise?.succeed()
    }

    private func become(_ offer: Offer, _ context: ChannelHandlerContext) throws {
        let pipeline = context.pipeline.syncOperations
        let handlers: [any ChannelHandler]
        let tunnelEnd: TunnelEnd?
        switch offer {
        case .frames(let options):
            tunnelEnd = nil
            handlers = [
                WebSocketFrameEncoder(), ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: options.maximumFrameBytes)),
                WebSocketFrames(
                    maximumMessageBytes: options.maximumMessageBytes, pingInterval: .nanoseconds(options.pingInterval.nanoseconds)),
            ]
        case .tunnel(let end?):
            handlers = [end]
            tunnelEnd = end
        case .tunnel(nil):
            throw ChannelError.operationUnsupported
        }
        try pipeline.addHandlers(handlers, position: .before(self))
        pipeline.removeHandler(encoder, promise: nil)
        if let earlyAnswers { pipeline.removeHandler(earlyAnswers, promise: nil) }
        // The bytes behind the handshake go on to the frame decoder as it leaves, and to the module with the end of that reading.
        pipeline.removeHandler(decoder).assumeIsolated().whenComplete { _ in
            context.fireChannelReadComplete()
            pipeline.removeHandler(self, promise: nil)
            tunnelEnd?.begin()
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
