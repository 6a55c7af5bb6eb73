/// How well a track fits the sliders, and the draw among those that fit best (dmp-api.md, explore). Pure: no database, no clock.

enum ExploreScore {
    /// 0…1.
    static func score(_ track: ExploreCandidate, _ sliders: ExploreSliders) -> Double {
        let genre = GenreCharacter.known(of: track.genre)
        return 0.40 * energy(track, genre, sliders) + 0.20 * era(track.year, sliders) + 0.20 * familiarity(track.playCount, sliders)
            + 0.20 * sound(track, genre, sliders)
    }

    // MARK: Parts, 0…1 each

    /// Tempo and moods count half each, less the more of it is guessed from the genre.
    static func energy(_ track: ExploreCandidate, _ genre: GenreCharacter?, _ sliders: ExploreSliders) -> Double {
        let guess = genre.map { (value: nearness(of: $0.energy, to: sliders.energy), confidence: 0.75) } ?? (value: 0.5, confidence: 0.5)
        let tempo = track.tempo.map { (value: tempoPart($0, sliders), confidence: 1.0) } ?? guess
        let moods = moodPart(track.moods, sliders).map { (value: $0, confidence: 1.0) } ?? guess
        return (tempo.value + moods.value) / 2 * (tempo.confidence + moods.confidence) / 2
    }

    private static func tempoPart(_ tempo: Double, _ sliders: ExploreSliders) -> Double {
        let distance = max(sliders.tempo.lowerBound - tempo, tempo - sliders.tempo.upperBound, 0)
        return distance == 0 ? 1 : distance <= 15 ? 0.5 : max(0, 1 - distance / 50)
    }

    /// Nil for a track whose moods have not been measured.
    private static func moodPart(_ moods: Moods, _ sliders: ExploreSliders) -> Double? {
        moods[.happy] == nil ? nil : moods.nearness(to: sliders.moods)
    }

    static func era(_ year: Int?, _ sliders: ExploreSliders) -> Double {
        guard let year else { return 0.5 }
        // As numbers with a fraction: a year of a database may be any integer.
        let distance = max(Double(sliders.years.lowerBound) - Double(year), Double(year) - Double(sliders.years.upperBound), 0)
        return distance == 0 ? 1 : distance <= 5 ? 0.6 : distance <= 10 ? 0.3 : 0
    }

    /// The slider goes from what is played often to what is not known.
    static func familiarity(_ playCount: Int, _ sliders: ExploreSliders) -> Double {
        if sliders.wantsUnplayed, playCount > 0 { return 0 }
        let novelty = 1 - min(max(Double(playCount), 0) / 20, 1)
        return 1 - abs(ExploreSliders.share(sliders.familiarity) - novelty)
    }

    static func sound(_ track: ExploreCandidate, _ genre: GenreCharacter?, _ sliders: ExploreSliders) -> Double {
        if let acoustic = track.acoustic {
            let distance = abs(acoustic - sliders.timbre.acoustic)
            return 1 - (track.electronic.map { (distance + abs($0 - sliders.timbre.electronic)) / 2 } ?? distance) / 100
        }
        return genre.map { nearness(of: $0.electronicness, to: sliders.sound) * 0.75 } ?? 0.25
    }

    /// Of a genre's value (0–100) to a slider's position.
    private static func nearness(of value: Double, to position: Int) -> Double {
        max(0, 1 - abs(value - 100 * ExploreSliders.share(position)) / 60)
    }

    // MARK: The draw

    /// One of the best: the better a track fits, the likelier.
    /// - Returns: nil when there are no candidates.
    static func pick(
        from candidates: [ExploreCandidate], _ sliders: ExploreSliders, using generator: inout some RandomNumberGenerator
    ) -> ExploreCandidate? {
        let scored = candidates.map { (track: $0, score: score($0, sliders)) }.sorted { $0.score > $1.score }
        let best = scored.prefix(max(minimumKept, Int((Double(scored.count) * shareKept).rounded(.up))))
        let total = best.reduce(0) { $0 + $1.score * $1.score }
        guard total > 0 else { return best.randomElement(using: &generator)?.track }
        var left = Double.random(in: 0..<total, using: &generator)
        for (track, score) in best {
            left -= score * score
            if left < 0 { return track }
        }
        // What rounding has left over.
        return best.last?.track
    }

    /// Of the candidates, the best that the draw is among.
    static let minimumKept = 20
    private static let shareKept = 0.15
}
