/// One client's TCP connection: the handlers between its bytes and Hummingbird. HTTP/1.1 (RFC 9112); TLS and HTTP/2 are a reverse
/// proxy's part.
import GatewayAPI
import HummingbirdCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

struct HTTPConnection: HTTPChannelHandler {
    let responder: HTTPChannelHandler.Responder
    let limits: ConnectionLimits
    /// By path.
    let webSockets: [String: WebSocketOptions]
    /// Whether other WebSockets may be passed on to another server.
    let allowsTunnels: Bool

    /// Bytes that may wait behind an upgrade request until it is answered.
    private static let maximumWaitingBytes = 256 << 10

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>> {
        channel.eventLoop.makeCompletedFuture {
            let encoder = HTTPResponseEncoder()
            let decoder = ByteToMessageHandler(
                HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits.decoder),
                maximumBufferSize: Self.maximumWaitingBytes)
            let handlers: [any ChannelHandler] = [
                encoder, decoder,
                ProtocolSwitch(encoder: encoder, decoder: decoder, webSockets: webSockets, allowsTunnels: allowsTunnels),
                ConnectionGuard(limits: limits), HTTP1ToHTTPServerCodec(secure: false),
            ]
            try channel.pipeline.syncOperations.addHandlers(handlers)
            return try NIOAsyncChannel(wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}
