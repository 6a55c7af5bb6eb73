import Foundation

/// Up to eight sine partials with decays of their own, kept turning by complex multiplication: struck and blown instruments whose
/// colour is a list of overtones.
struct Partials: Voice {
    private var real: SIMD8<Float>
    private var imaginary = SIMD8<Float>.zero
    private let cosine: SIMD8<Float>
    private let sine: SIMD8<Float>
    private var envelope: Envelope
    private var tremolo: Phase
    private let tremoloDepth: Float

    /// Partial `n` sounds at `ratios[n]` × the pitch, as loud as `levels[n]`, and falls by 60 dB in `decays[n]` seconds.
    init(
        pitch: Double, ratios: SIMD8<Float>, levels: SIMD8<Float>, decays: SIMD8<Float>, envelope: Envelope,
        tremolo: (hertz: Float, depth: Float) = (1, 0)
    ) {
        var cosine = SIMD8<Float>.zero
        var sine = SIMD8<Float>.zero
        var audible = SIMD8<Float>.zero
        let base = frequency(pitch)
        for index in 0..<8 where ratios[index] * base < sampleRate * 0.4 {
            let angle = 2 * Float.pi * ratios[index] * base / sampleRate
            let loss = Envelope.fading(to: 0.001, over: Double(decays[index]))
            cosine[index] = cos(angle) * loss
            sine[index] = sin(angle) * loss
            audible[index] = levels[index]
        }
        self.cosine = cosine
        self.sine = sine
        real = audible
        self.envelope = envelope
        self.tremolo = Phase(tremolo.hertz)
        tremoloDepth = tremolo.depth
    }

    var seconds: Double { envelope.seconds }

    @inline(__always)
    mutating func next() -> Float {
        let turned = cosine * real - sine * imaginary
        imaginary = sine * real + cosine * imaginary
        real = turned + inaudible
        let level = envelope.next() * (1 - tremoloDepth * (0.5 + 0.5 * Demo.sine(tremolo.advance())))
        // The imaginary parts start at zero: no click.
        return imaginary.sum() * level
    }
}

extension Partials {
    /// A soft upright piano: slightly stretched overtones, high notes short, and loud notes bright.
    static func piano(_ pitch: Double, held: Double, velocity: Float) -> Partials {
        let ratios = SIMD8<Float>(1, 2.001, 3.004, 4.009, 5.018, 6.03, 7.05, 9.1)
        let tilt = 0.42 + velocity * 0.26
        var levels = SIMD8<Float>.zero
        var decays = SIMD8<Float>.zero
        let ring = 9 * exp2(-Float(pitch - 40) / 20)
        for index in 0..<8 {
            levels[index] = pow(tilt, Float(index)) * (index == 6 ? 0.3 : 1)
            decays[index] = max(0.15, ring / (1 + 0.45 * Float(index)))
        }
        return Partials(
            pitch: pitch, ratios: ratios, levels: levels * 0.55, decays: decays,
            envelope: Envelope(attack: 0.003, release: 0.35, held: min(held, Double(ring))))
    }

    /// Vibraphone: the fundamental and the double octave, with its motor on.
    static func vibraphone(_ pitch: Double, held: Double, velocity: Float) -> Partials {
        Partials(
            pitch: pitch, ratios: [1, 4, 10, 1.002, 2, 3, 5, 6],
            levels: SIMD8(0.5, 0.16, 0.05, 0.2, 0.02, 0, 0, 0) * (0.6 + 0.4 * velocity),
            decays: [3.2, 0.9, 0.12, 2.6, 0.6, 0.3, 0.3, 0.3], envelope: Envelope(attack: 0.002, release: 0.9, held: max(held, 0.8)),
            tremolo: (5.2, 0.35))
    }

    /// Wood: marimba below, kalimba above.
    static func marimba(_ pitch: Double, velocity: Float) -> Partials {
        Partials(
            pitch: pitch, ratios: [1, 3.93, 9.2, 1.001, 2, 3, 5, 6],
            levels: SIMD8(0.6, 0.2, 0.07, 0.2, 0, 0, 0, 0) * (0.5 + 0.5 * velocity),
            decays: [0.95, 0.22, 0.06, 0.7, 0.3, 0.3, 0.3, 0.3], envelope: Envelope(attack: 0.002, release: 0.2, held: 0.8))
    }

    /// Celesta, or a music box: bright, small, long.
    static func celesta(_ pitch: Double, velocity: Float) -> Partials {
        Partials(
            pitch: pitch, ratios: [1, 2.003, 3.01, 4.1, 5.43, 6.8, 8.9, 11.2],
            levels: SIMD8(0.5, 0.2, 0.06, 0.14, 0.05, 0.04, 0.02, 0.01) * velocity,
            decays: [2.8, 1.6, 1.1, 0.8, 0.5, 0.35, 0.25, 0.15], envelope: Envelope(attack: 0.002, release: 0.6, held: 2.2))
    }

    /// Drawbar organ; the tremolo stands for the rotating speaker.
    static func organ(_ pitch: Double, held: Double, bright: Float = 0.5) -> Partials {
        Partials(
            pitch: pitch, ratios: [0.5, 1, 1.498, 2, 3, 4, 6, 8],
            levels: SIMD8(0.16, 0.3, 0.1, 0.18, 0.12 * bright, 0.1 * bright, 0.04 * bright, 0.03 * bright),
            decays: SIMD8(repeating: 1_000), envelope: Envelope(attack: 0.006, release: 0.06, held: held), tremolo: (6.1, 0.18))
    }

    /// The rubbed rim of a glass: pure and slow.
    static func glass(_ pitch: Double, held: Double) -> Partials {
        Partials(
            pitch: pitch, ratios: [1, 1.003, 2.32, 4.25, 2, 3, 5, 6], levels: [0.4, 0.3, 0.05, 0.02, 0.06, 0.01, 0, 0],
            decays: SIMD8(repeating: 40),
            envelope: Envelope(attack: held * 0.45, release: held * 0.9 + 1, held: held * 0.7), tremolo: (3.1, 0.25))
    }
}
