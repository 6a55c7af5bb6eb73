/// A router on another media thread: its listeners hear what those of the host's own router hear, on the same timeline.
import RTP
import Synchronization
import TestSupport
import Testing

@testable import WebRTC

@Suite struct RouterPipeTests {
    let server: SimulatedServer
    let pipe: RouterPipe
    let far: Router
    let host: PeerPair, here: PeerPair, there: PeerPair

    init() throws {
        pipe = RouterPipe {}
        server = try SimulatedServer(pipes: [pipe])
        far = Router(context: server.context)
        host = server.addHost()
        here = server.addListener()
        there = server.addListener(of: far)
        server.connectAll()
    }

    private func speak(_ source: inout TestSource, count: Int) {
        for _ in 0..<count {
            server.speak(host, &source, count: 1)
            far.receive(from: pipe, at: server.clock.now)
        }
        server.deliver()
    }

    @Test func listenersOfBothHearTheSame() throws {
        var source = TestSource()
        speak(&source, count: 100)  // across a wrap of the host's sequence number and timestamp
        try #require(here.peer.received.count == 100)
        #expect(there.peer.received.map(\.payload) == here.peer.received.map(\.payload))
        #expect(there.peer.received.map(\.timestamp) == here.peer.received.map(\.timestamp))
        #expect(there.peer.received.map(\.marker) == here.peer.received.map(\.marker))
        #expect(far.newestRtpTimestamp == server.router.newestRtpTimestamp)
        #expect(server.context.counters.rtpReceived == 100 && server.context.counters.rtpForwarded == 200)
    }

    @Test func whatIsLostThereIsRepairedThere() throws {
        var source = TestSource()
        let ssrc = try #require(there.transport.consumer).parameters.ssrc
        var sent = 0
        server.link.loses = { way, datagram in
            guard way == .toPeer, datagram.withByteView({ RtpPacket.ssrc(of: $0) }) == ssrc else { return false }
            sent += 1
            return sent == 10
        }
        speak(&source, count: 20)
        #expect(there.peer.received.count == 19)
        let last = try #require(there.peer.received.last).sequenceNumber
        there.peer.sendNack([last &- 10], mediaSsrc: ssrc)
        server.deliver()
        #expect(Set(there.peer.received.map(\.payload)) == Set(here.peer.received.map(\.payload)))
    }

    @Test func reportsThereAreOnTheSameClock() throws {
        var source = TestSource()
        speak(&source, count: 150)
        let packets = there.peer.receivedRtcp.flatMap { $0.withByteView { RtcpCompoundPacket($0)?.packets ?? [] } }
        let timestamps = packets.compactMap { if case .senderReport(let report) = $0 { report.rtpTimestamp } else { nil } }
        let reported = try #require(timestamps.last)
        let newest = try #require(there.peer.received.last).timestamp
        #expect(newest &- reported < 150 * 960)
    }

    /// A thread may hear late that a party has ended, or early that another begins.
    @Test func packetsOfAnotherPartyAreNobodys() {
        let next = Router(context: server.context, party: 1)
        let listener = server.addListener(of: next)
        server.connectAll()
        var source = TestSource()
        server.speak(host, &source, count: 5)
        next.receive(from: pipe, at: server.clock.now)
        server.deliver()
        #expect(listener.peer.received.isEmpty && pipe.ring.first == nil)
    }

    @Test func aThreadThatDoesNotReadCostsItsOwnListenersAlone() {
        var source = TestSource()
        server.speak(host, &source, count: 80)
        #expect(here.peer.received.count == 80 && server.context.drops[.rtpPipeFull] == 16)
        far.receive(from: pipe, at: server.clock.now)
        server.deliver()
        #expect(there.peer.received.count == 64)
    }

    @Test func itsThreadIsWokenForEachPacket() throws {
        let woken = Atomic<Int>(0)
        let pipe = RouterPipe { woken.add(1, ordering: .relaxed) }
        let server = try SimulatedServer(pipes: [pipe])
        let host = server.addHost()
        server.connectAll()
        var source = TestSource()
        server.speak(host, &source, count: 3)
        #expect(woken.load(ordering: .relaxed) == 3)
    }
}
