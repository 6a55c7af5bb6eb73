/// What is to be done: the music folder compared with the rows of the database, by path, size and time.
internal import Postgres

/// A row of `LocalReleaseTrack` whose file is not where it was.
struct VanishedTrack: Sendable {
    let id: String
    let path: MusicPath
    let size: Int?
    let modified: Int?
    let contentHash: String?
}

struct IndexPlan: Sendable {
    /// New and changed files, folder by folder.
    private(set) var folders: [FolderToRead] = []
    private(set) var unchanged = 0
    private(set) var new = 0
    private(set) var changed = 0
    /// Rows in the database.
    private(set) var known = 0
    private(set) var vanished: [VanishedTrack] = []

    private static let pageSize = 20_000
    /// Files of one folder that are read and written together.
    private static let maximumFolder = 500

    var filesToRead: Int { new + changed }

    /// - Parameter rereadsAll: reads also the files that have not changed.
    init(_ folder: MusicFolder, database: PostgresPool, rereadsAll: Bool) async throws {
        var state = [RowState](repeating: .absent, count: folder.files.count)
        let places = Dictionary(folder.files.enumerated().map { ($1.path, $0) }, uniquingKeysWith: { first, _ in first })
        var last = ""
        while true {
            let rows = try await database.query(
                """
                SELECT "id", "filePath", "fileSize", (extract(epoch FROM "mtime") * 1000)::bigint AS "modified", "contentHash"
                FROM "LocalReleaseTrack" WHERE "id" > \(last) ORDER BY "id" LIMIT \(Self.pageSize)::int
                """)
            for row in rows {
                let id = try row.decode("id", as: String.self)
                last = id
                known += 1
                let path = MusicPath(try row.decode("filePath"))
                let size = try row.decode("fileSize", as: Int?.self)
                let modified = try row.decode("modified", as: Int?.self)
                if let place = places[path] {
                    let file = folder.files[place]
                    let isSame = size == file.size && Self.isSame(modified, file.modified) && !rereadsAll
                    state[place] = isSame ? .unchanged : .changed(id)
                } else if !Self.isUnknown(path, folder) {
                    vanished.append(
                        VanishedTrack(
                            id: id, path: path, size: size, modified: modified, contentHash: try row.decode("contentHash", as: String?.self)
                        ))
                }
            }
            if rows.count < Self.pageSize { break }
        }
        addFolders(folder, state)
    }

    private enum RowState {
        case absent
        case unchanged
        case changed(String)
    }

    private mutating func addFolders(_ folder: MusicFolder, _ state: [RowState]) {
        var files: [FileToRead] = []
        var path: MusicPath?
        func finished() -> FolderToRead { FolderToRead(files: files, coverFile: folder.cover(for: path?.text)) }
        for (file, state) in zip(folder.files, state) {
            let rowID: String?
            switch state {
            case .unchanged:
                unchanged += 1
                continue
            case .absent:
                new += 1
                rowID = nil
            case .changed(let id):
                changed += 1
                rowID = id
            }
            let its = file.path.folder.map { MusicPath($0) }
            if !files.isEmpty, its != path || files.count >= Self.maximumFolder {
                folders.append(finished())
                files = []
            }
            path = its
            files.append(FileToRead(file: file, rowID: rowID))
        }
        if !files.isEmpty { folders.append(finished()) }
    }

    /// The column holds milliseconds; older indexers wrote whole seconds.
    static func isSame(_ column: Int?, _ file: Int) -> Bool {
        guard let column else { return false }
        return column == file || (column % 1_000 == 0 && column == file - file % 1_000)
    }

    /// Whether nobody can say that the file is gone, since its folder cannot be read.
    private static func isUnknown(_ path: MusicPath, _ folder: MusicFolder) -> Bool {
        guard !folder.unreadableFolders.isEmpty || !folder.unindexed.isEmpty else { return false }
        return folder.unindexed.contains(path)
            || folder.unreadableFolders.contains {
                path.text.utf8.starts(with: $0.utf8) && path.text.utf8.dropFirst($0.utf8.count).first == UInt8(ascii: "/")
            }
    }
}

/// Finds the row of a file that has another path now: it keeps its plays, favourites and playlists.
struct MoveMatcher: Sendable {
    /// nil for rows that do not tell a size, which match nothing.
    private var bySize: [Int?: [VanishedTrack]] = [:]

    init(_ vanished: [VanishedTrack]) { bySize = Dictionary(grouping: vanished, by: \.size) }

    /// - Returns: the row, which is then nobody else's.
    mutating func take(_ file: MusicFile, contentHash: String) -> VanishedTrack? {
        guard let candidates = bySize[file.size], !candidates.isEmpty else { return nil }
        let name = file.path.name
        func first(_ isMatch: (VanishedTrack) -> Bool) -> Int? { candidates.firstIndex(where: isMatch) }
        func hasHash(_ track: VanishedTrack) -> Bool { track.contentHash == contentHash }
        func hasTime(_ track: VanishedTrack) -> Bool { IndexPlan.isSame(track.modified, file.modified) }
        // `mv` keeps the time of a file; the original's indexer computed other hashes.
        let place =
            first { hasHash($0) && $0.path.name == name } ?? first { hasTime($0) && $0.path.name == name } ?? first(hasHash)
            ?? (candidates.filter(hasTime).count == 1 ? first(hasTime) : nil)
        return place.map { bySize[file.size]?.remove(at: $0) ?? candidates[$0] }
    }

    /// Whose files are nowhere.
    var remaining: [VanishedTrack] { bySize.values.flatMap { $0 } }
}

extension MusicFolder {
    /// The cover of a folder, or of the one above it: `Album/CD 1`.
    func cover(for folder: String?) -> String? {
        let own = covers[folder ?? ""]
        guard own == nil, let folder, let parent = MusicPath(folder).folder, PathNames(folder + "/x").discNumber != nil else { return own }
        return covers[parent]
    }
}
