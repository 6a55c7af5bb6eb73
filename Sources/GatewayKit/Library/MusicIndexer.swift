/// Brings the catalog in line with a folder of music: `dmp index`, and the first start of `dmp serve` (`FirstIndexing`). Walks the folder,
/// reads what is new or changed in child processes, writes it in batches, and removes what is gone.
internal import Foundation
public import Logging
public import Postgres
internal import Synchronization

public struct MusicIndexer: Sendable {
    public struct Options: Sendable {
        /// Reads also the files that have not changed.
        public var rereadsAll = false
        /// Removes rows even when none of the files that the database knows is there.
        public var prunesAll = false
        /// Tag readers at once; one for each processor.
        public var readers = max(1, ProcessInfo.processInfo.activeProcessorCount)

        public init() {}
    }

    /// Files whose rows are written in one transaction; a folder is not torn apart.
    private static let batchFiles = 400
    private static let removalBatch = 1_000
    private static let progressInterval: Duration = .milliseconds(200)
    private static let totalsInterval: Duration = .seconds(5)
    private static let readerProgram = "dmp-tag-reader"

    private let database: PostgresPool
    private let url: DatabaseURL
    private let musicDirectory: String
    private let imageDirectory: String
    private let reader: String
    private let options: Options
    private let logger: Logger

    /// - Parameters:
    ///   - database: where the catalog is; `url` is the same, for the connection that keeps others from indexing meanwhile.
    ///   - imageDirectory: `IMAGE_DIR`.
    ///   - programDirectory: where the tag reader lies.
    public init(
        database: PostgresPool, url: DatabaseURL, musicDirectory: String, imageDirectory: String, programDirectory: String,
        options: Options = Options(), logger: Logger
    ) {
        self.database = database
        self.url = url
        self.musicDirectory = musicDirectory
        self.imageDirectory = imageDirectory
        reader = programDirectory + "/" + Self.readerProgram
        self.options = options
        self.logger = logger
    }

    /// Does all of it. May be killed or cancelled at any time: what is written stays, and the next run goes on from there.
    ///
    /// - Parameter progress: called a few times a second, from one task.
    /// - Throws: `IndexError`, `PostgresError`, `CancellationError`.
    public func run(progress: @escaping @Sendable (IndexProgress) -> Void = { _ in }) async throws -> IndexReport {
        guard FileManager.default.isExecutableFile(atPath: reader) else {
            throw IndexError.noReader(directory: (reader as NSString).deletingLastPathComponent)
        }
        let root = try resolvedRoot()
        return try await IndexLock.with(url, logger: logger) { try await index(root, progress) }
    }

    /// What a run would do, without reading or changing anything; moved files count as new and missing ones.
    public func plan() async throws -> IndexReport {
        let folder = try await walk(try resolvedRoot()) { _ in }
        let plan = try await IndexPlan(folder, database: database, rereadsAll: options.rereadsAll)
        var report = Self.report(folder, plan)
        report.new = plan.new
        report.changed = plan.changed
        report.missing = plan.vanished.count
        return report
    }

    /// Whether the database waits for its first indexing: it holds no music, or a first run was not finished.
    public static func isUnindexed(_ database: PostgresPool) async throws -> Bool { try await Statistics.isUnindexed(database) }

    // MARK: Steps

