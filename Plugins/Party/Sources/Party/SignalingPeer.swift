/// One WebSocket of `/_ws` as the rest sees it: what is known of it, and a bounded queue towards it. A message to a thousand listeners
/// never waits for one of them; who reads too slowly is cut.
import GatewayAPI

enum SocketCloseReason: Error, Equatable {
    /// Another socket has shown this listener's key.
    case replaced
    /// The host does not want this listener.
    case removed
    case tooSlow
    case tooManyMessages

    /// RFC 6455 section 7.4: 4000–4999 are the application's own.
    var code: UInt16 {
        switch self {
        case .replaced: 4001
        case .removed: 4003
        case .tooSlow, .tooManyMessages: 1008
        }
    }

    var text: String {
        switch self {
        case .replaced: "joined elsewhere"
        case .removed: "removed by the host"
        case .tooSlow: "too slow"
        case .tooManyMessages: "too many messages"
        }
    }
}

final class SignalingPeer: Sendable {
    /// Messages that may wait for a slow reader: a minute of a party's news.
    static let maximumQueuedMessages = 64

    enum Outgoing: Sendable {
        case text(String)
        /// Behind what was said before.
        case close(SocketCloseReason)
    }

    let id: PeerID
    let address: String
    /// A page of another site: it may host, and not join.
    let isForeign: Bool
    let outgoing: AsyncStream<Outgoing>
    /// Yields once, when the server ends the connection.
    let closing: AsyncStream<SocketCloseReason>
    private let queue: AsyncStream<Outgoing>.Continuation
    private let close: AsyncStream<SocketCloseReason>.Continuation

    init(id: PeerID, address: String, isForeign: Bool) {
        self.id = id
        self.address = address
        self.isForeign = isForeign
        (outgoing, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.maximumQueuedMessages))
        (closing, close) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    /// Never waits.
    func send(_ json: String) { enqueue(.text(json)) }

    private func enqueue(_ item: Outgoing) {
        if case .dropped = queue.yield(item) { disconnect(.tooSlow) }
    }

    /// At once; what waits is not sent any more.
    func disconnect(_ reason: SocketCloseReason) { close.yield(reason) }

    /// Once everything that waits is sent.
    func finish(_ reason: SocketCloseReason) { enqueue(.close(reason)) }
}

/// A token bucket (RFC 2697 in spirit): `burst` messages at once, `perSecond` in the long run.
struct RateLimiter: Sendable {
    enum Verdict: Equatable { case allowed, refused, excessive }

    static let burst = 60.0, perSecond = 20.0
    /// Refusals in a row after which the socket is closed.
    static let maximumRefusals = 200

    private var tokens = burst
    private var last: ContinuousClock.Instant
    private var refusals = 0

    init(now: ContinuousClock.Instant) { last = now }

    mutating func take(now: ContinuousClock.Instant) -> Verdict {
        let (seconds, attoseconds) = (now - last).components
        last = now
        tokens = min(Self.burst, tokens + (Double(seconds) + Double(attoseconds) / 1e18) * Self.perSecond)
        guard tokens >= 1 else {
            refusals += 1
            return refusals > Self.maximumRefusals ? .excessive : .refused
        }
        tokens -= 1
        refusals = 0
        return .allowed
    }
}
