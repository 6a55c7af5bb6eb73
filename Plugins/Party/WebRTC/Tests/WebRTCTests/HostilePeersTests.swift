/// What SECURITY.md promises of peers that want to do harm and that no other file here tries. Each test names the defect of another
/// server that it is about.
import RTP
import TestSupport
import Testing

@testable import WebRTC

@Suite struct HostilePeersTests {
    let server: SimulatedServer

    init() throws { server = try SimulatedServer() }

    /// FreeSWITCH hung up after a hundred packets that it could not authenticate (CVE-2021-41105); rtpengine relayed them
    /// (CVE-2025-53399).
    @Test func twoThousandForgedPacketsEndNothingAndReachNobody() {
        let host = server.addHost()
        let listener = server.addListener()
        server.connectAll()
        var source = TestSource()
        server.speak(host, &source, count: 2)
        listener.peer.clearReceived()
        var random = SeededRandom(3)
        for number in 0..<2_000 as Range<UInt16> {
            var packet: [UInt8] = [0x80, 111]
            packet.append(bigEndian: source.sequenceNumber &+ number)
            packet.append(bigEndian: source.timestamp)
            packet.append(bigEndian: source.ssrc)
            server.inject(packet + random.bytes(80), as: host)
            server.inject([0x80, 200, 0, 19] + random.bytes(76), as: number % 2 == 0 ? host : listener)
        }
        server.deliver()
        #expect(server.context.drops[.srtpAuthentication] == 2_000)
        #expect(server.context.drops[.srtcpAuthentication] + server.context.drops[.srtcpReplay] == 2_000)
        #expect(listener.peer.received.isEmpty && listener.peer.refused == 0)
        #expect(host.transport.state == .connected && listener.transport.state == .connected)
        server.speak(host, &source, count: 5)
        #expect(listener.peer.received.count == 5)
    }

    /// Pieces of a message that never becomes whole, and pieces of nothing, fill no memory (CVE-2014-3506, CVE-2022-29189).
    @Test func fragmentsOfAHandshakeThatNeverEndsAreBounded() {
        let pair = server.addListener()
        pair.isAlive = false
        pair.peer.sendCheck()
        server.deliver()
        /// A ClientHello of 16 MB by its own word, of which one byte comes, or none.
        func fragment(_ number: Int, bytes: [UInt8]) -> [UInt8] {
            let message: [UInt8] =
                [
                    1, 0xFF, 0xFF, 0xFF, 0, UInt8(number & 0xFF), 0, UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF), 0, 0,
                    UInt8(bytes.count),
                ] + bytes
            return [22, 254, 253, 0, 0, 0, 0, 0, 0, UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF), 0, UInt8(message.count)] + message
        }
        for number in 0..<4_000 { server.inject(fragment(number, bytes: number % 2 == 0 ? [] : [1]), as: pair) }
        #expect(server.context.drops[.dtlsTooMany] >= 3_600)
        #expect(server.context.counters.handshakesStarted <= 16)
        #expect(pair.transport.state == .connecting)
        server.run(for: .seconds(16))
        #expect(pair.closeReason == .handshakeTimeout)
    }

    /// RFC 8827 §6.5: nothing below DTLS 1.2.
    @Test(arguments: [(254, 255), (1, 0), (254, 254)] as [(UInt8, UInt8)])
    func olderVersionsGetNoAnswer(_ major: UInt8, _ minor: UInt8) {
        let pair = server.addListener()
        pair.isAlive = false
        pair.peer.sendCheck()
        server.deliver()
        pair.peer.startHandshake()
        for var hello in pair.peer.takeOutgoing() {
            // Of the record, and of the message in it (RFC 6347 §4.1, §4.3.2).
            hello.replaceSubrange(1...2, with: [major, minor])
            hello.replaceSubrange(25...26, with: [major, minor])
            server.inject(hello, as: pair)
        }
        #expect(server.context.outgoing.isEmpty)
        #expect(pair.transport.state == .connecting)
    }

    /// A roll-over counter that starts at 0 on both sides is only safe while the first number is far from its wrap (webrtc bug
    /// 353565743).
    @Test func everyListenerStartsFarFromAWrap() {
        let host = server.addHost()
        let listeners = (0..<64).map { _ in server.addListener() }
        server.connectAll()
        var source = TestSource()
        server.speak(host, &source, count: 1)
        let first = listeners.compactMap { $0.peer.received.first?.sequenceNumber }
        #expect(first.count == 64 && first.allSatisfy { $0 < 0x8000 })
    }

    /// No data channels (mediasoup GHSA-p7x2-g5cq-fhmq): a section for them is refused beside the sound, and alone is no offer.
    @Test func dataChannelsAreRefused() throws {
        let negotiator = SdpNegotiator(
            fingerprint: server.context.certificate.fingerprint, candidates: IceCandidate.host(addresses: ["192.0.2.1"], port: 10_000),
            maximumAverageBitrate: 128_000)
        let channel = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sctp-port:5000\r\n"
        let offer = TestPeer().offer(sending: false)
        let answer = try #require(
            SessionDescription(negotiator.join(offer: offer + channel, credentials: IceCredentials(), ssrc: 1).answer))
        #expect(answer.media.map(\.port) == [10_000, 0] && !answer.text.contains("sctp"))
        let session = offer.prefix(upTo: try #require(offer.firstRange(of: "m=audio")).lowerBound)
        #expect(throws: SdpError.noAudio) { try negotiator.join(offer: session + channel, credentials: IceCredentials(), ssrc: 1) }
    }

    /// An answer to a check is never larger than the check, so that not even somebody who knows a password multiplies anything
    /// (eturnal#60, coturn#780).
    @Test func answersAreNoLargerThanQuestions() {
        let pair = server.add(TestPeer())
        pair.isAlive = false
        var answers: [Int] = []
        server.link.loses = { way, datagram in
            if way == .toPeer { answers.append(datagram.count) }
            return false
        }
        var check = TestPeer.Check()
        check.extra = (0x7F00, [1, 2, 3, 4])
        for message in [pair.peer.makeCheck(), pair.peer.makeCheck(check)] {
            answers = []
            server.inject(message, as: pair)
            server.deliver()
            #expect(answers.count == 1 && answers[0] <= message.count)
        }
    }
}
