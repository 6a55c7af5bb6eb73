/// Verse and chorus of the eighties: octave bass, arpeggio from side to side, wide chords, a gated snare and a lead that sings.
enum SynthPop {
    static func compose(_ track: LibraryPlan.Track, excerpt: Double?) -> Mix {
        var piece = Piece(track, bars: Composition.bars(tempo: track.tempo, group: 4), tail: 4, excerpt: excerpt)
        piece.mix.reverb = Reverb(decay: 1.7, size: 0.9, damping: 0.25)
        piece.mix.delay = PingPongDelay(seconds: piece.seconds(0.75), feedback: 0.38, treble: 5_000)
        piece.mix.master = Master(loudness: -16.5, fadeOut: 4)
        let key = piece.key
        let minor = key.mode.isMinor
        let verse = piece.random.pick(
            minor ? [[0, 5, 2, 6], [0, 3, 5, 4], [0, 6, 5, 6]] : [[0, 5, 3, 4], [0, 2, 3, 4], [5, 3, 0, 4]])
        let chorus = piece.random.pick(
            minor ? [[5, 6, 0, 2], [3, 6, 2, 5], [5, 2, 6, 0]] : [[3, 4, 5, 0], [0, 4, 5, 3], [3, 0, 4, 5]])
        let up = piece.random.pick([[0, 1, 2, 3, 2, 1, 3, 2], [0, 2, 1, 3, 0, 2, 3, 1], [3, 2, 1, 0, 1, 2, 3, 2]])

        // Intro 4 bars, then verse and chorus of 8.
        func isChorus(_ bar: Int) -> Bool { bar >= 4 && ((bar - 4) / 8) % 2 == 1 }
        func chord(_ bar: Int) -> Chord { key.chord((isChorus(bar) ? chorus : verse)[bar % 4]) }

        var previous: [Int] = []
        for bar in 0..<piece.bars {
            let now = chord(bar)
            let voicing = now.voiced(after: previous, around: key.tonic + 12)
            previous = voicing
            drums(&piece, bar: bar, intro: bar < 4, fill: bar % 8 == 3)
            if bar >= 2 { bass(&piece, bar: bar, root: now.bass(above: 33)) }
            arpeggio(&piece, bar: bar, chord: now, order: up, loud: isChorus(bar))
            if bar >= 4 {
                for (index, pitch) in voicing.enumerated() {
                    for side: Float in [-1, 1] {
                        piece.play(
                            Synth(Double(pitch), held: piece.seconds(3.9), patch: .brightPad, startingAt: Float(piece.random.unit())), bar,
                            0,
                            .init(isChorus(bar) ? 0.095 : 0.07, pan: side * (0.4 + 0.2 * Float(index)), room: 0.25, chorus: 0.15))
                    }
                }
            }
        }
        sing(&piece, chord: chord, isChorus: isChorus)
        return piece.mix
    }

    private static func drums(_ piece: inout Piece, bar: Int, intro: Bool, fill: Bool) {
        for beat in [0.0, 2] + (piece.random.chance(0.5) ? [2.5] : []) where !intro || beat != 2.5 {
            piece.play(Drum.kick(deep: 52, tight: true), bar, beat, .init(0.42, room: 0.03), loose: 0.001)
        }
        if !intro {
            for beat in [1.0, 3] {
                piece.play(Burst.snare(seconds: 0.26, random: &piece.random), bar, beat, .init(0.18, pan: 0.05, room: 0.5), loose: 0.001)
            }
        }
        for half in 0..<8 {
            piece.play(
                Burst.hat(open: half == 7, random: &piece.random), bar, Double(half) / 2, .init(half % 2 == 0 ? 0.05 : 0.075, pan: -0.35),
                loose: 0.002)
        }
        if fill {
            for (index, pitch) in [Float(190), 160, 130, 100].enumerated() {
                piece.play(
                    Drum.tom(pitch), bar, 3 + Double(index) / 4, .init(0.24, pan: -0.6 + 0.4 * Float(index), room: 0.4), loose: 0.001)
            }
            piece.play(Burst.crash(random: &piece.random), bar + 1, 0, .init(0.06, pan: 0.45, room: 0.4))
        }
    }

    private static func bass(_ piece: inout Piece, bar: Int, root: Int) {
        for half in 0..<8 {
            let pitch = half % 2 == 0 ? root : root + 12
            piece.play(
                Synth(Double(pitch), held: piece.seconds(0.4), patch: .pluckBass), bar, Double(half) / 2, .init(0.23, room: 0.02),
                loose: 0.001)
        }
    }

    private static func arpeggio(_ piece: inout Piece, bar: Int, chord: Chord, order: [Int], loud: Bool) {
        let notes = chord.closed(above: 64) + [chord.closed(above: 64)[0] + 12]
        for step in 0..<16 {
            piece.play(
                Synth(Double(notes[order[step % 8]]), held: piece.seconds(0.2), patch: .arpeggio), bar, Double(step) / 4,
                .init(loud ? 0.15 : 0.12, pan: step % 2 == 0 ? -0.7 : 0.7, room: 0.12, echo: 0.3), loose: 0.001)
        }
    }

    private static func sing(_ piece: inout Piece, chord: (Int) -> Chord, isChorus: (Int) -> Bool) {
        let melody = Melody(
            key: piece.key,
            rhythms: [
                [1.5, 1.5, 1, 2, 1, -1], [1, 0.5, 0.5, 1, 1, 2.5, 0.5, -1], [0.5, 0.5, 1, 1.5, 0.5, 2, -2], [2, 1.5, 0.5, 1, 1, 2],
            ],
            cellBeats: 8, range: 65...84)
        var random = piece.random
        let verseSeed = random
        _ = random.next()
        let chorusSeed = random
        for start in stride(from: 4, to: piece.bars, by: 8) {
            var seed = isChorus(start) ? chorusSeed : verseSeed
            let notes = melody.compose(cells: 4, random: &seed) { chord(start + Int($0 / 4)) }
            for note in notes where Double(start) + note.beat / 4 < Double(piece.bars) {
                let placement = Mix.Placement(isChorus(start) ? 0.17 : 0.14, pan: 0.08, room: 0.3, echo: 0.35)
                let held = piece.seconds(note.beats * 0.9)
                if isChorus(start) {
                    piece.play(Synth(Double(note.pitch), held: held, patch: .lead), start, note.beat, placement)
                    piece.play(
                        Bell(Double(note.pitch + 12), ring: 1.2, velocity: 0.5), start, note.beat,
                        .init(0.1, pan: -0.3, room: 0.4, echo: 0.3))
                } else {
                    piece.play(Synth(Double(note.pitch), held: held, patch: .reed), start, note.beat, placement)
                }
            }
        }
    }
}
