/// The studio of the seventies: one sequence of eight or twelve steps that runs for minutes while a hand turns the filter, string
/// machine behind it, and a lead that takes its time.
enum Sequencer {
    static func compose(_ track: LibraryPlan.Track, excerpt: Double?) -> Mix {
        var piece = Piece(track, bars: Composition.bars(tempo: track.tempo, group: 4), tail: 7, excerpt: excerpt)
        piece.mix.reverb = Reverb(decay: 3.2, size: 1.2, damping: 0.4)
        piece.mix.delay = PingPongDelay(seconds: piece.seconds(0.75), feedback: 0.5, treble: 3_200)
        piece.mix.ensemble = Chorus(hertz: 0.5, depth: 0.004)
        piece.mix.master = Master(loudness: -17.5, fadeIn: 1.5, fadeOut: 7)
        let key = piece.key
        let degrees = piece.random.pick([[0, 0, 5, 6], [0, 5, 3, 4], [0, 2, 6, 5]])
        let length = piece.random.pick([8, 12, 16])
        let sequence = (0..<length).map { step in step == 0 ? 0 : piece.random.pick([0, 2, 4, 7, 7, 9, 4]) }
        let counter = (0..<6).map { _ in piece.random.pick([7, 9, 11, 14, 4]) }

        for bar in 0..<piece.bars {
            let degree = degrees[(bar / 4) % 4]
            let part = Float(bar) / Float(piece.bars)
            run(&piece, bar: bar, degree: degree, sequence: sequence, counter: counter, part: part)
            if bar % 4 == 0 { machine(&piece, bar: bar, chord: key.chord(degree, notes: 4)) }
            if part > 0.2 {
                for beat in 0..<4 {
                    piece.play(Drum.kick(deep: 55, tight: true), bar, Double(beat), .init(0.2, room: 0.1), loose: 0.001)
                    piece.play(Burst.hat(random: &piece.random), bar, Double(beat) + 0.5, .init(0.05, pan: 0.4, room: 0.15, echo: 0.15))
                }
            }
        }
        for side: Float in [-0.8, 0.8] {
            piece.mix.play(Wash(seconds: 18, centre: 900, random: &piece.random), at: 0, .init(0.05, pan: side, room: 0.4))
        }
        lead(&piece) { key.chord(degrees[(Int($0 / 4) / 4) % 4]) }
        return piece.mix
    }

    private static func run(_ piece: inout Piece, bar: Int, degree: Int, sequence: [Int], counter: [Int], part: Float) {
        var patch = Synth.Patch.arpeggio
        // Opens until two thirds of the piece, then closes.
        patch.cutoff = 220 + 1_300 * (part < 0.66 ? part / 0.66 : (1 - part) / 0.34)
        patch.resonance = 0.5
        patch.sub = 0.25
        for step in 0..<16 {
            let position = bar * 16 + step
            let pitch = piece.key.pitch(degree + sequence[position % sequence.count]) - 12
            let accent: Float = position % sequence.count == 0 ? 1.2 : 0.9
            piece.play(
                Synth(Double(pitch), held: piece.seconds(0.2), patch: patch), bar, Double(step) / 4,
                .init(0.22 * accent, pan: step % 2 == 0 ? -0.25 : 0.25, room: 0.12, echo: 0.3), loose: 0.001)
            if part > 0.35, step % 2 == 1 {
                let high = piece.key.pitch(degree + counter[position / 2 % counter.count])
                piece.play(
                    Synth(Double(high), held: piece.seconds(0.15), patch: .arpeggio), bar, Double(step) / 4,
                    .init(0.09, pan: step % 4 == 1 ? -0.8 : 0.8, room: 0.25, echo: 0.4), loose: 0.001)
            }
        }
    }

    private static func machine(_ piece: inout Piece, bar: Int, chord: Chord) {
        for (index, pitch) in chord.closed(above: piece.key.tonic + 5).enumerated() {
            for side: Float in [-1, 1] {
                piece.play(
                    Synth(Double(pitch), held: piece.seconds(15.6), patch: .strings, startingAt: Float(piece.random.unit())), bar, 0,
                    .init(0.05, pan: side * (0.3 + 0.18 * Float(index)), room: 0.4, chorus: 0.5))
            }
        }
    }

    private static func lead(_ piece: inout Piece, chordAt: @escaping (Double) -> Chord) {
        let melody = Melody(
            key: piece.key, rhythms: [[3, 1, 4, -2, 2, 4], [2, 2, 3, 1, 4, -4], [6, 2, 2, 2, -4]], cellBeats: 16, range: 62...82)
        let start = piece.bars / 3
        let cells = max(1, (piece.bars - start - 4) / 4)
        var random = piece.random
        for note in melody.compose(cells: cells, random: &random, chordAt: { chordAt($0 + Double(start * 4)) }) {
            piece.play(
                Synth(Double(note.pitch), held: piece.seconds(note.beats * 0.95), patch: .lead), start, note.beat,
                .init(0.15, pan: 0.15, room: 0.45, echo: 0.5), loose: 0.01)
        }
    }
}
