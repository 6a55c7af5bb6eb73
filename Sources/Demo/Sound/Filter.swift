import Foundation

/// A state-variable filter (trapezoidal integration), stable while it is swept: low, band and high pass at once.
struct Filter {
    private var first: Float = 0
    private var second: Float = 0
    private var gain: Float = 0
    private let damping: Float
    private var scale: Float = 0

    private(set) var low: Float = 0
    private(set) var band: Float = 0
    private(set) var high: Float = 0

    /// `resonance` from 0 (none) to almost 1 (ringing).
    init(_ cutoff: Float, resonance: Float = 0.3) {
        damping = 2 - 1.96 * resonance
        tune(cutoff)
    }

    /// Moves the cutoff, in Hz. It costs a tangent: sweeps call it every few samples, not for each.
    mutating func tune(_ cutoff: Float) {
        gain = tan(.pi * min(max(cutoff, 10), sampleRate * 0.45) / sampleRate)
        scale = 1 / (1 + gain * (gain + damping))
    }

    @inline(__always)
    mutating func run(_ input: Float) {
        high = (input - first * (gain + damping) - second) * scale
        band = gain * high + first
        low = gain * band + second
        first = gain * high + band
        second = gain * band + low
    }

    @inline(__always)
    mutating func lowPass(_ input: Float) -> Float {
        run(input)
        return low
    }

    @inline(__always)
    mutating func bandPass(_ input: Float) -> Float {
        run(input)
        return band * damping
    }

    @inline(__always)
    mutating func highPass(_ input: Float) -> Float {
        run(input)
        return high
    }
}
