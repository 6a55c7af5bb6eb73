/// ICE credentials of our side (RFC 8839 §5.4): made by a signalling thread, known to one transport.

/// The username fragment of one of our transports: 8 of ICE's characters, so 48 random bits, kept as plain bits to be a fast key.
public struct IceUfrag: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    static let byteCount = 8
    private let bytes: UInt64

    init?(_ text: some Collection<UInt8>) {
        guard text.count == Self.byteCount else { return nil }
        bytes = text.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Which of `count` media threads owns the transport of this name: whoever sees a check knows it without asking.
    public func owner(of count: Int) -> Int { Int(bytes % UInt64(max(count, 1))) }

    public var description: String {
        String(decoding: (0..<8).map { UInt8(truncatingIfNeeded: bytes >> (56 - 8 * $0)) }, as: UTF8.self)
    }
}

public struct IceCredentials: Equatable, Sendable {
    public let ufrag: IceUfrag
    /// 32 of ICE's characters: 192 random bits. Never logged.
    public let password: String

    /// Random ones, by any thread.
    /// - Parameter isWanted: asked of each name until it likes one, such as one that belongs to a certain media thread.
    public init(where isWanted: (IceUfrag) -> Bool = { _ in true }) {
        var name: IceUfrag?
        repeat { name = IceUfrag(Self.randomCharacters(IceUfrag.byteCount)) } while name.map(isWanted) == false
        guard let name else { preconditionFailure("a ufrag has 8 characters") }
        ufrag = name
        password = String(decoding: Self.randomCharacters(32), as: UTF8.self)
    }

    /// Letters, digits, `+` and `/` (RFC 8839 §5.4 `ice-char`): 64 of them, so 6 bits each.
    private static let characters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The system's generator is a cryptographic one.
    private static func randomCharacters(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in characters[Int.random(in: 0..<characters.count)] }
    }
}

/// What signalling learned about the other side.
public struct RemotePeer: Sendable, Equatable {
    public enum DtlsRole: Sendable { case client, server }

    /// The peer's ufrag, nil where signalling does not carry it (mediasoup clients): then only ours is compared.
    public let iceUfrag: String?
    /// The peer's certificate must match one of them.
    public let fingerprints: [DtlsFingerprint]
    /// The peer's part in the handshake. We take the other: the server's for every browser.
    public let dtlsRole: DtlsRole

    public init(iceUfrag: String?, fingerprints: [DtlsFingerprint], dtlsRole: DtlsRole = .client) {
        self.iceUfrag = iceUfrag
        self.fingerprints = fingerprints
        self.dtlsRole = dtlsRole
    }
}
