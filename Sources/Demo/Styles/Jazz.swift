/// A trio: piano or electric piano, walking bass and brushes or ride; a vibraphone tells the tune, solos, and comes back to the tune.
enum Jazz {
    /// A chord by its distance from the tonic, in semitones, and its colour.
    private struct Change {
        enum Quality { case major, minor, dominant, halfDiminished, flatNine }
        let root: Int
        let quality: Quality
        let beats: Int

        init(_ root: Int, _ quality: Quality, _ beats: Int = 4) {
            self.root = root
            self.quality = quality
            self.beats = beats
        }

        var intervals: [Int] {
            switch quality {
            case .major: [0, 4, 7, 11, 14]
            case .minor: [0, 3, 7, 10, 14]
            case .dominant: [0, 4, 9, 10, 14]
            case .halfDiminished: [0, 3, 6, 10, 17]
            case .flatNine: [0, 4, 7, 10, 13]
            }
        }

        /// The scale to improvise with.
        var scale: [Int] {
            switch quality {
            case .major: [0, 2, 4, 6, 7, 9, 11]
            case .minor: [0, 2, 3, 5, 7, 9, 10]
            case .dominant: [0, 2, 4, 5, 7, 9, 10]
            case .halfDiminished: [0, 1, 3, 5, 6, 8, 10]
            case .flatNine: [0, 1, 4, 5, 7, 8, 10]
            }
        }
    }

    private static let majorCharts: [[Change]] = [
        [
            Change(0, .major), Change(9, .flatNine), Change(2, .minor), Change(7, .dominant),
            Change(4, .minor), Change(9, .flatNine), Change(2, .minor, 2), Change(7, .dominant, 2), Change(0, .major),
        ],
        [
            Change(0, .major), Change(5, .major), Change(4, .minor, 2), Change(9, .flatNine, 2), Change(2, .minor),
            Change(5, .minor), Change(10, .dominant), Change(2, .minor, 2), Change(7, .dominant, 2), Change(0, .major),
        ],
    ]
    private static let minorCharts: [[Change]] = [
        [
            Change(0, .minor), Change(2, .halfDiminished, 2), Change(7, .flatNine, 2), Change(0, .minor), Change(5, .minor),
            Change(10, .dominant), Change(3, .major), Change(2, .halfDiminished, 2), Change(7, .flatNine, 2), Change(0, .minor),
        ],
        [
            Change(0, .minor), Change(0, .minor), Change(5, .minor), Change(0, .minor),
            Change(8, .major), Change(7, .flatNine), Change(0, .minor), Change(7, .flatNine),
        ],
    ]
    /// Where the left hand comes in, in beats of two bars.
    private static let comping: [[Double]] = [[0, 1.5, 5.5], [1.5, 3.5, 5, 7.5], [0, 2.5, 4, 6.5], [1, 3.5, 6.5]]

    static func compose(_ track: LibraryPlan.Track, excerpt: Double?) -> Mix {
        var piece = Piece(track, bars: Composition.bars(tempo: track.tempo, group: 8), tail: 4, excerpt: excerpt)
        piece.swing = track.tempo > 100 ? 0.64 : 0.66
        piece.mix.reverb = Reverb(decay: 1.3, size: 0.7, damping: 0.45)
        piece.mix.master = Master(loudness: -18, fadeOut: 3)
        let chart = piece.random.pick(track.key.mode.isMinor ? minorCharts : majorCharts)
        // One chord for each beat of the eight bars.
        let changes = chart.flatMap { change in Array(repeating: change, count: change.beats) }
        func chord(_ change: Change) -> Chord { Chord(root: track.key.tonic + change.root, intervals: change.intervals) }
        func change(_ beat: Double) -> Change { changes[Int(beat.rounded(.down)) % changes.count] }

        let ballad = track.tempo < 100
        drums(&piece, brushes: ballad || piece.random.chance(0.4))
        walk(&piece, ballad: ballad) { chord(change(Double($0))) }
        comp(&piece, electric: piece.random.chance(0.5)) { chord(change($0)) }

        let tune = Melody(
            key: track.key,
            rhythms: [[1.5, 0.5, 1, -1, 0.5, 0.5, 2, -1], [-0.5, 0.5, 1, 0.5, 1.5, -1, 1, 1, -1], [2, 0.5, 0.5, 1, -1.5, 0.5, 1, -1]],
            cellBeats: 8, range: 62...81)
        // The excerpt of chance that makes the tune must not depend on what was played before it.
        var tuneRandom = SeededRandom(track.seed + " tune")
        let head = tune.compose(cells: 4, random: &tuneRandom) { chord(change($0)) }
        for chorus in 0..<piece.bars / 8 {
            let isSolo = chorus % 4 == 1 || chorus % 4 == 2
            if isSolo {
                solo(&piece, from: chorus * 8, change: change)
            } else {
                for note in head { vibraphone(&piece, chorus * 8, note.beat, note.pitch, beats: note.beats) }
            }
        }
        return piece.mix
    }

    private static func vibraphone(_ piece: inout Piece, _ bar: Int, _ beat: Double, _ pitch: Int, beats: Double) {
        let velocity = piece.random.float(in: 0.6...0.95)
        piece.play(
            Partials.vibraphone(Double(pitch), held: piece.seconds(beats), velocity: velocity), bar, beat,
            .init(0.34, pan: 0.38, room: 0.3), loose: 0.012)
    }

