/// Bass first. One drop on the third beat, an organ between the beats, and a hand on the echo: parts leave and only their tails stay.
enum Dub {
    private static let riffs: [[(beat: Double, degree: Int, beats: Double)]] = [
        [(0, 0, 0.9), (1, 0, 0.4), (1.5, 2, 0.4), (2.5, 4, 0.9), (4, 0, 1.4), (5.5, 4, 0.4), (6, 2, 0.9), (7, 0, 0.9)],
        [(0, 0, 1.4), (1.5, 0, 0.4), (2, -1, 0.9), (3, 0, 0.9), (4.5, 4, 0.4), (5, 4, 0.4), (5.5, 3, 0.4), (6, 2, 1.6)],
        [(0.5, 0, 0.4), (1, 0, 0.9), (2, 4, 0.4), (2.5, 3, 0.4), (3, 2, 0.9), (4.5, 0, 0.4), (5, 0, 0.9), (6, 1, 0.9), (7, 2, 0.9)],
    ]

    static func compose(_ track: LibraryPlan.Track, excerpt: Double?) -> Mix {
        var piece = Piece(track, bars: Composition.bars(tempo: track.tempo, group: 4), tail: 6, excerpt: excerpt)
        piece.swing = 0.56
        piece.mix.reverb = Reverb(decay: 2.4, size: 0.8, damping: 0.4)
        piece.mix.delay = PingPongDelay(seconds: piece.seconds(0.75), feedback: 0.66, treble: 2_400)
        piece.mix.master = Master(loudness: -16.5, fadeOut: 5)
        let key = piece.key
        let degrees = piece.random.pick(key.mode.isMinor ? [[0, 0, 3, 3], [0, 6, 0, 6], [0, 0, 6, 5]] : [[0, 0, 3, 4], [0, 1, 0, 1]])
        let riff = piece.random.pick(riffs)
        let melodica = piece.random.chance(0.7)

        for bar in 0..<piece.bars {
            let chord = key.chord(degrees[(bar / 2) % 4])
            let section = bar / 4
            // The hand on the desk: what is heard in these four bars.
            let bassOn = section > 0 && section % 4 != 3
            let drumsOn = section % 5 != 4
            let organOn = section % 3 != 2
            if drumsOn { drums(&piece, bar: bar, throwSnare: bar % 4 == 3) }
            if bassOn, bar % 2 == 0 {
                for note in riff {
                    let pitch = key.pitch(degrees[(bar / 2) % 4] + note.degree) - 12
                    let low = pitch > 45 ? pitch - 12 : pitch
                    piece.play(
                        SineBass(Double(low), held: piece.seconds(note.beats), drive: 3.2, decay: 5), bar, note.beat,
                        .init(0.15, room: 0.02))
                }
            }
            skank(&piece, bar: bar, chord: chord, organ: organOn, throwLast: bar % 4 == 3 || !organOn)
            if melodica, section > 0, bar % 4 < 2 { phrase(&piece, bar: bar, chord: chord) }
        }
        return piece.mix
    }

    private static func drums(_ piece: inout Piece, bar: Int, throwSnare: Bool) {
        piece.play(Drum.kick(deep: 52), bar, 2, .init(0.28, room: 0.06))
        piece.play(Burst.rim(random: &piece.random), bar, 2, .init(0.22, pan: -0.15, room: 0.4, echo: throwSnare ? 0.8 : 0))
        if bar % 2 == 1 { piece.play(Drum.kick(deep: 52), bar, 0, .init(0.17, room: 0.05)) }
        for half in 0..<8 {
            let accent: Float = half % 2 == 1 ? 1 : 0.55
            piece.play(Burst.hat(random: &piece.random), bar, Double(half) / 2, .init(0.09 * accent, pan: 0.35, room: 0.08))
        }
        if throwSnare {
            piece.play(Burst.snare(random: &piece.random), bar, 3.5, .init(0.20, pan: 0.1, room: 0.5, echo: 0.9))
        }
        if bar % 8 == 7 {
            for (index, pitch) in [Float(170), 140, 110].enumerated() {
                piece.play(Drum.tom(pitch), bar, 3 + Double(index) / 3, .init(0.25, pan: 0.6 - 0.6 * Float(index), room: 0.4, echo: 0.3))
            }
        }
    }

    private static func skank(_ piece: inout Piece, bar: Int, chord: Chord, organ: Bool, throwLast: Bool) {
        let notes = chord.closed(above: 60)
        for beat in [1.0, 3] {
            // The guitar chop; the last of four bars goes into the echo and comes back for a while.
            let echo: Float = throwLast && beat == 3 ? 0.9 : 0
            for (index, pitch) in notes.enumerated() {
                let voice = Pluck(Double(pitch + 12), held: 0.09, ring: 0.6, bright: 0.7, velocity: 0.7, random: &piece.random)
                piece.play(voice, bar, beat, .init(0.34, pan: 0.6 - 0.08 * Float(index), room: 0.3, echo: echo))
            }
        }
        guard organ else { return }
        for beat in [0.5, 1.0, 1.5, 2.5, 3.0, 3.5] {
            let short = beat.truncatingRemainder(dividingBy: 1) != 0
            for pitch in notes {
                piece.play(
                    Partials.organ(Double(pitch), held: piece.seconds(short ? 0.14 : 0.3), bright: 0.6), bar, beat,
                    .init(short ? 0.17 : 0.23, pan: -0.55, room: 0.2, echo: 0.1))
            }
        }
    }

    private static func phrase(_ piece: inout Piece, bar: Int, chord: Chord) {
        var beat = piece.random.pick([0, 0.5, 1])
        var step = piece.random.integer(in: 5...8)
        while beat < 3.5 {
            let beats = piece.random.pick([0.5, 0.5, 1, 1.5])
            var pitch = piece.key.pentatonic(step) + 12
            if beat == beat.rounded() { pitch = chord.nearest(to: pitch) }
            piece.play(
                Synth(Double(pitch), held: piece.seconds(beats * 0.9), patch: .reed), bar, beat,
                .init(0.21, pan: 0.25, room: 0.35, echo: 0.6), loose: 0.015)
            beat += beats
            step = min(10, max(4, step + piece.random.pick([-2, -1, -1, 1, 1, 2])))
        }
    }
}
