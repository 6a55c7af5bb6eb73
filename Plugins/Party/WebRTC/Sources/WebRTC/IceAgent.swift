/// ICE-lite (RFC 8445 §2.5, RFC 8839, RFC 7675): answers authenticated checks, keeps the addresses that they prove, and knows which of
/// them to send to. It never asks by itself, and never answers what is not authentic.
import RTP

/// Between which two addresses a peer is reached.
struct IcePath: Equatable {
    let peer: SocketAddress
    /// The address of ours that the peer asked.
    let local: SocketAddress
}

/// State of one transport; time and datagrams come in, answers go to the arena. An object, since its owner asks it at every tick and for
/// every check: a value would be copied for each question.
final class IceAgent {
    /// RFC 7675 §5.1: consent lasts 30 s from the last check. Browsers check every 2.5 s.
    static let consentTimeout = Duration.seconds(30)
    /// A peer's addresses that count at a time. Real ones have a few; more would only fill the owner's table.
    static let maximumPaths = 8

    enum Outcome {
        case dropped(DropReason)
        case answered
        /// A path that was not known before; `replacing` is a peer address that is no longer valid.
        case validated(replacing: SocketAddress?)
    }

    /// Credentials of both sides, as one offer and its answer told them.
    private struct Generation {
        let credentials: IceCredentials
        let passwordBytes: [UInt8]
        /// Nil where signalling does not tell it.
        var remoteUfrag: String?

        init(_ credentials: IceCredentials, remoteUfrag: String? = nil) {
            self.credentials = credentials
            self.remoteUfrag = remoteUfrag
            passwordBytes = Array(credentials.password.utf8)
        }

        func matches(_ receiver: ByteView, _ sender: ByteView) -> Bool {
            IceUfrag(receiver.bytes) == credentials.ufrag && remoteUfrag.map { sender.bytes.elementsEqual($0.utf8) } ?? true
        }
    }

    private struct ValidPath {
        let path: IcePath
        var lastCheck: ContinuousClock.Instant
        /// Checked since the last restart; an older one still receives, and is no longer chosen.
        var isCurrent = true
    }

    private var generation: Generation
    /// After a restart, until a check with the new credentials has proved that the peer has them.
    private var next: Generation?
    private var valid: [ValidPath] = []
    private var nomination: UInt32?
    /// On any path.
    private var lastCheck: ContinuousClock.Instant?
    /// Where to send: the pair that was nominated last, and before any is, the first that was proved.
    private(set) var selected: IcePath?

    init(_ credentials: IceCredentials) { generation = Generation(credentials) }

    /// Ours that checks may name: one, and two while a restart is under way.
    var ufrags: [IceUfrag] { [generation.credentials.ufrag] + (next.map { [$0.credentials.ufrag] } ?? []) }

    /// The peer of the credentials that the agent began with.
    func connect(remoteUfrag: String?) { generation.remoteUfrag = remoteUfrag }

    /// RFC 8445 §9: new credentials. Everything goes on as it was until a check has proved them; then the old ones are nobody's.
    func restart(_ credentials: IceCredentials, remoteUfrag: String?) {
        next = Generation(credentials, remoteUfrag: remoteUfrag)
    }

    var validAddresses: [SocketAddress] {
        valid.reduce(into: []) { if !$0.contains($1.path.peer) { $0.append($1.path.peer) } }
    }

    func isValid(_ path: IcePath) -> Bool { valid.contains { $0.path == path } }

    func hasConsent(from address: SocketAddress, at now: ContinuousClock.Instant) -> Bool {
        valid.contains { $0.path.peer == address && now < $0.lastCheck + Self.consentTimeout }
    }

