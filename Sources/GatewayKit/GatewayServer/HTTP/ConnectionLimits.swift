/// How much and how long one connection may ask for, and the state machine that says when it has gone too far. `ConnectionGuard`
/// feeds it; it knows neither channel nor clock.
import NIOCore
import NIOHTTP1

struct ConnectionLimits: Sendable {
    /// Of a request's headers together, and of its target.
    var headerBytes = 16 << 10
    var headerCount = 100
    /// Of a request's body that a route of ours takes (`BodyLimit`).
    var bodyBytes = 64 << 10
    /// Until a request has arrived in full; for the first one counted from the connection's begin. For the next bytes of one that is
    /// passed on: how long it takes in full is the upstream's affair.
    var request: TimeAmount = .seconds(30)
    /// Between a response and the next request's head.
    var idle: TimeAmount = .seconds(60)
    /// While the client takes none of the bytes that wait for it. A paused player may leave its connection for a while.
    var stalledWrite: TimeAmount = .seconds(120)
    /// For the response in progress when the server stops.
    var drain: TimeAmount = .seconds(8)
    /// For the client to close after an answer that ends the connection.
    var closing: TimeAmount = .seconds(5)

    var decoder: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = headerBytes
        limits.maxHeaderListSize = headerBytes
        limits.maxHeaderFieldCount = headerCount
        return limits
    }
}

/// Valid order of events for each request: `requestBegan`, any `bodyArrived`, `requestEnded`; `responseEnded` may come at any time
/// after `requestBegan`. Requests may be pipelined.
struct ConnectionStateMachine {
    private let limits: ConnectionLimits
    /// Requests whose response has not ended.
    private var unanswered = 0
    private var isReceiving = false
    /// Whether the channel has been asked for bytes and none have come since.
    private var isReading = false
    /// The request that arrives is passed on to another server as it comes.
    private var isPassedOn = false
    private var isSwitched = false
    /// What came is no HTTP: the answer to it is the connection's last.
    private var isFailed = false
    /// When the client has been silent or slow for too long.
    private var clientDeadline: NIODeadline?
    private var writeDeadline: NIODeadline?
    private var stopDeadline: NIODeadline?

    enum Action: Equatable { case none, close }

    init(limits: ConnectionLimits, now: NIODeadline) {
        self.limits = limits
        clientDeadline = now + limits.request
    }

    mutating func requestBegan(now: NIODeadline) {
        unanswered += 1
        isReceiving = true
        isPassedOn = false
        clientDeadline = now + limits.request
    }

    /// The client's time runs only while its bytes are asked for: an upstream that is slow to take them is not its fault.
    mutating func requestPassedOn(now: NIODeadline) {
        // A pipelined request may have begun to arrive behind the one that is meant.
        guard unanswered == 1, isReceiving else { return }
        isPassedOn = true
        clientDeadline = isReading ? now + limits.request : nil
    }

    mutating func readingBegan(now: NIODeadline) {
        isReading = true
        if isPassedOn, clientDeadline == nil { clientDeadline = now + limits.request }
    }

    mutating func bodyArrived() {
        isReading = false
        if isPassedOn { clientDeadline = nil }
    }

    mutating func requestEnded(now: NIODeadline) {
        isReceiving = false
        isPassedOn = false
        clientDeadline = unanswered == 0 ? now + limits.idle : nil
    }

    mutating func requestFailed() { isFailed = true }

    /// The connection speaks another protocol from here on, which minds its own silence.
    mutating func protocolSwitched() {
        isSwitched = true
        clientDeadline = nil
    }

    mutating func responseEnded(now: NIODeadline) -> Action {
        unanswered = max(0, unanswered - 1)
        // The other protocol closes as its own rules say.
        guard !isSwitched, unanswered == 0 else { return .none }
        if stopDeadline != nil { return .close }
        if isFailed {
            clientDeadline = now + limits.closing
        } else if !isReceiving {
            clientDeadline = now + limits.idle
        } else if isPassedOn {
            // What still comes is for nobody.
            isPassedOn = false
            clientDeadline = now + limits.request
        }
        return .none
    }

    /// - Parameter isWritable: false while more bytes wait for the client than the channel likes to hold.
    mutating func writabilityChanged(_ isWritable: Bool, now: NIODeadline) {
        writeDeadline = isWritable ? nil : now + limits.stalledWrite
    }

    /// The server stops: at once between requests, else after the response.
    mutating func serverStops(now: NIODeadline) -> Action {
        stopDeadline = now + limits.drain
        return unanswered == 0 ? .close : .none
    }

    func timePassed(now: NIODeadline) -> Action {
        let isOver = [clientDeadline, writeDeadline, stopDeadline].contains { deadline in deadline.map { $0 <= now } ?? false }
        return isOver ? .close : .none
    }
}
