import Foundation

// The melodic instruments that are not a list of partials (`Partials`) nor a drum (`Drums`).

/// A plucked string (Karplus and Strong): a burst of noise goes round a delay line as long as one period and loses its brightness.
struct Pluck: Voice {
    private var line: [Float]
    private var index = 0
    private let loss: Float
    private let damping: Float
    private let tuning: Float
    private var previous: Float = 0
    private var allPassInput: Float = 0
    private var allPassOutput: Float = 0
    private var envelope: Envelope

    /// `bright` 0…1: from felt to steel. `ring`: seconds until the string is silent if nobody damps it.
    init(_ pitch: Double, held: Double, ring: Double = 3, bright: Float = 0.5, velocity: Float = 0.8, random: inout SeededRandom) {
        let hertz = frequency(pitch)
        damping = 0.5 - 0.42 * bright
        // The averaging delays by `damping` samples, the all-pass by what is then missing to a whole number.
        let period = sampleRate / hertz - damping
        let length = max(2, Int(period - 0.2))
        let fraction = period - Float(length)
        tuning = (1 - fraction) / (1 + fraction)
        loss = pow(0.001, 1 / (hertz * Float(ring)))
        var noise = Noise(&random)
        var softened: Float = 0
        let softness = min(0.92, 0.25 + (1 - bright) * 0.5 + (1 - velocity) * 0.35)
        let burst = (0..<length).map { _ -> Float in
            softened += (noise.next() - softened) * (1 - softness)
            return softened
        }
        // Plucking a fifth of the way along the string silences every fifth overtone.
        let point = max(1, length / 5)
        let shaped = burst.indices.map { burst[$0] - 0.8 * burst[($0 + length - point) % length] }
        let loudest = shaped.reduce(0.000_1) { max($0, abs($1)) }
        let mean = shaped.reduce(0, +) / Float(length)
        line = shaped.map { ($0 - mean) / loudest * velocity }
        envelope = Envelope(attack: 0.001, release: 0.12, held: min(held, ring))
    }

    var seconds: Double { envelope.seconds }

    @inline(__always)
    mutating func next() -> Float {
        let output = line[index]
        let averaged = loss * ((1 - damping) * output + damping * previous)
        previous = output
        allPassOutput = tuning * averaged + allPassInput - tuning * allPassOutput
        allPassInput = averaged
        line[index] = allPassOutput
        index += 1
        if index == line.count { index = 0 }
        return output * envelope.next()
    }
}

/// Electric piano by frequency modulation: a tine that fades quickly over a warm body.
struct ElectricPiano: Voice {
    private var carrier: Phase
    private var body: Phase
    private var tine: Phase
    private var bodyIndex: Float
    private var tineIndex: Float
    private let bodyLoss: Float
    private let tineLoss: Float
    private var envelope: Envelope
    private let level: Float

    init(_ pitch: Double, held: Double, velocity: Float) {
        let hertz = frequency(pitch)
        carrier = Phase(hertz)
        body = Phase(hertz * 1.001)
        tine = Phase(min(hertz * 14, sampleRate * 0.4))
        bodyIndex = 0.18 + 0.42 * velocity
        tineIndex = 0.10 * velocity * velocity
        bodyLoss = Envelope.fading(to: 0.1, over: 1.4)
        tineLoss = Envelope.fading(to: 0.1, over: 0.12)
        envelope = Envelope(attack: 0.004, decay: 7 * exp2(-(pitch - 50) / 24), sustain: 0, release: 0.25, held: held)
        level = 0.5 * velocity
    }

    var seconds: Double { envelope.seconds }

    @inline(__always)
    mutating func next() -> Float {
        let bend = sine(body.advance()) * bodyIndex + sine(tine.advance()) * tineIndex
        bodyIndex *= bodyLoss
        tineIndex *= tineLoss
        return sine(carrier.advance(bentBy: bend)) * envelope.next() * level
    }
}

/// A bell by frequency modulation with a ratio that is no overtone.
struct Bell: Voice {
    private var carrier: Phase
    private var modulator: Phase
    private var index: Float
    private let loss: Float
    private var envelope: Envelope
    private let level: Float

    init(_ pitch: Double, ring: Double, ratio: Float = 3.53, index: Float = 0.7, velocity: Float) {
        let hertz = frequency(pitch)
        carrier = Phase(hertz)
        modulator = Phase(hertz * ratio)
        self.index = index * velocity
        loss = Envelope.fading(to: 0.05, over: ring * 0.6)
        envelope = Envelope(attack: 0.003, decay: ring, sustain: 0, release: 0.3, held: ring)
        level = velocity * 0.5
    }

    var seconds: Double { envelope.seconds }

