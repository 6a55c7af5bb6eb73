/// RED (RFC 2198): what a host sends of it, what each listener is sent, and what is made here for lossy links.
import RTP
import TestSupport
import Testing

@testable import WebRTC

@Suite struct RedundancyTests {
    let server: SimulatedServer
    let host: PeerPair
    /// Takes RED under other payload types than the host's.
    let modern: PeerPair
    let plain: PeerPair

    init() throws {
        server = try SimulatedServer()
        host = server.add(TestPeer())
        host.transport.produce(ProducerParameters(payloadType: 111, redPayloadType: 63, ssrc: 1_000), to: server.router)
        modern = server.addListener(TestPeer(), ConsumerParameters(payloadType: 109, redPayloadType: 110, ssrc: 500))
        plain = server.addListener(TestPeer(), ConsumerParameters(payloadType: 111, ssrc: 600))
        server.connectAll()
    }

    /// What one packet says, different for each.
    static func opus(_ number: Int) -> [UInt8] { (0..<40).map { UInt8(truncatingIfNeeded: number &+ $0) } }

    static func red(_ number: Int, payloadType: UInt8, earlier distances: [Int]) -> [UInt8] {
        var bytes: [UInt8] = []
        for distance in distances {
            bytes.append(
                bigEndian: RedPayload.redundantHeader(
                    payloadType: payloadType, timestampOffset: UInt32(distance * 960), blockBytes: opus(number - distance).count))
        }
        bytes.append(payloadType)
        for distance in distances { bytes += opus(number - distance) }
        return bytes + opus(number)
    }

    func send(_ number: Int, _ payload: [UInt8], payloadType: UInt8) {
        host.peer.sendRtp(
            payloadType: payloadType, sequenceNumber: UInt16(truncatingIfNeeded: number),
            timestamp: UInt32(truncatingIfNeeded: number * 960),
            ssrc: 1_000, payload: payload)
        server.run(for: .milliseconds(20))
    }

    func report(loss: Double, of pair: PeerPair) {
        var bytes: [UInt8] = []
        let block = ReportBlock(
            ssrc: pair.transport.consumer?.parameters.ssrc ?? 0, fractionLost: UInt8(loss * 256), packetsLost: 1, highestSequenceNumber: 0,
            jitterTicks: 0, lastSenderReport: 0, delaySinceLastSenderReport: 0)
        ReceiverReport(ssrc: 77, blocks: [block]).append(to: &bytes)
        pair.peer.sendRtcp(bytes)
        server.deliver()
    }

    // MARK: - From the host

    @Test func aHostsRedIsPassedOnOrTakenApart() {
        report(loss: 0.1, of: modern)
        for number in 10..<30 { send(number, Self.red(number, payloadType: 111, earlier: [2, 1]), payloadType: 63) }
        #expect(modern.peer.received.map(\.payload) == (10..<30).map { Self.red($0, payloadType: 109, earlier: [2, 1]) })
        #expect(modern.peer.received.allSatisfy { $0.payloadType == 110 })
        #expect(plain.peer.received.map(\.payload) == (10..<30).map(Self.opus))
        #expect(plain.peer.received.allSatisfy { $0.payloadType == 111 })
    }

    /// It costs twice the bits, so that a good link gets it only where it brings what was lost on the way here.
    @Test func aGoodLinkIsSparedWhatAHostRepeats() throws {
        for number in 10..<30 where number != 20 && number != 21 {
            send(number, Self.red(number, payloadType: 111, earlier: [2, 1]), payloadType: 63)
        }
        let repeating = [10, 11, 22, 23]  // the first ones, before which there was nothing, and those behind the gap
        #expect(
            modern.peer.received.map(\.payload)
                == (10..<30).filter { $0 != 20 && $0 != 21 }.map {
                    repeating.contains($0) ? Self.red($0, payloadType: 109, earlier: [2, 1]) : Self.opus($0)
                })
        #expect(modern.peer.received.map(\.payloadType).count { $0 == 110 } == repeating.count)
        // What comes late changes nothing of what is sent again.
        let originals = modern.peer.receivedSealed
        let numbers = modern.peer.received.map(\.sequenceNumber)
        send(21, Self.red(21, payloadType: 111, earlier: [2, 1]), payloadType: 63)
        report(loss: 0.1, of: modern)
        modern.peer.clearReceived()
        modern.peer.sendNack(numbers, mediaSsrc: try #require(modern.transport.consumer).parameters.ssrc)
        server.deliver()
        #expect(modern.peer.receivedSealed == originals && originals.count == 18)
    }

    @Test func redAndOpusMayTakeTurns() {
        report(loss: 0.1, of: modern)
        for number in 10..<30 {
            if number % 2 == 0 {
                send(number, Self.opus(number), payloadType: 111)
            } else {
                send(number, Self.red(number, payloadType: 111, earlier: [1]), payloadType: 63)
            }
        }
        #expect(modern.peer.received.map(\.payload) == (10..<30).map { Self.red($0, payloadType: 109, earlier: $0 == 10 ? [] : [1]) })
        #expect(plain.peer.received.map(\.payload) == (10..<30).map(Self.opus))
        let numbers = modern.peer.received.map(\.sequenceNumber)
        #expect(numbers == (0..<20).map { numbers[0] &+ UInt16($0) })
    }

