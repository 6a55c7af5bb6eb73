/// The switch of a connection from HTTP to WebSocket (RFC 9110 §7.8, RFC 6455 §4.2), on any of its requests: reverse proxies ask for
/// it on connections that have carried others before. NIO's own upgrade handlers look at the first request alone.
///
/// A right handshake of a module's WebSocket is answered here, when nobody stands before the site's routes and no task answers this
/// connection's requests: then it becomes a WebSocket and nothing else. Otherwise it reaches the routes as a GET that carries its answer
/// in `Sec-WebSocket-Accept`. When `WebSocketDoor` answers it with 101, the HTTP codecs leave the pipeline, and bytes are frames from then
/// on (`WebSocketFrames`). When `UpstreamTunnel` does, the bytes go to the other server and come from there (`TunnelEnd`), and nobody here
/// looks into them.
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

    /// The handlers that leave.
    struct Neighbours {
        let encoder: HTTPResponseEncoder
        let decoder: ByteToMessageHandler<HTTPRequestDecoder>
        let earlyAnswers: EarlyAnswers?
        let entrance: RequestEntrance
        /// The entrance and what is on the way there. They leave only when no task is behind it.
        let behind: [any ChannelHandler & RemovableChannelHandler]
    }

    private let neighbours: Neighbours
    private let webSockets: [String: WebSocketDoor]
    private let allowsTunnels: Bool
    private let preparedAnswers: PreparedAnswers?
    private let openWebSockets: OpenWebSockets
    /// What the handshake that waits for its answer leads to. Its request does not end before.
    private var offered: Offer?

    private enum Offer {
        /// A module's route, if `WebSocketOpening` comes before the answer.
        case frames(WebSocketOpening?)
        /// Another server, if `Tunnel` comes before the answer.
        case tunnel(TunnelEnd?)
        /// Answered here.
        case atOnce(WebSocketOpening, HTTPResponseHead)
        /// Its request has ended. The answer is given when this reading is over: the decoder is at work until then, and what it still finds
        /// must not reach a handler of frames.
        case complete(WebSocketOpening, HTTPResponseHead)
        /// Nothing more of HTTP is looked at.
        case over
    }

    /// Triggered on the channel before the answer 101: the handler that the bytes go to and come from from then on.
    struct Tunnel: Sendable {
        let end: NIOLoopBound<TunnelEnd>
    }

    init(
        _ neighbours: Neighbours, webSockets: [String: WebSocketDoor], allowsTunnels: Bool, preparedAnswers: PreparedAnswers?,
        openWebSockets: OpenWebSockets
    ) {
        self.neighbours = neighbours
        self.webSockets = webSockets
        self.allowsTunnels = allowsTunnels
        self.preparedAnswers = preparedAnswers
        self.openWebSockets = openWebSockets
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (offered, unwrapInboundIn(data)) {
        case (.over, _): break
        // Behind a handshake the decoder stops, if llhttp saw one: it and NIO's headers need not agree on that.
        case (.complete, _), (.some, .head): refuse(context)
        case (.none, .head(var head)):
            head.headers.remove(name: Self.accept)
            if head.headers.contains(name: "upgrade") || head.method == .CONNECT {
                let door = webSockets[String(head.uri.prefix { $0 != "?" })]
                if door != nil || allowsTunnels, let accept = Self.answer(to: head, on: context.channel) {
                    if let door, let (opening, answer) = open(door, head, accept, context) {
                        offered = .atOnce(opening, answer)
                        return
                    }
                    offered = door == nil ? .tunnel(nil) : .frames(nil)
                    head.headers.add(name: Self.accept, value: accept)
                }
                head.headers.replaceOrAdd(name: "connection", value: "close")
            }
            context.fireChannelRead(wrapInboundOut(.head(head)))
        case (.atOnce(let opening, let answer), .end): offered = .complete(opening, answer)
        case (.atOnce, _), (.some, .end): break
        default: context.fireChannelRead(data)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard case .complete(let opening, let answer) = offered else { return context.fireChannelReadComplete() }
        offered = .over
        context.writeAndFlush(wrapOutboundOut(.head(answer)), promise: nil)
        openWebSockets.insert(context.channel)
        become(.frames(opening), without: neighbours.behind, context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch offered {
        case .atOnce, .complete: refuse(context)
        default: context.fireErrorCaught(error)
        }
    }

    private func refuse(_ context: ChannelHandlerContext) {
        offered = .over
        context.close(promise: nil)
    }

    private func open(
        _ door: WebSocketDoor, _ head: HTTPRequestHead, _ accept: String, _ context: ChannelHandlerContext
    ) -> (WebSocketOpening, HTTPResponseHead)? {
        guard !neighbours.entrance.isOpen else { return nil }
        return preparedAnswers?.open(door, head, accept: accept, from: context.channel.remoteAddress?.ipAddress ?? "local")
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
        become(offer, without: [], context)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch (offered, event) {
        case (.tunnel, let event as Tunnel): offered = .tunnel(event.end.value)
        case (.frames, let event as WebSocketOpening): offered = .frames(event)
        default: return context.triggerUserOutboundEvent(event, promise: promise)
        }
        promise?.succeed()
    }

    private func become(_ offer: Offer, without others: [any RemovableChannelHandler], _ context: ChannelHandlerContext) {
        do {
            switch offer {
            case .frames(let opening?):
                let frames = WebSocketFrames(door: opening.door, eventLoop: context.eventLoop)
                let decoder = WebSocketFrameDecoder(maxFrameSize: opening.door.route.options.maximumFrameBytes)
                try become([WebSocketFrameEncoder(), ByteToMessageHandler(decoder), frames], without: others, context) {}
                frames.begin(opening)
            case .tunnel(let end?): try become([end], without: others, context) { end.begin() }
            default: throw ChannelError.operationUnsupported
            }
        } catch {
            context.fireErrorCaught(error)
            context.close(promise: nil)
        }
    }

    private func become(
        _ handlers: [any ChannelHandler], without others: [any RemovableChannelHandler], _ context: ChannelHandlerContext,
        then begin: @escaping () -> Void
    ) throws {
        let pipeline = context.pipeline.syncOperations
        try pipeline.addHandlers(handlers, position: .before(self))
        pipeline.removeHandler(neighbours.encoder, promise: nil)
        if let earlyAnswers = neighbours.earlyAnswers { pipeline.removeHandler(earlyAnswers, promise: nil) }
        for other in others { pipeline.removeHandler(other, promise: nil) }
        // The bytes behind the handshake go on to the frame decoder as it leaves, and to the module with the end of that reading.
        pipeline.removeHandler(neighbours.decoder).assumeIsolated().whenComplete { _ in
            context.pipeline.fireChannelReadComplete()
            pipeline.removeHandler(self, promise: nil)
            begin()
        }
    }

    /// NIO makes the answer, and checks the headers but not what the key is (RFC 6455 §4.2.1).
    private static func answer(to head: HTTPRequestHead, on channel: any Channel) -> String? {
        guard head.method == .GET, head.version == .http1_1,
            head.headers[canonicalForm: "upgrade"].contains(where: { $0.lowercased() == "websocket" }),
            head.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" }),
            // NIO trims tabs (RFC 9110 §5.6.3), and llhttp does not: its decoder would go on behind the handshake.
            head.headers["connection"].allSatisfy({ !$0.utf8.contains(9) }),
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
