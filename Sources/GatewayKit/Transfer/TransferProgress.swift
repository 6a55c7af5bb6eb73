/// How far a transfer is, for whoever shows it.

public struct TransferProgress: Sendable, Equatable {
    public enum Step: Sendable, Equatable {
        /// Rows from the database into the file.
        case writingRows
        case writingPictures
        /// Rows from the file into tables of the import's own.
        case readingRows
        case readingPictures
        /// Rows into the catalog; the table that is being filled or emptied.
        case replacing(table: String)
    }

    public var step: Step
    /// Rows or pictures of the step that are done, and all of them.
    public var completed: Int
    public var total: Int
    /// Of the file, compressed, up to now.
    public var bytes: Int
}

/// What was carried.
public struct TransferSummary: Sendable, Equatable {
    public var artists = 0
    public var releases = 0
    public var tracks = 0
    public var rows = 0
    public var pictures = 0
    /// Named by rows, and not in the image store, or of no kind of picture.
    public var missingPictures = 0
    /// Of the file, compressed.
    public var bytes = 0

    mutating func count(rows: Int, of table: CatalogTable) {
        self.rows += rows
        switch table.name {
        case "Artist": artists = rows
        case "LocalRelease": releases = rows
        case "LocalReleaseTrack": tracks = rows
        default: break
        }
    }
}
