import Foundation

/// The last steps of a piece: rumble removed, loudness set, peaks limited, ends faded.
struct Master {
    /// Effective level, in dB below full scale, before limiting.
    var loudness: Float = -17
    /// No sample exceeds this; lossy coding may add up to a decibel, and what comes out must stay below -1 dBFS.
    static let ceiling: Float = 0.68
    var fadeIn: Double = 0.02
    var fadeOut: Double = 4

    func apply(to buffer: inout StereoBuffer) {
        Self.removeRumble(&buffer.left)
        Self.removeRumble(&buffer.right)
        let level = Self.effectiveLevel(of: buffer)
        guard level > 0 else { return }
        let gain = pow(10, loudness / 20) / level
        for frame in 0..<buffer.frames {
            buffer.left[frame] *= gain
            buffer.right[frame] *= gain
        }
        Self.limit(&buffer)
        fade(&buffer)
    }

    /// A first-order high pass at 25 Hz, which also removes any offset.
    private static func removeRumble(_ channel: inout [Float]) {
        let keep = 1 - 2 * Float.pi * 25 / sampleRate
        var previousInput: Float = 0
        var output: Float = 0
        for frame in channel.indices {
            output = channel[frame] - previousInput + keep * output
            previousInput = channel[frame]
            channel[frame] = output
        }
    }

    /// Root mean square over the louder half of all 0.4 s windows, so that quiet openings do not count.
    private static func effectiveLevel(of buffer: StereoBuffer) -> Float {
        let window = StereoBuffer.sampleRate * 2 / 5
        var powers: [Float] = []
        for start in stride(from: 0, to: buffer.frames, by: window) {
            var sum: Float = 0
            let end = min(start + window, buffer.frames)
            for frame in start..<end {
                sum += buffer.left[frame] * buffer.left[frame] + buffer.right[frame] * buffer.right[frame]
            }
            powers.append(sum / Float(2 * (end - start)))
        }
        powers.sort(by: >)
        let loud = powers.prefix(max(1, powers.count / 2))
        return (loud.reduce(0, +) / Float(loud.count)).squareRoot()
    }

    /// A limiter that knows the future: the gain a block needs is spread over its neighbours, falling within 5 ms before a peak and
    /// recovering over 200 ms after it. Between block borders it moves in a straight line, so no sample can exceed the ceiling.
    private static func limit(_ buffer: inout StereoBuffer) {
        let block = 64
        let blocks = (buffer.frames + block - 1) / block
        var gains = [Float](repeating: 1, count: blocks + 1)
        for index in 0..<blocks {
            var peak: Float = 0
            for frame in index * block..<min((index + 1) * block, buffer.frames) {
                peak = max(peak, abs(buffer.left[frame]), abs(buffer.right[frame]))
            }
            let needed = min(1, ceiling / max(peak, 0.000_001))
            gains[index] = min(gains[index], needed)
            gains[index + 1] = needed
        }
        let recovery = Float(block) / (0.2 * sampleRate)
        for index in gains.indices.dropFirst() {
            gains[index] = min(gains[index], gains[index - 1] + recovery)
        }
        let attack = Float(block) / (0.005 * sampleRate)
        for index in gains.indices.dropLast().reversed() {
            gains[index] = min(gains[index], gains[index + 1] + attack)
        }
        for index in 0..<blocks {
            let step = (gains[index + 1] - gains[index]) / Float(block)
            var gain = gains[index]
            for frame in index * block..<min((index + 1) * block, buffer.frames) {
                buffer.left[frame] *= gain
                buffer.right[frame] *= gain
                gain += step
            }
        }
    }

    private func fade(_ buffer: inout StereoBuffer) {
        let opening = min(buffer.frames, Int(fadeIn * Double(StereoBuffer.sampleRate)))
        for frame in 0..<opening {
            let gain = Self.curve(Float(frame) / Float(opening))
            buffer.left[frame] *= gain
            buffer.right[frame] *= gain
        }
        let closing = min(buffer.frames, Int(fadeOut * Double(StereoBuffer.sampleRate)))
        for offset in 0..<closing {
            let gain = Self.curve(Float(offset) / Float(closing))
            buffer.left[buffer.frames - 1 - offset] *= gain
            buffer.right[buffer.frames - 1 - offset] *= gain
        }
    }

    private static func curve(_ part: Float) -> Float { 0.5 - 0.5 * cos(.pi * part) }
}
