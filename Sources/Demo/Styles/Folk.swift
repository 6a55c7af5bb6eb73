/// A guitar picked with thumb and fingers, a second one higher up, a whistle for the tune, and a foot on the floor.
enum Folk {
    static func compose(_ track: LibraryPlan.Track, excerpt: Double?) -> Mix {
        let waltz = track.seed.utf8.reduce(0) { $0 + Int($1) } % 3 == 0
        let beats: Double = waltz ? 3 : 4
        var piece = Piece(
            track, beatsPerBar: beats, bars: Composition.bars(tempo: track.tempo, beatsPerBar: beats, group: 8), tail: 4, excerpt: excerpt)
        piece.swing = 0.53
        piece.mix.reverb = Reverb(decay: 1.5, size: 0.8, damping: 0.5)
        piece.mix.master = Master(loudness: -18, fadeOut: 4)
        let key = piece.key
        let verse = piece.random.pick(
            key.mode.isMinor
                ? [[0, 6, 5, 6, 0, 6, 4, 0], [0, 0, 3, 0, 5, 6, 0, 0]]
                : [[0, 4, 5, 3, 0, 4, 3, 0], [0, 0, 3, 0, 5, 3, 4, 4], [0, 3, 0, 4, 0, 3, 4, 0]])
        let chorus = piece.random.pick(
            key.mode.isMinor ? [[5, 2, 6, 0, 5, 2, 6, 0]] : [[3, 0, 4, 5, 3, 0, 4, 0], [5, 3, 0, 4, 5, 3, 4, 0]])
        let picking = piece.random.pick(
            waltz ? [[2, 3, 4, 3, 2], [3, 4, 2, 4, 3]] : [[3, 2, 4, 3, 2, 4, 3], [2, 3, 4, 2, 3, 4, 2], [4, 2, 3, 4, 2, 3, 4]])

        func isChorus(_ bar: Int) -> Bool { (bar / 8) % 3 == 2 }
        func chord(_ bar: Int) -> Chord { key.chord((isChorus(bar) ? chorus : verse)[bar % 8]) }

        for bar in 0..<piece.bars {
            let last = bar == piece.bars - 1
            guitar(&piece, bar: bar, chord: chord(bar), beats: Int(beats), picking: picking, last: last)
            if bar >= 16 || isChorus(bar) { second(&piece, bar: bar, chord: chord(bar), beats: Int(beats)) }
            if bar >= 8, !last {
                piece.play(Drum.kick(deep: 62), bar, 0, .init(0.16, room: 0.15), loose: 0.01)
                for beat in 1..<Int(beats) {
                    piece.play(Burst.shaker(random: &piece.random), bar, Double(beat), .init(0.05, pan: 0.55, room: 0.2), loose: 0.01)
                    piece.play(
                        Burst.shaker(random: &piece.random), bar, Double(beat) + 0.5, .init(0.025, pan: 0.55, room: 0.2), loose: 0.01)
                }
                let root = chord(bar).bass(above: 36)
                piece.play(
                    SineBass(Double(root), held: piece.seconds(beats * 0.8), drive: 0.9, decay: 2), bar, 0, .init(0.12), loose: 0.006)
            }
        }
        whistle(&piece, waltz: waltz, chord: chord)
        return piece.mix
    }

    private static func guitar(_ piece: inout Piece, bar: Int, chord: Chord, beats: Int, picking: [Int], last: Bool) {
        let strings = [chord.bass(above: 40), chord.bass(above: 40) + 7] + chord.closed(above: 55)
        if last {
            // The closing strum, from low to high.
            for (index, pitch) in ([strings[0]] + strings.dropFirst(2)).enumerated() {
                let voice = Pluck(Double(pitch), held: 4, ring: 5, bright: 0.5, velocity: 0.7, random: &piece.random)
                piece.mix.play(voice, at: piece.time(bar, 0) + Double(index) * 0.035, .init(0.34, pan: -0.3, room: 0.3))
            }
            return
        }
        for half in 0..<beats * 2 {
            let beat = Double(half) / 2
            let velocity = piece.random.float(in: 0.5...0.8)
            if half % 2 == 0 {
                // The thumb goes between the root and the fifth.
                let thumb = half % 4 == 0 ? strings[0] : (strings[1] > 52 ? strings[1] - 12 : strings[1])
                let voice = Pluck(
                    Double(thumb), held: piece.seconds(1.6), ring: 3.2, bright: 0.36, velocity: velocity, random: &piece.random)
                piece.play(voice, bar, beat, .init(0.30, pan: -0.2, room: 0.16), loose: 0.006)
            }
            if half > 0 {
                let string = strings[min(picking[half - 1], strings.count - 1)]
                let voice = Pluck(
                    Double(string), held: piece.seconds(1.3), ring: 2.6, bright: 0.55, velocity: velocity, random: &piece.random)
                piece.play(voice, bar, beat, .init(0.27, pan: -0.4, room: 0.2), loose: 0.007)
            }
        }
    }

    private static func second(_ piece: inout Piece, bar: Int, chord: Chord, beats: Int) {
        for beat in 0..<beats {
            for (index, pitch) in chord.closed(above: 64).enumerated() {
                let voice = Pluck(Double(pitch), held: piece.seconds(0.8), ring: 1.6, bright: 0.75, velocity: 0.5, random: &piece.random)
                let strum = Double(index) * (beat % 2 == 0 ? 0.014 : -0.014)
                piece.mix.play(
                    voice, at: piece.time(bar, Double(beat)) + strum + 0.03, .init(beat % 2 == 0 ? 0.10 : 0.14, pan: 0.5, room: 0.22))
            }
        }
    }

    private static func whistle(_ piece: inout Piece, waltz: Bool, chord: (Int) -> Chord) {
        let beats = piece.beatsPerBar
        let melody = Melody(
            key: piece.key,
            rhythms: waltz
                ? [[2, 1, 1, 1, 1], [1, 1, 1, 3], [1.5, 0.5, 1, 2, -1]]
                : [[1, 1, 0.5, 0.5, 1, 1, 1, 2], [1.5, 0.5, 1, 1, 2, 1, -1], [2, 1, 1, 1.5, 0.5, 2]],
            cellBeats: beats * 2, range: 67...86)
        for start in stride(from: 8, to: piece.bars - 1, by: 8) {
            // The same tune for each verse, another for the chorus.
            var random = SeededRandom(piece.key.mode.isMinor ? "minor \(piece.tempo)" : "major \(piece.tempo)")
            if (start / 8) % 3 == 2 { _ = random.next() }
            let bars = min(8, piece.bars - 1 - start)
            for note in melody.compose(cells: 4, random: &random, chordAt: { chord(start + Int($0 / beats)) })
            where note.beat < Double(bars) * beats {
                let voice = Flute(Double(note.pitch), held: piece.seconds(note.beats * 0.92), random: &piece.random)
                piece.play(voice, start, note.beat, .init(0.22, pan: 0.18, room: 0.4), loose: 0.012)
            }
        }
    }
}
