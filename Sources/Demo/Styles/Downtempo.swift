/// A lazy beat, electric piano with ninths, a warm bass, and dust on the record.
enum Downtempo {
    private static let kicks: [[Double]] = [[0, 1.75, 2.5], [0, 0.75, 2.5], [0, 2.25, 2.75], [0, 1.5, 2.5]]

    static func compose(_ track: LibraryPlan.Track, excerpt: Double?) -> Mix {
        var piece = Piece(track, bars: Composition.bars(tempo: track.tempo, group: 4), tail: 4, excerpt: excerpt)
        piece.mix.reverb = Reverb(decay: 1.6, size: 0.8, damping: 0.5)
        piece.mix.delay = PingPongDelay(seconds: piece.seconds(0.75), feedback: 0.4, treble: 2_600)
        piece.mix.ensemble = Chorus(hertz: 0.9, depth: 0.002)
        piece.mix.master = Master(loudness: -17.5, fadeIn: 0.3, fadeOut: 4)
        let key = piece.key
        let degrees = piece.random.pick(
            key.mode.isMinor
                ? [[0, 3, 6, 2], [0, 5, 3, 4], [3, 4, 0, 0]] : [[3, 2, 1, 0], [1, 4, 0, 5], [0, 5, 1, 4], [3, 4, 2, 5]])
        let kick = piece.random.pick(kicks)
        let hook = piece.random.integer(in: 0...2)
        var previous: [Int] = []

        for side: Float in [-0.7, 0.7] {
            piece.mix.play(Crackle(seconds: piece.time(piece.bars, 0) + 3, random: &piece.random), at: 0, .init(0.10, pan: side, room: 0))
        }
        for bar in 0..<piece.bars {
            let chord = key.chord(degrees[bar % 4], notes: 5)
            let hand = Chord(root: chord.root, intervals: Array(chord.intervals.dropFirst()))
            let voicing = hand.voiced(after: previous, around: key.tonic + 11)
            previous = voicing
            keys(&piece, bar: bar, voicing: voicing)
            let breaks = bar % 16 >= 12 && bar % 16 < 14
            if bar >= 4, !breaks { drums(&piece, bar: bar, kick: kick) }
            if bar >= 4 { bass(&piece, bar: bar, chord: chord) }
            if bar >= 8 { tune(&piece, bar: bar, chord: chord, hook: hook) }
        }
        return piece.mix
    }

    private static func keys(_ piece: inout Piece, bar: Int, voicing: [Int]) {
        for (beat, beats) in [(0.0, 1.4), (1.5, 0.4), (2.25, 1.6)] {
            let velocity = piece.random.float(in: 0.4...0.65)
            for (index, pitch) in voicing.enumerated() {
                let pan = -0.6 + 0.35 * Float(index)
                piece.play(
                    ElectricPiano(Double(pitch), held: piece.seconds(beats), velocity: velocity), bar, beat,
                    .init(0.36, pan: pan, room: 0.3, chorus: 0.35),
                    loose: 0.014)
            }
        }
    }

    private static func drums(_ piece: inout Piece, bar: Int, kick: [Double]) {
        // The second of two sixteenths comes late.
        func late(_ beat: Double) -> Double { (beat * 4).truncatingRemainder(dividingBy: 2) == 1 ? beat + 0.06 : beat }
        for beat in kick { piece.play(Drum.kick(deep: 50), bar, late(beat), .init(0.32, room: 0.04)) }
        for beat in [1.0, 3] {
            piece.play(Burst.snare(seconds: 0.17, random: &piece.random), bar, beat + 0.03, .init(0.19, pan: 0.08, room: 0.22))
        }
        for step in 0..<8 {
            let beat = Double(step) / 2
            piece.play(
                Burst.hat(random: &piece.random), bar, beat, .init(0.07 * piece.random.float(in: 0.5...1), pan: -0.4, room: 0.06),
                loose: 0.008)
            if piece.random.chance(0.25) {
                piece.play(Burst.hat(random: &piece.random), bar, late(beat + 0.25), .init(0.03, pan: 0.45, room: 0.06), loose: 0.008)
            }
        }
    }

    private static func bass(_ piece: inout Piece, bar: Int, chord: Chord) {
        let root = chord.bass(above: 31)
        for (beat, offset, beats) in [(0.0, 0, 1.2), (1.75, 0, 0.6), (2.5, piece.random.pick([7, 12, 0]), 1.2)] {
            piece.play(
                SineBass(Double(root + offset), held: piece.seconds(beats), drive: 2.4), bar, beat, .init(0.19, room: 0.02), loose: 0.008)
        }
    }

    private static func tune(_ piece: inout Piece, bar: Int, chord: Chord, hook: Int) {
        // The same two bars of rhythm, always; the notes follow the chords.
        let rhythm = bar % 2 == 0 ? [0.5, 1, 1.75] : [0, 0.75, 2.5, 3]
        for (index, beat) in rhythm.enumerated() {
            let step = [6, 8, 7, 5, 9, 7][(index + bar % 2 * 3 + hook) % 6]
            var pitch = piece.key.pentatonic(step) + 12
            if index == 0 { pitch = chord.nearest(to: pitch) }
            let side: Float = index % 2 == 0 ? 0.5 : -0.2
            switch hook {
            case 0:
                piece.play(
                    Partials.marimba(Double(pitch), velocity: 0.7), bar, beat, .init(0.36, pan: side, room: 0.35, echo: 0.4), loose: 0.012)
            case 1:
                let voice = Pluck(Double(pitch), held: 0.9, ring: 1.8, bright: 0.35, velocity: 0.7, random: &piece.random)
                piece.play(voice, bar, beat, .init(0.36, pan: side, room: 0.35, echo: 0.4), loose: 0.012)
            default:
                piece.play(
                    Partials.vibraphone(Double(pitch), held: 0.8, velocity: 0.6), bar, beat, .init(0.34, pan: side, room: 0.35, echo: 0.4),
                    loose: 0.012)
            }
        }
    }
}
