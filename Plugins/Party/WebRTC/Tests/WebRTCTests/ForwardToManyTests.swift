/// One host, many listeners: each gets every packet under its own numbers, and nobody else's trouble.
import RTP
import TestSupport
import Testing

@testable import WebRTC

@Suite struct ForwardToManyTests {
    let server: SimulatedServer

    init() throws { server = try SimulatedServer(batch: 7) }

    @Test func everyoneHearsEverythingUnderTheirOwnNumbers() throws {
        let host = server.addHost()
        let listeners = (0..<20).map { index in
            server.addListener(TestPeer(), ConsumerParameters(payloadType: UInt8(96 + index), ssrc: UInt32(7_000 + index)))
        }
        server.connectAll()
        var source = TestSource()
        server.speak(host, &source, count: 100)  // across a wrap of the host's sequence number and timestamp
        for (index, listener) in listeners.enumerated() {
            let received = listener.peer.received
            try #require(received.count == 100)
            #expect(received.allSatisfy { $0.ssrc == UInt32(7_000 + index) && $0.payloadType == UInt8(96 + index) })
            #expect(received[0].sequenceNumber < 0x8000 && received[0].marker && !received[1].marker)
            for (previous, next) in zip(received, received.dropFirst()) {
                #expect(next.sequenceNumber == previous.sequenceNumber &+ 1 && next.timestamp == previous.timestamp &+ 960)
            }
            #expect(received.map(\.payload) == listeners[0].peer.received.map(\.payload), "the same sound for all")
            #expect(received.map(\.timestamp) == listeners[0].peer.received.map(\.timestamp), "on one timeline")
        }
        #expect(Set(listeners.compactMap { $0.peer.received.first?.sequenceNumber }).count > 1)
        #expect(server.context.counters.rtpForwarded == 2_000 && server.context.counters.rtpReceived == 100)
        #expect(server.router.newestRtpTimestamp == listeners[0].peer.received.last?.timestamp)
    }

    @Test func listenersComeAndGo() {
        let host = server.addHost()
        let listeners = (0..<5).map { _ in server.addListener() }
        server.connectAll()
        var source = TestSource()
        server.speak(host, &source, count: 3)
        listeners[1].transport.close()
        listeners[4].transport.close()
        #expect(server.router.consumerCount == 3)
        let late = server.addListener()
        server.connectAll()
        server.speak(host, &source, count: 4)
        #expect(listeners.map { $0.peer.received.count } == [7, 3, 7, 7, 3])
        #expect(late.peer.received.count == 4)
        #expect(server.router.consumerCount == 4)
    }

    @Test func aDroppedTransportLeavesTheRouter() {
        do {
            let transport = Transport(credentials: IceCredentials(), context: server.context)
            transport.consume(ConsumerParameters(payloadType: 111, ssrc: 1), from: server.router)
            #expect(server.router.consumerCount == 1)
        }
        #expect(server.router.consumerCount == 0)
    }

    @Test func headerExtensionsAreTheListenersOwn() throws {
        let host = server.add(TestPeer())
        host.transport.produce(ProducerParameters(payloadType: 111, ssrc: 1_000, audioLevelExtensionId: 3), to: server.router)
        let both = server.addListener(
            TestPeer(), ConsumerParameters(payloadType: 100, ssrc: 1, mid: "12", midExtensionId: 1, audioLevelExtensionId: 10))
        let level = server.addListener(TestPeer(), ConsumerParameters(payloadType: 100, ssrc: 2, audioLevelExtensionId: 10))
        let none = server.addListener(TestPeer(), ConsumerParameters(payloadType: 100, ssrc: 3, mid: "0"))
        server.connectAll()
        var source = TestSource()
        source.send(by: host.peer, extensions: [(id: 3, value: [0x55]), (id: 5, value: [1, 2, 3])])
        source.send(by: host.peer)
        server.deliver()
        #expect(both.peer.received.map(\.extensions) == [[1: Array("12".utf8), 10: [0x55]], [1: Array("12".utf8)]])
        #expect(level.peer.received.map(\.extensions) == [[10: [0x55]], [:]])
        #expect(none.peer.received.map(\.extensions) == [[:], [:]])
        #expect(both.peer.received.map(\.payload) == none.peer.received.map(\.payload))
    }

