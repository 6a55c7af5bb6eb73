/// Explore's scores and draw, against the tables of the contract (dmp-api.md, explore).
import Foundation
import Testing

@testable import Catalog

@Suite struct ExploreBodyTests {
    private func body(_ json: String) throws -> ExploreBody { try JSONDecoder().decode(ExploreBody.self, from: Data(json.utf8)) }

    @Test(arguments: [
        ("{}", ExploreSliders(energy: 5, era: 5, familiarity: 4, sound: 4)),
        (#"{"energy": null, "era": null}"#, ExploreSliders(energy: 5, era: 5, familiarity: 4, sound: 4)),
        (#"{"energy": 0, "era": 9, "familiarity": 2.5, "sound": 2.4999}"#, ExploreSliders(energy: 0, era: 9, familiarity: 3, sound: 2)),
        (#"{"energy": -3, "era": 1e300, "familiarity": -1e300, "sound": 12}"#, ExploreSliders(energy: 0, era: 9, familiarity: 0, sound: 9)),
    ])
    func sliders(json: String, sliders: ExploreSliders) throws { #expect(try body(json).sliders == sliders) }

    @Test(arguments: [
        #"{"energy": "5"}"#, #"{"era": true}"#, #"{"sound": []}"#, #"{"excludeIds": [1]}"#, #"{"excludeIds": ["a", null]}"#, "[]", "1",
    ])
    func wrongTypes(json: String) { #expect(throws: (any Error).self) { try body(json) } }

    @Test func excluded() throws {
        #expect(try body(#"{"excludeIds": ["a", "b"]}"#).excluded == ["a", "b"])
        for json in [#"{"excludeIds": "a"}"#, #"{"excludeIds": 1}"#, #"{"excludeIds": null}"#, #"{"excludeIds": {}}"#] {
            #expect(try body(json).excluded == [])
        }
        func list(_ count: Int) -> String { #"{"excludeIds": [\#(Array(repeating: #""id""#, count: count).joined(separator: ","))]}"# }
        #expect(try body(list(1_000)).excluded.count == 1_000)
        #expect(throws: (any Error).self) { try body(list(1_001)) }
    }
}

@Suite struct ExploreScoreTests {
    private func near(_ left: Double, _ right: Double) -> Bool { abs(left - right) < 1e-9 }
    private let plain = ExploreCandidate(id: "t")

    @Test func tempo() {
        // Slider 5 wants 95–130. Moods are unknown and so is the genre: 0.5 at half confidence.
        let parts: [(tempo: Double, part: Double)] = [
            (95, 1), (130, 1), (131, 0.5), (145, 0.5), (80, 0.5), (146, 1 - 16.0 / 50), (79, 1 - 16.0 / 50), (170, 0.2), (180, 0), (250, 0),
        ]
        for (tempo, part) in parts {
            var track = plain
            track.tempo = tempo
            #expect(near(ExploreScore.energy(track, nil, ExploreSliders()), (part + 0.5) / 2 * 0.75), "\(tempo)")
        }
    }

    @Test func moods() {
        var track = plain
        track.tempo = 100
        track.moods = [.happy: 65, .danceability: 70, .party: 60, .sad: 5]
        #expect(near(ExploreScore.energy(track, nil, ExploreSliders(energy: 5)), 1))
        track.moods = [.happy: 55, .danceability: 50, .party: 30, .sad: 45, .valence: 99]
        #expect(near(ExploreScore.energy(track, nil, ExploreSliders(energy: 5)), (1 + (0.9 + 0.8 + 0.7 + 0.6) / 4) / 2))
        // What is not tagged is left out; without MOOD_HAPPY nothing was measured.
        track.moods = [.happy: 65, .sad: 25]
        #expect(near(ExploreScore.energy(track, nil, ExploreSliders(energy: 5)), (1 + 0.9) / 2))
        track.moods = [.danceability: 70, .party: 60, .sad: 5]
        #expect(near(ExploreScore.energy(track, nil, ExploreSliders(energy: 5)), (1 + 0.5) / 2 * 0.75))
        // Measured, but none of what slider 3 asks for.
        track.moods = [.happy: 50]
        #expect(near(ExploreScore.energy(track, nil, ExploreSliders(energy: 3)), (1 + 0.5) / 2 * 0.75))
    }

    @Test func energyOfTheGenre() {
        // "metal" is at 86; slider 9 at 100.
        let metal = GenreCharacter(of: "Metal")
        #expect(near(ExploreScore.energy(plain, metal, ExploreSliders(energy: 9)), (1 - 14.0 / 60) * 0.75))
        #expect(near(ExploreScore.energy(plain, metal, ExploreSliders(energy: 0)), 0))
        #expect(near(ExploreScore.energy(plain, nil, ExploreSliders(energy: 9)), 0.25))
        var track = plain
        track.tempo = 150
        #expect(near(ExploreScore.energy(track, metal, ExploreSliders(energy: 9)), (1 + 1 - 14.0 / 60) / 2 * 0.875))
    }

    @Test(
        arguments: [
            (1990, 1), (1999, 1), (1989, 0.6), (1985, 0.6), (1984, 0.3), (1980, 0.3), (1979, 0), (2004, 0.6), (2005, 0.3), (2009, 0.3),
            (2010, 0), (nil, 0.5),
            (Int.min, 0), (Int.max, 0),
        ] as [(Int?, Double)])
    func era(year: Int?, part: Double) { #expect(ExploreScore.era(year, ExploreSliders(era: 3)) == part) }

    @Test func familiarity() {
        func part(_ plays: Int, _ slider: Int) -> Double { ExploreScore.familiarity(plays, ExploreSliders(familiarity: slider)) }
        #expect(part(0, 9) == 1 && part(1, 9) == 0 && part(100, 9) == 0)
        #expect(part(20, 0) == 1 && part(1_000_000, 0) == 1 && part(0, 0) == 0)
        #expect(near(part(10, 4), 1 - abs(4.0 / 9 - 0.5)) && near(part(5, 6), 1 - abs(6.0 / 9 - 0.75)))
        #expect(part(-5, 0) == 0 && part(.max, 0) == 1)
    }

    @Test func sound() {
        var track = plain
        // Slider 4 wants 45 and 45.
        track.acoustic = 55
        track.electronic = 15
        #expect(near(ExploreScore.sound(track, nil, ExploreSliders()), 0.8))
        track.electronic = nil
        #expect(near(ExploreScore.sound(track, nil, ExploreSliders()), 0.9))
        #expect(near(ExploreScore.sound(plain, GenreCharacter(of: "techno"), ExploreSliders(sound: 9)), (1 - 2.0 / 60) * 0.75))
        #expect(ExploreScore.sound(plain, nil, ExploreSliders(sound: 9)) == 0.25)
    }

    @Test func weights() {
        let track = ExploreCandidate(
            id: "t", year: 2007, playCount: 0, tempo: 100, moods: [.happy: 65, .danceability: 70, .party: 60, .sad: 5], acoustic: 5,
            electronic: 95)
        #expect(near(ExploreScore.score(track, ExploreSliders(energy: 5, era: 5, familiarity: 9, sound: 9)), 1))
        #expect(near(ExploreScore.score(track, ExploreSliders(energy: 5, era: 0, familiarity: 9, sound: 9)), 0.8))
        #expect(near(ExploreScore.score(track, ExploreSliders(energy: 5, era: 5, familiarity: 0, sound: 9)), 0.8))
        #expect(near(ExploreScore.score(track, ExploreSliders(energy: 5, era: 5, familiarity: 9, sound: 0)), 0.8 + 0.2 * 0.125))
    }

    /// Every slider position's row: its own targets score 1, and no other row's tempo or moods do better.
    @Test(arguments: 0...9) func tables(position: Int) {
        let sliders = ExploreSliders(energy: position, era: position, familiarity: position, sound: position)
        var track = ExploreCandidate(id: "t", year: sliders.years.lowerBound, tempo: sliders.tempo.lowerBound)
        track.moods = sliders.moods
        track.moods[.happy] = track.moods[.happy] ?? 50
        track.acoustic = sliders.timbre.acoustic
        track.electronic = sliders.timbre.electronic
        #expect(near(ExploreScore.energy(track, nil, sliders), 1))
        #expect(ExploreScore.era(track.year, sliders) == 1 && near(ExploreScore.sound(track, nil, sliders), 1))
        #expect(Mood.allCases.count { sliders.moods[$0] != nil } == (position < 2 ? 5 : 4))
    }

    @Test func tags() {
        #expect(ExploreCandidate.level("-7") == 0 && ExploreCandidate.level("150") == 99 && ExploreCandidate.level(" 42 ") == 42)
        for text in ["", "x", "NaN", "inf", "1e999", "0x"] { #expect(ExploreCandidate.level(text) == nil) }
        #expect(ExploreCandidate.level(nil) == nil)
    }
}

@Suite struct ExploreDrawTests {
    private func draws(_ candidates: [ExploreCandidate], _ sliders: ExploreSliders, _ count: Int) -> [String: Int] {
        var generator = SeededGenerator(state: 7)
        var counts: [String: Int] = [:]
        for _ in 0..<count {
            guard let id = ExploreScore.pick(from: candidates, sliders, using: &generator)?.id else { continue }
            counts[id, default: 0] += 1
        }
        return counts
    }

    @Test func nothing() { #expect(draws([], ExploreSliders(), 1).isEmpty) }

    /// The likelihood is the square of the score.
    @Test func weighted() throws {
        let good = ExploreCandidate(id: "good", year: 2007, tempo: 100)
        let bad = ExploreCandidate(id: "bad", year: 1990, tempo: 300)
        let sliders = ExploreSliders()
        let ratio = pow(ExploreScore.score(good, sliders) / ExploreScore.score(bad, sliders), 2)
        let counts = draws([good, bad], sliders, 20_000)
        let drawn = Double(try #require(counts["good"])) / Double(try #require(counts["bad"]))
        #expect(abs(drawn / ratio - 1) < 0.1)
    }

    @Test func onlyTheBestAreDrawn() {
        // Ever further from the tempo of slider 3, 80–115: the first 20, or 15 % of them, are the best.
        func library(_ count: Int) -> [ExploreCandidate] {
            (0..<count).map { ExploreCandidate(id: String($0), tempo: 131 + 34 * Double($0) / Double(count)) }.shuffled()
        }
        let sliders = ExploreSliders(energy: 3)
        for (count, kept) in [(50, 20), (133, 20), (400, 60)] {
            let drawn = draws(library(count), sliders, 1_000).keys.compactMap { Int($0) }
            // The last of those that are kept may not be among a thousand draws.
            #expect(drawn.allSatisfy { $0 < kept } && drawn.count > kept * 3 / 4, "\(count)")
        }
    }

    @Test func uniformWhenNothingFits() {
        // Score 0: known genre far off, year outside, played, sound far off.
        let sliders = ExploreSliders(energy: 0, era: 0, familiarity: 9, sound: 0)
        let candidates = (0..<4).map { ExploreCandidate(id: String($0), year: 2020, genre: "techno", playCount: 1) }
        #expect(ExploreScore.score(candidates[0], sliders) == 0)
        let counts = draws(candidates, sliders, 4_000)
        #expect(counts.count == 4 && counts.values.allSatisfy { (850...1150).contains($0) })
    }

    /// SplitMix64: the same numbers in every run.
    private struct SeededGenerator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }
}

@Suite struct GenreCharacterTests {
    @Test func tables() {
        #expect(Set(GenreCharacter.energies.keys) == Set(GenreCharacter.electronicnesses.keys))
        #expect(GenreCharacter.energies.count >= 70)
        for (name, energy) in GenreCharacter.energies {
            #expect(name == name.lowercased() && (0...100).contains(energy))
            #expect((0...100).contains(GenreCharacter.electronicnesses[name] ?? -1))
        }
    }

    @Test func names() throws {
        let rock = try #require(GenreCharacter(of: "Rock"))
        let techno = try #require(GenreCharacter(of: " TECHNO "))
        #expect(GenreCharacter(of: "Garbage Rock Revival") == rock)
        #expect(GenreCharacter(of: "melodic death metal") == GenreCharacter(of: "death metal"))
        #expect(GenreCharacter(of: "Technoid Techno / nonsense") == techno)
        for tag in ["rock / techno", "Rock,Techno", "rock / nonsense, techno", ",rock,,techno,"] {
            let both = try #require(GenreCharacter(of: tag))
            #expect(
                both.energy == (rock.energy + techno.energy) / 2 && both.electronicness == (rock.electronicness + techno.electronicness) / 2
            )
        }
        // A slash without spaces separates nothing.
        #expect(GenreCharacter(of: "rock/techno") == techno)
    }

    @Test(arguments: [nil, "", " / ", ",,,", "nonsense", "日本"])
    func unknown(tag: String?) { #expect(GenreCharacter(of: tag) == nil) }

    @Test(arguments: ["x", ","])
    func endless(character: String) { #expect(GenreCharacter(of: String(repeating: character, count: 100_000)) == nil) }
}
