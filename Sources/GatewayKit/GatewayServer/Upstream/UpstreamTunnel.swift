/// WebSockets of the backend: the handshake is passed on to it, and after its 101 the bytes of both sides go through unread. The two
/// connections live on one event loop and hold each other (`TunnelEnd`).
import GatewayAPI
import NIOHTTP1
import NIOSSL

struct UpstreamTunnels: Sendable {
    private static let connectTimeout: TimeAmount = .seconds(5)
    /// Without a byte in either direction. WebSockets that live longer are kept alive by pings of their own (RFC 6455 §5.5.2).
    private static let idleTime: TimeAmount = .minutes(15)

    let address: UpstreamAddress
    let timeout: Duration
    private let places = ClientPlaces(maximum: WebSocketOptions().maximumOpen, perClient: WebSocketOptions().maximumPerAddress)

    init(address: UpstreamAddress, timeout: Duration) {
        self.address = address
        self.timeout = timeout
    }

    /// - Parameters:
    ///   - request: a right handshake.
    ///   - channel: the client's connection, where `ProtocolSwitch` waits for the answer.
    ///   - failure: makes the answer when there is none.
    /// - Returns: the backend's answer, whatever it is.
    /// - Throws: `APIError` when the client has too many open.
    func open(
        _ request: UpstreamRequest, for clientAddress: String, channel: any Channel, failure: @Sendable (UpstreamError) -> Response
    ) async throws -> Response {
        let place = try places.take(ClientNetwork(clientAddress))
        let answer: UpstreamHandshake.Answer
        let connection: any Channel
        do {
            (connection, answer) = try await connect(request, channel)
        } catch {
            return failure(UpstreamError(error))
        }
        var (status, headers) = UpstreamClient.passedBack(answer.head)
        guard status == .switchingProtocols else {
            connection.close(promise: nil)
            headers[.contentLength] = nil
            return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: answer.body))
        }
        headers[.upgrade] = "websocket"
        headers[.connection] = "upgrade"
        // Closes the backend's side for a response that is never written, too.
        let tunnel = Tunnel(connection: connection, place: place)
        return Response(
            status: status, headers: headers,
            body: ResponseBody { writer in
                try? await tunnel.connection.closeFuture.get()
                tunnel.close()
                try await writer.finish(nil)
            })
    }

    private func connect(
        _ request: UpstreamRequest, _ channel: any Channel
    ) async throws -> (any Channel, UpstreamHandshake.Answer) {
        let eventLoop = channel.eventLoop
        let answer = eventLoop.makePromise(of: UpstreamHandshake.Answer.self)
        let (address, isSecure) = (address, address.isSecure)
        let connection: any Channel
        do {
            connection = try await ClientBootstrap(group: eventLoop)
                .connectTimeout(Self.connectTimeout)
                .channelOption(.allowRemoteHalfClosure, value: false)
                .channelInitializer { connection in
                    connection.eventLoop.makeCompletedFuture {
                        let pipeline = connection.pipeline.syncOperations
                        if isSecure {
                            let context = try NIOSSLContext(configuration: .makeClientConfiguration())
                            let name = IPAddress(address.host) == nil ? address.host : nil
                            try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
                        }
                        try pipeline.addHandler(IdleStateHandler(allTimeout: Self.idleTime))
                        try UpstreamHandshake.add(to: pipeline, request: request, client: channel, answer: answer)
                    }
                }
                .connect(host: address.host, port: address.port).get()
        } catch {
            answer.fail(error)
            throw error
        }
        // Whether or not the two ends have met by then. It is the last request of its connection.
        channel.closeFuture.whenComplete { _ in connection.close(promise: nil) }
        ConnectionGuard.requestIsPassedOn(channel) { connection.close(promise: nil) }
        let limit = eventLoop.scheduleTask(in: TimeAmount(timeout)) {
            answer.fail(UpstreamError.silent)
            connection.close(promise: nil)
        }
        defer { limit.cancel() }
        return (connection, try await answer.futureResult.get())
    }

    /// One open tunnel.
    private final class Tunnel: Sendable {
        let connection: any Channel
        private let place: ClientPlaces.Place

        init(connection: any Channel, place: ClientPlaces.Place) {
            self.connection = connection
            self.place = place
        }

        func close() {
            connection.close(promise: nil)
            place.leave()
        }

        deinit { close() }
    }
}

/// The client's half of the handshake, spoken to the backend. After its 101 a `TunnelEnd` takes this handler's place.
final class UpstreamHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    struct Answer: Sendable {
        let head: HTTPResponseHead
        /// Of a refusal; a longer one is cut.
        var body: ByteBuffer
    }

    private static let maximumBodyBytes = 64 << 10

    private let request: UpstreamRequest
    private let client: any Channel
    private let answer: EventLoopPromise<Answer>
    private let encoder: HTTPRequestEncoder
    private let decoder: ByteToMessageHandler<HTTPResponseDecoder>
    private var received: Answer?

    /// On the event loop of both channels.
    static func add(
        to pipeline: ChannelPipeline.SynchronousOperations, request: UpstreamRequest, client: any Channel, answer: EventLoopPromise<Answer>
    ) throws {
        let handshake = UpstreamHandshake(request: request, client: client, answer: answer)
        try pipeline.addHandlers([handshake.encoder, handshake.decoder, handshake])
    }

    private init(request: UpstreamRequest, client: any Channel, answer: EventLoopPromise<Answer>) {
        self.request = request
        self.client = client
        self.answer = answer
        encoder = HTTPRequestEncoder()
        decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes))
    }

    func channelActive(context: ChannelHandlerContext) {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: request.target, headers: request.headers)
        head.headers.add(name: "Connection", value: "Upgrade")
        head.headers.add(name: "Upgrade", value: "websocket")
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            received = Answer(head: head, body: ByteBuffer())
        case .body(var bytes):
            let room = Self.maximumBodyBytes - (received?.body.readableBytes ?? 0)
            if let part = bytes.readSlice(length: min(max(room, 0), bytes.readableBytes)) { received?.body.writeImmutableBuffer(part) }
            if bytes.readableBytes > 0 { finish() }
        case .end:
            if let received, received.head.status == .switchingProtocols { becomeTunnel(context, received) } else { finish() }
        }
    }

    private func finish() {
        if let received { answer.succeed(received) }
    }

    private func becomeTunnel(_ context: ChannelHandlerContext, _ received: Answer) {
        let (near, far) = TunnelEnd.pair()
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(far, position: .before(self))
        } catch {
            return errorCaught(context: context, error: error)
        }
        client.triggerUserOutboundEvent(ProtocolSwitch.Tunnel(end: NIOLoopBound(near, eventLoop: context.eventLoop)), promise: nil)
        let answer = answer
        pipeline.removeHandler(encoder, promise: nil)
        // What came behind the answer goes on to the tunnel as the decoder leaves.
        pipeline.removeHandler(decoder).assumeIsolated().whenComplete { _ in
            pipeline.removeHandler(self, promise: nil)
            far.begin()
            answer.succeed(received)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(error)
        context.close(promise: nil)
    }
}
