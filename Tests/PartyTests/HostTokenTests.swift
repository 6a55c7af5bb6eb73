import Testing

@testable import Party

@Suite struct HostTokenTests {
    /// RFC 4231 section 4.3, and one made with `openssl dgst -sha256 -hmac`.
    @Test(arguments: [
        ("Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ("correct horse", String(repeating: "0", count: 64), "04c32902dec700c986443323d29cf4ef81d3868397c4cbea5186035d9ddfc00f"),
    ])
    func isHexOfHmacSha256(secret: String, nonce: String, token: String) {
        #expect(HostToken.make(secret: secret, nonce: nonce) == token)
        #expect(HostToken.isValid(token, secret: secret, nonce: nonce))
    }

    @Test func refusesEveryOtherToken() {
        let nonce = randomHex(bytes: 32)
        let token = HostToken.make(secret: "one secret", nonce: nonce)
        #expect(!HostToken.isValid(token, secret: "another secret", nonce: nonce))
        #expect(!HostToken.isValid(token, secret: "one secret", nonce: randomHex(bytes: 32)))
        #expect(!HostToken.isValid(String(token.dropLast()), secret: "one secret", nonce: nonce))
        #expect(!HostToken.isValid(token + "0", secret: "one secret", nonce: nonce))
        #expect(!HostToken.isValid("", secret: "one secret", nonce: nonce))
    }

    @Test func signsOnlyWhatLooksLikeOurNonces() {
        #expect(HostToken.isNonce(randomHex(bytes: 32)))
        #expect(!HostToken.isNonce(randomHex(bytes: 31)))
        #expect(!HostToken.isNonce(randomHex(bytes: 32).uppercased() + "A"))
        #expect(!HostToken.isNonce(String(repeating: "ü", count: 32)))
        #expect(!HostToken.isNonce(""))
    }

    @Test func aNonceServesOnce() {
        var nonce = HostNonce()
        let now = ContinuousClock.now
        #expect(nonce.take(now: now) == nil)
        let issued = nonce.issue(now: now)
        #expect(nonce.take(now: now + .seconds(59)) == issued)
        #expect(nonce.take(now: now + .seconds(59)) == nil)
    }

    @Test func aNonceLastsAMinute() {
        var nonce = HostNonce()
        let now = ContinuousClock.now
        _ = nonce.issue(now: now)
        #expect(nonce.take(now: now + .seconds(60)) == nil)
        // Too late is used up as well.
        #expect(nonce.take(now: now) == nil)
    }

    @Test func aFurtherChallengeReplacesTheNonce() {
        var nonce = HostNonce()
        let now = ContinuousClock.now
        let first = nonce.issue(now: now)
        let second = nonce.issue(now: now)
        #expect(first != second)
        #expect(nonce.take(now: now) == second)
    }

    @Test func uuidsLookLikeVersion4() throws {
        let uuid = randomUUID()
        #expect(try #/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#.wholeMatch(in: uuid) != nil)
        #expect(uuid != randomUUID())
    }
}