    /// Eighths through the scale of the moment; each beat leans towards a note of the chord.
    private static func solo(_ piece: inout Piece, from bar: Int, change: (Double) -> Change) {
        var pitch = piece.key.tonic + 19
        var direction = 1
        var beat = 0.5
        while beat < 31.5 {
            let now = change(beat)
            let root = piece.key.tonic + now.root
            let onBeat = beat.truncatingRemainder(dividingBy: 1) == 0
            let allowed = onBeat ? now.intervals.map { $0 % 12 } : now.scale
            // The next allowed note in the direction of travel.
            var next = pitch + direction
            while !allowed.contains(floorMod(next - root, 12)) { next += direction }
            pitch = next
            if pitch > 84 || (pitch > 76 && piece.random.chance(0.3)) { direction = -1 }
            if pitch < 62 || (pitch < 68 && piece.random.chance(0.3)) { direction = 1 }
            if piece.random.chance(0.12) { direction = -direction }
            let rests = piece.random.chance(0.14)
            let beats = piece.random.pick([0.5, 0.5, 0.5, 0.5, 1])
            vibraphone(&piece, bar, beat, pitch, beats: rests ? 1 : beats)
            beat += rests ? piece.random.pick([1, 1.5, 2]) : beats
        }
    }

    private static func walk(_ piece: inout Piece, ballad: Bool, chord: (Int) -> Chord) {
        let beats = piece.bars * 4
        for beat in stride(from: 0, to: beats, by: ballad ? 2 : 1) {
            let now = chord(beat)
            let next = chord(beat + 1)
            let root = now.bass(above: 33)
            let pitch: Int
            if beat % 4 == 0 || chord(max(0, beat - 1)) != now {
                pitch = root
            } else if next != now, !ballad {
                pitch = next.bass(above: 33) + piece.random.pick([-1, 1, -2])
            } else {
                pitch = root + piece.random.pick([now.intervals[1], now.intervals[2], 12, 7])
            }
            let held = piece.seconds(ballad ? 1.9 : 0.92)
            piece.play(
                Pluck(Double(pitch), held: held, ring: 2.2, bright: 0.22, velocity: 0.8, random: &piece.random), beat / 4, Double(beat % 4),
                .init(0.42, pan: -0.08, room: 0.08), loose: 0.008)
            piece.play(
                SineBass(Double(pitch), held: held, drive: 0.9, decay: 1.5), beat / 4, Double(beat % 4), .init(0.16, room: 0.02),
                loose: 0.003)
        }
    }

    private static func comp(_ piece: inout Piece, electric: Bool, chord: (Double) -> Chord) {
        var previous: [Int] = []
        for bar in stride(from: 0, to: piece.bars, by: 2) {
            for beat in piece.random.pick(comping) {
                let now = chord(Double(bar * 4) + beat + 0.5)
                // The bass has the root: the hand plays what is above it.
                let hand = Chord(root: now.root, intervals: Array(now.intervals.dropFirst()))
                let voicing = hand.voiced(after: previous, around: 61)
                previous = voicing
                let held = piece.seconds(piece.random.pick([0.4, 0.9, 1.6]))
                let velocity = piece.random.float(in: 0.35...0.6)
                for (index, pitch) in voicing.enumerated() {
                    let pan = -0.55 + 0.12 * Float(index)
                    if electric {
                        piece.play(
                            ElectricPiano(Double(pitch), held: held, velocity: velocity), bar, beat,
                            .init(0.30, pan: pan, room: 0.2, chorus: 0.2))
                    } else {
                        piece.play(
                            Partials.piano(Double(pitch), held: held, velocity: velocity), bar, beat,
                            .init(0.30 * (0.5 + velocity), pan: pan, room: 0.22),
                            loose: 0.008)
                    }
                }
            }
        }
    }

    private static func drums(_ piece: inout Piece, brushes: Bool) {
        for bar in 0..<piece.bars {
            for beat in [0, 1, 1.5, 2, 3, 3.5] {
                let accent: Float = beat == 1 || beat == 3 ? 1 : 0.7
                if brushes {
                    piece.play(Burst.brush(random: &piece.random), bar, beat, .init(0.05 * accent, pan: 0.2, room: 0.15), loose: 0.01)
                } else {
                    piece.play(Burst.ride(random: &piece.random), bar, beat, .init(0.05 * accent, pan: 0.5, room: 0.1), loose: 0.006)
                }
            }
            for beat in [1.0, 3] { piece.play(Burst.hat(random: &piece.random), bar, beat, .init(0.045, pan: -0.4)) }
            for beat in [0.0, 2] { piece.play(Drum.kick(deep: 58), bar, beat, .init(0.10, room: 0.05)) }
            if piece.random.chance(0.35) {
                let beat = piece.random.pick([1.5, 2.5, 3.5])
                piece.play(Burst.snare(seconds: 0.12, random: &piece.random), bar, beat, .init(0.04, pan: -0.15, room: 0.2))
            }
        }
        piece.play(Burst.crash(random: &piece.random), piece.bars, 0, .init(0.05, pan: 0.4, room: 0.3))
    }
}
