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

    /// - Parameter row: columns `id`, `genre` and `numbers`: year, plays and a text for each of `keys`, with tabs between them and nothing
    ///   for what is null. One column, since there are hundreds of rows and finding a column costs more than reading a number.
    init(_ row: PostgresRow) throws {
        id = try row.decode("id")
        genre = try row.decode("genre")
        let fields = try row.withBytes(of: "numbers") { bytes in
            (bytes ?? UnsafeRawBufferPointer(start: nil, count: 0)).split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
                .map {
                    $0.isEmpty ? nil : String(decoding: $0, as: UTF8.self)
                }
        }
        guard fields.count == 2 + Self.keys.count else {
            throw PostgresError.decoding(column: "numbers", expected: "\(2 + Self.keys.count) texts")
        }
        year = fields[0].flatMap { Int($0) }
        playCount = fields[1].flatMap { Int($0) } ?? 0
        tempo = Self.number(fields[2]).flatMap { $0 > 0 ? $0 : nil }
        acoustic = Self.level(fields[3])
        electronic = Self.level(fields[4])
        // Most libraries measure either all of them or none.
        guard fields[5...].contains(where: { $0 != nil }) else { return }
        moods.reserveCapacity(Self.moodKeys.count)
        for (mood, text) in zip(Mood.allCases, fields[5...]) { moods[mood] = Self.level(text) }
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
