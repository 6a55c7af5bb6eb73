/// What is lost between the host and us is asked for again (RFC 4585 §6.2.1), and goes out in its own place.
import RTP
import TestSupport
import Testing

@testable import WebRTC

@Suite struct HostLossTests {
    let server: SimulatedServer
    let host: PeerPair, listener: PeerPair

    init() throws {
        server = try SimulatedServer()
        host = server.add(TestPeer())
        host.transport.produce(ProducerParameters(payloadType: 111, ssrc: 1_000, nack: true), to: server.router)
        listener = server.addListener(TestPeer(), ConsumerParameters(payloadType: 111, ssrc: 500))
        server.connectAll()
    }

    func requests() -> [TransportLayerNack] {
        host.peer.receivedRtcp.flatMap { $0.withByteView { RtcpCompoundPacket($0)?.packets ?? [] } }.compactMap {
            if case .transportLayerNack(let nack) = $0 { nack } else { nil }
        }
    }

    /// A host that sends, and sends again what it is asked for, over a link that loses some of it.
    func speakAndRepeat(_ count: Int, losing: (Int) -> Bool) {
        var sent: [UInt16: [UInt8]] = [:]
        var answered = 0
        for number in 0..<count {
            // 65,500 on: across the end of 16 bits.
            let sequenceNumber = UInt16(truncatingIfNeeded: 65_500 + number)
            var packet: [UInt8] = [0x80, 111]
            packet.append(bigEndian: sequenceNumber)
            packet.append(bigEndian: UInt32(number) * 960)
            packet.append(bigEndian: 1_000 as UInt32)
            packet.append(bigEndian: UInt32(number))
            if let sealed = host.peer.srtp?.sealRtp(packet) {
                sent[sequenceNumber] = sealed
                if !losing(number) { server.inject(sealed, as: host) }
            }
            server.run(for: .milliseconds(20))
            let wanted = requests().flatMap(\.sequenceNumbers)
            for sequenceNumber in wanted.dropFirst(answered) { if let sealed = sent[sequenceNumber] { server.inject(sealed, as: host) } }
            answered = wanted.count
            server.deliver()
        }
    }

    @Test func whatIsLostIsAskedForAndTakesItsPlace() throws {
        speakAndRepeat(200) { $0 % 10 == 5 }
        #expect(requests().allSatisfy { $0.mediaSsrc == 1_000 && $0.senderSsrc == server.router.reporterSsrc })
        #expect(requests().flatMap(\.sequenceNumbers) == stride(from: 5, to: 200, by: 10).map { UInt16(truncatingIfNeeded: 65_500 + $0) })
        let received = listener.peer.received
        try #require(received.count == 200 && listener.peer.refused == 0)
        let first = received[0]
        for packet in received {
            let number = packet.payload.withByteView { $0.u32(at: 0) ?? 0 }
            #expect(packet.sequenceNumber == first.sequenceNumber &+ UInt16(number) && packet.timestamp == first.timestamp &+ number * 960)
        }
    }

    @Test func onlyWhereItWasNegotiated() {
        host.transport.produce(ProducerParameters(payloadType: 111, ssrc: 1_000), to: server.router)
        speakAndRepeat(100) { $0 % 10 == 5 }
        #expect(requests().isEmpty && listener.peer.received.count == 90)
    }

    @Test func anAbsentHostIsNotAskedForever() {
        speakAndRepeat(20) { _ in false }
        var source = TestSource(sequenceNumber: 65_530)
        server.link.loses = { way, datagram in way == .toServer && datagram.withUnsafeBytes { DatagramKind($0) } == .rtcp }
        server.speak(host, &source, count: 1)
        server.run(for: .seconds(3))
        let asked = requests().flatMap(\.sequenceNumbers)
        #expect(asked.count == 10 * NackGenerator.requestTimes.count, "65,520 to 65,529, as often as the table says")
    }

    @Test func anOutageIsNotAskedFor() {
        speakAndRepeat(10) { _ in false }
        var source = TestSource(sequenceNumber: UInt16(truncatingIfNeeded: 65_510 + NackGenerator.maximumMissing + 1))
        server.speak(host, &source, count: 20)
        #expect(requests().isEmpty)
    }

    @Test func aReplacedHostIsNotAsked() {
        speakAndRepeat(10) { _ in false }
        let second = server.addHost(ssrc: 2_000)
        server.connectAll()
        var source = TestSource(ssrc: 2_000)
        server.speak(second, &source, count: 5)
        speakAndRepeat(10) { $0 % 2 == 0 }
        #expect(requests().isEmpty)
    }

    /// Lost for good, and then late by more than the ring: never under a number that has another packet.
    @Test func whatComesMuchTooLateIsDropped() {
        var held: [UInt8]?
        for number in 0..<300 {
            var packet: [UInt8] = [0x80, 111]
            packet.append(bigEndian: UInt16(number))
            packet.append(bigEndian: UInt32(number) * 960)
            packet.append(bigEndian: 1_000 as UInt32)
            packet.append(UInt8(truncatingIfNeeded: number))
            guard let sealed = host.peer.srtp?.sealRtp(packet) else { continue }
            if number == 50 { held = sealed } else { server.inject(sealed, as: host) }
            server.deliver()
        }
        if let held { server.inject(held, as: host) }
        server.deliver()
        #expect(listener.peer.received.count == 299 && server.context.drops[.rtpTooLate] == 1)
    }

    @Test func requestsAreFewAndBounded() {
        var generator = NackGenerator()
        var now = TestClock().now
        var asked: [UInt16] = []
        // Half of everything is lost, for 20 s.
        for number in stride(from: 0, to: 1_000, by: 2) as StrideTo<Int64> {
            generator.receive(number, at: now)
            now += .milliseconds(40)
            asked += generator.requests(at: now)
        }
        #expect(asked.count <= 100 + 50 * 20)
        generator = NackGenerator()
        generator.receive(0, at: now)
        generator.receive(3, at: now)
        #expect(generator.requests(at: now).isEmpty, "they may have overtaken each other")
        generator.receive(2, at: now)
        #expect(generator.nextTimeout == now + NackGenerator.requestTimes[0])
        #expect(generator.requests(at: now + .milliseconds(10)) == [1] && generator.requests(at: now + .milliseconds(20)).isEmpty)
        generator.receive(1, at: now)
        #expect(generator.nextTimeout == nil && generator.requests(at: now + .seconds(1)).isEmpty)
    }

    @Test func repairedPacketsDoNotLookLikeJitter() {
        var stream = RtpReceiveStream(sequenceNumber: 0)
        var now = TestClock().now
        func receive(_ number: UInt16) {
            var bytes: [UInt8] = [0x80, 111]
            bytes.append(bigEndian: number)
            bytes.append(bigEndian: UInt32(number) * 960)
            bytes.append(bigEndian: 1 as UInt32)
            bytes.withByteView { if let packet = RtpPacket($0) { _ = stream.receive(packet, at: now) } }
        }
        for number in 0..<200 as Range<UInt16> {
            if number % 10 != 5 { receive(number) }
            if number % 10 == 8 { receive(number - 3) }
            now += .milliseconds(20)
        }
        let report = stream.report(ssrc: 1, at: now)
        #expect(report.jitterTicks <= 1 && report.packetsLost == 0)
    }
}
