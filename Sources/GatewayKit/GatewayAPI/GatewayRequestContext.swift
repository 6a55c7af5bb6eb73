/// What travels with a request through middleware and handlers.
import Hummingbird
import NIOCore

public struct GatewayRequestContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The client's address in text, without a port: the socket's, or what a trusted proxy says (`TRUSTED_PROXIES`).
    public var clientAddress: String
    /// The connection, for the server's own use.
    package let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        clientAddress = source.channel.remoteAddress?.ipAddress ?? "local"
    }
}
