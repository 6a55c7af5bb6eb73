/// Pictures of an import: each is written into a hidden folder beside the place where it belongs, and moved there once the rows that
/// name it are committed. A move within a folder is one step, whatever file system it is.
internal import Foundation

final class PictureStaging {
    private static let prefix = ".import-"

    private let imageDirectory: String
    private let suffix = prefix + String(UInt64.random(in: .min ... .max), radix: 36)
    private var written: [PicturePath] = []
    private var madeFolders: Set<String> = []

    /// Removes what a killed import has left. Only one import runs at a time on a database.
    init(_ imageDirectory: String) throws {
        self.imageDirectory = imageDirectory
        for folder in PicturePath.folders {
            let place = "\(imageDirectory)/\(folder)"
            for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [] where name.hasPrefix(Self.prefix) {
                try? FileManager.default.removeItem(atPath: "\(place)/\(name)")
            }
        }
    }

    private func stagingFolder(_ folder: String) -> String { "\(imageDirectory)/\(folder)/\(suffix)" }

    /// A file for the picture's bytes. A picture that comes twice is refused.
    func make(_ path: PicturePath, stop: StopFlag) throws -> OpenFile {
        let folder = stagingFolder(path.folder)
        if madeFolders.insert(path.folder).inserted {
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            } catch {
                throw TransferError.file(path: folder, errno: (error as? CocoaError)?.underlyingErrno ?? EIO)
            }
        }
        let file = try OpenFile("\(folder)/\(path.name)", flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, stop: stop)
        written.append(path)
        return file
    }

    /// Until all pictures are on the disk.
    func synchronize() {
        if !written.isEmpty { sync() }
    }

    /// After the commit. Should it fail, the rows are there, and another import of the same file brings the pictures.
    func moveIntoPlace() throws {
        for path in written {
            let target = "\(imageDirectory)/\(path.text)"
            guard rename("\(stagingFolder(path.folder))/\(path.name)", target) == 0 else {
                throw TransferError.picture(path: target, errno: errno)
            }
        }
        discard()
    }

    func remove(_ pictures: [PicturePath]) {
        for path in pictures { unlink("\(imageDirectory)/\(path.text)") }
    }

    /// Removes what was not moved.
    func discard() {
        for folder in PicturePath.folders { try? FileManager.default.removeItem(atPath: stagingFolder(folder)) }
    }
}

extension CocoaError {
    fileprivate var underlyingErrno: Int32? { (underlying as? POSIXError)?.code.rawValue }
}
