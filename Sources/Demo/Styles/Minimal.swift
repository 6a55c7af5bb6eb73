/// Two pianos left and right that repeat, drift apart and meet again; or a slow tune between the notes of one chord; strings below.
enum Minimal {
    static func compose(_ track: LibraryPlan.Track, excerpt: Double?) -> Mix {
        track.tempo < 90 ? still(track, excerpt: excerpt) : moving(track, excerpt: excerpt)
    }

    /// Quick figures of six against eight; the right piano adds its notes one by one.
    private static func moving(_ track: LibraryPlan.Track, excerpt: Double?) -> Mix {
        var piece = Piece(track, bars: Composition.bars(tempo: track.tempo, group: 4), tail: 5, excerpt: excerpt)
        piece.mix.reverb = Reverb(decay: 2.2, size: 1.1, damping: 0.4)
        piece.mix.master = Master(loudness: -18.5, fadeIn: 0.5, fadeOut: 5)
        let degrees = piece.random.pick(
            track.key.mode.isMinor ? [[0, 5, 2, 6], [0, 3, 5, 4], [0, 2, 6, 3]] : [[0, 5, 3, 4], [0, 2, 5, 3], [0, 4, 5, 1]])
        let orders = [[0, 1, 2, 3, 2, 1], [0, 2, 1, 3, 1, 2], [3, 2, 1, 0, 1, 2]]
        let left = piece.random.pick(orders)
        let right = piece.random.pick(orders)
        var previous: [Int] = []
        for bar in 0..<piece.bars {
            let part = Double(bar) / Double(piece.bars)
            let chord = track.key.chord(degrees[(bar / 4) % 4], notes: 4)
            let voicing = chord.voiced(after: previous, around: track.key.tonic + 12)
            previous = voicing
            // A long hairpin: soft, louder, soft.
            let swell = Float(0.45 + 0.4 * (1 - abs(part * 2 - 1.1)))
            let present = min(6, 2 + Int(part * 12))
            for half in 0..<8 {
                let beat = Double(half) / 2
                let step = bar * 8 + half
                let low = voicing[left[step % 6]]
                piece.play(
                    Partials.piano(Double(low), held: piece.seconds(0.9), velocity: swell * (step % 3 == 0 ? 1 : 0.75)), bar, beat,
                    .init(0.30, pan: -0.6, room: 0.3), loose: 0.006)
                if step % 6 < present {
                    let high = voicing[right[(step + 2) % 6]] + 12
                    piece.play(
                        Partials.piano(Double(high), held: piece.seconds(0.9), velocity: swell * (step % 4 == 0 ? 0.95 : 0.65)), bar,
                        beat + 0.25,
                        .init(0.26, pan: 0.6, room: 0.3), loose: 0.006)
                }
            }
            if bar % 4 == 0 {
                piece.play(
                    Partials.piano(Double(chord.bass(above: 33)), held: piece.seconds(14), velocity: swell), bar, 0,
                    .init(0.42, pan: -0.15, room: 0.3))
                if bar >= piece.bars / 4 { strings(&piece, bar: bar, voicing: voicing, beats: 15.5) }
            }
            if bar % 2 == 1, bar > piece.bars / 3 {
                let pitch = chord.nearest(to: track.key.tonic + piece.random.pick([24, 27, 31]))
                piece.play(
                    Partials.celesta(Double(pitch), velocity: 0.6), bar, piece.random.pick([0, 1, 2.5]), .init(0.2, pan: 0.1, room: 0.6))
            }
        }
        return piece.mix
    }

    /// A voice that goes by step, and one that answers with the nearest note of the tonic chord.
    private static func still(_ track: LibraryPlan.Track, excerpt: Double?) -> Mix {
        var piece = Piece(
            track, beatsPerBar: 3, bars: Composition.bars(tempo: track.tempo, beatsPerBar: 3, group: 4), tail: 7, excerpt: excerpt)
        piece.mix.reverb = Reverb(decay: 3.6, size: 1.4, damping: 0.45)
        piece.mix.master = Master(loudness: -20, fadeIn: 0.5, fadeOut: 7)
        let tonic = track.key.chord(0)
        var degree = 7
        var direction = -1
        for bar in 0..<piece.bars {
            if bar % 4 == 0 {
                let root = track.key.pitch([0, 0, 5, 3, 0, 4][(bar / 4) % 6]) - 12
                piece.play(Partials.piano(Double(root), held: piece.seconds(11), velocity: 0.5), bar, 0, .init(0.4, pan: -0.2, room: 0.5))
                if bar >= 8 {
                    let chord = track.key.chord([0, 0, 5, 3, 0, 4][(bar / 4) % 6])
                    strings(&piece, bar: bar, voicing: chord.closed(above: track.key.tonic), beats: 11.6)
                }
            }
            for beat in bar % 4 == 3 ? [0.0] : [0.0, 2] {
                let pitch = track.key.pitch(degree) + 12
                // Strictly below the melody, so that the two never meet.
                let answer = (1...7).lazy.map { pitch - $0 }.first(where: tonic.contains) ?? pitch - 12
                let held = piece.seconds(beat == 0 ? (bar % 4 == 3 ? 3 : 2) : 1)
                let velocity = piece.random.float(in: 0.4...0.6)
                piece.play(
                    Partials.piano(Double(pitch), held: held * 1.6, velocity: velocity), bar, beat, .init(0.36, pan: 0.4, room: 0.55),
                    loose: 0.015)
                piece.play(
                    Partials.piano(Double(answer), held: held * 1.6, velocity: velocity * 0.8), bar, beat,
                    .init(0.32, pan: -0.45, room: 0.55), loose: 0.015)
                degree += piece.random.chance(0.15) ? direction * 2 : direction
                if degree <= 0 || degree >= 11 || piece.random.chance(0.14) { direction = degree <= 0 ? 1 : degree >= 11 ? -1 : -direction }
            }
        }
        return piece.mix
    }

    private static func strings(_ piece: inout Piece, bar: Int, voicing: [Int], beats: Double) {
        for (index, pitch) in voicing.enumerated() {
            // Violins left, cellos right, as an orchestra sits.
            let seat = 0.75 - 0.5 * Float(index)
            for desk in 0..<2 {
                let cents = piece.random.value(in: -0.06...0.06)
                piece.play(
                    Synth(Double(pitch) + cents, held: piece.seconds(beats), patch: .strings, startingAt: Float(piece.random.unit())), bar,
                    0,
                    .init(0.05, pan: max(-0.9, min(0.9, seat + (desk == 0 ? -0.15 : 0.15))), room: 0.6), loose: 0.02)
            }
        }
    }
}
