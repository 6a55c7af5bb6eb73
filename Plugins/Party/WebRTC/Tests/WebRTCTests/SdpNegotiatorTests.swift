/// Offers of real browsers, and the answers to them.
import RTP
import TestSupport
import Testing

@testable import WebRTC

@Suite struct SdpNegotiatorTests {
    let credentials = IceCredentials()
    let fingerprint = TestCertificate.ecdsa.fingerprint()

    func negotiator(_ addresses: [String] = ["192.0.2.2", "2001:db8::7"]) -> SdpNegotiator {
        SdpNegotiator(
            fingerprint: fingerprint, candidates: IceCandidate.host(addresses: addresses, port: 40_123), maximumAverageBitrate: 128_000)
    }

    /// Chromium's shape, with a video section before the audio one that nobody asked for.
    let offer = """
        v=0\r
        o=- 8 2 IN IP4 127.0.0.1\r
        s=-\r
        t=0 0\r
        a=group:BUNDLE v a\r
        a=extmap-allow-mixed\r
        m=video 9 UDP/TLS/RTP/SAVPF 96 97\r
        c=IN IP4 0.0.0.0\r
        a=mid:v\r
        a=sendrecv\r
        m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r
        c=IN IP4 0.0.0.0\r
        a=rtcp:9 IN IP4 0.0.0.0\r
        a=ice-ufrag:l5gZ\r
        a=ice-pwd:UYp+Pqa3YTk0ezYeWuZLrSmU\r
        a=ice-options:trickle\r
        a=fingerprint:sha-256 5A:1C:0E:93:7B:44:D2:6F:88:21:B5:90:3E:CD:17:F4:62:0A:9B:35:E8:71:4D:C6:2F:58:A3:0C:96:EB:14:7D\r
        a=setup:actpass\r
        a=mid:a\r
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r
        a=sendrecv\r
        a=msid:s t\r
        a=rtcp-mux\r
        a=rtcp-rsize\r
        a=rtpmap:111 opus/48000/2\r
        a=rtcp-fb:111 transport-cc\r
        a=fmtp:111 minptime=10;useinbandfec=1\r
        a=rtpmap:63 red/48000/2\r
        a=fmtp:63 111/111\r
        a=rtpmap:9 G722/8000\r
        a=ssrc:12345 cname:x\r
        a=ssrc:12345 msid:s t\r

        """

