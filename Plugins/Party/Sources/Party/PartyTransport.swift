/// What `Signaling` and `PartySession` remember of each peer's transport between its messages.
import WebRTC

/// A transport as signalling knows it; its media lives in `MediaLoop`.
struct PartyTransport: Equatable, Sendable {
    let id: TransportID
    /// Made step by step by a mediasoup client; an SDP client brings everything at once and changes nothing later.
    var isMediasoup = false
    /// The peer's DTLS parameters have been handed on.
    var hasDtlsParameters = false
    var isConnected = false
    /// Of an SDP client: what another offer must agree with, to be one for the same connection.
    var offered: Offered?
    /// Once there is a consumer.
    var consumerId: String?
    /// Media ids count up and are never used again within a transport (party-protocol.md §7).
    var nextMid = 0

    struct Offered: Equatable, Sendable {
        let fingerprints: [DtlsFingerprint]
        /// Of our stream to a listener; nil for a host.
        var ssrc: UInt32?
    }
}
