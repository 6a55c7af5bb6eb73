/// A nylon guitar against the beat, soft percussion and a flute.
enum Bossa {
    /// The guitar's chords over two bars, in beats.
    private static let hits = [0, 1.5, 2.5, 4, 5, 6.5]

    static func compose(_ track: LibraryPlan.Track, excerpt: Double?) -> Mix {
        var piece = Piece(track, bars: Composition.bars(tempo: track.tempo, group: 8), tail: 4, excerpt: excerpt)
        piece.mix.reverb = Reverb(decay: 1.4, size: 0.7, damping: 0.5)
        piece.mix.master = Master(loudness: -18.5, fadeOut: 4)
        let key = piece.key
        let degrees = piece.random.pick(
            key.mode.isMinor
                ? [[0, 3, 6, 2, 5, 3, 4, 0], [0, 0, 5, 4, 0, 3, 4, 0]] : [[0, 5, 1, 4, 2, 5, 1, 4], [0, 0, 1, 4, 3, 2, 1, 4]])
        func chord(_ bar: Int) -> Chord { key.chord(degrees[bar % 8], notes: 5) }

        for bar in stride(from: 0, to: piece.bars, by: 2) {
            for beat in hits {
                let now = chord(bar + Int((beat + 0.5) / 4))
                let hand = Chord(root: now.root, intervals: Array(now.intervals[1...3]))
                for (index, pitch) in hand.closed(above: 55).enumerated() {
                    let voice = Pluck(Double(pitch), held: piece.seconds(0.9), ring: 2, bright: 0.3, velocity: 0.65, random: &piece.random)
                    piece.play(voice, bar, beat, .init(0.24, pan: -0.35 - 0.1 * Float(index), room: 0.18), loose: 0.007)
                }
            }
            for half in 0..<4 {
                let root = chord(bar + half / 2).bass(above: 40)
                let thumb = half % 2 == 0 ? root : root - 5
                let voice = Pluck(Double(thumb), held: piece.seconds(1.7), ring: 2.4, bright: 0.25, velocity: 0.8, random: &piece.random)
                piece.play(voice, bar, Double(half * 2), .init(0.32, pan: -0.15, room: 0.12), loose: 0.007)
                if bar >= 4 {
                    piece.play(
                        SineBass(Double(thumb - 12), held: piece.seconds(1.5), drive: 0.8, decay: 2), bar, Double(half * 2), .init(0.12))
                }
            }
            if bar >= 4 { percussion(&piece, bar: bar) }
        }
        let melody = Melody(
            key: key, rhythms: [[-0.5, 1, 1, 1.5, 2, -2], [1.5, 1.5, 1, 2.5, -1.5], [-1, 1, 0.5, 1, 1.5, 3]], cellBeats: 8, range: 67...84)
        for start in stride(from: 8, to: piece.bars - 4, by: 8) {
            var random = SeededRandom(track.seed + " tune")
            for note in melody.compose(cells: 4, random: &random, chordAt: { chord(start + Int($0 / 4)) }) {
                let held = piece.seconds(note.beats * 0.9)
                if (start / 8) % 2 == 1 {
                    let voice = Flute(Double(note.pitch), held: held, random: &piece.random)
                    piece.play(voice, start, note.beat, .init(0.22, pan: 0.3, room: 0.35), loose: 0.015)
                } else {
                    piece.play(
                        Partials.vibraphone(Double(note.pitch), held: held, velocity: 0.7), start, note.beat,
                        .init(0.26, pan: 0.35, room: 0.3), loose: 0.015)
                }
            }
        }
        return piece.mix
    }

    private static func percussion(_ piece: inout Piece, bar: Int) {
        for half in 0..<16 {
            let accent: Float = half % 4 == 0 ? 1 : 0.6
            piece.play(Burst.shaker(random: &piece.random), bar, Double(half) / 2, .init(0.05 * accent, pan: 0.6, room: 0.15), loose: 0.006)
        }
        for beat in [0, 1.5, 3, 5, 6.5] { piece.play(Burst.rim(random: &piece.random), bar, beat, .init(0.06, pan: 0.35, room: 0.25)) }
        for beat in stride(from: 0.0, to: 8, by: 2) { piece.play(Drum.kick(deep: 55), bar, beat, .init(0.09, room: 0.05)) }
    }
}