    @Test func aPausedListenerGetsNothingAndGoesOnWithoutAGap() {
        let host = server.addHost()
        let listener = server.addListener()
        let paused = server.add(TestPeer())
        paused.transport.consume(ConsumerParameters(payloadType: 111, ssrc: 9), from: server.router, paused: true)
        server.connectAll()
        var source = TestSource()
        server.speak(host, &source, count: 10)
        #expect(paused.peer.received.isEmpty)
        paused.transport.consumer?.resume()
        server.speak(host, &source, count: 10)
        paused.transport.consumer?.pause()
        server.speak(host, &source, count: 10)
        paused.transport.consumer?.resume()
        server.speak(host, &source, count: 10)
        let numbers = paused.peer.received.map(\.sequenceNumber)
        #expect(numbers == (0..<20).map { numbers[0] &+ UInt16($0) })
        #expect(listener.peer.received.count == 40)
        #expect(paused.peer.received.last?.timestamp == listener.peer.received.last?.timestamp)
    }

    @Test func consumingAgainReplacesTheFirst() {
        let host = server.addHost()
        let listener = server.addListener()
        server.connectAll()
        var source = TestSource()
        server.speak(host, &source, count: 2)
        listener.transport.consume(ConsumerParameters(payloadType: 100, ssrc: 99, mid: "1"), from: server.router)
        server.speak(host, &source, count: 2)
        #expect(listener.peer.received.map(\.ssrc) == [5_002, 5_002, 99, 99])
        #expect(server.router.consumerCount == 1)
    }

    @Test func onlyAHostIsHeard() {
        _ = server.addHost()
        let listener = server.addListener()
        let other = server.addListener()
        server.connectAll()
        var source = TestSource()
        server.speak(listener, &source, count: 3)
        #expect(other.peer.received.isEmpty)
        #expect(server.context.drops[.rtpNotProducing] == 3)
    }

    @Test func whatIsNotTheHostsStreamIsDropped() {
        let host = server.addHost(ssrc: 1_000)
        let listener = server.addListener()
        server.connectAll()
        host.peer.sendRtp(sequenceNumber: 1, timestamp: 1, ssrc: 1_001, payload: [1])
        host.peer.sendRtp(payloadType: 112, sequenceNumber: 2, timestamp: 1, ssrc: 1_000, payload: [1])
        host.peer.sendRtp(sequenceNumber: 3, timestamp: 1, ssrc: 1_000, payload: [])
        host.peer.sendRtp(
            sequenceNumber: 4, timestamp: 1, ssrc: 1_000, payload: [UInt8](repeating: 1, count: Router.maximumPayloadBytes + 1))
        host.peer.sendRtp(sequenceNumber: 5, timestamp: 1, ssrc: 1_000, payload: [UInt8](repeating: 1, count: Router.maximumPayloadBytes))
        server.deliver()
        #expect(listener.peer.received.count == 1)
        for reason in [DropReason.rtpUnknownSource, .rtpPayloadType, .rtpEmpty, .rtpTooLarge] { #expect(server.context.drops[reason] == 1) }
    }

    @Test func anUndeclaredSourceIsFoundByPayloadTypeAndMid() {
        let host = server.add(TestPeer())
        let listener = server.addListener()
        host.transport.produce(ProducerParameters(payloadType: 111, mid: "0", midExtensionId: 4), to: server.router)
        server.connectAll()
        host.peer.sendRtp(sequenceNumber: 1, timestamp: 1, ssrc: 50, payload: [1], extensions: [(id: 4, value: Array("1".utf8))])
        host.peer.sendRtp(sequenceNumber: 1, timestamp: 1, ssrc: 51, payload: [2], extensions: [(id: 4, value: Array("0".utf8))])
        host.peer.sendRtp(sequenceNumber: 2, timestamp: 961, ssrc: 51, payload: [3])
        server.deliver()
        #expect(listener.peer.received.map(\.payload) == [[2], [3]])
        // Others may follow, but not endlessly: each costs state.
        for ssrc in 100..<140 as Range<UInt32> { host.peer.sendRtp(sequenceNumber: 1, timestamp: 1, ssrc: ssrc, payload: [4]) }
        server.deliver()
        #expect(listener.peer.received.count == 2 + 30)
        #expect(server.context.drops[.rtpUnknownSource] == 1 + 10)
    }

    /// Packets that are good for nothing cost libsrtp2's memory as well, and a new `produce` on the same connection changes nothing of it.
    @Test func sourcesOfUselessPacketsAreCountedToo() {
        let host = server.addHost(ssrc: nil)
        server.connectAll()
        for ssrc in 100..<200 as Range<UInt32> {
            if ssrc % 10 == 0 { host.transport.produce(ProducerParameters(payloadType: 111, ssrc: nil), to: server.router) }
            host.peer.sendRtp(payloadType: 112, sequenceNumber: 1, timestamp: 1, ssrc: ssrc, payload: [4])
        }
        server.deliver()
        #expect(server.context.drops[.rtpPayloadType] == 32)
        #expect(server.context.drops[.rtpUnknownSource] == 68)
    }
}
