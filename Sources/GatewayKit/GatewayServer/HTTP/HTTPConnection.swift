/// One client's TCP connection: the handlers between its bytes and Hummingbird. HTTP/1.1 (RFC 9112); TLS and HTTP/2 are a reverse
/// proxy's part.
import GatewayAPI
import HummingbirdCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

struct HTTPConnection: HTTPChannelHandler {
    let responder: HTTPChannelHandler.Responder
    let limits: ConnectionLimits
    /// By path.
    let webSockets: [String: WebSocketDoor]
    /// Whether other WebSockets may be passed on to another server.
    let allowsTunnels: Bool
    /// What may be answered without the responder; nil where others' routes and middleware stand before the site's.
    let preparedAnswers: PreparedAnswers?
    /// Those that are opened without the responder.
    let openWebSockets: OpenWebSockets

    /// Bytes that may wait behind an upgrade request until it is answered.
    private static let maximumWaitingBytes = 256 << 10

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<RequestTask> {
        channel.eventLoop.makeCompletedFuture {
            let task = RequestTask(channel: channel)
            let encoder = HTTPResponseEncoder()
            let decoder = ByteToMessageHandler(
                HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits.decoder),
                maximumBufferSize: Self.maximumWaitingBytes)
            let connectionGuard = ConnectionGuard(limits: limits)
            let earlyAnswers = preparedAnswers.map { EarlyAnswers($0, encoder: encoder, connectionGuard: connectionGuard) }
            let entrance = RequestEntrance(task)
            let behind: [any ChannelHandler & RemovableChannelHandler] = [
                connectionGuard, HTTP1ToHTTPServerCodec(secure: false), entrance,
            ]
            let protocolSwitch = ProtocolSwitch(
                ProtocolSwitch.Neighbours(
                    encoder: encoder, decoder: decoder, earlyAnswers: earlyAnswers, entrance: entrance, behind: behind),
                webSockets: webSockets, allowsTunnels: allowsTunnels, preparedAnswers: preparedAnswers,
                openWebSockets: openWebSockets)
            var handlers: [any ChannelHandler] = [encoder, decoder]
            if let earlyAnswers { handlers.append(earlyAnswers) }
            try channel.pipeline.syncOperations.addHandlers(handlers + [protocolSwitch] + behind)
            return task
        }
    }

    func handle(value: RequestTask, logger: Logger) async {
        guard let requests = await value.requests else { return }
        await handleHTTP(asyncChannel: requests, logger: logger)
    }
}
