/// Four to the floor: kick, off-beat hats, a bass that breathes with the kick, stabs through an echo, and a line whose filter opens.
enum Techno {
    static func compose(_ track: LibraryPlan.Track, excerpt: Double?) -> Mix {
        var piece = Piece(track, bars: Composition.bars(tempo: track.tempo, group: 8), tail: 3, excerpt: excerpt)
        piece.mix.reverb = Reverb(decay: 2, size: 0.9, damping: 0.3)
        piece.mix.delay = PingPongDelay(seconds: piece.seconds(0.75), feedback: 0.5, treble: 4_200)
        piece.mix.master = Master(loudness: -15.5, fadeOut: 3)
        let sections = piece.bars / 8
        let breakdown = sections / 2
        let accents = euclid(piece.random.pick([3, 5, 7]), in: 16)
        let perc = euclid(piece.random.pick([5, 7, 9]), in: 16)
        let bassline = (0..<16).map { _ in piece.random.pick([0, 0, 0, 7, 10, 12, 3]) }
        let acid = (0..<16).map { _ in piece.random.pick([0, 0, 12, 3, 7, 10, 15]) }
        let gate = (0..<16).map { _ in piece.random.chance(0.72) }
        let degrees = piece.random.pick([[0, 0, 5, 6], [0, 0, 3, 4], [0, 5, 0, 2]])

        for side: Float in [-0.9, 0.9] {
            let steam = Wash(seconds: piece.time(10, 0), centre: 1_500, random: &piece.random)
            piece.mix.play(steam, at: 0, .init(0.18, pan: side, room: 0.3))
        }
        for bar in 0..<piece.bars {
            let section = bar / 8
            let inBreak = section == breakdown
            let chord = piece.key.chord(degrees[(bar / 2) % 4], notes: 4)
            drums(&piece, bar: bar, section: section, inBreak: inBreak, perc: perc)
            if section >= 1, !inBreak { bass(&piece, bar: bar, root: chord.bass(above: 31), line: bassline) }
            if section >= 2 || (section == 1 && bar % 8 >= 4) {
                for step in 0..<16 where accents[step] {
                    for (index, pitch) in chord.closed(above: piece.key.tonic + 5).enumerated() {
                        piece.play(
                            Synth(Double(pitch), held: 0.12, patch: .stab, startingAt: Float(piece.random.unit())), bar, Double(step) / 4,
                            .init(0.17, pan: -0.6 + 0.4 * Float(index), room: 0.25, echo: 0.45, ducked: true))
                    }
                }
            }
            if section >= breakdown - 1 { line(&piece, bar: bar, notes: acid, gate: gate) }
            if bar % 2 == 0, inBreak || section > breakdown { pad(&piece, bar: bar, chord: chord) }
        }
        return piece.mix
    }

    /// `hits` spread as evenly as possible over `steps` (Bjorklund's rhythm, in Bresenham's form).
    static func euclid(_ hits: Int, in steps: Int) -> [Bool] {
        (0..<steps).map { ($0 * hits) % steps < hits }
    }

    private static func drums(_ piece: inout Piece, bar: Int, section: Int, inBreak: Bool, perc: [Bool]) {
        for beat in 0..<4 {
            if !inBreak {
                piece.play(Drum.kick(deep: 47), bar, Double(beat), .init(0.50, room: 0), loose: 0)
                if section >= 1 || bar >= 4 {
                    piece.play(Burst.hat(open: true, random: &piece.random), bar, Double(beat) + 0.5, .init(0.13, pan: 0.35), loose: 0)
                }
            }
            if section >= 1, beat % 2 == 1, !inBreak {
                piece.play(Burst.clap(random: &piece.random), bar, Double(beat), .init(0.24, pan: -0.1, room: 0.35), loose: 0)
            }
        }
        for step in 0..<16 {
            let soft: Float = step % 4 == 0 ? 0.5 : 1
            piece.play(
                Burst.hat(random: &piece.random), bar, Double(step) / 4,
                .init(0.045 * soft * piece.random.float(in: 0.6...1), pan: step % 2 == 0 ? -0.5 : 0.5), loose: 0.001)
            if bar >= 2, perc[step] {
                piece.play(
                    Drum.conga(step % 3 == 0 ? 210 : 290), bar, Double(step) / 4, .init(0.09, pan: step % 3 == 0 ? -0.65 : 0.65, room: 0.2))
            }
        }
        if inBreak, bar % 8 == 7 {
            for step in 0..<16 {
                piece.play(
                    Burst.snare(seconds: 0.1, random: &piece.random), bar, Double(step) / 4,
                    .init(0.04 + 0.012 * Float(step), pan: -0.3 + 0.04 * Float(step), room: 0.3), loose: 0)
            }
        }
        if bar % 8 == 0, bar > 0 { piece.play(Burst.crash(random: &piece.random), bar, 0, .init(0.09, pan: -0.4, room: 0.4)) }
    }

    private static func bass(_ piece: inout Piece, bar: Int, root: Int, line: [Int]) {
        for step in 0..<16 where step % 4 != 0 {
            let jump = step % 4 == 3 ? line[step] % 12 : 0
            piece.play(
                Synth(Double(root + jump), held: piece.seconds(0.2), patch: .pluckBass), bar, Double(step) / 4,
                .init(0.21, room: 0.02, ducked: true), loose: 0)
        }
    }

    private static func line(_ piece: inout Piece, bar: Int, notes: [Int], gate: [Bool]) {
        var patch = Synth.Patch.arpeggio
        patch.resonance = 0.78
        // The hand on the cutoff turns once in sixteen bars.
        let turn = Float(bar % 16) / 16
        patch.cutoff = 320 + 1_300 * sine(turn)
        for step in 0..<16 where gate[step] {
            let pitch = piece.key.tonic + notes[step]
            piece.play(
                Synth(Double(pitch), held: piece.seconds(0.18), patch: patch), bar, Double(step) / 4,
                .init(0.19, pan: step % 4 < 2 ? -0.45 : 0.45, room: 0.12, echo: 0.35, ducked: true), loose: 0)
        }
    }

    private static func pad(_ piece: inout Piece, bar: Int, chord: Chord) {
        for (index, pitch) in chord.closed(above: piece.key.tonic + 3).enumerated() {
            for side: Float in [-1, 1] {
                piece.play(
                    Synth(Double(pitch), held: piece.seconds(7.8), patch: .brightPad, startingAt: Float(piece.random.unit())), bar, 0,
                    .init(0.09, pan: side * (0.5 + 0.12 * Float(index)), room: 0.4, ducked: true))
            }
        }
    }
}
