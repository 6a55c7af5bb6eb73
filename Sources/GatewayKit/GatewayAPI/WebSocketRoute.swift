/// A WebSocket endpoint of a module (RFC 6455), free of NIO's channels: the server does the upgrade, frames, pings and limits.

public struct WebSocketRoute: Sendable {
    /// From the site's root, such as `/_ws`. Matched exactly, without the query.
    public let path: String
    public let options: WebSocketOptions
    /// Called for each new socket, before anything of it is read. Runs on an event loop: it must not wait.
    public let open: @Sendable (WebSocketClient, any WebSocketConnection) -> any WebSocketSession

    public init(
        _ path: String, options: WebSocketOptions = WebSocketOptions(),
        open: @escaping @Sendable (WebSocketClient, any WebSocketConnection) -> any WebSocketSession
    ) {
        self.path = path
        self.options = options
        self.open = open
    }
}

public struct WebSocketOptions: Sendable {
    /// Bytes of one frame; a larger one closes with 1009.
    public var maximumFrameBytes = 1 << 16
    /// Bytes of one message put together from fragments; a larger one closes with 1009.
    public var maximumMessageBytes = 1 << 16
    /// Two pings without any frame in return end the connection.
    public var pingInterval: Duration = .seconds(20)
    /// Messages that wait for a peer that does not read; one more ends the connection, without a close frame, which it would not read either.
    public var maximumWaitingMessages = 256
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

/// Who has opened a socket.
public struct WebSocketClient: Sendable {
    /// In text, without a port (`TRUSTED_PROXIES` applied).
    public let address: String
    /// Headers of the upgrade request: what a browser sent as `Origin` and `Host`; nil when absent.
    public let origin: String?
    public let host: String?

    public init(address: String, origin: String?, host: String?) {
        self.address = address
        self.origin = origin
        self.host = host
    }
}

/// What a module does with one socket. There is no task for it while the peer says nothing: thousands may be open.
public protocol WebSocketSession: Sendable {
    /// The next message. They come one after another; meanwhile, and while the peer does not read, no more of it is read than one reading
    /// that was asked for before. Throwing closes the socket with 1011.
    func received(_ message: WebSocketMessage) async throws
    /// The socket is closed, or about to be, whoever closed it; once, after the last message.
    func closed() async
}

/// A socket as its module uses it. Nothing waits, and any thread may call; what one thread asks for happens in its order.
public protocol WebSocketConnection: Sendable {
    /// After a close nothing is sent any more.
    func send(_ message: WebSocketMessage)
    /// Starts the closing handshake, behind what was sent before. The module gets no further message. Later calls do nothing.
    func close(code: UInt16, reason: String)
}
