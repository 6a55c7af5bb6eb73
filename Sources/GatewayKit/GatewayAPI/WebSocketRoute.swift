/// A WebSocket endpoint of a module (RFC 6455), free of NIO's types: the server does the upgrade, frames, pings and limits.

public struct WebSocketRoute: Sendable {
    /// From the site's root, such as `/_ws`. Matched exactly, without the query.
    public let path: String
    public let options: WebSocketOptions
    /// Runs for the connection's life; the socket is closed with 1000 when it returns and with 1011 when it throws.
    public let handler: @Sendable (any WebSocketConnection) async throws -> Void

    public init(
        _ path: String, options: WebSocketOptions = WebSocketOptions(),
        handler: @escaping @Sendable (any WebSocketConnection) async throws -> Void
    ) {
        self.path = path
        self.options = options
        self.handler = handler
    }
}

public struct WebSocketOptions: Sendable {
    /// Bytes of one frame; a larger one closes with 1009.
    public var maximumFrameBytes = 1 << 16
    /// Bytes of one message put together from fragments; a larger one closes with 1009.
    public var maximumMessageBytes = 1 << 16
    /// Two pings without any frame in return end the connection.
    public var pingInterval: Duration = .seconds(20)
    /// Sockets open at once; one more is refused with 503.
    public var maximumOpen = 100_000
    /// Sockets open at once from one client (`ClientNetwork`); one more is refused with 429.
    public var maximumPerAddress = 1_000
    /// New sockets a minute from one client, in the long run as well as at once; more are refused with 429.
    public var maximumNewPerMinute = 6_000

    public init() {}
}

public enum WebSocketMessage: Sendable {
    case text(String)
    case binary(ByteBuffer)
}

public protocol WebSocketConnection: Sendable {
    /// The client's address in text, without a port (`TRUSTED_PROXIES` applied).
    var clientAddress: String { get }
    /// Headers of the upgrade request: what a browser sent as `Origin` and `Host`; nil when absent.
    var origin: String? { get }
    var host: String? { get }
    /// Suspends while the peer does not read. Safe to call from several tasks; messages go out in the order of the calls.
    func send(_ message: WebSocketMessage) async throws
    /// Starts the closing handshake; once. Later calls do nothing.
    func close(code: UInt16, reason: String) async throws
    /// The next message, nil once the peer has closed. Not calling it is back-pressure towards the peer. One task at a time.
    func receive() async throws -> WebSocketMessage?
}
