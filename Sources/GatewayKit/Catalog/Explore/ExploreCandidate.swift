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
    var moods: Moods = [:]
    /// 0–99, as is the next.
    var acoustic: Double?
    var electronic: Double?
}

/// What the tags `MOOD_…` measure.
enum Mood: Int, CaseIterable {
    case happy, sad, relaxed, aggressive, party, danceability, valence, arousal

    /// Of the tag.
    var key: String { "MOOD_\(String(describing: self).uppercased())" }
}

/// How strong each mood is, 0–99; nil where nobody has measured it. Not a dictionary, which would be the dearest part of a candidate.
struct Moods: ExpressibleByDictionaryLiteral {
    private var levels = SIMD8<Double>(repeating: .nan)

    init(dictionaryLiteral elements: (Mood, Double)...) {
        for (mood, level) in elements { self[mood] = level }
    }

    subscript(mood: Mood) -> Double? {
        get { levels[mood.rawValue].isNaN ? nil : levels[mood.rawValue] }
        set { levels[mood.rawValue] = newValue ?? .nan }
    }

    /// The mean of 1 − distance/100 over the moods that both have; nil when there is none.
    func nearness(to targets: Moods) -> Double? {
        var sum = 0.0
        var count = 0.0
        for index in levels.indices {
            let distance = abs(levels[index] - targets.levels[index])
            guard !distance.isNaN else { continue }
            sum += 1 - distance / 100
            count += 1
        }
        return count > 0 ? sum / count : nil
    }
}

extension ExploreCandidate {
    static let tempoKey = "IntegerBpm"
    static let acousticKey = "MOOD_ACOUSTIC"
    static let electronicKey = "MOOD_ELECTRONIC"

    /// The tags that the score reads.
    static let keys = [tempoKey, acousticKey, electronicKey] + Mood.allCases.map(\.key)

    /// - Parameter row: columns `id`, `genre` and `numbers`: year, plays and a text for each of `keys`, with tabs between them and nothing
    ///   for what is null. One column, since there are hundreds of rows and finding a column costs more than reading a number.
    init(_ row: PostgresRow) throws {
        id = try row.decode("id")
        genre = try row.decode("genre")
        try row.withBytes(of: "numbers") { bytes in
            guard let bytes else { return }
            var fields = Fields(rest: bytes[...])
            year = fields.next().flatMap { Int($0) }
            playCount = fields.next().flatMap { Int($0) } ?? 0
            // With a tab in a tag nobody can tell which is which: then none of this track's counts.
            guard fields.areLeft(Self.keys.count) else { return }
            tempo = Self.number(fields.next()).flatMap { $0 > 0 ? $0 : nil }
            acoustic = Self.level(fields.next())
            electronic = Self.level(fields.next())
            for mood in Mood.allCases { moods[mood] = Self.level(fields.next()) }
        }
    }

    /// Texts with tabs between them, one after the other.
    private struct Fields {
        private static let separator = UInt8(ascii: "\t")

        var rest: Slice<UnsafeRawBufferPointer>

        func areLeft(_ count: Int) -> Bool { rest.count { $0 == Self.separator } == count - 1 }

        /// Nil for an empty one.
        mutating func next() -> String? {
            let field = rest.prefix { $0 != Self.separator }
            rest = rest[field.endIndex...].dropFirst()
            return field.isEmpty ? nil : String(decoding: field, as: UTF8.self)
        }
    }

    /// A tag may hold anything.
    static func number(_ text: String?) -> Double? {
        guard let text else { return nil }
        // Nearly all are whole numbers, and those are read in a tenth of the time.
        if let whole = Int(text) { return Double(whole) }
        guard let number = Double(text) ?? Double(text.trimmingCharacters(in: .whitespaces)), number.isFinite else { return nil }
        return number
    }

    /// Some tags lie below 0.
    static func level(_ text: String?) -> Double? { number(text).map { min(max($0, 0), 99) } }
}
