import Foundation

/// A small music library that the demo composes for itself, so that it needs neither music files nor a network: sound, covers and
/// pictures on disk, and rows in the database (`index(into:)`, in DemoIndex.swift). `dmp demo` calls it.
///
/// Under `directory` stand `music/Artist/Year - Album/NN Title.opus`, `images/releases/*.png`, `images/artists/*.png` and `version`.
/// A file has its name only when it is complete: an interrupted run goes on where it stopped, and a second one finds all and does nothing.
public struct DemoLibrary: Sendable {
    let directory: URL
    let plan: LibraryPlan
    let draft: Draft?

    public init(directory: URL) {
        self.init(directory: directory, plan: .demo)
    }

    init(directory: URL, plan: LibraryPlan, draft: Draft? = nil) {
        self.directory = directory
        self.plan = plan
        self.draft = draft
    }

    /// What tests make instead of the whole: the first seconds of each track, and small pictures.
    struct Draft {
        var seconds: Double
        var pixels: Int
    }

    /// For `MUSIC_DIR`.
    public var musicDirectory: URL { directory.appending(path: "music", directoryHint: .isDirectory) }
    /// For `IMAGE_DIR`: served below `/img/`.
    public var imageDirectory: URL { directory.appending(path: "images", directoryHint: .isDirectory) }

    /// Composes, encodes and draws what is missing, on all processors.
    /// - Parameter progress: called once for each finished file, from any thread.
    /// - Throws: `CocoaError` when a file cannot be written, `CancellationError` when cancelled; what is finished then stays.
    public func compose(progress: @escaping @Sendable (DemoProgress) -> Void) async throws {
        try prepareDirectory()
        let all = works()
        let missing = all.filter { !FileManager.default.fileExists(atPath: $0.file.path) }
        guard !missing.isEmpty else { return }
        let present = all.count - missing.count
        // Composing is minutes of arithmetic: it must not take the threads that everything else in the process awaits on.
        try await withThrowingTaskGroup(of: String.self) { group in
            let executor = ComposingExecutor()
            var waiting = missing.makeIterator()
            func start(_ work: Work) {
                group.addTask(executorPreference: executor) {
                    try Task.checkCancellation()
                    try write(work.make(), to: work.file)
                    return work.name
                }
            }
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
                if let work = waiting.next() { start(work) }
            }
            var completed = present
            while let name = try await group.next() {
                completed += 1
                progress(DemoProgress(completed: completed, total: all.count, item: name))
                if let work = waiting.next() { start(work) }
            }
        }
    }

    /// One file and how it is made.
    private struct Work: Sendable {
        let name: String
        let file: URL
        let make: @Sendable () throws -> [UInt8]
    }

    /// Pictures first: they take a moment each, and the site is full of them.
    private func works() -> [Work] {
        plan.artists.map(picture) + plan.localReleases.map(cover) + plan.localReleases.flatMap(music)
    }

    private func picture(of artist: LibraryPlan.Artist) -> Work {
        Work(name: "picture of \(artist.name)", file: pictureFile(artist)) { [pixels] in
            try CoverArt.portrait(artist.palette, members: artist.members, seed: artist.slug, size: pixels).orOutOfMemory()
        }
    }

    private func cover(of release: LibraryPlan.Release) -> Work {
        Work(name: "cover of \(release.title)", file: coverFile(release)) { [pixels] in
            try CoverArt.cover(release.motif, palette: release.palette, seed: release.id, size: pixels).orOutOfMemory()
        }
    }

    private func music(of release: LibraryPlan.Release) -> [Work] {
        release.tracks.enumerated().map { index, track in
            Work(name: "\(release.artist) – \(track.title)", file: trackFile(release, index + 1)) { [draft] in
                let tags = OggOpusFile.Tags(
                    title: track.title, artist: track.artist(of: release), album: release.title, albumArtist: release.artist,
                    year: release.year,
                    genre: release.genre, trackNumber: index + 1)
                var random = SeededRandom(track.seed)
                let serial = UInt32(truncatingIfNeeded: random.next())
                return try OggOpusFile.encode(Composition.render(track, excerpt: draft?.seconds), tags: tags, serial: serial)
            }
        }
    }

    private var pixels: Int { draft?.pixels ?? CoverArt.size }

    func pictureFile(_ artist: LibraryPlan.Artist) -> URL { imageDirectory.appending(path: "artists/\(artist.slug).png") }
    func coverFile(_ release: LibraryPlan.Release) -> URL { imageDirectory.appending(path: "releases/\(release.id).png") }
    func trackFile(_ release: LibraryPlan.Release, _ number: Int) -> URL { musicDirectory.appending(path: release.path(number)) }

    /// Makes the folder, and empties it when another version of this library stands there.
    private func prepareDirectory() throws {
        let marker = directory.appending(path: "version")
        let version = "\(LibraryPlan.version)\n"
        guard (try? String(contentsOf: marker, encoding: .utf8)) != version else { return }
        for folder in [musicDirectory, imageDirectory] where FileManager.default.fileExists(atPath: folder.path) {
            try FileManager.default.removeItem(at: folder)
        }
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Data(version.utf8).write(to: marker, options: .atomic)
    }

    private func write(_ bytes: [UInt8], to file: URL) throws {
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        // Atomic: a temporary name, then a rename.
        try Data(bytes).write(to: file, options: .atomic)
    }
}

/// What `DemoLibrary.compose` has done so far.
public struct DemoProgress: Sendable {
    /// Files that are there, those of earlier runs included.
    public let completed: Int
    public let total: Int
    /// The one just finished, to be shown: "Halden Quay – Slack Water".
    public let item: String
}

extension Optional where Wrapped == [UInt8] {
    fileprivate func orOutOfMemory() throws -> [UInt8] {
        guard let self else { throw POSIXError(.ENOMEM) }
        return self
    }
}

extension LibraryPlan.Track {
    /// As tags write it: "A feat. B".
    func artist(of release: LibraryPlan.Release) -> String {
        featuring.map { "\(release.artist) feat. \($0)" } ?? release.artist
    }
}

/// Threads of its own for work that does not wait.
private final class ComposingExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "dmp.demo", qos: .utility, attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