    @inline(__always)
    mutating func next() -> Float {
        let bend = sine(modulator.advance()) * index
        index *= loss
        return sine(carrier.advance(bentBy: bend)) * envelope.next() * level
    }
}

/// A subtractive synthesiser voice: two saws, slightly apart, through a filter that opens and closes with its own envelope.
struct Synth: Voice {
    /// The knobs. Times in seconds, cutoff in Hz.
    struct Patch {
        var attack = 0.005
        var decay = 0.4
        var sustain: Float = 0.6
        var release = 0.2
        var cutoff: Float = 900
        /// How far the filter opens above `cutoff`, in octaves, and how quickly it falls back.
        var sweep: Float = 2
        var sweepDecay = 0.3
        /// The filter opens this slowly first: pads swell.
        var sweepAttack = 0.002
        var resonance: Float = 0.3
        /// Between the two saws, in cents.
        var detune = 8.0
        /// 0 saw … 1 square, which sounds hollow.
        var hollow: Float = 0
        /// A sine an octave below.
        var sub: Float = 0
        var vibrato: Float = 0
    }

    private var first: Phase
    private var second: Phase
    private var below: Phase
    private var wobble = Phase(5.3 * Float(Self.control))
    private let hertz: Float
    private let spread: Float
    private let patch: Patch
    private var filter: Filter
    private var amplitude: Envelope
    private var opening: Envelope
    private var countdown = 0
    private var age = 0
    /// Filter and vibrato move once in so many samples.
    private static let control = 32

    init(_ pitch: Double, held: Double, patch: Patch, startingAt phase: Float = 0) {
        hertz = frequency(pitch)
        spread = Float(exp2(patch.detune / 1_200))
        first = Phase(hertz, start: phase)
        second = Phase(hertz * spread, start: phase * 0.37 + (patch.hollow > 0 ? 0.5 : 0.21))
        below = Phase(hertz / 2)
        self.patch = patch
        filter = Filter(patch.cutoff, resonance: patch.resonance)
        amplitude = Envelope(attack: patch.attack, decay: patch.decay, sustain: patch.sustain, release: patch.release, held: held)
        // Advanced once in `control` samples: its seconds are shorter by as much.
        let slow = Double(Self.control)
        opening = Envelope(
            attack: patch.sweepAttack / slow, decay: patch.sweepDecay / slow, sustain: 0.15, release: patch.release / slow,
            held: held / slow)
    }

    var seconds: Double { amplitude.seconds }

    @inline(__always)
    mutating func next() -> Float {
        if countdown == 0 {
            countdown = Self.control
            filter.tune(patch.cutoff * exp2(patch.sweep * opening.next()))
            if patch.vibrato > 0 {
                // Vibrato comes in after the note has settled.
                let depth = patch.vibrato * min(1, Float(age) / (sampleRate * 0.4))
                let bent = hertz * (1 + 0.012 * depth * sine(wobble.advance()))
                first.retune(bent)
                second.retune(bent * spread)
            }
            age += Self.control
        }
        countdown -= 1
        let one = first.saw()
        let two = second.saw()
        // The difference of two saws half a turn apart is a square.
        let mixed = (one + two) * 0.5 * (1 - patch.hollow) + (one - two) * 0.5 * patch.hollow
        let tone = filter.lowPass(mixed)
        let deep = patch.sub > 0 ? sine(below.advance()) * patch.sub : 0
        return (tone + deep) * amplitude.next()
    }
}

extension Synth.Patch {
    static let warmPad = Synth.Patch(
        attack: 1.6, decay: 4, sustain: 0.8, release: 3, cutoff: 320, sweep: 1.7, sweepDecay: 6, sweepAttack: 2.4, resonance: 0.12,
        detune: 11)
    static let strings = Synth.Patch(
        attack: 0.45, decay: 3, sustain: 0.85, release: 0.9, cutoff: 1_100, sweep: 1.0, sweepDecay: 3, sweepAttack: 0.6, resonance: 0.05,
        detune: 9, vibrato: 0.35)
    static let brightPad = Synth.Patch(
        attack: 0.25, decay: 2, sustain: 0.7, release: 0.8, cutoff: 700, sweep: 1.6, sweepDecay: 1.8, sweepAttack: 0.2, resonance: 0.15,
        detune: 14)
    static let pluckBass = Synth.Patch(
        attack: 0.003, decay: 0.35, sustain: 0.35, release: 0.08, cutoff: 220, sweep: 2.6, sweepDecay: 0.22, resonance: 0.35, detune: 5,
        sub: 0.5)
    static let arpeggio = Synth.Patch(
        attack: 0.002, decay: 0.22, sustain: 0.15, release: 0.15, cutoff: 700, sweep: 2.2, sweepDecay: 0.18, resonance: 0.35, detune: 7)
    static let lead = Synth.Patch(
        attack: 0.03, decay: 0.6, sustain: 0.75, release: 0.25, cutoff: 1_300, sweep: 1.2, sweepDecay: 0.8, sweepAttack: 0.04,
        resonance: 0.2,
        detune: 6, vibrato: 0.6)
    static let reed = Synth.Patch(
        attack: 0.05, decay: 0.5, sustain: 0.8, release: 0.12, cutoff: 1_500, sweep: 0.8, sweepDecay: 0.6, sweepAttack: 0.05,
        resonance: 0.1,
        detune: 2, hollow: 0.9, vibrato: 0.5)
    static let stab = Synth.Patch(
        attack: 0.002, decay: 0.25, sustain: 0.0, release: 0.12, cutoff: 600, sweep: 2.4, sweepDecay: 0.2, resonance: 0.25, detune: 12)
}

