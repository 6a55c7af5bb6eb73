/// Why a catalog was not exported or imported, in words for the owner. But for `picture`, nothing has changed.

internal import Glibc

public enum TransferError: Error, Equatable {
    /// The file is no catalog, is cut off or was altered.
    case damaged(String)
    /// The file is whole and of a kind that this program does not take.
    case unsupported(String)
    /// The database may not be replaced.
    case target(String)
    /// A file or folder, with what the system says.
    case file(path: String, errno: Int32)
    /// The rows are imported, and a picture could not be moved into place.
    case picture(path: String, errno: Int32)
    case stopped
}

extension TransferError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .damaged(let what): "the file is damaged: \(what)"
        case .unsupported(let what): what
        case .target(let what): what
        case .file(let path, let code): "\(path): \(String(cString: strerror(code)))"
        case .picture(let path, let code):
            "the catalog is imported, but not all of its pictures: \(path): \(String(cString: strerror(code))); import again"
        case .stopped: "stopped"
        }
    }
}
