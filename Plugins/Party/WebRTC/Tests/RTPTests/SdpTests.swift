import TestSupport
import Testing

@testable import RTP

@Suite struct SessionDescriptionTests {
    static let text = """
        v=0\r
        o=mozilla...THIS_IS_SDPARTA 1 0 IN IP4 0.0.0.0\r
        s=-\r
        t=0 0\r
        a=group:BUNDLE 0 1\r
        a=fingerprint:sha-256 AA:BB\r
        m=audio 9 UDP/TLS/RTP/SAVPF 109 9\r
        c=IN IP4 0.0.0.0\r
        a=sendonly\r
        a=mid:0\r
        a=rtcp-mux\r
        a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1\r
        a=rtpmap:9 G722/8000/1\r
        a=rtpmap:109 Opus/48000/2\r
        m=video 0 UDP/TLS/RTP/SAVPF 120\r
        a=mid:1\r
        a=bundle-only\r

        """

    @Test func readsSectionsAndAttributes() throws {
        let description = try #require(SessionDescription(Self.text))
        try #require(description.media.count == 2)
        let audio = description.media[0]
        #expect(audio.kind == "audio" && audio.port == 9 && audio.formats == ["109", "9"] && audio.connection == "IN IP4 0.0.0.0")
        #expect(audio.direction == .sendonly && audio.has("rtcp-mux") && audio.value("mid") == "0" && !audio.isRefused)
        #expect(audio.payloadType(of: "opus/48000/2") == 109)
        #expect(audio.formatParameters(109) == "maxplaybackrate=48000;stereo=1;useinbandfec=1")
        #expect(description.value("fingerprint", of: audio) == "sha-256 AA:BB")
        #expect(description.media[1].direction == .sendrecv && !description.media[1].isRefused)
    }

    @Test func writtenTextReadsTheSame() throws {
        let description = try #require(SessionDescription(Self.text))
        #expect(SessionDescription(description.text) == description)
        #expect(description.text.hasSuffix("\r\n"))
    }

    @Test func lineFeedsAloneAreEnough() {
        #expect(SessionDescription(Self.text.replacing("\r\n", with: "\n")) == SessionDescription(Self.text))
    }

    @Test(arguments: [
        "", "\n", "x", "a=b", "v=1\r\n", "v=0\r\nm=audio\r\n", "v=0\r\nm=audio x UDP 1\r\n", "v=0\r\nm=audio 70000 UDP 1\r\n",
        "v=0\r\nxyz\r\n",
        "v=0\r\na=\r\n", "v=0\r\na=mid:0\u{1}\r\n", "v=0\r\na=mid:0\rm=video 9 UDP 1\r\n",
    ])
    func malformed(_ text: String) { #expect(SessionDescription(text) == nil) }

    @Test func limits() {
        let section = "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"
        func text(_ count: Int) -> String { "v=0\r\n" + String(repeating: section, count: count) }
        #expect(SessionDescription(text(SessionDescription.maximumSections)) != nil)
        #expect(SessionDescription(text(SessionDescription.maximumSections + 1)) == nil)
        #expect(SessionDescription("v=0\r\n" + String(repeating: "a=x\r\n", count: SessionDescription.maximumLines)) == nil)
        #expect(SessionDescription("v=0\r\na=" + String(repeating: "x", count: SessionDescription.maximumBytes)) == nil)
    }
}

@Suite struct OpusParametersTests {
    @Test func readsWhatBrowsersWrite() {
        let parameters = OpusParameters("maxplaybackrate=48000; stereo=1;useinbandfec=1;sprop-stereo=0;maxaveragebitrate=128000")
        #expect(parameters.maximumPlaybackRate == 48_000 && parameters.stereo == true && parameters.spropStereo == false)
        #expect(parameters.maximumAverageBitrate == 128_000 && parameters.minimumPacketTime == nil)
    }

    @Test(arguments: ["", ";;;", "=", "stereo", "stereo=", "stereo=one", "minptime=999999999999999999999999", "a=b=c;=;x"])
    func oddTextSaysNothing(_ text: String) { #expect(OpusParameters(text) == OpusParameters()) }

    @Test func writtenTextReadsTheSame() {
        let parameters = OpusParameters("minptime=10;stereo=1;usedtx=0")
        #expect(parameters.text == "minptime=10;stereo=1;usedtx=0")
    }
}
