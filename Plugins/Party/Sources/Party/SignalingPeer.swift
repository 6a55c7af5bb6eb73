/// One WebSocket of `/_ws` as the rest sees it. A message to a thousand listeners never waits for one of them; the server cuts who reads
/// too slowly.
import GatewayAPI

enum SocketCloseReason: Equatable {
    /// Another socket has shown this listener's key.
    case replaced
    /// The host does not want this listener.
    case removed
    case tooManyMessages

    /// RFC 6455 section 7.4: 4000–4999 are the application's own.
    var code: UInt16 {
        switch self {
        case .replaced: 4001
        case .removed: 4003
        case .tooManyMessages: 1008
        }
    }

    var text: String {
        switch self {
        case .replaced: "joined elsewhere"
        case .removed: "removed by the host"
        case .tooManyMessages: "too many messages"
        }
    }
}

final class SignalingPeer: Sendable {
    /// Messages that may wait for a slow reader: a minute of a party's news.
    static let maximumQueuedMessages = 64

    let id: PeerID
    let address: String
    /// A page of another site: it may host, and not join.
    let isForeign: Bool
    private let connection: any WebSocketConnection

    init(id: PeerID, address: String, isForeign: Bool, connection: any WebSocketConnection) {
        self.id = id
        self.address = address
        self.isForeign = isForeign
        self.connection = connection
    }

    /// Never waits.
    func send(_ json: String) { connection.send(.text(json)) }

    /// Behind what was said before.
    func close(_ reason: SocketCloseReason) { connection.close(code: reason.code, reason: reason.text) }
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
