internal import COpus

/// libopus failed; `code` is its OPUS_… constant.
struct OpusError: Error, Equatable {
    let code: Int32
    let call: String
}

/// A libopus encoder for stereo music at 48 kHz. It belongs to one thread at a time.
final class OpusEncoder {
    /// 20 ms, the frame size that suits music.
    static let frameSize = 960
    /// Frees what `opus_encoder_create` gave.
    private let encoder: OpaquePointer
    /// Samples that the decoder must throw away first: the pre-skip of RFC 7845 §4.2.
    let lookahead: Int
    private var packet = [UInt8](repeating: 0, count: 4_000)  // the size that libopus recommends

    /// Complexity 4 takes half the time of 10, and at music bit rates is hard to tell from it.
    init(bitsPerSecond: Int32, complexity: Int32 = 4) throws(OpusError) {
        var code: Int32 = OPUS_OK
        guard let encoder = opus_encoder_create(Int32(StereoBuffer.sampleRate), 2, OPUS_APPLICATION_AUDIO, &code) else {
            throw OpusError(code: code, call: "opus_encoder_create")
        }
        self.encoder = encoder
        var samples: Int32 = 0
        let results = [
            COpus_encoder_set_bitrate(encoder, bitsPerSecond), COpus_encoder_set_complexity(encoder, complexity),
            COpus_encoder_set_vbr(encoder, 1),
            COpus_encoder_get_lookahead(encoder, &samples),
        ]
        lookahead = Int(samples)
        for result in results where result != OPUS_OK { throw OpusError(code: result, call: "opus_encoder_ctl") }
    }

    deinit { opus_encoder_destroy(encoder) }

    /// One packet from one frame: `frameSize` pairs of left and right.
    func encode(_ interleaved: [Float]) throws(OpusError) -> [UInt8] {
        precondition(interleaved.count == Self.frameSize * 2, "Opus encodes whole frames")
        let length = opus_encode_float(encoder, interleaved, Int32(Self.frameSize), &packet, Int32(packet.count))
        guard length > 0 else { throw OpusError(code: length, call: "opus_encode_float") }
        return Array(packet[..<Int(length)])
    }

    static var version: String { String(cString: opus_get_version_string()) }
}
