/// A note of a melody; beats count from the melody's start.
struct MelodyNote: Sendable {
    let beat: Double
    let beats: Double
    let pitch: Int
}

/// Tunes by rule. A short rhythm is repeated, its outline returns with small changes (a a' b a''), strong beats rest on the chord, and
/// the last note of a phrase is long: repetition is what makes a tune of chance steps.
struct Melody {
    let key: Key
    /// Rhythms to choose from: note lengths in beats, negative for a rest; each fills one cell.
    let rhythms: [[Double]]
    let cellBeats: Double
    /// Lowest and highest pitch.
    let range: ClosedRange<Int>

    /// One note list for `cells` cells; `chordAt` tells the chord that sounds at a beat.
    func compose(cells: Int, random: inout SeededRandom, chordAt: (Double) -> Chord) -> [MelodyNote] {
        let rhythmA = random.pick(rhythms)
        let rhythmB = random.pick(rhythms)
        let outlineA = outline(rhythmA.count, random: &random)
        let outlineB = outline(rhythmB.count, random: &random)
        var notes: [MelodyNote] = []
        for cell in 0..<cells {
            let isContrast = cell % 4 == 2
            let closes = cell % 4 == 3
            let rhythm = isContrast ? rhythmB : rhythmA
            var steps = isContrast ? outlineB : outlineA
            if cell % 4 == 1 || closes, random.chance(0.7) {
                // The answer: the same, ending elsewhere.
                steps[steps.count - 1] += random.pick([-2, -1, 1, 2])
            }
            var beat = Double(cell) * cellBeats
            let end = beat + cellBeats
            for (index, length) in rhythm.enumerated() {
                defer { beat += abs(length) }
                guard length > 0 else { continue }
                let isLast = index == rhythm.count - 1
                let strong = beat.truncatingRemainder(dividingBy: 2) == 0 || (closes && isLast)
                var pitch = confined(key.pitch(steps[index] + 7))
                if strong { pitch = confined(chordAt(beat).nearest(to: pitch)) }
                notes.append(MelodyNote(beat: beat, beats: closes && isLast ? end - beat : length, pitch: pitch))
            }
        }
        return notes
    }

    /// A walk over scale degrees: mostly steps, a leap now and then, always drawn back to the middle.
    private func outline(_ count: Int, random: inout SeededRandom) -> [Int] {
        var degree = random.pick([0, 2, 4])
        return (0..<count).map { _ in
            defer {
                degree += random.chance(0.25) ? random.pick([-3, -2, 2, 3, 4]) : random.pick([-1, -1, 1, 1, 0])
                if degree > 7 { degree -= 3 }
                if degree < -3 { degree += 3 }
            }
            return degree
        }
    }

    private func confined(_ pitch: Int) -> Int {
        var pitch = pitch
        while pitch < range.lowerBound { pitch += 12 }
        while pitch > range.upperBound { pitch -= 12 }
        return pitch
    }
}