    @Test func aRetransmissionOfRedIsTheIdenticalPacket() throws {
        for number in 10..<20 { send(number, Self.red(number, payloadType: 111, earlier: [1]), payloadType: 63) }
        for pair in [modern, plain] {
            let originals = pair.peer.receivedSealed
            let numbers = pair.peer.received.map(\.sequenceNumber)
            pair.peer.clearReceived()
            pair.peer.sendNack(numbers, mediaSsrc: try #require(pair.transport.consumer).parameters.ssrc)
            server.deliver()
            #expect(pair.peer.receivedSealed == originals && originals.count == 10)
        }
    }

    @Test func blocksOfAnotherCodecAreLeftOut() {
        var mixed = Self.red(10, payloadType: 111, earlier: [1])
        mixed[0] = 0x80 | 13
        send(10, mixed, payloadType: 63)
        #expect(modern.peer.received.map(\.payload) == [Self.opus(10)] && modern.peer.received.first?.payloadType == 109)
        // Its primary block is not Opus at all.
        send(11, Self.red(11, payloadType: 13, earlier: [1]), payloadType: 63)
        #expect(modern.peer.received.count == 1 && server.context.drops[.rtpPayloadType] == 1)
    }

    @Test func whatIsTooLargeWithItsRedundancyGoesWithoutIt() {
        func block(_ fill: UInt8) -> [UInt8] { [UInt8](repeating: fill, count: 800) }
        var payload: [UInt8] = []
        payload.append(bigEndian: RedPayload.redundantHeader(payloadType: 111, timestampOffset: 960, blockBytes: 800))
        send(10, payload + [111] + block(1) + block(2), payloadType: 63)
        #expect(modern.peer.received.map(\.payload) == [block(2)] && plain.peer.received.map(\.payload) == [block(2)])
    }

    @Test func everyTruncationIsHarmless() {
        let whole = Self.red(300, payloadType: 111, earlier: [2, 1])
        for count in 0...whole.count { send(count, Array(whole.prefix(count)), payloadType: 63) }
        #expect(server.context.drops[.redMalformed] + UInt64(plain.peer.received.count) == UInt64(whole.count + 1))
        #expect(plain.peer.received.count == 40 && plain.peer.received.allSatisfy { !$0.payload.isEmpty })
    }

    @Test func randomRedIsHarmless() {
        var random = SeededRandom(12)
        for number in 0..<3_000 {
            var payload = random.bytes(Int.random(in: 0...80, using: &random))
            // Short blocks of Opus, so that some of it is understood.
            if payload.count > 8, number % 2 == 0 { payload.replaceSubrange(0...4, with: [0x80 | 111, 0, 0, payload[3] & 0x0F, 111]) }
            if let sealed = sealedRed(number, payload) { server.inject(sealed, as: host) }
            if number % 10 == 0 { server.deliver() }
        }
        server.deliver()
        #expect(plain.peer.received.count > 1_000 && plain.peer.refused == 0 && modern.peer.refused == 0)
        #expect(plain.peer.received.count == modern.peer.received.count && server.context.drops[.redMalformed] > 500)
        #expect(host.transport.state == .connected)
    }

    func sealedRed(_ number: Int, _ payload: [UInt8]) -> [UInt8]? {
        var packet: [UInt8] = [0x80, 63]
        packet.append(bigEndian: UInt16(number))
        packet.append(bigEndian: UInt32(number) * 960)
        packet.append(bigEndian: 1_000 as UInt32)
        return host.peer.srtp?.sealRtp(packet + payload)
    }

    @Test func redIsRefusedWhereItWasNotNegotiated() {
        host.transport.produce(ProducerParameters(payloadType: 111, ssrc: 1_000), to: server.router)
        send(10, Self.red(10, payloadType: 111, earlier: [1]), payloadType: 63)
        #expect(plain.peer.received.isEmpty && server.context.drops[.rtpPayloadType] == 1)
    }

    // MARK: - Made here

    @Test func aLossyListenerGetsTheLastPacketToo() {
        for number in 10..<15 { send(number, Self.opus(number), payloadType: 111) }
        #expect(modern.peer.received.allSatisfy { $0.payloadType == 109 })
        for pair in [modern, plain] {
            report(loss: 0.1, of: pair)
            pair.peer.clearReceived()
        }
        for number in 15..<25 { send(number, Self.opus(number), payloadType: 111) }
        #expect(modern.peer.received.map(\.payload) == (15..<25).map { Self.red($0, payloadType: 109, earlier: [1]) })
        #expect(modern.peer.received.allSatisfy { $0.payloadType == 110 })
        #expect(plain.peer.received.map(\.payload) == (15..<25).map(Self.opus), "it did not take RED")
    }

    @Test func whatIsSentAgainIsAsItWasSent() throws {
        let consumer = try #require(modern.transport.consumer)
        // Some without, some with, some without redundancy; one packet comes late, and is in nobody's redundancy.
        for number in 10..<20 { send(number, Self.opus(number), payloadType: 111) }
        report(loss: 0.1, of: modern)
        for number in 20..<30 where number != 25 { send(number, Self.opus(number), payloadType: 111) }
        send(25, Self.opus(25), payloadType: 111)
        for _ in 0..<RedundancyTrigger.goodReports { report(loss: 0, of: modern) }
        for number in 30..<40 { send(number, Self.opus(number), payloadType: 111) }
        let originals = Dictionary(uniqueKeysWithValues: zip(modern.peer.received.map(\.sequenceNumber), modern.peer.receivedSealed))
        #expect(originals.count == 30 && Set(modern.peer.received.map(\.payloadType)) == [109, 110])
        let after25 = modern.peer.received.first { $0.payload.suffix(40).elementsEqual(Self.opus(26)) }
        #expect(after25?.payload == Self.red(26, payloadType: 109, earlier: []))
        // Whatever the listener reports meanwhile.
        report(loss: 0.5, of: modern)
        modern.peer.clearReceived()
        modern.peer.sendNack(Array(originals.keys), mediaSsrc: consumer.parameters.ssrc)
        server.deliver()
        #expect(modern.peer.receivedSealed.count == 30)
        for sealed in modern.peer.receivedSealed { #expect(originals[sealed.withByteView { $0.u16(at: 2) ?? 0 }] == sealed) }
    }

    /// The largest Opus packets have no room for another in the same datagram.
    @Test func largePacketsGoAlone() {
        report(loss: 0.1, of: modern)
        let large = [UInt8](repeating: 7, count: 1_275)
        let largest = [UInt8](repeating: 8, count: Router.maximumPayloadBytes)
        send(10, large, payloadType: 111)
        send(11, large, payloadType: 111)
        send(12, largest, payloadType: 111)
        #expect(modern.peer.received.map(\.payload) == [[109] + large, [109] + large, largest])
        #expect(modern.peer.refused == 0)
    }

    /// A pause longer than 14 bits of timestamp.
    @Test func nothingFromBeforeALongGap() {
        report(loss: 0.1, of: modern)
        send(10, Self.opus(10), payloadType: 111)
        host.peer.sendRtp(sequenceNumber: 11, timestamp: 10 * 960 + 16_384, ssrc: 1_000, payload: Self.opus(11))
        server.deliver()
        #expect(modern.peer.received.last?.payload == Self.red(11, payloadType: 109, earlier: []))
    }

    @Test func aHostsOwnRedIsNotMadeTwice() {
        report(loss: 0.1, of: modern)
        for number in 10..<15 { send(number, Self.red(number, payloadType: 111, earlier: [1]), payloadType: 63) }
        #expect(modern.peer.received.map(\.payload) == (10..<15).map { Self.red($0, payloadType: 109, earlier: [1]) })
    }

    /// Over a link with 20 % loss, with no requests at all: what redundancy alone brings back.
    @Test func redundancyAloneRepairsMostLosses() {
        report(loss: 0.2, of: modern)
        var random = SeededRandom(5)
        server.link.loses = { way, datagram in
            way == .toPeer && datagram.withUnsafeBytes { DatagramKind($0) } == .rtp && random.next() % 5 == 0
        }
        func numbered(_ number: Int) -> [UInt8] {
            var payload: [UInt8] = []
            payload.append(bigEndian: UInt32(number))
            return payload
        }
        for number in 0..<1_000 { send(number, numbered(number), payloadType: 111) }
        var heard: Set<[UInt8]> = []
        for packet in modern.peer.received {
            heard.insert(Array(packet.payload.suffix(4)))
            if packet.payload.count == 13 { heard.insert(Array(packet.payload[5..<9])) }
        }
        let unheard = (0..<1_000).filter { !heard.contains(numbered($0)) }.count
        #expect(modern.peer.received.count < 850 && unheard < 70, "one in 25, instead of one in 5: \(unheard)")
    }

    @Test func theTrigger() {
        var trigger = RedundancyTrigger()
        var now = TestClock().now
        func report(_ loss: Double) -> Bool {
            now += .seconds(5)
            trigger.receive(loss: loss, at: now)
            return trigger.isOn
        }
        #expect(!report(0) && !report(0.01) && report(0.02) && report(0) && report(0) && report(0) && !report(0))
        #expect(report(0.05) && report(0) && report(0) && report(0.01) && report(0) && report(0), "not in a row")
        // Twice the bits made it worse.
        #expect(!report(0.16) && !report(0.16))
        now += RedundancyTrigger.pause
        #expect(report(0.16))
    }
}
