/// What arrives as text: session descriptions, messages of `/_ws` with the covers in them, and the tag reader's answers, which carry what stands in files.
import RTP
import Signaling
import TagAnswers
import WebRTC

private let negotiator = try? SdpNegotiator(
    fingerprint: Certificate().fingerprint, candidates: IceCandidate.host(addresses: ["192.0.2.1", "2001:db8::1"], port: 10_000),
    maximumAverageBitrate: 128_000)

func fuzzSdp(_ bytes: UnsafeRawBufferPointer) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let description = SessionDescription(text) {
        precondition(SessionDescription(description.text)?.media.count == description.media.count, "what we write of it reads otherwise")
        for section in description.media {
            _ = section.direction
            _ = section.isRefused
            if let type = section.payloadType(of: "opus/48000/2") { _ = section.formatParameters(type).map { OpusParameters($0).text } }
        }
    }
    guard let negotiator else { fatalError("no certificate") }
    let answers = [
        (try? negotiator.publish(offer: text, credentials: IceCredentials()))?.answer,
        (try? negotiator.join(offer: text, credentials: IceCredentials(), ssrc: 7))?.answer,
    ]
    for answer in answers.compactMap(\.self) {
        guard let read = SessionDescription(answer) else { fatalError("an answer of ours cannot be read") }
        precondition(read.media.filter { $0.port != 0 }.count == 1, "an answer takes one section")
        precondition(read.attributes.contains { $0.name == "ice-lite" }, "an answer says what it is")
    }
}

func fuzzSignaling(_ bytes: UnsafeRawBufferPointer) { readSignalingMessage(String(decoding: bytes, as: UTF8.self)) }

func fuzzCover(_ bytes: UnsafeRawBufferPointer) { checkCover(bytes) }

func fuzzTags(_ bytes: UnsafeRawBufferPointer) { readTagAnswer(bytes) }