    /// One STUN datagram (RFC 8445 §7.3, with the checks of RFC 8489 §9.1.3 in order; but where those demand an error response to
    /// somebody who has not proved to know the password, there is none).
    func receive(
        _ datagram: ByteView, on path: IcePath, at now: ContinuousClock.Instant, _ outgoing: OutgoingDatagrams
    ) -> Outcome {
        guard let message = StunMessage(datagram) else { return .dropped(.stunMalformed) }
        guard message.fingerprint == .correct else { return .dropped(.stunFingerprint) }
        guard message.messageClass == .request, message.method == StunMessage.bindingMethod else { return .dropped(.stunNotBindingRequest) }
        guard let (receiver, sender) = message.ufrags else { return .dropped(.stunUsername) }
        let isNext = next?.matches(receiver, sender) ?? false
        guard let asked = isNext ? next : generation, isNext || generation.matches(receiver, sender) else { return .dropped(.stunUsername) }
        let isAuthentic = message.hasIntegrity { covered, sent in
            hmacSha1(key: asked.passwordBytes, covered).withByteView { constantTimeEqual($0, sent) }
        }
        guard isAuthentic else { return .dropped(.stunIntegrity) }

        var answer: StunMessageBuilder
        var outcome = Outcome.answered
        if !message.unknownRequired.isEmpty {
            answer = StunMessageBuilder(.error, transactionId: message.transactionId)
            answer.appendError(420, "Unknown Attribute")
            answer.appendUnknownAttributes(Array(message.unknownRequired.prefix(16)))
        } else if message.iceControlled != nil {  // a lite agent is always the controlled one (RFC 8445 §6.1.1, §7.3.1.1)
            answer = StunMessageBuilder(.error, transactionId: message.transactionId)
            answer.appendError(487, "Role Conflict")
        } else {
            if isNext { finishRestart() }
            outcome = validate(path, at: now)
            nominate(path, by: message)
            answer = StunMessageBuilder(.success, transactionId: message.transactionId)
            answer.appendMappedAddress(path.peer.unmapped)
        }
        answer.finish { hmacSha1(key: asked.passwordBytes, $0) }.withUnsafeBytes { outgoing.append($0, to: path.peer, from: path.local) }
        return outcome
    }

    /// The peer has the new credentials. Its old paths are still its own, but the next check chooses the one to send to.
    private func finishRestart() {
        guard let next else { return }
        generation = next
        self.next = nil
        nomination = nil
        selected = nil
        for index in valid.indices { valid[index].isCurrent = false }
    }

    private func validate(_ path: IcePath, at now: ContinuousClock.Instant) -> Outcome {
        lastCheck = now
        if let index = valid.firstIndex(where: { $0.path == path }) {
            valid[index].lastCheck = now
            valid[index].isCurrent = true
            return .answered
        }
        var replaced: SocketAddress?
        if valid.count == Self.maximumPaths, let oldest = indexOfOldestUnselected {
            let address = valid.remove(at: oldest).path.peer
            if !valid.contains(where: { $0.path.peer == address }), address != path.peer { replaced = address }
        }
        valid.append(ValidPath(path: path, lastCheck: now))
        return .validated(replacing: replaced)
    }

    private var indexOfOldestUnselected: Int? {
        valid.indices.filter { valid[$0].path != selected }.min { valid[$0].lastCheck < valid[$1].lastCheck }
    }

    /// The last USE-CANDIDATE wins (RFC 8445 §8.1.1 lets the controlling side change its mind while a session lasts); with renomination
    /// the one of the highest value, so that a delayed check cannot bring an old pair back.
    private func nominate(_ path: IcePath, by message: StunMessage) {
        if let value = message.nomination {
            guard value >= nomination ?? 0 else { return }
            nomination = value
            selected = path
        } else if message.useCandidate || selected == nil {
            selected = path
        }
    }

    /// When consent for the selected path ends, or, while it is lost and no other is there, the peer's time to come back. Nil before the
    /// first check.
    var consentEnd: ContinuousClock.Instant? {
        (valid.first { $0.path == selected }?.lastCheck ?? lastCheck).map { $0 + Self.consentTimeout }
    }

    /// Consent for the selected path is over (RFC 7675 §5.1). Another path that still has it is used instead; false when there is none.
    func expireConsent(at now: ContinuousClock.Instant) -> Bool {
        selected = newestPath(at: now)
        return selected != nil
    }

    private func newestPath(at now: ContinuousClock.Instant) -> IcePath? {
        valid.filter { $0.isCurrent && now < $0.lastCheck + Self.consentTimeout }.max { $0.lastCheck < $1.lastCheck }?.path
    }

    /// A TCP connection of the peer has ended. Another path takes its place; without one the consent runs out, unless the peer comes
    /// back.
    func connectionEnded(_ address: SocketAddress, at now: ContinuousClock.Instant) {
        valid.removeAll { $0.path.peer == address }
        if selected?.peer == address { selected = newestPath(at: now) }
    }
}
