/// Reads folder after folder with several tag readers at once, each served by a thread of its own, and hands on what the files say.
internal import Foundation
internal import Synchronization

/// A file to be read.
struct FileToRead: Sendable {
    let file: MusicFile
    /// The row that it has, when its size or time is not the row's any more.
    let rowID: String?
}

/// Files of one folder that are to be read: all of them, unless they are very many.
struct FolderToRead: Sendable {
    let files: [FileToRead]
    /// Of the folder, or of the one above when this is one disc of several.
    let coverFile: String?
}

/// What a folder's files say.
struct FolderContent: Sendable {
    struct Track: Sendable {
        let source: FileToRead
        var tags: TrackTags
    }

    var tracks: [Track] = []
    var unreadable: [UnreadableFile] = []
    /// One for each release that has one.
    var covers: [ReleaseName: CoverStore.Incoming] = [:]
}

/// A release by what tags say, before it has a row.
struct ReleaseName: Hashable, Sendable {
    let artist: String
    let title: String
}

final class FolderReader: Sendable {
    /// Folders that are read and wait to be written; more would only take memory.
    private static let maximumWaiting = 256

    private struct State {
        var next = 0
        var running = 0
        var isStopped = false
    }

    private let program: String
    private let root: String
    private let folders: [FolderToRead]
    private let covers: CoverStore
    private let state = Mutex(State())
    private let places = DispatchSemaphore(value: 0)

    init(program: String, root: String, folders: [FolderToRead], covers: CoverStore) {
        self.program = program
        self.root = root
        self.folders = folders
        self.covers = covers
        // Not the semaphore's first value: it must not go with less than that, as it does when a run is cancelled.
        for _ in 0..<Self.maximumWaiting { places.signal() }
    }

    /// Starts `count` readers and gives each folder's content once, in no certain order. Call `taken()` for each, and `stop()` at the end.
    func contents(readers count: Int) -> AsyncThrowingStream<FolderContent, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: FolderContent.self)
        state.withLock { $0.running = max(1, count) }
        for _ in 0..<max(1, count) {
            let thread = Thread { [self] in work(continuation) }
            thread.name = "tag reader"
            thread.start()
        }
        return stream
    }

    /// A content has been taken care of: one more may be read.
    func taken() { places.signal() }

    /// Ends the readers; what they read at the moment is lost.
    func stop() {
        let running = state.withLock { state in
            state.isStopped = true
            return state.running
        }
        for _ in 0..<running { places.signal() }
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func work(_ continuation: AsyncThrowingStream<FolderContent, any Error>.Continuation) {
        let process = ReaderProcess(program: program, root: root)
        while let folder = nextFolder() {
            do throws(IndexError) {
                let content = try read(folder, process)
                places.wait()
                guard !isStopped else {
                    content.covers.values.forEach(covers.discard)
                    break
                }
                continuation.yield(content)
            } catch {
                continuation.finish(throwing: error)
                stop()
                break
            }
        }
        let isLast = state.withLock { state in
            state.running -= 1
            return state.running == 0
        }
        if isLast { continuation.finish() }
    }

    private func nextFolder() -> FolderToRead? {
        state.withLock { state in
            guard !state.isStopped, state.next < folders.count else { return nil }
            defer { state.next += 1 }
            return folders[state.next]
        }
    }

    private func read(_ folder: FolderToRead, _ process: ReaderProcess) throws(IndexError) -> FolderContent {
        // Most folders are one release, whose first file carries its picture.
        let requests = folder.files.enumerated().map { index, file in
            ReaderProcess.Request(path: file.file.path, withPicture: index == 0)
        }
        let answers = try process.read(requests, isCancelled: { isStopped })
        var content = FolderContent()
        var pictures: [Int: Int] = [:]
        var firstPicture: [UInt8] = []
        for (index, (file, answer)) in zip(folder.files, answers).enumerated() {
            switch answer {
            case .failure(let reason): content.unreadable.append(UnreadableFile(path: file.file.path.text, reason: reason))
            case .sound(let tags, let picture):
                if index == 0 { firstPicture = picture }
                if tags.pictureBytes > 0 { pictures[content.tracks.count] = index }
                content.tracks.append(.init(source: file, tags: TrackTags(tags, path: file.file.path.text)))
            }
        }
        Compilation.findReleaseArtists(&content.tracks)
        var wanted: Set<ReleaseName> = []
        for (number, track) in content.tracks.enumerated() {
            let name = track.tags.releaseName
            wanted.insert(name)
            guard content.covers[name] == nil, let index = pictures[number] else { continue }
            let bytes = try index == 0 ? firstPicture : picture(of: folder.files[index].file, process)
            content.covers[name] = covers.receive(bytes)
        }
        if let file = folder.coverFile {
            for name in wanted where content.covers[name] == nil { content.covers[name] = covers.receive(file: root + "/" + file) }
        }
        return content
    }

    private func picture(of file: MusicFile, _ process: ReaderProcess) throws(IndexError) -> [UInt8] {
        let answers = try process.read([.init(path: file.path, withPicture: true)], isCancelled: { isStopped })
        guard case .sound(_, let picture)? = answers.first else { return [] }
        return picture
    }
}
