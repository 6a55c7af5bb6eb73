/// What a genre's name says about music that nothing has measured.
import Foundation
import Synchronization

struct GenreCharacter: Equatable {
    /// 0 (still) to 100 (furious).
    let energy: Double
    /// 0 (acoustic) to 100 (electronic).
    let electronicness: Double

    private init(energy: Double, electronicness: Double) {
        self.energy = energy
        self.electronicness = electronicness
    }

    /// - Parameter tag: several names between ` / ` or `,`, whose values are averaged. A name that no table has counts as the longest
    ///   one of the table that it contains: `melodic death metal` as `death metal`.
    /// - Returns: nil when no name is known.
    init?(of tag: String?) {
        guard let tag else { return nil }
        let names = tag.lowercased().replacing(" / ", with: ",").split(separator: ",").prefix(Self.maximumNames)
        let known = names.compactMap { Self.named($0.prefix(Self.maximumNameLength).trimmingCharacters(in: .whitespaces)) }
        guard !known.isEmpty else { return nil }
        self.init(
            energy: known.reduce(0) { $0 + $1.energy } / Double(known.count),
            electronicness: known.reduce(0) { $0 + $1.electronicness } / Double(known.count))
    }

    /// As `init(of:)`, which is asked for the same few tags again and again: hundreds for each track that is explored.
    static func known(of tag: String?) -> GenreCharacter? {
        guard let tag else { return nil }
        if let remembered = remembered.withLock({ $0[tag] }) { return remembered }
        let character = GenreCharacter(of: tag)
        if tag.utf8.count <= maximumNameLength {
            remembered.withLock { remembered in
                if remembered.count >= maximumRemembered { remembered = [:] }
                remembered[tag] = .some(character)
            }
        }
        return character
    }

    private static let remembered = Mutex<[String: GenreCharacter?]>([:])
    private static let maximumRemembered = 4096

    /// What a tag holds beyond these counts for nothing: it may be as long as a file's writer liked.
    private static let maximumNames = 20
    private static let maximumNameLength = 100

    private static func named(_ name: String) -> GenreCharacter? {
        guard let known = energies[name] != nil ? name : namesByLength.first(where: name.contains),
            let energy = energies[known], let electronicness = electronicnesses[known]
        else { return nil }
        return GenreCharacter(energy: energy, electronicness: electronicness)
    }

    /// Longest first.
    private static let namesByLength = energies.keys.sorted().sorted { $0.count > $1.count }

    // MARK: Both tables have the same names, in lower case

    static let energies: [String: Double] = [
        "ambient": 8, "drone": 6, "new age": 10, "classical": 22, "baroque": 28, "opera": 35, "chamber music": 20, "piano": 16,
        "soundtrack": 32, "folk": 28, "indie folk": 30, "singer-songwriter": 27, "acoustic": 22, "country": 44, "bluegrass": 55,
        "americana": 38, "blues": 40, "jazz": 36, "swing": 55, "bebop": 60, "bossa nova": 25, "latin": 62, "salsa": 72, "samba": 68,
        "flamenco": 50, "soul": 46, "neo soul": 38, "r&b": 46, "funk": 68, "disco": 74, "gospel": 52, "reggae": 42, "dub": 34, "ska": 70,
        "dancehall": 70, "afrobeat": 68, "world": 45, "pop": 58, "synth-pop": 62, "dream pop": 34, "k-pop": 70, "indie": 50, "rock": 62,
        "soft rock": 42, "post-rock": 45, "progressive rock": 56, "psychedelic": 50, "alternative": 58, "shoegaze": 48, "grunge": 70,
        "punk": 84, "hardcore": 94, "emo": 66, "hard rock": 76, "metal": 86, "death metal": 96, "black metal": 94, "thrash metal": 95,
        "doom": 58, "grindcore": 99, "industrial": 80, "hip hop": 58, "rap": 60, "trap": 64, "lo-fi": 18, "trip hop": 32, "downtempo": 24,
        "chillout": 18, "electronic": 62, "house": 76, "deep house": 62, "techno": 84, "minimal": 58, "trance": 82, "drum and bass": 90,
        "jungle": 88, "dubstep": 80, "breakbeat": 76, "idm": 50, "edm": 86, "hardstyle": 97, "garage": 68,
    ]

    static let electronicnesses: [String: Double] = [
        "ambient": 72, "drone": 70, "new age": 50, "classical": 1, "baroque": 0, "opera": 1, "chamber music": 0, "piano": 2,
        "soundtrack": 30, "folk": 4, "indie folk": 10, "singer-songwriter": 8, "acoustic": 2, "country": 10, "bluegrass": 2,
        "americana": 8, "blues": 12, "jazz": 8, "swing": 4, "bebop": 3, "bossa nova": 6, "latin": 25, "salsa": 12, "samba": 8,
        "flamenco": 2, "soul": 22, "neo soul": 38, "r&b": 48, "funk": 35, "disco": 55, "gospel": 12, "reggae": 28, "dub": 55, "ska": 15,
        "dancehall": 62, "afrobeat": 30, "world": 15, "pop": 52, "synth-pop": 88, "dream pop": 50, "k-pop": 72, "indie": 30, "rock": 25,
        "soft rock": 20, "post-rock": 28, "progressive rock": 30, "psychedelic": 35, "alternative": 30, "shoegaze": 38, "grunge": 20,
        "punk": 16, "hardcore": 25, "emo": 22, "hard rock": 20, "metal": 22, "death metal": 20, "black metal": 20, "thrash metal": 18,
        "doom": 20, "grindcore": 18, "industrial": 80, "hip hop": 65, "rap": 65, "trap": 80, "lo-fi": 55, "trip hop": 75, "downtempo": 80,
        "chillout": 75, "electronic": 92, "house": 93, "deep house": 92, "techno": 98, "minimal": 92, "trance": 96, "drum and bass": 94,
        "jungle": 92, "dubstep": 94, "breakbeat": 88, "idm": 95, "edm": 96, "hardstyle": 97, "garage": 80,
    ]
}
