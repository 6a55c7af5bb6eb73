/// The proof of being the owner: hex of HMAC-SHA-256 (RFC 2104) of a one-time nonce under `PARTY_SECRET`, so that the secret itself
/// never reaches a browser. The host's server makes it (`PartyRoutes`), the listener server checks it (`Signaling`).
import WebRTC

enum HostToken {
    static func make(secret: String, nonce: String) -> String {
        hmacSha256(key: Array(secret.utf8), Array(nonce.utf8)).hex
    }

    /// In a time that does not depend on where the two differ.
    static func isValid(_ token: String, secret: String, nonce: String) -> Bool {
        areEqual(make(secret: secret, nonce: nonce), token)
    }

    /// For secrets of any kind.
    static func areEqual(_ one: String, _ other: String) -> Bool { constantTimeEqual(Array(one.utf8), Array(other.utf8)) }

    /// The shape of our nonces and nothing else: the secret signs no other text.
    static func isNonce(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}

/// The same proof between the two servers, without a socket: an `Authorization` field (RFC 9110 section 11.6.2) of the scheme `DMP` with
/// the time and its HMAC. Whoever overhears it may use it for a minute, for what it stands for and nothing else.
enum OwnerProof {
    private static let scheme = "DMP "
    /// Seconds that two servers' clocks may differ by, besides the way.
    private static let tolerance = 60

    /// - Parameter unixTime: now, in seconds.
    static func make(secret: String, unixTime: Int) -> String {
        "\(scheme)\(unixTime) \(HostToken.make(secret: secret, nonce: signed(unixTime)))"
    }

    static func isValid(_ field: String, secret: String, unixTime: Int) -> Bool {
        guard field.hasPrefix(scheme), field.utf8.count <= 128 else { return false }
        let words = field.dropFirst(scheme.count).split(separator: " ")
        guard words.count == 2, let time = Int(words[0]), (unixTime - tolerance...unixTime + tolerance).contains(time) else { return false }
        return HostToken.areEqual(HostToken.make(secret: secret, nonce: signed(time)), String(words[1]))
    }

    /// No nonce looks like this, so a token for a socket is none for an examination, and the other way round.
    private static func signed(_ unixTime: Int) -> String { "examination \(unixTime)" }
}

/// The nonce that one socket was given. It serves once, for a minute, on that socket; a further challenge replaces it.
struct HostNonce: Sendable {
    static let lifetime: Duration = .seconds(60)

    private var value: (text: String, expires: ContinuousClock.Instant)?

    mutating func issue(now: ContinuousClock.Instant) -> String {
        let text = randomHex(bytes: 32)
        value = (text, now + Self.lifetime)
        return text
    }

    /// - Returns: nil when there is none, or it is too old. It is used up either way.
    mutating func take(now: ContinuousClock.Instant) -> String? {
        defer { value = nil }
        return value.flatMap { now < $0.expires ? $0.text : nil }
    }
}

/// From the system's cryptographic generator (getrandom(2)).
func randomHex(bytes count: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }.hex
}

/// A random UUID in lower case (RFC 9562, version 4), as mediasoup's ids look.
func randomUUID() -> String {
    var digits = Array(randomHex(bytes: 16))
    digits[12] = "4"
    digits[16] = ["8", "9", "a", "b"][Int.random(in: 0..<4)]
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
}

extension Sequence<UInt8> {
    var hex: String {
        var text = ""
        for byte in self {
            text.append(byte < 16 ? "0" : "")
            text.append(String(byte, radix: 16))
        }
        return text
    }
}
