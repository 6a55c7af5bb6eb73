/// The notes of a scale as semitones above its tonic.
enum Mode: Sendable {
    case major, minor, dorian, lydian, mixolydian

    var steps: [Int] {
        switch self {
        case .major: [0, 2, 4, 5, 7, 9, 11]
        case .minor: [0, 2, 3, 5, 7, 8, 10]
        case .dorian: [0, 2, 3, 5, 7, 9, 10]
        case .lydian: [0, 2, 4, 6, 7, 9, 11]
        case .mixolydian: [0, 2, 4, 5, 7, 9, 10]
        }
    }

    var isMinor: Bool { self == .minor || self == .dorian }
}

/// A tonic and a mode. Pitches are MIDI note numbers; degrees count from 0, and may be negative or beyond an octave.
struct Key: Sendable {
    /// 48…59: the tonic below middle C.
    let tonic: Int
    let mode: Mode

    func pitch(_ degree: Int) -> Int {
        let octave = (degree >= 0 ? degree : degree - 6) / 7
        return tonic + 12 * octave + mode.steps[degree - 7 * octave]
    }

    /// The five notes of the scale that never clash; index 5 is the octave.
    func pentatonic(_ index: Int) -> Int {
        let degrees = mode.isMinor ? [0, 2, 3, 4, 6] : [0, 1, 2, 4, 5]
        let octave = (index >= 0 ? index : index - 4) / 5
        return pitch(degrees[index - 5 * octave] + 7 * octave)
    }

    /// Thirds stacked on a degree: 3 notes a triad, 4 a seventh chord, 5 a ninth.
    func chord(_ degree: Int, notes: Int = 3) -> Chord {
        let pitches = (0..<notes).map { pitch(degree + 2 * $0) }
        return Chord(root: pitches[0], intervals: pitches.map { $0 - pitches[0] })
    }
}

/// A root and what sounds above it.
struct Chord: Sendable, Equatable {
    let root: Int
    let intervals: [Int]

    var pitches: [Int] { intervals.map { root + $0 } }

    func contains(_ pitch: Int) -> Bool {
        intervals.contains { ($0 + root - pitch) % 12 == 0 }
    }

    /// The root in the octave that starts at `lowest`.
    func bass(above lowest: Int) -> Int { lowest + floorMod(root - lowest, 12) }

    /// The note of the chord nearest to `pitch`.
    func nearest(to pitch: Int) -> Int {
        (0...6).lazy.flatMap { [pitch + $0, pitch - $0] }.first(where: contains) ?? pitch
    }

    /// The same notes, each within an octave from `lowest`, in rising order.
    func closed(above lowest: Int) -> [Int] {
        intervals.map { lowest + floorMod(root + $0 - lowest, 12) }.sorted()
    }

    /// The closed position that moves least from `previous`, looking around `centre`: how a keyboard player changes chords.
    func voiced(after previous: [Int], around centre: Int) -> [Int] {
        let candidates = (centre - 11...centre - 1).map { closed(above: $0) }
        func movement(_ candidate: [Int]) -> Int {
            guard previous.count == candidate.count else { return abs(candidate.reduce(0, +) / candidate.count - centre) }
            return zip(previous, candidate).reduce(0) { $0 + abs($1.0 - $1.1) }
        }
        return candidates.min { movement($0) < movement($1) } ?? closed(above: centre - 6)
    }
}

/// The remainder that is never negative.
func floorMod(_ value: Int, _ divisor: Int) -> Int {
    let rest = value % divisor
    return rest < 0 ? rest + divisor : rest
}
