import Foundation

/// One note of one instrument: a stream of mono samples that `Mix.play` places in the stereo picture.
protocol Voice {
    /// How long it is heard, release included.
    var seconds: Double { get }
    mutating func next() -> Float
}

/// The frequency in Hz of a MIDI note number in equal temperament (69 is A4, 440 Hz); fractions are detuning.
func frequency(_ pitch: Double) -> Float {
    Float(440 * exp2((pitch - 69) / 12))
}

/// sin(πx) for x in -1...1, by its Taylor series after folding into the first quarter: 76 dB clean, and many times faster than `sin`.
@inline(__always)
func sine(_ halfTurns: Float) -> Float {
    let size = abs(halfTurns)
    let folded = 0.5 - abs(0.5 - size)
    let square = folded * folded
    let value = folded * (3.141_592_65 + square * (-5.167_712_78 + square * (2.550_164_04 - square * 0.599_264_53)))
    return halfTurns < 0 ? -value : value
}

/// Added to what decays for long: numbers close to zero ("denormal") are many times slower to compute with than this one.
let inaudible: Float = 1e-18

/// A phase that wraps by itself: 32 bits are one turn.
struct Phase {
    private var value: UInt32
    private var step: UInt32

    init(_ hertz: Float, start: Float = 0) {
        value = UInt32(truncatingIfNeeded: Int64(start * 4_294_967_296))
        step = Self.step(hertz)
    }

    private static func step(_ hertz: Float) -> UInt32 {
        UInt32(truncatingIfNeeded: Int64(Double(hertz) / Double(sampleRate) * 4_294_967_296))
    }

    mutating func retune(_ hertz: Float) { step = Self.step(hertz) }

    /// -1..<1, rising: a naive saw, or the argument of `sine`.
    @inline(__always)
    mutating func advance() -> Float {
        value &+= step
        return Float(Int32(bitPattern: value)) * 0x1p-31
    }

    /// The same, moved by `bend` half turns: phase modulation.
    @inline(__always)
    mutating func advance(bentBy bend: Float) -> Float {
        value &+= step
        return Float(Int32(truncatingIfNeeded: Int64(bend * 0x1p31) &+ Int64(value))) * 0x1p-31
    }

    /// A saw whose jump is rounded over two samples (polyBLEP), which removes most of the aliasing.
    @inline(__always)
    mutating func saw() -> Float {
        let naive = advance()
        let width = Float(step) * 0x1p-31
        if naive < -1 + width {
            let part = (naive + 1) / width - 1
            return naive + part * part
        }
        if naive > 1 - width {
            let part = (naive - 1) / width + 1
            return naive - part * part
        }
        return naive
    }
}

/// White noise, -1..<1, by a linear congruential generator: cheap, and repeatable.
struct Noise {
    private var state: UInt32

    init(_ random: inout SeededRandom) { state = UInt32(truncatingIfNeeded: random.next()) }

    @inline(__always)
    mutating func next() -> Float {
        state = state &* 1_664_525 &+ 1_013_904_223
        return Float(Int32(bitPattern: state)) * 0x1p-31
    }
}

/// Attack, decay, sustain, release. The attack is a straight line, the others fall exponentially.
struct Envelope {
    /// Until the release begins, in seconds.
    let held: Double
    let release: Double
    private var level: Float = 0
    private let rise: Float
    private let decay: Float
    private let sustain: Float
    private let fall: Float
    private var framesHeld: Int
    private var rising = true

    /// Times in seconds: `decay` and `release` until a thousandth is left of the way.
    init(attack: Double, decay: Double = 1, sustain: Float = 1, release: Double, held: Double) {
        self.held = held
        self.release = release
        self.sustain = sustain
        rise = 1 / Float(max(1, attack * Double(StereoBuffer.sampleRate)))
        self.decay = Self.fading(to: 0.001, over: decay)
        fall = Self.fading(to: 0.001, over: release)
        framesHeld = Int(held * Double(StereoBuffer.sampleRate))
    }

    var seconds: Double { held + release }

    @inline(__always)
    mutating func next() -> Float {
        if framesHeld <= 0 {
            level *= fall
            return level
        }
        framesHeld -= 1
        if rising {
            level += rise
            if level >= 1 {
                level = 1
                rising = false
            }
        } else {
            level = sustain + (level - sustain) * decay
        }
        return level
    }

    /// The factor per sample that leaves `part` after `seconds`.
    static func fading(to part: Float, over seconds: Double) -> Float {
        exp(log(part) / Float(max(seconds, 0.0005)) / sampleRate)
    }
}
