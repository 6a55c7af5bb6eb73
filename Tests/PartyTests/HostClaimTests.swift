import Testing

@testable import Party

/// Every way to ask for the host's place, in every state of the party.
@Suite struct HostClaimTests {
    enum Running: CaseIterable, Sendable { case no, hostPresent, hostAway }

    static let secret = "a shared secret"

    private func makeSession(_ running: Running) -> PartySession? {
        guard running != .no else { return nil }
        var session = PartySession(host: 1, limits: PartySession.Limits(), now: .now)
        if running == .hostAway { _ = session.disconnected(1, now: .now) }
        return session
    }

    private func decide(_ claim: HostClaim, secret: String?, _ running: Running) -> String {
        switch claim.decide(secret: secret, session: makeSession(running)) {
        case .open: "open"
        case .takeOver: "take over"
        case .refuse(let error): error.code.rawValue
        }
    }

    @Test(arguments: [(Running.no, "open"), (.hostPresent, "session_exists"), (.hostAway, "take over")])
    func withoutASecretFirstComeFirstServed(running: Running, expected: String) {
        #expect(decide(HostClaim(), secret: nil, running) == expected)
    }

    @Test(arguments: [(Running.no, "open"), (.hostPresent, "host_key_invalid"), (.hostAway, "take over")])
    func aKeyOfAnotherPartyGrantsNothing(running: Running, expected: String) {
        #expect(decide(HostClaim(hostKey: randomHex(bytes: 32)), secret: nil, running) == expected)
    }

    @Test(arguments: Running.allCases)
    func withASecretNothingGoesWithoutAToken(running: Running) {
        #expect(decide(HostClaim(), secret: Self.secret, running) == "token_required")
        #expect(decide(HostClaim(hostKey: randomHex(bytes: 32)), secret: Self.secret, running) == "token_required")
        #expect(decide(HostClaim(hostKey: ""), secret: Self.secret, running) == "token_required")
    }

    @Test(arguments: [(Running.no, "open"), (.hostPresent, "take over"), (.hostAway, "take over")])
    func aValidTokenAlwaysGoes(running: Running, expected: String) {
        let nonce = randomHex(bytes: 32)
        let token = HostToken.make(secret: Self.secret, nonce: nonce)
        #expect(decide(HostClaim(token: token, nonce: nonce), secret: Self.secret, running) == expected)
        #expect(decide(HostClaim(token: token, hostKey: "old", nonce: nonce), secret: Self.secret, running) == expected)
    }

    @Test(arguments: Running.allCases)
    func aWrongTokenNeverGoes(running: Running) {
        let nonce = randomHex(bytes: 32)
        let other = HostToken.make(secret: "another secret", nonce: nonce)
        #expect(decide(HostClaim(token: other, nonce: nonce), secret: Self.secret, running) == "token_invalid")
        #expect(decide(HostClaim(token: "", nonce: nonce), secret: Self.secret, running) == "token_invalid")
        let right = HostToken.make(secret: Self.secret, nonce: nonce)
        #expect(decide(HostClaim(token: right, nonce: nil), secret: Self.secret, running) == "nonce_unknown")
        #expect(decide(HostClaim(token: right, nonce: nonce), secret: nil, running) == "no_secret")
    }

    @Test(arguments: [nil, secret])
    func theHostKeyTakesThePartyBack(secret: String?) throws {
        for running in [Running.hostPresent, .hostAway] {
            let session = try #require(makeSession(running))
            #expect(HostClaim(hostKey: session.hostKey).decide(secret: secret, session: session) == .takeOver)
        }
    }

    @Test func theHostItselfMayAskAgain() throws {
        let session = try #require(makeSession(.hostPresent))
        #expect(HostClaim(isHost: true).decide(secret: Self.secret, session: session) == .takeOver)
    }
}
