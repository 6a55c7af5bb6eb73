/// What an unmodified mediasoup-client says and is told; the JSON is what Chromium sent to a mediasoup server.
import Foundation
import TestSupport
import Testing

@testable import WebRTC

@Suite struct RtpParametersTests {
    static let produced = """
        {"mid":"0","codecs":[{"mimeType":"audio/opus","payloadType":111,"clockRate":48000,"channels":2,
         "parameters":{"minptime":10,"useinbandfec":1},"rtcpFeedback":[{"type":"transport-cc","parameter":""},{"type":"nack","parameter":""}]}],
         "headerExtensions":[{"uri":"urn:ietf:params:rtp-hdrext:sdes:mid","id":4,"encrypt":false,"parameters":{}},
          {"uri":"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time","id":2,"encrypt":false,"parameters":{}},
          {"uri":"urn:ietf:params:rtp-hdrext:ssrc-audio-level","id":1,"encrypt":false,"parameters":{}}],
         "encodings":[{"ssrc":532052519,"dtx":false}],"rtcp":{"cname":"ubAtescKbbUkuomp","reducedSize":true},"msid":"a b"}
        """

    static func device(mid: Int = 1, level: Int = 10, mimeType: String = "audio/opus", channels: String = "2") -> String {
        """
        {"codecs":[{"mimeType":"\(mimeType)","kind":"audio","preferredPayloadType":100,"clockRate":48000,"channels":\(channels),
          "parameters":{"minptime":10,"useinbandfec":1},"rtcpFeedback":[{"type":"transport-cc","parameter":""},{"type":"nack","parameter":""}]}],
         "headerExtensions":[{"kind":"audio","uri":"urn:ietf:params:rtp-hdrext:sdes:mid","preferredId":\(mid),"preferredEncrypt":false,"direction":"sendrecv"},
          {"kind":"video","uri":"urn:ietf:params:rtp-hdrext:sdes:mid","preferredId":1,"preferredEncrypt":false,"direction":"sendrecv"},
          {"kind":"audio","uri":"urn:ietf:params:rtp-hdrext:ssrc-audio-level","preferredId":\(level),"preferredEncrypt":false,"direction":"sendrecv"}]}
        """
    }

    func decode<Value: Decodable>(_ json: String) throws -> Value { try JSONDecoder().decode(Value.self, from: Data(json.utf8)) }

