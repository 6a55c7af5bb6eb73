/// What the media threads give away while they work and when there is nothing left to do, and which of them has whom.
import Testing
import WebRTC

@testable import Party

@Suite struct MediaWorkersTests {
    private func workers(_ count: Int) throws -> MediaWorkers {
        try MediaWorkers(count: count, ports: 20_000...29_999, announcedAddresses: ["127.0.0.1"], bitrate: 128_000)
    }

    /// A thread sleeps without an end then, and what it said last would stand for as long.
    @Test(.timeLimit(.minutes(1)), arguments: [1, 3])
    func anEndedPartyLeavesNoTransportInTheFigures(count: Int) async throws {
        let media = try workers(count)
        let running = Task { await media.run() }
        for _ in 0..<12 {
            let credentials = media.credentials(forHost: false)
            #expect(media.post([.open(credentials)], for: credentials.ufrag))
        }
        while media.snapshot.transports != 12 { try await Task.sleep(for: .milliseconds(20)) }
        media.endSession()
        while media.snapshot.transports != 0 { try await Task.sleep(for: .milliseconds(20)) }
        media.stop()
        await running.value
    }

    @Test func everyHostIsTheFirstThreadsAndListenersAreSpread() throws {
        let media = try workers(4)
        let listeners = (0..<400).map { _ in media.credentials(forHost: false).ufrag.owner(of: 4) }
        for index in 0..<4 { #expect(listeners.count { $0 == index } > 50) }
        for _ in 0..<20 {
            let host = media.credentials(forHost: true).ufrag
            #expect(host.owner(of: 4) == 0 && media.credentials(restarting: host).ufrag.owner(of: 4) == 0)
        }
    }

    @Test func aNewNameLeadsToTheSameThread() throws {
        let media = try workers(3)
        for _ in 0..<20 {
            let old = media.credentials(forHost: false).ufrag
            let new = media.credentials(restarting: old).ufrag
            #expect(new != old && new.owner(of: 3) == old.owner(of: 3))
        }
    }
}
