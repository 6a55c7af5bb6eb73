/// Walks over the music folder: what audio files and cover pictures lie in it. Reads names, sizes and times only.
internal import Foundation
internal import Glibc

/// A path below the music folder. Unlike `String`, two are equal only when their bytes are: a disk may hold `é` in both of its spellings.
struct MusicPath: Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: Self, right: Self) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// The folder that it lies in; nil at the root, as in `LocalRelease.folderPath`.
    var folder: String? { text.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(text[..<$0]) } }
    var name: Substring { text.utf8.lastIndex(of: UInt8(ascii: "/")).map { text[text.index(after: $0)...] } ?? text[...] }
}

struct MusicFile: Sendable {
    let path: MusicPath
    /// Bytes.
    let size: Int
    /// Milliseconds since 1970, as exact as the column.
    let modified: Int
}

struct MusicFolder: Sendable {
    /// Formats that are indexed, by the ending of the name.
    static let extensions: Set<String> = ["mp3", "flac", "m4a", "ogg", "opus", "wav", "aac"]
    private static let coverNames = ["cover", "folder", "front", "album"]
    private static let coverExtensions = ["jpg", "jpeg", "png", "webp"]
    /// `filePath` is VARCHAR(500).
    private static let maximumPath = 500
    /// Folders in folders; more can only be a loop that a file system makes.
    private static let maximumDepth = 64

    /// Folder by folder, sorted by name.
    private(set) var files: [MusicFile] = []
    /// The best cover picture of a folder, by the folder's path (`""` for the root).
    private(set) var covers: [String: String] = [:]
    private(set) var problems: [UnreadableFile] = []
    /// Folders whose content is unknown: nothing below them counts as deleted.
    private(set) var unreadableFolders: [String] = []
    /// Paths that are there but cannot be indexed, as the original's indexer may have written them.
    private(set) var unindexed: Set<MusicPath> = []

    private let root: String
    private var links: [(folder: String, name: String, target: FileIdentity, status: stat)] = []
    private var seen: Set<FileIdentity> = []

    private struct FileIdentity: Hashable {
        let device: dev_t
        let number: ino_t

        init(_ status: stat) {
            device = status.st_dev
            number = status.st_ino
        }
    }

    /// Blocks for as long as the walk takes.
    ///
    /// - Parameters:
    ///   - root: an absolute path without symbolic links.
    ///   - found: called now and then with the number of files so far; returns whether to go on.
    /// - Throws: `IndexError` when the folder itself cannot be read.
    init(root: String, found: (Int) -> Bool = { _ in true }) throws {
        self.root = root
        guard let names = Self.names(in: root) else { throw IndexError.unreadableFolder(root, String(cString: strerror(errno))) }
        try walk("", names, depth: 0, found)
        followLinks()
    }

    private mutating func walk(_ folder: String, _ names: [[UInt8]], depth: Int, _ found: (Int) -> Bool) throws {
        guard found(files.count) else { throw CancellationError() }
        var folders: [String] = []
        let prefix = folder.isEmpty ? "" : folder + "/"
        for bytes in names {
            guard let name = String(validating: bytes, as: UTF8.self) else {
                let lossy = prefix + String(decoding: bytes, as: UTF8.self)
                // A folder's files could not be named either.
                unindexed.insert(MusicPath(lossy))
                unreadableFolders.append(lossy)
                problems.append(
                    UnreadableFile(path: lossy, reason: "the name is not UTF-8, so that the database could not find it again: rename it"))
                continue
            }
            let path = prefix + name
            var status = stat()
            guard lstat(root + "/" + path, &status) == 0 else {
                if isMusic(name) { problems.append(UnreadableFile(path: path, reason: String(cString: strerror(errno)))) }
                continue
            }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: folders.append(name)
            case S_IFREG:
                add(folder, name, status)
                seen.insert(FileIdentity(status))
            case S_IFLNK: addLink(folder, name)
            default: continue
            }
        }
        for name in folders {
            let path = prefix + name
            guard depth < Self.maximumDepth, let names = Self.names(in: root + "/" + path) else {
                let reason = depth < Self.maximumDepth ? String(cString: strerror(errno)) : "too many folders in each other"
                problems.append(UnreadableFile(path: path + "/", reason: reason))
                unreadableFolders.append(path)
                continue
            }
            try walk(path, names, depth: depth + 1, found)
        }
    }

    private mutating func add(_ folder: String, _ name: String, _ status: stat) {
        let path = folder.isEmpty ? name : folder + "/" + name
        if isMusic(name) {
            guard path.unicodeScalars.count <= Self.maximumPath else {
                problems.append(UnreadableFile(path: path, reason: "the path is longer than \(Self.maximumPath) characters"))
                return
            }
            let modified =
                Int(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000).partialValue &+ status.st_mtim.tv_nsec / 1_000_000
            files.append(MusicFile(path: MusicPath(path), size: Int(status.st_size), modified: modified))
        } else if let rank = Self.coverRank(name),
            rank < (covers[folder].flatMap { Self.coverRank(($0 as NSString).lastPathComponent) } ?? .max)
        {
            covers[folder] = path
        }
    }

    /// A link to a file below the root is followed, unless that file has a name of its own here. One to a folder never is: what lies below
    /// the root is found there, and the rest is none of ours.
    private mutating func addLink(_ folder: String, _ name: String) {
        let path = root + "/" + (folder.isEmpty ? name : folder + "/" + name)
        var status = stat()
        guard isMusic(name) || Self.coverRank(name) != nil, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let target = realpath(path, nil)
        else { return }
        defer { free(target) }
        if String(cString: target).hasPrefix(root == "/" ? "/" : root + "/") {
            links.append((folder, name, FileIdentity(status), status))
        } else if isMusic(name) {
            problems.append(
                UnreadableFile(path: folder.isEmpty ? name : folder + "/" + name, reason: "a link to a file outside of the music folder"))
        }
    }

    private mutating func followLinks() {
        for link in links where seen.insert(link.target).inserted { add(link.folder, link.name, link.status) }
        guard !links.isEmpty else { return }
        links = []
        files.sort { left, right in
            let (first, second) = (MusicPath(left.path.folder ?? ""), MusicPath(right.path.folder ?? ""))
            return first == second
                ? left.path.text.utf8.lexicographicallyPrecedes(right.path.text.utf8)
                : first.text.utf8.lexicographicallyPrecedes(second.text.utf8)
        }
    }

    private func isMusic(_ name: String) -> Bool {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
        return Self.extensions.contains(name[name.index(after: dot)...].lowercased())
    }

    /// Lower is better; nil for what is no cover.
    private static func coverRank(_ name: String) -> Int? {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), let first = coverNames.firstIndex(of: name[..<dot].lowercased()),
            let second = coverExtensions.firstIndex(of: name[name.index(after: dot)...].lowercased())
        else { return nil }
        return first * coverExtensions.count + second
    }

    /// The names in a folder, sorted by their bytes; nil when it cannot be read. What begins with a dot is hidden: resource forks, trash.
    private static func names(in folder: String) -> [[UInt8]]? {
        guard let directory = opendir(folder) else { return nil }
        defer { closedir(directory) }
        var names: [[UInt8]] = []
        errno = 0
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name.first != UInt8(ascii: ".") { names.append(name) }
        }
        guard errno == 0 else { return nil }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
