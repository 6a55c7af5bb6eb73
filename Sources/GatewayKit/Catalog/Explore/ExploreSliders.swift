/// The four sliders of the explore page, 0…9 each, and what their positions ask for (dmp-api.md, explore).
import Foundation
import GatewayAPI

/// The body of `POST /api/tracks/explore`.
struct ExploreBody: Decodable {
    static let maximumExcluded = 1_000

    let sliders: ExploreSliders
    /// Tracks never to pick.
    let excluded: [String]

    private enum CodingKeys: String, CodingKey {
        case energy, era, familiarity, sound
        case excluded = "excludeIds"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func slider(_ key: CodingKeys, default defaultValue: Int) throws -> Int {
            guard fields.contains(key), (try? fields.decodeNil(forKey: key)) != true else { return defaultValue }
            guard let value = try? fields.decode(Double.self, forKey: key), value.isFinite else {
                throw APIError.badRequest("Invalid \(key.rawValue): a number from 0 to 9")
            }
            return Int(min(max((value + 0.5).rounded(.down), 0), 9))
        }
        sliders = ExploreSliders(
            energy: try slider(.energy, default: 5), era: try slider(.era, default: 5), familiarity: try slider(.familiarity, default: 4),
            sound: try slider(.sound, default: 4))
        // Anything but an array counts for nothing.
        guard let list = try? fields.nestedUnkeyedContainer(forKey: .excluded) else {
            excluded = []
            return
        }
        guard (list.count ?? 0) <= Self.maximumExcluded else {
            throw APIError.badRequest("Too many excludeIds: at most \(Self.maximumExcluded)")
        }
        guard let ids = try? fields.decode([String].self, forKey: .excluded), !ids.contains(where: \.hasNull) else {
            throw APIError.badRequest("Invalid excludeIds")
        }
        excluded = ids
    }
}

struct ExploreSliders: Equatable {
    let energy: Int
    let era: Int
    let familiarity: Int
    let sound: Int

    /// - Parameters: each 0…9, moved to the nearest of these.
    init(energy: Int = 5, era: Int = 5, familiarity: Int = 4, sound: Int = 4) {
        func position(_ value: Int) -> Int { min(max(value, 0), Self.last) }
        self.energy = position(energy)
        self.era = position(era)
        self.familiarity = position(familiarity)
        self.sound = position(sound)
    }

    private static let last = 9

    /// A slider's position as 0…1.
    static func share(_ position: Int) -> Double { Double(position) / Double(last) }

    var years: ClosedRange<Int> { Self.eras[era] }
    var tempo: ClosedRange<Double> { Self.energies[energy].tempo }
    var moods: Moods { Self.energies[energy].moods }
    var timbre: (acoustic: Double, electronic: Double) { Self.sounds[sound] }

    /// At the slider's end only what has never been played will do.
    var wantsUnplayed: Bool { familiarity == Self.last }

    // MARK: Ten rows each, by position

    private static let eras: [ClosedRange<Int>] = [
        1960...1969, 1970...1979, 1980...1989, 1990...1999, 2000...2004, 2005...2009, 2010...2014, 2015...2019, 2020...2024, 2025...2030,
    ]

    /// Beats a minute, and how strong each mood should be (0–99).
    private static let energies: [(tempo: ClosedRange<Double>, moods: Moods)] = [
        (60...85, [.relaxed: 90, .sad: 30, .happy: 10, .aggressive: 0, .party: 0]),
        (65...95, [.sad: 80, .relaxed: 50, .happy: 5, .aggressive: 5, .party: 0]),
        (70...100, [.relaxed: 85, .happy: 30, .aggressive: 0, .party: 5]),
        (80...115, [.relaxed: 60, .valence: 30, .aggressive: 5, .party: 10]),
        (85...120, [.relaxed: 50, .happy: 50, .danceability: 40, .aggressive: 5]),
        (95...130, [.danceability: 70, .party: 60, .happy: 65, .sad: 5]),
        (110...145, [.happy: 80, .party: 75, .danceability: 80, .sad: 0]),
        (120...160, [.party: 85, .arousal: 85, .danceability: 85, .relaxed: 5]),
        (135...180, [.aggressive: 90, .arousal: 90, .happy: 60, .relaxed: 0]),
        (145...200, [.aggressive: 95, .arousal: 95, .party: 70, .relaxed: 0]),
    ]

    private static let sounds: [(acoustic: Double, electronic: Double)] = [
        (90, 5), (80, 10), (70, 20), (55, 35), (45, 45), (35, 55), (25, 65), (15, 78), (8, 88), (5, 95),
    ]
}
