import Foundation

// Drums and other noises with a short life.

/// A sine that falls in pitch, with a click: bass drum, tom, conga.
struct Drum: Voice {
    let seconds: Double
    private var phase: Phase
    private let pitch: Float
    private var bend: Float
    private let bendLoss: Float
    private var level: Float
    private let loss: Float
    private var click: Float
    private var countdown = 0
    private var fade: Int

    /// Falls from `pitch` × (1 + `bend`) Hz to `pitch` Hz.
    init(pitch: Float, bend: Float, bendSeconds: Double, seconds: Double, click: Float = 0.3) {
        self.seconds = seconds
        self.pitch = pitch
        self.bend = bend
        bendLoss = pow(Envelope.fading(to: 0.05, over: bendSeconds), 8)
        level = 1
        loss = Envelope.fading(to: 0.002, over: seconds)
        self.click = click
        phase = Phase(pitch)
        fade = 0
    }

    static func kick(deep: Float = 48, tight: Bool = false) -> Drum {
        Drum(pitch: deep, bend: 3.6, bendSeconds: tight ? 0.05 : 0.08, seconds: tight ? 0.28 : 0.42)
    }

    static func tom(_ pitch: Float) -> Drum { Drum(pitch: pitch, bend: 0.7, bendSeconds: 0.12, seconds: 0.5, click: 0.15) }

    static func conga(_ pitch: Float) -> Drum { Drum(pitch: pitch, bend: 0.25, bendSeconds: 0.04, seconds: 0.22, click: 0.2) }

    @inline(__always)
    mutating func next() -> Float {
        if countdown == 0 {
            countdown = 8
            phase.retune(pitch * (1 + bend))
            bend *= bendLoss
        }
        countdown -= 1
        level *= loss
        // Half a millisecond of attack keeps the start from being a step.
        fade = min(fade + 1, 24)
        click = click * 0.985 + inaudible
        return (sine(phase.advance()) * level + click * (fade < 24 ? 1 : 0.6)) * Float(fade) / 24
    }
}

/// Noise with a colour and a decay: snare, hi-hat, clap, shaker, brush, and the tone under a snare.
struct Burst: Voice {
    let seconds: Double
    private enum Colour { case high, band }
    private let colour: Colour
    private var noise: Noise
    private var filter: Filter
    private var level: Float
    private let loss: Float
    private let rise: Float
    private var gain: Float = 0
    private var tone: Phase
    private var toneLevel: Float
    private let toneLoss: Float
    /// Frames at which a clap claps again.
    private var repeats: [Int]
    private var frame = 0

    private init(
        _ colour: Colour, _ cutoff: Float, resonance: Float = 0.2, seconds: Double, attack: Double = 0.000_5, tone: Float = 0,
        toneLevel: Float = 0,
        repeats: [Int] = [], random: inout SeededRandom
    ) {
        self.colour = colour
        self.seconds = seconds
        noise = Noise(&random)
        filter = Filter(cutoff, resonance: resonance)
        level = 1
        loss = Envelope.fading(to: 0.002, over: seconds)
        rise = Float(1 / max(1, attack * Double(sampleRate)))
        self.tone = Phase(tone)
        self.toneLevel = toneLevel
        toneLoss = Envelope.fading(to: 0.002, over: 0.16)
        self.repeats = repeats
    }

    static func snare(seconds: Double = 0.2, random: inout SeededRandom) -> Burst {
        Burst(.high, 1_100, resonance: 0.1, seconds: seconds, tone: 188, toneLevel: 0.7, random: &random)
    }

    static func hat(open: Bool = false, random: inout SeededRandom) -> Burst {
        Burst(.high, 7_600, resonance: 0.3, seconds: open ? 0.32 : 0.06, random: &random)
    }

    static func clap(random: inout SeededRandom) -> Burst {
        Burst(.band, 1_500, resonance: 0.35, seconds: 0.17, repeats: [430, 900], random: &random)
    }

    static func shaker(random: inout SeededRandom) -> Burst {
        Burst(.band, 6_200, resonance: 0.4, seconds: 0.09, attack: 0.025, random: &random)
    }

    static func brush(random: inout SeededRandom) -> Burst {
        Burst(.band, 2_600, resonance: 0.1, seconds: 0.26, attack: 0.05, random: &random)
    }

    /// Ride cymbal: long, high, with a ping.
    static func ride(random: inout SeededRandom) -> Burst {
        Burst(.high, 6_200, resonance: 0.5, seconds: 0.7, tone: 3_340, toneLevel: 0.12, random: &random)
    }

    static func crash(random: inout SeededRandom) -> Burst {
        Burst(.high, 4_200, resonance: 0.2, seconds: 1.9, random: &random)
    }

    /// A stick on the rim: almost only tone.
    static func rim(random: inout SeededRandom) -> Burst {
        Burst(.band, 1_850, resonance: 0.86, seconds: 0.06, tone: 820, toneLevel: 0.5, random: &random)
    }

    @inline(__always)
    mutating func next() -> Float {
        if let again = repeats.first, frame == again {
            level = 1
            repeats.removeFirst()
        }
        frame += 1
        gain = min(1, gain + rise)
        level *= loss
        toneLevel = toneLevel * toneLoss + inaudible
        filter.run(noise.next())
        let coloured =
            switch colour {
            case .high: filter.high
            case .band: filter.band
            }
        return (coloured * level + sine(tone.advance()) * toneLevel) * gain
    }
}

/// The surface of an old record: rare small clicks.
struct Crackle: Voice {
    let seconds: Double
    private var noise: Noise
    private var filter = Filter(3_200, resonance: 0.2)

    init(seconds: Double, random: inout SeededRandom) {
        self.seconds = seconds
        noise = Noise(&random)
    }

    @inline(__always)
    mutating func next() -> Float {
        let drawn = noise.next()
        let hiss = drawn * 0.012
        return filter.bandPass(abs(drawn) > 0.999_75 ? noise.next() * 3 : hiss)
    }
}
