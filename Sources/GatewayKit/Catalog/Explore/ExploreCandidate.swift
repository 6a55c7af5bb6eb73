/// A track that explore may pick, with what its score depends on.
import Foundation
import Postgres

struct ExploreCandidate {
    let id: String
    var year: Int?
    /// The tag as it is: several names between ` / ` or `,`.
    var genre: String?
    var playCount = 0
    /// Beats a minute.
    var tempo: Double?
    /// 0–99 each.
    var moods: [Mood: Double] = [:]
    var acoustic: Double?
    var electronic: Double?
}

/// What the tags `MOOD_…` measure.
enum Mood: String, CaseIterable {
    case happy, sad, relaxed, aggressive, party, danceability, valence, arousal

    /// Of the tag, and of the column.
    var key: String { "MOOD_\(rawValue.uppercased())" }
}

extension ExploreCandidate {
    static let tempoKey = "IntegerBpm"
    static let acousticKey = "MOOD_ACOUSTIC"
    static let electronicKey = "MOOD_ELECTRONIC"

    private static let moodKeys = Mood.allCases.map { ($0, $0.key) }

    /// The tags that the score reads.
    static let keys = [tempoKey, acousticKey, electronicKey] + moodKeys.map(\.1)

    /// - Parameter row: columns `id`, `year`, `genre`, `playCount` and one for each of `keys`, in text.
    init(_ row: PostgresRow) throws(PostgresError) {
        id = try row.decode("id")
        year = try row.decode("year")
        genre = try row.decode("genre")
        playCount = try row.decode("playCount")
        tempo = Self.number(try row.decode(Self.tempoKey)).flatMap { $0 > 0 ? $0 : nil }
        acoustic = Self.level(try row.decode(Self.acousticKey))
        electronic = Self.level(try row.decode(Self.electronicKey))
        for (mood, key) in Self.moodKeys { moods[mood] = Self.level(try row.decode(key)) }
    }

    /// A tag may hold anything.
    static func number(_ text: String?) -> Double? {
        // Hardly any has spaces around it, and looking for them takes longer than the number.
        guard let text, let number = Double(text) ?? Double(text.trimmingCharacters(in: .whitespaces)), number.isFinite else { return nil }
        return number
    }

    /// Some tags lie below 0.
    static func level(_ text: String?) -> Double? { number(text).map { min(max($0, 0), 99) } }
}