    @Test func theAnswerToAListener() throws {
        let joined = try negotiator().join(
            offer: offer.replacing("a=fmtp:111", with: "a=rtcp-fb:111 nack\r\na=fmtp:111"),
            credentials: credentials, ssrc: 822_362_636)
        #expect(
            joined.consumer == ConsumerParameters(payloadType: 111, redPayloadType: 63, ssrc: 822_362_636, mid: "a", nack: true))
        #expect(joined.peer.iceUfrag == "l5gZ" && joined.peer.dtlsRole == .client && joined.peer.fingerprints.count == 1)
        let lines = joined.answer.split(separator: "\r\n").map(String.init)
        #expect(lines[1].hasPrefix("o=- "))
        #expect(
            lines.enumerated().filter { $0.offset != 1 }.map(\.element) == [
                "v=0", "s=-", "t=0 0", "a=ice-lite", "a=group:BUNDLE a", "a=msid-semantic: WMS *",
                "m=video 0 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=mid:v", "a=inactive",
                "m=audio 40123 UDP/TLS/RTP/SAVPF 111 63", "c=IN IP4 192.0.2.2", "a=mid:a", "a=sendonly",
                "a=ice-ufrag:\(credentials.ufrag)", "a=ice-pwd:\(credentials.password)", "a=fingerprint:sha-256 \(fingerprint.value)",
                "a=setup:passive", "a=rtcp-mux", "a=rtcp-rsize", "a=rtpmap:111 opus/48000/2",
                "a=fmtp:111 minptime=10;maxplaybackrate=48000;stereo=1;sprop-stereo=1;maxaveragebitrate=128000;useinbandfec=1",
                "a=rtcp-fb:111 nack", "a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111", "a=msid:party audio", "a=ssrc:822362636 cname:party",
                "a=candidate:1 1 udp 2130706431 192.0.2.2 40123 typ host", "a=candidate:2 1 udp 2130706175 2001:db8::7 40123 typ host",
                "a=candidate:tcp1 1 tcp 2124414975 192.0.2.2 40123 typ host tcptype passive",
                "a=candidate:tcp2 1 tcp 2124414719 2001:db8::7 40123 typ host tcptype passive",
                "a=end-of-candidates",
            ])
        #expect(joined.answer.hasSuffix("\r\n"))
    }

    @Test func theAnswerToAHost() throws {
        let published = try negotiator(["2001:db8::7"]).publish(offer: offer, credentials: credentials)
        #expect(published.producer == ProducerParameters(payloadType: 111, redPayloadType: 63, ssrc: 12_345, mid: "a"))
        #expect(published.answer.contains("a=recvonly\r\n") && published.answer.contains("c=IN IP6 2001:db8::7\r\n"))
        #expect(!published.answer.contains("msid:") && !published.answer.contains("a=ssrc") && !published.answer.contains("nack"))
        #expect(!published.answer.contains("extmap") && !published.answer.contains("transport-cc"))
    }

    @Test func nackOnlyWhereItWasOffered() throws {
        #expect(try !negotiator().join(offer: offer, credentials: credentials, ssrc: 1).consumer.nack)
        let wildcard = offer.replacing("a=rtcp-fb:111 transport-cc", with: "a=rtcp-fb:* nack")
        #expect(try negotiator().join(offer: wildcard, credentials: credentials, ssrc: 1).consumer.nack)
        #expect(try negotiator().publish(offer: wildcard, credentials: credentials).producer.nack)
        #expect(try !negotiator().publish(offer: offer, credentials: credentials).producer.nack)
    }

    /// Ours is the offer's order: a browser sends RED where that stands first.
    @Test func redWhereItIsOffered() throws {
        func answered(_ changed: String) throws -> (red: UInt8?, formats: [String]?, text: String) {
            let joined = try negotiator().join(offer: changed, credentials: credentials, ssrc: 1)
            #expect(
                try negotiator().publish(offer: changed, credentials: credentials).producer.redPayloadType == joined.consumer.redPayloadType
            )
            return (joined.consumer.redPayloadType, SessionDescription(joined.answer)?.media.last?.formats, joined.answer)
        }
        let first = try answered(offer.replacing("SAVPF 111 63", with: "SAVPF 63 111"))
        #expect(first.red == 63 && first.formats == ["63", "111"])
        #expect(first.text.contains("a=rtpmap:111 opus/48000/2\r\n") && first.text.contains("a=fmtp:63 111/111\r\n"))
        #expect(try answered(offer.replacing("a=fmtp:63 111/111", with: "a=fmtp:63 111/111/111")).red == 63)
        // Without its own line, with blocks of another codec, in RTCP's range, or not among the formats: Opus alone.
        for (part, replacement) in [
            ("a=fmtp:63 111/111", "a=x"), ("a=fmtp:63 111/111", "a=fmtp:63 111/9"), ("a=fmtp:63 111/111", "a=fmtp:63 /"), ("63", "72"),
            ("SAVPF 111 63", "SAVPF 111"), ("a=rtpmap:63 red/48000/2", "a=rtpmap:63 red/8000"),
        ] {
            let without = try answered(offer.replacing(part, with: replacement))
            #expect(without.red == nil && without.formats == ["111"] && !without.text.contains("red"), "\(replacement)")
        }
    }

    @Test func firefoxsPayloadTypeAndSessionLevelFingerprint() throws {
        let firefox = offer.replacing("a=fingerprint", with: "a=unused").replacing(
            "a=group", with: "a=fingerprint:SHA-256 \(fingerprint.value)\r\na=group"
        )
        .replacing("111", with: "109")
        let joined = try negotiator().join(offer: firefox, credentials: credentials, ssrc: 1)
        #expect(joined.consumer.payloadType == 109 && joined.peer.fingerprints == [fingerprint])
    }

    @Test func severalSourcesAreLeftToThePackets() throws {
        let two = offer.replacing("a=ssrc:12345 msid", with: "a=ssrc:777 msid")
        #expect(try negotiator().publish(offer: two, credentials: credentials).producer.ssrc == nil)
    }

    @Test(arguments: [
        ("v=0", "v=1", SdpError.malformed), ("m=audio 9", "m=audio 0", .noAudio),
        ("m=audio 9 UDP/TLS/RTP/SAVPF", "m=audio 9 RTP/AVP", .noAudio),
        ("a=rtpmap:111 opus/48000/2", "a=rtpmap:111 opus/48000", .noOpus), ("a=rtpmap:111 opus", "a=rtpmap:300 opus", .noOpus),
        ("a=rtpmap:111 opus", "a=rtpmap:112 opus", .noOpus), ("a=ice-ufrag", "a=x", .noIceCredentials),
        ("a=ice-pwd", "a=x", .noIceCredentials),
        ("a=fingerprint:sha-256", "a=fingerprint:sha-1", .noFingerprint), ("5A:1C", "5A1C", .noFingerprint),
        ("a=setup:actpass", "a=setup:passive", .peerIsPassive), ("a=rtcp-mux", "a=x", .noRtcpMux),
        ("a=extmap:1", "a=inactive\r\na=extmap:1", .wrongDirection), ("a=mid:a", "a=mid:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", .malformed),
    ])
    func refusals(_ part: String, _ replacement: String, _ error: SdpError) {
        var changed = offer.replacing(part, with: replacement)
        if error == .wrongDirection { changed = changed.replacing("a=sendrecv\r\na=msid", with: "a=msid") }
        #expect(throws: error) { try negotiator().publish(offer: changed, credentials: credentials) }
        #expect(throws: error) { try negotiator().join(offer: changed, credentials: credentials, ssrc: 1) }
    }

    @Test func directions() {
        let host = TestPeer().offer(sending: true)
        let listener = TestPeer().offer(sending: false)
        #expect(throws: SdpError.wrongDirection) { try negotiator().join(offer: host, credentials: credentials, ssrc: 1) }
        #expect(throws: SdpError.wrongDirection) { try negotiator().publish(offer: listener, credentials: credentials) }
        #expect(throws: Never.self) {
            _ = try negotiator().publish(offer: host, credentials: credentials)
            _ = try negotiator().join(offer: listener, credentials: credentials, ssrc: 1)
        }
    }

    @Test func cutAndChangedOffersNeverTrap() {
        for count in 0...offer.utf8.count {
            let cut = String(decoding: offer.utf8.prefix(count), as: UTF8.self)
            _ = try? negotiator().join(offer: cut, credentials: credentials, ssrc: 1)
        }
        var random = SeededRandom(10)
        for _ in 0..<2_000 {
            var bytes = Array(offer.utf8)
            for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 9...126, using: &random) }
            let changed = String(decoding: bytes, as: UTF8.self)
            guard let published = try? negotiator().publish(offer: changed, credentials: credentials) else { continue }
            let offered = SessionDescription(changed)
            let answered = SessionDescription(published.answer)
            #expect(answered?.media.map(\.kind) == offered?.media.map(\.kind), "an answer has the offer's sections")
        }
    }

    /// From text to sound: both sides know each other by SDP alone.
    @Test func negotiatedPeersConnect() throws {
        let server = try SimulatedServer()
        let own = SdpNegotiator(fingerprint: server.context.certificate.fingerprint, candidates: [], maximumAverageBitrate: 96_000)
        let hostPeer = TestPeer()
        let host = server.add(hostPeer, connects: false)
        let published = try own.publish(offer: hostPeer.offer(sending: true, ssrc: 1_000), credentials: host.transport.credentials)
        host.transport.connect(published.peer, at: server.clock.now)
        host.transport.produce(published.producer, to: server.router)
        let listenerPeer = TestPeer()
        let listener = server.add(listenerPeer, connects: false)
        let joined = try own.join(
            offer: listenerPeer.offer(sending: false, payloadType: 109), credentials: listener.transport.credentials, ssrc: 42)
        listener.transport.connect(joined.peer, at: server.clock.now)
        listener.transport.consume(joined.consumer, from: server.router)
        #expect(published.answer.contains("maxaveragebitrate=96000"))
        server.connectAll()
        var source = TestSource()
        server.speak(host, &source, count: 5)
        #expect(listenerPeer.received.map(\.payloadType) == [109, 109, 109, 109, 109])
        #expect(listenerPeer.received.allSatisfy { $0.ssrc == 42 })
    }
}
