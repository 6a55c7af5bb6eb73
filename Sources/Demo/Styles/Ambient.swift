/// Slow chords that swell out of each other, small bells, a drone and moving air.
enum Ambient {
    static func compose(_ track: LibraryPlan.Track, excerpt: Double?) -> Mix {
        var piece = Piece(track, bars: Composition.bars(tempo: track.tempo, group: 2), tail: 8, excerpt: excerpt)
        piece.mix.reverb = Reverb(decay: 5.5, size: 1.5, damping: 0.5)
        piece.mix.delay = PingPongDelay(seconds: piece.seconds(0.75), feedback: 0.58, treble: 2_800)
        piece.mix.master = Master(loudness: -20, fadeIn: 3, fadeOut: 8)
        let key = piece.key
        let degrees = piece.random.pick(
            key.mode.isMinor
                ? [[0, 5, 2, 6], [0, 3, 5, 4], [0, 2, 5, 3]] : [[0, 3, 1, 4], [0, 5, 3, 4], [0, 2, 3, 1], [0, 4, 1, 3]])
        let solo = piece.random.integer(in: 0...2)
        var previous: [Int] = []

        for side: Float in [-0.85, 0.85] {
            let air = Wash(seconds: piece.time(piece.bars, 0) + 6, centre: 520, random: &piece.random)
            piece.mix.play(air, at: 0, .init(0.035, pan: side, room: 0.3))
        }
        for bar in stride(from: 0, to: piece.bars, by: 2) {
            let chord = key.chord(degrees[(bar / 2) % degrees.count], notes: 5)
            let voicing = chord.voiced(after: previous, around: key.tonic + 10)
            previous = voicing
            let held = piece.seconds(7.4)
            for (index, pitch) in voicing.enumerated() {
                let late = Double(index) * 0.35
                let width = 0.35 + 0.13 * Float(index)
                for side: Float in [-1, 1] {
                    let cents = piece.random.value(in: -0.05...0.05)
                    let voice = Synth(
                        Double(pitch) + cents, held: held - late, patch: .warmPad, startingAt: Float(piece.random.unit()) * 0.9)
                    piece.mix.play(voice, at: piece.time(bar, 0) + late, .init(0.10, pan: side * width, room: 0.5, chorus: 0.25))
                }
            }
            let drone = SineBass(Double(chord.bass(above: 31)), held: held, drive: 0.8, decay: 30)
            piece.play(drone, bar, 0, .init(0.20, room: 0.1))
            if bar >= 2 { bells(&piece, bar: bar) }
            if bar >= piece.bars / 4, bar < piece.bars - 2 { phrase(&piece, bar: bar, chord: chord, instrument: solo) }
        }
        return piece.mix
    }

    private static func bells(_ piece: inout Piece, bar: Int) {
        var step = piece.random.integer(in: 4...9)
        var pan = piece.random.float(in: -0.8...0.8)
        for half in 0..<16 where piece.random.chance(0.3) {
            step = min(12, max(3, step + piece.random.pick([-2, -1, 1, 2])))
            let velocity = piece.random.float(in: 0.25...0.6)
            let pitch = Double(piece.key.pentatonic(step) + 12)
            piece.play(
                Bell(pitch, ring: 2.6, ratio: 2.76, index: 0.4, velocity: velocity), bar, Double(half) / 2,
                .init(0.13, pan: pan, room: 0.6, echo: 0.6),
                loose: 0.05)
            pan = -pan * 0.9
        }
    }

    private static func phrase(_ piece: inout Piece, bar: Int, chord: Chord, instrument: Int) {
        var beat = piece.random.pick([0.5, 1, 2])
        var pitch = chord.nearest(to: piece.key.tonic + piece.random.integer(in: 14...20))
        while beat < 6.5 {
            let beats = piece.random.pick([1.0, 1.5, 2, 3])
            let held = piece.seconds(beats)
            switch instrument {
            case 0:
                piece.play(Partials.glass(Double(pitch), held: held), bar, beat, .init(0.16, pan: 0.25, room: 0.6, echo: 0.35), loose: 0.05)
            case 1:
                piece.play(
                    Partials.piano(Double(pitch), held: held * 2, velocity: 0.35), bar, beat, .init(0.30, pan: -0.2, room: 0.6, echo: 0.4),
                    loose: 0.05)
            default:
                piece.play(
                    Flute(Double(pitch), held: held, random: &piece.random), bar, beat, .init(0.13, pan: 0.2, room: 0.7, echo: 0.35),
                    loose: 0.05)
            }
            beat += beats + piece.random.pick([0, 0, 0.5, 1])
            pitch = chord.nearest(to: pitch + piece.random.pick([-5, -3, -2, 2, 3, 5]))
        }
    }
}
