import Foundation
import Testing

@testable import Demo

/// Scales, chords and whole pieces.
struct MusicTests {
    @Test func degreesGoOnBeyondTheOctaveBothWays() {
        let key = Key(tonic: 48, mode: .minor)
        #expect((-7...7).map(key.pitch) == [36, 38, 39, 41, 43, 44, 46, 48, 50, 51, 53, 55, 56, 58, 60])
        #expect((-1...5).map(key.pentatonic) == [46, 48, 51, 53, 55, 58, 60])
    }

    @Test func chordsChangeWithLittleMovement() {
        let key = Key(tonic: 48, mode: .major)
        let first = key.chord(0).voiced(after: [], around: 60)
        let second = key.chord(3).voiced(after: first, around: 60)
        #expect(key.chord(3).intervals == [0, 4, 7])
        #expect(second.allSatisfy(key.chord(3).contains))
        #expect(zip(first, second).allSatisfy { abs($0 - $1) <= 2 })
    }

    @Test func theNearestChordNoteIsNear() {
        let chord = Chord(root: 60, intervals: [0, 4, 7])
        #expect([60, 61, 63, 66, 68, 71].map(chord.nearest) == [60, 60, 64, 67, 67, 72])
        for pitch in 30..<90 {
            #expect(chord.contains(chord.nearest(to: pitch)))
            #expect(abs(chord.nearest(to: pitch) - pitch) <= 3)
        }
    }

    @Test func rhythmsAreSpreadEvenly() {
        #expect(Techno.euclid(4, in: 16).enumerated().filter(\.element).map(\.offset) == [0, 4, 8, 12])
        for hits in 1...16 { #expect(Techno.euclid(hits, in: 16).count { $0 } == hits) }
    }

    @Test(arguments: LibraryPlan.demo.localReleases.flatMap(\.tracks).map(\.tempo))
    func everyTempoGivesAboutAMinute(tempo: Double) {
        for (beatsPerBar, group) in [(4.0, 2), (4, 4), (4, 8), (3, 4)] {
            let bars = Composition.bars(tempo: tempo, beatsPerBar: beatsPerBar, group: group)
            #expect((58...95).contains(Double(bars) * beatsPerBar * 60 / tempo), "\(bars) bars")
        }
    }

    @Test func theSameSeedGivesTheSamePiece() throws {
        let track = try #require(LibraryPlan.demo.localReleases.first?.tracks.first)
        let first = Composition.render(track, excerpt: 3)
        let second = Composition.render(track, excerpt: 3)
        #expect(first.left == second.left)
        #expect(first.right == second.right)
    }

    @Test(arguments: LibraryPlan.Style.allCases)
    func everyStyleIsHeardInStereoWithoutClipping(style: LibraryPlan.Style) throws {
        let track = try #require(LibraryPlan.demo.localReleases.flatMap(\.tracks).first { $0.style == style })
        let sound = Composition.render(track, excerpt: 6)
        #expect(sound.frames == 6 * 48_000)
        let peak = zip(sound.left, sound.right).reduce(0) { max($0, abs($1.0), abs($1.1)) }
        #expect(peak <= Master.ceiling * 1.000_1)
        #expect(peak > 0.1)
        #expect(correlation(sound) < 0.97)
    }

    private func correlation(_ sound: StereoBuffer) -> Float {
        var products: Float = 0
        var energies: (left: Float, right: Float) = (0, 0)
        for frame in 0..<sound.frames {
            products += sound.left[frame] * sound.right[frame]
            energies.left += sound.left[frame] * sound.left[frame]
            energies.right += sound.right[frame] * sound.right[frame]
        }
        return products / max((energies.left * energies.right).squareRoot(), .leastNormalMagnitude)
    }
}

/// The limiter is the last word on loudness.
struct MasterTests {
    @Test func noSampleExceedsTheCeiling() {
        var sound = StereoBuffer(frames: 48_000)
        var random = SeededRandom(seed: 5)
        for frame in 0..<sound.frames {
            // Quiet noise with sudden, loud clicks: the worst a limiter can meet.
            sound.left[frame] = random.float(in: -0.01...0.01) + (random.chance(0.001) ? 3 : 0)
            sound.right[frame] = random.float(in: -0.01...0.01) - (random.chance(0.001) ? 5 : 0)
        }
        Master(loudness: -10, fadeIn: 0.01, fadeOut: 0.1).apply(to: &sound)
        let peak = (sound.left + sound.right).reduce(0) { max($0, abs($1)) }
        #expect(peak <= Master.ceiling * 1.000_1)
        #expect(peak > Master.ceiling * 0.5)
        #expect(abs(sound.left[0]) < 0.001)
        #expect(abs(sound.right[sound.frames - 1]) < 0.001)
    }

    @Test func silenceStaysSilent() {
        var sound = StereoBuffer(frames: 1_000)
        Master().apply(to: &sound)
        #expect(sound.left.allSatisfy { $0 == 0 })
    }
}
