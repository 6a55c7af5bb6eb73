/// The file that `dmp export` writes and `dmp import` reads: a tar in one gzip member, so that `tar tzf` lists it and `gzip -t` checks it.
/// It holds, in this order:
///
///     manifest.json               CatalogManifest: format, version, and of each table its columns and the number of its rows
///     rows/<Table>/<number>.tsv   rows as Postgres' COPY writes them (text format), about a megabyte each, table after table
///     pictures/artists/<name>     pictures of the image store that rows name
///     pictures/releases/<name>
///     end.json                    CatalogEnd: how many pictures there are
///
/// Everything is written and read once, in order, so it passes through pipes and needs no memory. gzip's CRC-32 covers every byte;
/// the counts say whether every part is there.
internal import Foundation

enum CatalogFile {
    static let manifestName = "manifest.json"
    static let endName = "end.json"
    static let maximumJSONBytes = 64 << 10
    /// Rows are gathered up to this size; one row is never split, and may be larger.
    static let rowsBytes = 1 << 20
    /// What the site serves of a picture.
    static let maximumPictureBytes = 32 << 20

    static func rowsName(_ table: CatalogTable, _ number: Int) -> String {
        let digits = String(number)
        return "rows/\(table.name)/\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits).tsv"
    }

    /// What a file in the tar is.
    enum Entry: Equatable {
        case manifest
        /// Of the table at this place in `CatalogTable.all`.
        case rows(table: Int)
        case picture(PicturePath)
        case end

        /// - Returns: nil for a name that no entry has.
        init?(_ name: String) {
            let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            switch (parts.count, parts.first) {
            case (1, CatalogFile.manifestName): self = .manifest
            case (1, CatalogFile.endName): self = .end
            case (3, "rows"):
                guard let table = CatalogTable.all.firstIndex(where: { $0.name == parts[1] }), parts[2].hasSuffix(".tsv") else {
                    return nil
                }
                self = .rows(table: table)
            case (3, "pictures"):
                guard let path = PicturePath("\(parts[1])/\(parts[2])") else { return nil }
                self = .picture(path)
            default: return nil
            }
        }
    }
}

struct CatalogManifest: Codable, Equatable {
    struct Table: Codable, Equatable {
        let name: String
        let columns: [String]
        let rows: Int
    }

    static let format = "dmp-catalog"
    static let version = 1
    private static let maximumRows = 1_000_000_000

    let format: String
    let version: Int
    /// The version of the program that wrote it.
    let program: String
    /// ISO 8601.
    let created: String
    let tables: [Table]
    /// Pictures that rows name. Some may not be there: `CatalogEnd` tells how many are.
    let pictures: Int

    /// - Throws: `TransferError.unsupported` for a file of another kind, version or set of columns.
    func check() throws {
        guard format == Self.format else { throw TransferError.unsupported("the file is not one that `dmp export` has written") }
        guard version == Self.version else {
            throw TransferError.unsupported(
                "the file is of version \(version), and this program reads version \(Self.version); use the same dmp on both sides")
        }
        guard tables.map(\.name) == CatalogTable.all.map(\.name), tables.map(\.columns) == CatalogTable.all.map({ $0.carried.map(\.name) })
        else { throw TransferError.unsupported("the file holds other tables or columns than this program has") }
        guard (tables.map(\.rows) + [pictures]).allSatisfy((0...Self.maximumRows).contains) else {
            throw TransferError.damaged("a count is impossible")
        }
    }

    var rows: Int { tables.reduce(0) { $0 + $1.rows } }
}

struct CatalogEnd: Codable, Equatable {
    let pictures: Int
}

/// `artists/<name>` or `releases/<name>` in the image store. There is no other way to one of its files, and this one cannot lead out.
struct PicturePath: Hashable, Sendable {
    static let folders = ["artists", "releases"]
    /// What the site serves as pictures; no SVG, which may hold a script.
    private static let extensions: Set = ["avif", "gif", "jpeg", "jpg", "png", "webp"]

    let folder: String
    let name: String

    /// - Returns: nil for another folder, for a name with a separator or control character, one that begins with a dot, one that the file
    ///   system cannot hold, and one of no kind of picture.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.folders.contains(String(parts[0])), case let name = String(parts[1]), name.utf8.count <= 255,
            name.first != ".", !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control || $0 == "\\" }),
            let dot = name.lastIndex(of: "."), Self.extensions.contains(name[name.index(after: dot)...].lowercased())
        else { return nil }
        folder = String(parts[0])
        self.name = name
    }

    var text: String { "\(folder)/\(name)" }
}