/// A round bass: a sine with a little saturation and a soft start.
struct SineBass: Voice {
    private var phase: Phase
    private var envelope: Envelope
    private let drive: Float

    init(_ pitch: Double, held: Double, drive: Float = 1.6, decay: Double = 4) {
        phase = Phase(frequency(pitch))
        envelope = Envelope(attack: 0.008, decay: decay, sustain: 0.3, release: 0.08, held: held)
        self.drive = drive
    }

    var seconds: Double { envelope.seconds }

    @inline(__always)
    mutating func next() -> Float {
        let pushed = sine(phase.advance()) * drive * envelope.next()
        return pushed / (1 + abs(pushed)) * 1.4
    }
}

/// A wooden flute: a sine with two overtones, breath, and vibrato that grows.
struct Flute: Voice {
    private var phase: Phase
    /// Advanced once in `control` samples.
    private var wobble = Phase(4.9 * Float(Self.control))
    private static let control = 32
    private let hertz: Float
    private var breath: Noise
    private var band: Filter
    private var envelope: Envelope
    private var age: Float = 0
    private var countdown = 0

    init(_ pitch: Double, held: Double, random: inout SeededRandom) {
        hertz = frequency(pitch)
        phase = Phase(hertz)
        breath = Noise(&random)
        band = Filter(hertz * 2, resonance: 0.6)
        envelope = Envelope(attack: 0.07, decay: 2, sustain: 0.75, release: 0.14, held: held)
    }

    var seconds: Double { envelope.seconds }

    @inline(__always)
    mutating func next() -> Float {
        if countdown == 0 {
            countdown = Self.control
            age = min(1, age + Float(Self.control) / (sampleRate * 0.7))
            phase.retune(hertz * (1 + 0.006 * age * sine(wobble.advance())))
        }
        countdown -= 1
        let turn = phase.advance()
        let tone = sine(turn)
        // sin 2x and sin 3x from sin x: no further phases needed. cos is the sine a quarter turn on.
        let ahead = turn + 0.5
        let cosine = sine(ahead >= 1 ? ahead - 2 : ahead)
        let colour = 0.5 * tone * cosine + 0.08 * tone * (3 - 4 * tone * tone)
        return (tone * 0.7 + colour * 0.4 + band.bandPass(breath.next()) * 0.10) * envelope.next() * 0.6
    }
}

/// Wind or surf: noise through a band that wanders slowly.
struct Wash: Voice {
    let seconds: Double
    private var noise: Noise
    private var filter: Filter
    private var drift: Phase
    private var swell: Phase
    private let centre: Float
    private var countdown = 0
    private var cutoffLevel: Float = 0
    private var envelope: Envelope

    init(seconds: Double, centre: Float, random: inout SeededRandom) {
        self.seconds = seconds
        self.centre = centre
        noise = Noise(&random)
        filter = Filter(centre, resonance: 0.45)
        // One turn of the drift in 10 to 20 seconds; advanced every 64 samples.
        drift = Phase(random.float(in: 0.05...0.1) * 64, start: Float(random.unit()))
        swell = Phase(random.float(in: 0.06...0.13) * 64, start: Float(random.unit()))
        envelope = Envelope(attack: seconds * 0.2, release: seconds * 0.3, held: seconds * 0.7)
    }

    @inline(__always)
    mutating func next() -> Float {
        if countdown == 0 {
            countdown = 64
            filter.tune(centre * exp2(1.2 * sine(drift.advance())))
            cutoffLevel = 0.55 + 0.45 * sine(swell.advance())
        }
        countdown -= 1
        return filter.bandPass(noise.next()) * cutoffLevel * envelope.next()
    }
}
