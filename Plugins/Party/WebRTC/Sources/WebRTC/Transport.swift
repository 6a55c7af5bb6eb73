/// One peer: sorts its datagrams (RFC 7983, RFC 5761) to ICE, DTLS and SRTP, and owns all three.
///
/// The owner of the sockets finds the transport (`DatagramKind`, then by ufrag for STUN and by remote address for all else), passes
/// the datagram in, sends what is in `MediaContext.outgoing`, and calls `handleTimeout(at:)` when `nextTimeout` has come:
///
///     switch transport.receive(datagram, from: peer, to: local, at: now) { … }
import RTP

/// What the owner of a transport has to do after a call.
public enum TransportEvent: Equatable, Sendable {
    case none
    /// From now on datagrams from this address belong to this transport; those from `replacing`, if any, no longer do.
    case validated(SocketAddress, replacing: SocketAddress?)
    /// SRTP keys are agreed on; media flows.
    case connected
    /// This transport's producer is now the source of its router's timeline: it is the first, or has taken over.
    case producing
    /// The transport has closed itself; forget it.
    case closed(CloseReason)
}

public enum CloseReason: Equatable, Sendable {
    /// No valid check for 30 s (RFC 7675).
    case consentExpired
    /// Not connected 15 s after signalling was complete.
    case handshakeTimeout
    case fingerprintMismatch
    /// The peer said goodbye (DTLS close_notify, or RTCP BYE of a host).
    case closedByPeer
}

/// Plain state of one media thread.
public final class Transport {
    public enum State: Sendable { case new, connecting, connected, closed }

    public let credentials: IceCredentials
    public private(set) var state = State.new
    public private(set) var producer: Producer?
    public private(set) var consumer: Consumer?
    let context: MediaContext

    /// Answers STUN checks from now on; nothing else before `connect`.
    public init(credentials: IceCredentials, context: MediaContext, at now: ContinuousClock.Instant) {
        self.credentials = credentials
        self.context = context
    }

    /// Signalling knows the peer: a handshake may begin. It must end within 15 s.
    /// - Returns: false when the peer is known already; then nothing changes.
    @discardableResult
    public func connect(_ peer: RemotePeer, at now: ContinuousClock.Instant) -> Bool { false }

    /// Makes the peer a host; it becomes the router's source at its first authenticated RTP packet.
    public func produce(_ parameters: ProducerParameters, to router: Router) {}

    /// Makes the peer a listener. A mediasoup consumer starts paused and is resumed by `resumeConsumer`.
    public func consume(_ parameters: ConsumerParameters, from router: Router, paused: Bool = false) {}

    /// Handles one datagram from `peer` that arrived at our `local` address. Its bytes are decrypted in place, so they must begin at a
    /// 4-byte boundary (libsrtp2).
    public func receive(
        _ datagram: UnsafeMutableRawBufferPointer, from peer: SocketAddress, to local: SocketAddress, at now: ContinuousClock.Instant
    ) -> TransportEvent { .none }

    /// When `handleTimeout(at:)` is due; it may be called earlier.
    public var nextTimeout: ContinuousClock.Instant? { nil }

    /// Reports, retransmitted handshake flights, expiry.
    public func handleTimeout(at now: ContinuousClock.Instant) -> TransportEvent { .none }

    /// Leaves the router, tells the peer (RTCP BYE, DTLS close_notify while there is a handshake's state), and frees everything.
    public func close(at now: ContinuousClock.Instant) {}

    /// Addresses that checks have proved to be this peer's: what the owner's table holds for it.
    public var validatedAddresses: [SocketAddress] { [] }
}
