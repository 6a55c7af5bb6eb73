/// Hosts come, go and replace each other; for a listener there is one stream all along.
import RTP
import TestSupport
import Testing

@testable import WebRTC

@Suite struct HostChangeTests {
    let server: SimulatedServer

    init() throws { server = try SimulatedServer() }

    @Test func aNewHostGoesOnWhereTheOldOneStopped() throws {
        let first = server.addHost(ssrc: 1_000, payloadType: 111)
        let listener = server.addListener()
        server.connectAll()
        var firstSource = TestSource(ssrc: 1_000)
        server.speak(first, &firstSource, count: 50)
        first.transport.close()
        first.isAlive = false
        let before = try #require(listener.peer.received.last)
        server.run(for: .seconds(3))
        // Another browser: other SSRC, payload type, numbering.
        let second = server.addHost(ssrc: 2_000, payloadType: 109)
        server.connectAll()
        var secondSource = TestSource(ssrc: 2_000, payloadType: 109, sequenceNumber: 7, timestamp: 123)
        server.speak(second, &secondSource, count: 50)
        #expect(second.events.contains(.producing) && first.events.contains(.producing))
        let received = listener.peer.received
        try #require(received.count == 100)
        let after = received[50]
        #expect(after.sequenceNumber == before.sequenceNumber &+ 1 && after.marker)
        #expect(after.ssrc == before.ssrc && after.payloadType == before.payloadType)
        let passed = after.timestamp &- before.timestamp
        #expect((3 * 48_000..<4 * 48_000).contains(Int(passed)), "time went on: \(passed) ticks")
        #expect(received[51].timestamp == after.timestamp &+ 960 && !received[51].marker)
        #expect(listener.events.filter { $0 == .connected }.count == 1)
    }

    /// The new host has the session at its first authenticated packet, not before; the old one never gets it back.
    @Test func takingOverWhileTheOldHostStillSends() {
        let old = server.addHost(ssrc: 1_000)
        let listener = server.addListener()
        server.connectAll()
        var oldSource = TestSource(ssrc: 1_000)
        server.speak(old, &oldSource, count: 10)
        let new = server.addHost(ssrc: 2_000)
        server.connectAll()
        server.speak(old, &oldSource, count: 10)
        #expect(listener.peer.received.count >= 20, "connected, but silent: the old one is still heard")
        #expect(server.router.producer === old.transport.producer)
        var newSource = TestSource(ssrc: 2_000)
        listener.peer.clearReceived()
        for _ in 0..<10 {
            newSource.send(by: new.peer)
            server.deliver()
            oldSource.send(by: old.peer)
            server.run(for: .milliseconds(20))
        }
        #expect(server.router.producer === new.transport.producer)
        #expect(listener.peer.received.count == 10)
        #expect(listener.peer.received.allSatisfy { $0.payload.dropFirst(4).prefix(4).elementsEqual([0, 0, 0x07, 0xD0]) })
        #expect(server.context.drops[.rtpFromReplacedProducer] >= 9)
        new.transport.close()
        server.speak(old, &oldSource, count: 5)
        #expect(listener.peer.received.count == 10)
    }

    @Test func latePacketsFromBeforeTheFirstAreDropped() {
        let host = server.addHost(ssrc: 1_000)
        let listener = server.addListener()
        server.connectAll()
        for sequenceNumber in [100, 99, 102, 101, 98] as [UInt16] {
            host.peer.sendRtp(
                sequenceNumber: sequenceNumber, timestamp: UInt32(sequenceNumber) * 960, ssrc: 1_000, payload: [UInt8(sequenceNumber)])
        }
        server.deliver()
        #expect(listener.peer.received.map(\.payload) == [[100], [102], [101]])
        #expect(server.context.drops[.rtpBeforeSource] == 2)
    }

    @Test func aSourceThatJumpsFarIsANewStart() throws {
        let host = server.addHost(ssrc: 1_000)
        let listener = server.addListener()
        server.connectAll()
        var source = TestSource(sequenceNumber: 10)
        server.speak(host, &source, count: 3)
        source.skip(20_000)
        server.speak(host, &source, count: 3)
        let numbers = listener.peer.received.map(\.sequenceNumber)
        try #require(numbers.count == 6)
        #expect(numbers == (0..<6).map { numbers[0] &+ UInt16($0) })
        #expect(listener.peer.received[3].timestamp &- listener.peer.received[2].timestamp < 4_800)
    }

    /// Whatever hosts do, no listener ever gets two different packets under one SRTP index.
    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func noIndexIsUsedTwice(_ seed: UInt64) {
        var random = SeededRandom(seed)
        var timeline = SessionTimeline()
        var numbering = ConsumerNumbering()
        var used: [Int64: Int64] = [:]
        var now = TestClock().now
        var stream: [Int64] = []
        var base = Int64.random(in: 0..<60_000, using: &random)
        var next: Int64 = 0
        for step in 0..<20_000 {
            now += .milliseconds(20)
            switch random.next() % 200 {
            case 0:  // another host
                timeline.endSource()
                base = Int64.random(in: 0..<60_000, using: &random)
                next = 0
                stream = []
            case 1: numbering.resume()
            case 2: next += Int64.random(in: 0..<100, using: &random)
            default: break
            }
            stream.append(base + next)
            next += 1
            // Reordered by up to 5.
            guard stream.count > 5 else { continue }
            let number = stream.remove(at: Int.random(in: 0..<5, using: &random))
            guard let position = timeline.place(number, timestamp: UInt32(truncatingIfNeeded: number * 960), at: now),
                let own = numbering.number(of: position.sequence)
            else { continue }
            #expect(used[own] == nil, "step \(step)")
            used[own] = position.sequence
        }
        #expect(used.count > 15_000)
    }
}
