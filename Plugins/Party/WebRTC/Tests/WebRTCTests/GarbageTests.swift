/// Whole transports under fire: anything may arrive, from anywhere, at any time; a running party is not disturbed.
import RTP
import TestSupport
import Testing

@testable import WebRTC

@Suite struct TransportGarbageTests {
    let server: SimulatedServer

    init() throws { server = try SimulatedServer() }

    /// Records what both sides really send, then throws it back: cut, changed, replayed, under everyone's address.
    @Test func mutatedAndReplayedDatagrams() {
        var recorded: [[UInt8]] = []
        server.link.loses = { _, datagram in
            if recorded.count < 400 { recorded.append(datagram) }
            return false
        }
        let host = server.addHost()
        let listener = server.addListener()
        server.connectAll()
        var source = TestSource()
        server.speak(host, &source, count: 100)
        server.link = LossyLink()
        listener.peer.clearReceived()

        var random = SeededRandom(7)
        var fired = 0
        for round in 0..<6_000 {
            guard var bytes = recorded.randomElement(using: &random), !bytes.isEmpty else { continue }
            switch round % 3 {
            case 0: bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            case 1: bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random)))
            default: break  // a replay, perhaps to the other one
            }
            // What ends a transport rightly: an authentic close.
            server.inject(bytes, as: round % 2 == 0 ? host : listener)
            fired += 1
            if round % 100 == 0 { server.speak(host, &source, count: 1) }
        }
        #expect(fired > 5_000 && server.context.drops.total > 4_000)
        #expect(host.transport.state == .connected && listener.transport.state == .connected)
        listener.peer.clearReceived()
        server.speak(host, &source, count: 50)
        #expect(listener.peer.received.count == 50)
    }

    @Test func randomDatagramsInEveryState() {
        let fresh = server.add(TestPeer(), connects: false)
        let connecting = server.add(TestPeer())
        connecting.isAlive = false
        connecting.peer.sendCheck()
        server.deliver()
        let host = server.addHost()
        let listener = server.addListener()
        server.run(for: .seconds(1))
        #expect(host.transport.state == .connected && listener.transport.state == .connected)
        var random = SeededRandom(8)
        let firsts: [UInt8] = [0, 1, 20, 22, 23, 63, 64, 128, 144, 191, 192, 255]
        for round in 0..<20_000 {
            var bytes = random.bytes(Int.random(in: 0...120, using: &random))
            if !bytes.isEmpty { bytes[0] = firsts[round % firsts.count] }
            if bytes.count > 1, round % 5 == 0 { bytes[1] = UInt8.random(in: 190...225, using: &random) }
            for pair in [fresh, connecting, host, listener] { server.inject(bytes, as: pair) }
        }
        server.deliver()
        #expect(fresh.transport.state == .new && connecting.transport.state == .connecting)
        #expect(host.transport.state == .connected && listener.transport.state == .connected)
        var source = TestSource()
        server.speak(host, &source, count: 20)
        #expect(listener.peer.received.count == 20)
    }

    /// Garbage in the middle of a handshake, under the peer's own address, does not keep it from completing.
    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func betweenTheFlightsOfAHandshake(_ seed: UInt64) {
        let pair = server.addListener()
        var random = SeededRandom(seed)
        var recorded: [[UInt8]] = []
        server.link.loses = { way, datagram in
            if way == .toServer { recorded.append(datagram) }
            return false
        }
        for _ in 0..<100 where pair.transport.state != .connected {
            var bytes = random.bytes(60)
            bytes[0] = UInt8.random(in: 20...25, using: &random)
            bytes.replaceSubrange(1...2, with: [254, 253])
            bytes.replaceSubrange(11...12, with: [0, 47])
            server.inject(bytes, as: pair)
            if let replay = recorded.randomElement(using: &random) { server.inject(replay, as: pair) }
            server.run(for: .milliseconds(100))
        }
        #expect(pair.transport.state == .connected)
    }

    @Test func authenticRtpWithGarbageInside() {
        let host = server.addHost()
        let listener = server.addListener()
        server.connectAll()
        var random = SeededRandom(9)
        for sequence in 0..<2_000 as Range<UInt16> {
            // Extensions of any shape, padding of any length.
            var packet: [UInt8] = [[0x80, 0x90, 0xA0, 0xB0][Int(sequence % 4)], 111]
            packet.append(bigEndian: sequence)
            packet.append(bigEndian: UInt32(sequence) * 960)
            packet.append(bigEndian: 1_000 as UInt32)
            if packet[0] & 0x10 != 0 {
                packet += [0xBE, 0xDE, 0, 3] + random.bytes(12)
            }
            packet += random.bytes(Int.random(in: 1...40, using: &random))
            if let sealed = host.peer.srtp?.sealRtp(packet) { server.inject(sealed, as: host) }
        }
        server.deliver()
        #expect(listener.peer.received.count > 900 && listener.peer.refused == 0)
        #expect(host.transport.state == .connected)
    }

    @Test func kindsOfDatagrams() {
        func kind(_ bytes: [UInt8]) -> DatagramKind? { bytes.withUnsafeBytes { DatagramKind($0) } }
        for first in 0...255 as ClosedRange<UInt8> {
            let expected: DatagramKind? =
                switch first {
                case 0...3: .stun
                case 20...63: .dtls
                case 128...191: .rtp
                default: nil
                }
            #expect(kind([first, 111]) == expected)
        }
        #expect(kind([0x80, 191]) == .rtp && kind([0x80, 192]) == .rtcp && kind([0x80, 223]) == .rtcp && kind([0x80, 224]) == .rtp)
        #expect(kind([]) == nil && kind([0x80]) == nil)
    }
}
