/// A peer with the transport that serves it, and what the transport reported.
import RTP
import WebRTC

public final class PeerPair {
    public let peer: TestPeer
    public let transport: Transport
    /// Where the peer is; a test may move it.
    public var address: SocketAddress
    public internal(set) var events: [TransportEvent] = []
    var nextCheck: ContinuousClock.Instant
    var nextFlight: ContinuousClock.Instant
    /// Checks and flights go out by themselves.
    public var isAlive = true

    /// On both sides.
    public var isConnected: Bool { transport.state == .connected && peer.isConnected }

    init(_ peer: TestPeer, _ transport: Transport, _ address: SocketAddress, _ now: ContinuousClock.Instant) {
        self.peer = peer
        self.transport = transport
        self.address = address
        nextCheck = now
        nextFlight = now + .milliseconds(400)
    }

    public var closeReason: CloseReason? {
        for case .closed(let reason) in events { return reason }
        return nil
    }
}
