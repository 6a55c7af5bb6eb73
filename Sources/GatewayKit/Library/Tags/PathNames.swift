/// What the names of a file and its folders say, for files whose tags do not: `Artist/Album/CD 2/03 - Title.mp3`.
internal import Foundation

struct PathNames: Equatable {
    var title: String
    var trackNumber: Int?
    var discNumber: Int?
    var album: String?
    var artist: String?

    /// - Parameter path: relative to the music folder.
    init(_ path: String) {
        var parts = path.split(separator: "/").map(String.init)
        let file = parts.popLast() ?? path
        let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
        (trackNumber, title) = Self.numbered(stem)
        if let folder = parts.last, let number = Self.disc(folder) {
            discNumber = number
            parts.removeLast()
        }
        album = parts.popLast().flatMap { TrackTags.cleaned($0) }
        artist = parts.popLast().flatMap { TrackTags.cleaned($0) }
    }

    /// `03 - Title`, `03. Title`, `03_Title` and `1-03 Title` begin with the number of the track.
    private static func numbered(_ stem: String) -> (Int?, String) {
        let whole = TrackTags.cleaned(stem) ?? stem
        func digits(_ text: Substring) -> Substring { text.prefix { $0.isASCII && $0.isNumber } }
        var rest = whole[...]
        var number = digits(rest)
        rest = rest.dropFirst(number.count)
        if (1...2).contains(number.count), rest.first == "-", case let second = digits(rest.dropFirst()), !second.isEmpty {
            number = second
            rest = rest.dropFirst(1 + second.count)
        }
        let title = rest.drop { " -._–".contains($0) }
        guard (1...3).contains(number.count), let value = Int(number), title.startIndex > rest.startIndex, !title.isEmpty else {
            return (nil, whole)
        }
        return (value, String(title))
    }

    /// `CD1`, `Disc 2`, `disk_3`.
    private static func disc(_ folder: String) -> Int? {
        guard folder.utf8.count <= 16 else { return nil }
        let name = folder.lowercased()
        guard let word = ["cd", "disc", "disk"].first(where: name.hasPrefix) else { return nil }
        let number = name.dropFirst(word.count).drop { " _-".contains($0) }
        return number.count <= 2 && number.allSatisfy(\.isASCII) ? Int(number) : nil
    }
}
