/// What a run of the indexer tells while it works and when it is done, and why it cannot run at all.

/// A file or folder that could not be indexed.
public struct UnreadableFile: Sendable, Equatable {
    /// Relative to the music folder.
    public let path: String
    /// In words for the owner.
    public let reason: String
}

public struct IndexProgress: Sendable {
    public enum Step: Sendable {
        /// Names, sizes and times are looked at; `done` counts files.
        case walking
        /// Files are read and written; of `total`.
        case reading
        /// Deleted files, pictures and totals.
        case finishing
    }

    public let step: Step
    public let done: Int
    /// 0 when it is not known yet.
    public let total: Int
    /// Since `step` has begun.
    public let elapsed: Duration

    /// Files per second.
    public var rate: Double {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        return seconds > 0 ? Double(done) / seconds : 0
    }

    /// Until all are read; nil while nobody can say.
    public var remaining: Duration? {
        guard step == .reading, rate > 0, elapsed > .seconds(1) else { return nil }
        return .seconds(Double(max(0, total - done)) / rate)
    }
}

/// What a run has found and done, in files.
public struct IndexReport: Sendable, Equatable {
    /// In the folder.
    public var files = 0
    public var unchanged = 0
    public var new = 0
    public var changed = 0
    public var moved = 0
    public var removed = 0
    /// Files of the database that are not in the folder and were kept, since none of the database's files is there.
    public var missing = 0
    /// Pictures that were put into the image store.
    public var covers = 0
    public var unreadable: [UnreadableFile] = []
    /// Files that were to be read and whose rows are written.
    public var written: Int { new + changed + moved }
}

/// Why nothing is indexed, in words that say what to do.
public enum IndexError: Error, Equatable, CustomStringConvertible {
    case noReader(directory: String)
    case brokenReader(path: String, reason: String)
    case notAFolder(String)
    case unreadableFolder(String, String)
    /// The database knows files, and the folder holds none.
    case emptyFolder(String, known: Int)
    case anotherIndexer
    case imageStore(String, String)

    public var description: String {
        switch self {
        case .noReader(let directory):
            "this build cannot read tags (dmp-tag-reader is not in \(directory)): install libtag1-dev and build again"
        case .brokenReader(let path, let reason): "\(path) does not work: \(reason)"
        case .notAFolder(let path): "MUSIC_DIR: there is no folder \(path); is its disk mounted?"
        case .unreadableFolder(let path, let reason): "MUSIC_DIR: \(path) cannot be read: \(reason)"
        case .emptyFolder(let path, let known):
            "MUSIC_DIR: there is no music in \(path), but the database knows \(known) files. Is the disk mounted? "
                + "Nothing was changed; --prune-all removes them from the database"
        case .anotherIndexer: "the database is being indexed already, by another dmp"
        case .imageStore(let path, let reason): "IMAGE_DIR: \(path) cannot be written: \(reason)"
        }
    }
}