    @Test func aChromiumProducer() throws {
        let parameters = try ProducerParameters(decode(Self.produced))
        #expect(
            parameters
                == ProducerParameters(
                    payloadType: 111, ssrc: 532_052_519, mid: "0", midExtensionId: 4, audioLevelExtensionId: 1, nack: true))
    }

    @Test(arguments: [
        ("\"audio/opus\"", "\"audio/PCMU\"", RtpParametersError.noOpus), ("\"channels\":2", "\"channels\":1", .noOpus),
        ("\"clockRate\":48000", "\"clockRate\":8000", .noOpus),
        ("\"payloadType\":111", "\"payloadType\":128", .outOfRange(field: "payloadType")),
        ("\"payloadType\":111", "\"payloadType\":-1", .outOfRange(field: "payloadType")),
        ("\"payloadType\":111", "\"payloadType\":72", .outOfRange(field: "payloadType")),
        ("\"id\":4", "\"id\":0", .outOfRange(field: "headerExtensions.id")),
        ("\"id\":4", "\"id\":256", .outOfRange(field: "headerExtensions.id")),
        ("532052519", "0", .outOfRange(field: "ssrc")),
        ("\"mid\":\"0\"", "\"mid\":\"000000000000000000000000000000000\"", .outOfRange(field: "mid")),
    ])
    func unusableProducers(_ part: String, _ replacement: String, _ error: RtpParametersError) throws {
        let parameters: RtpParameters = try decode(Self.produced.replacing(part, with: replacement))
        #expect(throws: error) { try ProducerParameters(parameters) }
    }

    @Test func missingListsAreEmpty() throws {
        let minimal = #"{"codecs":[{"mimeType":"audio/Opus","payloadType":96,"clockRate":48000,"channels":2}]}"#
        #expect(try ProducerParameters(decode(minimal)) == ProducerParameters(payloadType: 96))
    }

    @Test func aDeviceGetsTheRoutersNumbers() throws {
        let consumer = try ConsumerParameters(decode(Self.device()), ssrc: 9, mid: "0")
        #expect(
            consumer
                == ConsumerParameters(payloadType: 100, ssrc: 9, mid: "0", midExtensionId: 1, audioLevelExtensionId: 10, nack: true))
        let other = try ConsumerParameters(decode(Self.device(mid: 3, level: 6)), ssrc: 9, mid: "1")
        #expect(other.midExtensionId == nil && other.audioLevelExtensionId == nil, "an id that the router did not advertise")
        #expect(throws: RtpParametersError.noOpus) {
            try ConsumerParameters(decode(Self.device(mimeType: "audio/ISAC")), ssrc: 9, mid: "0")
        }
        #expect(throws: RtpParametersError.noOpus) { try ConsumerParameters(decode("{}"), ssrc: 9, mid: "0") }
    }

    @Test func consumedInJson() throws {
        let consumer = ConsumerParameters(payloadType: 100, ssrc: 9, mid: "0", midExtensionId: 1)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(consumer.rtpParameters(maximumAverageBitrate: 128_000)), as: UTF8.self)
        #expect(
            json == """
                {"codecs":[{"channels":2,"clockRate":48000,"mimeType":"audio/opus","parameters":{"maxaveragebitrate":128000,"minptime":10,\
                "sprop-stereo":1,"stereo":1,"useinbandfec":1},"payloadType":100,"rtcpFeedback":[{"parameter":"","type":"nack"}]}],\
                "encodings":[{"ssrc":9}],"headerExtensions":[{"encrypt":false,"id":1,"parameters":{},\
                "uri":"urn:ietf:params:rtp-hdrext:sdes:mid"}],"mid":"0","rtcp":{"cname":"party","reducedSize":true}}
                """)
    }

    @Test func routerCapabilities() throws {
        let capabilities = RtpCapabilities.router(maximumAverageBitrate: 128_000)
        let codec = try #require(capabilities.codecs?.first)
        #expect(codec.mimeType == "audio/opus" && codec.channels == 2 && codec.preferredPayloadType == 100 && codec.kind == "audio")
        #expect(codec.parameters?["stereo"] == .number(1) && codec.parameters?["maxaveragebitrate"] == .number(128_000))
        #expect(codec.rtcpFeedback == [RtcpFeedback(type: "nack", parameter: "")])
        // What a device makes of it fits what a consumer is given.
        let consumer = try ConsumerParameters(capabilities, ssrc: 1, mid: "0")
        #expect(consumer.payloadType == 100 && consumer.midExtensionId == 1 && consumer.audioLevelExtensionId == 10 && consumer.nack)
        let again: RtpCapabilities = try decode(String(decoding: try JSONEncoder().encode(capabilities), as: UTF8.self))
        #expect(again == capabilities)
    }

    @Test func transportParameters() throws {
        let fingerprint = TestCertificate.ecdsa.fingerprint()
        #expect(DtlsParameters(fingerprint).remotePeer == RemotePeer(iceUfrag: nil, fingerprints: [fingerprint]))
        var client: DtlsParameters = try decode(#"{"role":"client","fingerprints":[{"algorithm":"sha-1","value":"AA"}]}"#)
        #expect(client.remotePeer == nil)
        client.fingerprints.append(.init(algorithm: "sha-256", value: fingerprint.value))
        #expect(client.remotePeer?.dtlsRole == .client)
        client.role = "server"
        #expect(client.remotePeer?.dtlsRole == .server)
        let candidates = IceCandidate.host(addresses: ["203.0.113.10"], port: 10_042)
        let fields = try #require(JSONSerialization.jsonObject(with: JSONEncoder().encode(candidates[0])) as? [String: Any])
        #expect(fields["ip"] as? String == "203.0.113.10" && fields["address"] as? String == "203.0.113.10")
        #expect(fields["protocol"] as? String == "udp" && fields["type"] as? String == "host" && fields["port"] as? Int == 10_042)
        #expect(fields["tcpType"] == nil)
        let tcp = try #require(JSONSerialization.jsonObject(with: JSONEncoder().encode(candidates[1])) as? [String: Any])
        #expect(tcp["protocol"] as? String == "tcp" && tcp["tcpType"] as? String == "passive" && tcp["port"] as? Int == 10_042)
        #expect(candidates[1].priority < candidates[0].priority)
        let credentials = IceCredentials()
        let ice = IceParameters(credentials)
        #expect(ice.usernameFragment == credentials.ufrag.description && ice.password == credentials.password && ice.iceLite)
    }
}
