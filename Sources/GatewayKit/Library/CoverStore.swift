/// The pictures of releases in `IMAGE_DIR`: `releases/<id>.<jpg|png|webp>`. A file is whole under its name or not there.
internal import Foundation
internal import Glibc

struct CoverStore: Sendable {
    /// A picture that has been written and has no release yet.
    struct Incoming: Sendable {
        fileprivate let path: String
        fileprivate let fileExtension: String
    }

    static let maximumBytes = ReaderProcess.maximumPictureBytes
    /// The site's path of the folder; `LocalRelease.image` begins with it.
    private static let sitePath = "/img/releases/"
    private static let incomingPrefix = ".incoming-"

    /// With the slash at the end.
    private let folder: String

    /// Makes the folder, and clears away what a run that was killed has left.
    ///
    /// - Throws: `IndexError.imageStore`.
    init(imageDirectory: String) throws {
        folder = imageDirectory + "/releases/"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasPrefix(Self.incomingPrefix) {
                try? FileManager.default.removeItem(atPath: folder + name)
            }
        } catch {
            throw IndexError.imageStore(folder, error.localizedDescription)
        }
        guard access(folder, W_OK | X_OK) == 0 else { throw IndexError.imageStore(folder, String(cString: strerror(errno))) }
    }

    /// Writes a picture down.
    ///
    /// - Returns: nil when it is none, too large, or the disk is full.
    func receive(_ bytes: [UInt8]) -> Incoming? {
        guard bytes.count <= Self.maximumBytes, let fileExtension = Self.fileExtension(of: bytes) else { return nil }
        let path = folder + Self.incomingPrefix + RowIdentifier.make()
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return nil }
        let isWritten = bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
        guard close(descriptor) == 0, isWritten else {
            unlink(path)
            return nil
        }
        return Incoming(path: path, fileExtension: fileExtension)
    }

    /// Writes a copy of a picture file down.
    func receive(file path: String) -> Incoming? {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: Self.maximumBytes + 1) else { return nil }
        return receive([UInt8](data))
    }

    /// Gives a picture to a release.
    ///
    /// - Returns: what its column `image` says from now on; nil when the file cannot be put in place.
    func keep(_ incoming: Incoming, release id: String) -> String? {
        let name = id + "." + incoming.fileExtension
        guard rename(incoming.path, folder + name) == 0 else {
            discard(incoming)
            return nil
        }
        return Self.sitePath + name
    }

    func discard(_ incoming: Incoming) { unlink(incoming.path) }

    /// Removes the picture of a release that is no more. Pictures elsewhere are not ours.
    func remove(image: String) {
        guard let name = name(of: image) else { return }
        unlink(folder + name)
    }

    /// Whether the column `image` names a file that belongs here and is gone.
    func isLost(image: String) -> Bool {
        name(of: image).map { access(folder + $0, F_OK) != 0 } ?? false
    }

    private func name(of image: String) -> String? {
        guard image.hasPrefix(Self.sitePath), case let name = image.dropFirst(Self.sitePath.count), !name.isEmpty, !name.contains("/"),
            !name.hasPrefix(".")
        else { return nil }
        return String(name)
    }

    /// By the first bytes: what a name or a tag says of a picture is often wrong.
    static func fileExtension(of bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0xff, 0xd8, 0xff]) { return "jpg" }
        if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) { return "png" }
        if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return "webp" }
        return nil
    }
}
