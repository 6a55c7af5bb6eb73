import Testing

@testable import Party

@Suite struct SignalingMessageTests {
    private func code(_ text: String) -> String {
        switch SignalingRequest(text).message {
        case .success(let message): String(String(describing: message).prefix { $0 != "(" })
        case .failure(let error): error.code.rawValue
        }
    }

    static let dtls = #"{"role":"client","fingerprints":[{"algorithm":"sha-256","value":"AA"}]}"#
    static let rtp = #"{"codecs":[{"mimeType":"audio/opus","payloadType":111,"clockRate":48000,"channels":2}],"encodings":[{"ssrc":5}]}"#

    @Test(arguments: [
        (#"{"type":"hostChallenge"}"#, "hostChallenge"),
        (#"{"type":"createSession"}"#, "createSession"),
        (#"{"type":"createSession","token":null,"hostKey":"ab"}"#, "createSession"),
        (#"{"type":"createProducerTransport"}"#, "createProducerTransport"),
        (#"{"type":"connectTransport","dtlsParameters":\#(dtls)}"#, "connectTransport"),
        (#"{"type":"produce","kind":"audio","rtpParameters":\#(rtp)}"#, "produce"),
        (#"{"type":"publish","sdp":"v=0"}"#, "publish"),
        (#"{"type":"nowPlaying","track":{"id":"1","title":"T","artist":"A","releaseTitle":"R","duration":3}}"#, "nowPlaying"),
        (#"{"type":"pause"}"#, "pause"),
        (#"{"type":"resume"}"#, "resume"),
        (#"{"type":"position","currentTime":1.5,"duration":null}"#, "position"),
        (#"{"type":"endSession"}"#, "endSession"),
        (#"{"type":"join"}"#, "join"),
        (#"{"type":"join","sdp":"v=0","listenerKey":"k"}"#, "join"),
        (#"{"type":"createConsumerTransport"}"#, "createConsumerTransport"),
        (#"{"type":"consume","rtpCapabilities":{"codecs":[]}}"#, "consume"),
        (#"{"type":"resumeConsumer"}"#, "resumeConsumer"),
        // Fields of other messages and unknown ones do no harm.
        (#"{"type":"pause","sdp":7,"extra":{"a":[1,2]}}"#, "pause"),
    ])
    func readsEveryMessage(text: String, message: String) { #expect(code(text) == message) }

    @Test(arguments: [
        ("", "invalid_json"), ("{", "invalid_json"), ("nonsense", "invalid_json"), (#"{"type":"pause""#, "invalid_json"),
        ("null", "invalid_message"), ("[]", "invalid_message"), ("7", "invalid_message"), (#""pause""#, "invalid_message"),
        ("{}", "invalid_message"), (#"{"type":null}"#, "invalid_message"), (#"{"type":7}"#, "invalid_message"),
        (#"{"type":"restart","sdp":""}"#, "unknown_type"), (#"{"type":""}"#, "unknown_type"),
        (#"{"type":"createSession","token":7}"#, "invalid_message"),
        (#"{"type":"connectTransport"}"#, "invalid_message"),
        (#"{"type":"connectTransport","dtlsParameters":{}}"#, "invalid_message"),
        (#"{"type":"produce","kind":"video","rtpParameters":\#(rtp)}"#, "invalid_message"),
        (#"{"type":"produce","kind":"audio","rtpParameters":{"codecs":7}}"#, "invalid_message"),
        (#"{"type":"publish"}"#, "invalid_message"),
        (#"{"type":"nowPlaying"}"#, "invalid_message"), (#"{"type":"nowPlaying","track":null}"#, "invalid_message"),
        (#"{"type":"nowPlaying","track":{"title":7}}"#, "invalid_message"),
        (#"{"type":"position","currentTime":"1"}"#, "invalid_message"),
        (#"{"type":"consume"}"#, "invalid_message"),
        (#"{"type":"pause","requestId":{}}"#, "invalid_message"),
    ])
    func answersWhatItCannotRead(text: String, expected: String) { #expect(code(text) == expected) }

    @Test func boundsEveryText() {
        let long = String(repeating: "x", count: 33 * 1_024)
        #expect(code(#"{"type":"\#(long)"}"#) == "invalid_message")
        #expect(code(#"{"type":"pause","requestId":"\#(long)"}"#) == "invalid_message")
        #expect(code(#"{"type":"createSession","token":"\#(long)"}"#) == "invalid_message")
        #expect(code(#"{"type":"join","listenerKey":"\#(long)"}"#) == "invalid_message")
        #expect(code(#"{"type":"nowPlaying","track":{"title":"\#(long)"}}"#) == "invalid_message")
        #expect(code(#"{"type":"join","sdp":"\#(long)"}"#) == "too_large")
        #expect(code(#"{"type":"publish","sdp":"\#(long)"}"#) == "too_large")
    }

    @Test func survivesDeepNesting() {
        let depth = 20_000
        let text = #"{"type":"pause","extra":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        #expect(["invalid_json", "invalid_message", "pause"].contains(code(text)))
    }

    /// Every beginning of a valid message, and every message with one byte changed, is answered with something.
    @Test func survivesTruncationAndFlips() {
        let valid = #"{"type":"nowPlaying","requestId":"7","track":{"id":"1","title":"T","artist":"A","duration":3.25},"isPlaying":false}"#
        for count in 0..<valid.utf8.count { #expect(code(String(valid.prefix(count))) == "invalid_json") }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            var bytes = Array(valid.utf8)
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            _ = code(String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test(arguments: [
        (#""abc""#, RequestID.text("abc")), ("7", .integer(7)), ("-1", .integer(-1)), ("1.5", .number(1.5)),
        ("9007199254740993", .integer(9_007_199_254_740_993)),
    ])
    func echoesTheRequestId(json: String, expected: RequestID) {
        let request = SignalingRequest(#"{"requestId":\#(json),"type":"bogus"}"#)
        #expect(request.requestId == expected)
        let reply = ServerMessage.hostBack.json(requestId: request.requestId)
        #expect(reply == #"{"requestId":\#(json),"type":"hostBack"}"#)
    }

    @Test func readsATrackAsTheOriginalSendsIt() throws {
        let text =
            #"{"type":"nowPlaying","track":{"id":"7","title":"Tïtle","artist":"A","artistSlug":null,"releaseTitle":"R","releaseId":"r","coverPath":"/img/c.jpg","duration":61}}"#
        guard case .nowPlaying(let track, let isPlaying) = try SignalingRequest(text).message.get() else {
            Issue.record("not a nowPlaying")
            return
        }
        #expect(isPlaying)
        #expect(
            track
                == PartyTrack(
                    id: "7", title: "Tïtle", artist: "A", artistSlug: nil, releaseTitle: "R", releaseId: "r", coverPath: "/img/c.jpg",
                    duration: 61))
    }

    @Test(arguments: [("-1", nil), ("1e300", nil), ("null", nil), ("12.5", 12.5), ("0", 0)] as [(String, Double?)])
    func takesOnlySensibleSeconds(json: String, seconds: Double?) throws {
        guard case .position(let currentTime, _) = try SignalingRequest(#"{"type":"position","currentTime":\#(json)}"#).message.get() else {
            Issue.record("not a position")
            return
        }
        #expect(currentTime == seconds)
    }

    @Test func newsHaveNullWhereNothingIsKnown() {
        #expect(ServerMessage.pause(rtpTimestamp: nil).json() == #"{"rtpTimestamp":null,"type":"pause"}"#)
        #expect(
            ServerMessage.error(.noSession).json(requestId: .integer(3))
                == #"{"code":"no_session","message":"No active session","requestId":3,"type":"error"}"#)
    }
}
