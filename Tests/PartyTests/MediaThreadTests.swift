/// What the media thread gives away while it works and when there is nothing left to do.
import Testing
import WebRTC

@testable import Party

@Suite struct MediaThreadTests {
    /// It sleeps without an end then, and what it said last would stand for as long.
    @Test(.timeLimit(.minutes(1)))
    func anEndedPartyLeavesNoTransportInTheFigures() async throws {
        let media = try MediaThread(ports: 20_000...29_999, announcedAddresses: ["127.0.0.1"], bitrate: 128_000)
        let running = Task { await media.run() }
        #expect(media.mailbox.post([.open(IceCredentials()), .open(IceCredentials())]))
        while media.output.snapshot.transports != 2 { try await Task.sleep(for: .milliseconds(20)) }
        media.mailbox.post(freeing: .endSession)
        while media.output.snapshot.transports != 0 { try await Task.sleep(for: .milliseconds(20)) }
        media.stop()
        await running.value
    }
}
