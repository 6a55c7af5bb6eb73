import Foundation

/// Two channels of samples at 48 kHz, the rate Opus works at (RFC 7845 §4).
struct StereoBuffer: Sendable {
    static let sampleRate = 48_000

    var left: [Float]
    var right: [Float]

    var frames: Int { left.count }

    init(frames: Int) {
        left = [Float](repeating: 0, count: frames)
        right = left
    }

    /// Adds `other`, scaled; both have the same length.
    mutating func add(_ other: StereoBuffer, level: Float) {
        Self.add(other.left, to: &left, level: level)
        Self.add(other.right, to: &right, level: level)
    }

    /// Where a mono voice is heard.
    struct Position {
        let count: Int
        fileprivate let left: (start: Int, gain: Float)
        fileprivate let right: (start: Int, gain: Float)

        /// `count` samples from frame `start`; `pan` from -1, left, to 1, right: equal power, and up to 0.3 ms later at the far ear,
        /// which is how a head hears direction.
        init(start: Int, count: Int, pan: Float) {
            self.count = count
            let angle = (pan + 1) * .pi / 4
            left = (start + Int(max(0, pan) * 14), cos(angle) * 1.3)
            right = (start + Int(max(0, -pan) * 14), sin(angle) * 1.3)
        }
    }

    /// Adds the first samples of a mono voice; what lies beyond the end is left out.
    mutating func add(_ voice: [Float], at position: Position, level: Float) {
        Self.add(voice, count: position.count, to: &left, from: position.left.start, level: position.left.gain * level)
        Self.add(voice, count: position.count, to: &right, from: position.right.start, level: position.right.gain * level)
    }

    private static func add(_ source: [Float], count: Int? = nil, to target: inout [Float], from start: Int = 0, level: Float) {
        source.withUnsafeBufferPointer { source in
            target.withUnsafeMutableBufferPointer { target in
                let frames = min(count ?? source.count, target.count - start)
                guard frames > 0 else { return }
                let part = UnsafeMutableBufferPointer(rebasing: target[start..<start + frames])
                for index in 0..<frames { part[index] += source[index] * level }
            }
        }
    }
}

/// Samples per second as the sound code needs it most.
let sampleRate = Float(StereoBuffer.sampleRate)