    private func resolvedRoot() throws(IndexError) -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: musicDirectory, isDirectory: &isFolder), isFolder.boolValue,
            let path = realpath(musicDirectory, nil)
        else { throw .notAFolder(musicDirectory) }
        defer { free(path) }
        return String(cString: path)
    }

    private func index(_ root: String, _ progress: @escaping @Sendable (IndexProgress) -> Void) async throws -> IndexReport {
        try await Statistics.begin(database)
        let folder = try await walk(root, progress)
        let plan = try await IndexPlan(folder, database: database, rereadsAll: options.rereadsAll)
        guard !folder.files.isEmpty || plan.known == 0 || options.prunesAll else {
            throw IndexError.emptyFolder(musicDirectory, known: plan.known)
        }
        let covers = try CoverStore(imageDirectory: imageDirectory)
        let writer = try await CatalogWriter(database: database, covers: covers, vanished: plan.vanished)
        var report = Self.report(folder, plan)
        try await read(plan, root, covers, writer, &report, progress)
        try await finish(folder, root, writer, &report, progress)
        return report
    }

    private static func report(_ folder: MusicFolder, _ plan: IndexPlan) -> IndexReport {
        var report = IndexReport()
        report.files = folder.files.count
        report.unchanged = plan.unchanged
        report.unreadable = folder.problems
        return report
    }

    private func walk(_ root: String, _ progress: @escaping @Sendable (IndexProgress) -> Void) async throws -> MusicFolder {
        let isCancelled = Mutex(false)
        let result = Mutex<Result<MusicFolder, any Error>?>(nil)
        return try await withTaskCancellationHandler {
            // A thread of its own, since the walk waits for the disk.
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    var pace = Pace(Self.progressInterval)
                    let walked = Result {
                        try MusicFolder(root: root) { count in
                            if pace.isDue { progress(IndexProgress(step: .walking, done: count, total: 0, elapsed: pace.elapsed)) }
                            return !isCancelled.withLock { $0 }
                        }
                    }
                    result.withLock { $0 = walked }
                    continuation.resume()
                }
            }
            guard let walked = result.withLock({ $0 }) else { throw CancellationError() }
            return try walked.get()
        } onCancel: {
            isCancelled.withLock { $0 = true }
        }
    }

    private func read(
        _ plan: IndexPlan, _ root: String, _ covers: CoverStore, _ writer: CatalogWriter, _ report: inout IndexReport,
        _ progress: @escaping @Sendable (IndexProgress) -> Void
    ) async throws {
        guard plan.filesToRead > 0 else { return }
        let reading = FolderReader(program: reader, root: root, folders: plan.folders, covers: covers)
        defer { reading.stop() }
        var batch: [FolderContent] = []
        var files = 0
        var done = 0
        var pace = Pace(Self.progressInterval)
        var totals = Pace(Self.totalsInterval)
        for try await content in reading.contents(readers: options.readers) {
            try Task.checkCancellation()
            reading.taken()
            report.unreadable += content.unreadable
            done += content.unreadable.count
            files += content.tracks.count
            batch.append(content)
            if files >= Self.batchFiles {
                report.add(try await writer.write(batch))
                done += files
                batch = []
                files = 0
                if totals.isDue { try await writer.refreshTouchedArtists() }
            }
            if pace.isDue { progress(IndexProgress(step: .reading, done: done, total: plan.filesToRead, elapsed: pace.elapsed)) }
        }
        try Task.checkCancellation()
        report.add(try await writer.write(batch))
        progress(IndexProgress(step: .reading, done: done + files, total: plan.filesToRead, elapsed: pace.elapsed))
    }

    private func finish(
        _ folder: MusicFolder, _ root: String, _ writer: CatalogWriter, _ report: inout IndexReport,
        _ progress: @escaping @Sendable (IndexProgress) -> Void
    ) async throws {
        let pace = Pace(Self.progressInterval)
        progress(IndexProgress(step: .finishing, done: report.files, total: report.files, elapsed: pace.elapsed))
        let vanished = await writer.vanished
        // Files that are read and found damaged now are there all the same.
        let isAnyThere = report.unchanged + report.changed + report.moved > 0
        if isAnyThere || options.prunesAll {
            for start in stride(from: 0, to: vanished.count, by: Self.removalBatch) {
                let part = Array(vanished[start..<min(start + Self.removalBatch, vanished.count)])
                try await writer.remove(part)
                report.removed += part.count
            }
        } else {
            report.missing = vanished.count
        }
        try await writer.removeBereftArtists()
        report.covers += try await writer.addCovers { path in folder.cover(for: path).map { root + "/" + $0 } }
        try await writer.refreshAllArtists()
        try await Statistics.end(database)
    }
}

extension IndexReport {
    fileprivate mutating func add(_ written: CatalogWriter.Written) {
        new += written.new
        changed += written.changed
        moved += written.moved
        covers += written.covers
    }
}

/// Says when it is time for something that is done now and then.
private struct Pace {
    private let interval: Duration
    private let start = ContinuousClock.now
    private var last: ContinuousClock.Instant?

    init(_ interval: Duration) { self.interval = interval }

    var elapsed: Duration { ContinuousClock.now - start }

    var isDue: Bool {
        mutating get {
            let now = ContinuousClock.now
            guard now - (last ?? start) >= interval else { return false }
            last = now
            return true
        }
    }
}
