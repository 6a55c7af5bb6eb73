/// `dmp index`: brings the catalog in line with the music folder.
import ArgumentParser
import Foundation
import GatewayAPI
import GatewayServer
import Library
import Synchronization

struct IndexCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Reads the music folder into the database.",
        discussion: """
            Reads tags and pictures of mp3, flac, m4a, ogg, opus, wav and aac files. Files whose size and time have not changed are left
            alone; moved ones keep their plays, favourites and playlists; deleted ones are removed. It may be stopped at any time, and goes
            on from there the next time. Files that cannot be read are listed at the end and stop nothing.

            Settings are those of `dmp serve`: MUSIC_DIR, DATABASE_URL, IMAGE_DIR, DMP_DATA_DIR.

            EXAMPLES
              dmp index                       the folder that MUSIC_DIR names
              dmp index /srv/music            another one
              dmp index --dry-run             what there would be to do
              dmp index --all                 every file again, also the unchanged ones
            """)

    @Argument(help: "The folder with the music, in place of MUSIC_DIR.", completion: .directory)
    var musicDirectory: String?

    @Flag(help: "Read all files, also those that have not changed.")
    var all = false

    @Flag(help: "Remove what the database knows even when none of it is in the folder, as with a disk that is not mounted.")
    var pruneAll = false

    @Flag(help: "Only say what there is to do.")
    var dryRun = false

    func run() async throws {
        let (folder, isDry) = (musicDirectory.map { URL(filePath: $0).path }, dryRun)
        var options = MusicIndexer.Options()
        options.rereadsAll = all
        options.prunesAll = pruneAll
        // A large library's totals take their time.
        try await CommandDatabase.open(settings: folder.map { [CoreKeys.musicDirectory.name: $0] } ?? [:], statementTimeout: .seconds(600))
        {
            [options] command in
            let indexer = try MusicIndexer(command.configuration, database: command.database, options: options, logger: command.logger)
            if isDry {
                Self.describe(try await indexer.plan())
                return
            }
            let line = ProgressLine()
            let report = try await indexer.run { line.show(Self.text($0)) }
            line.end()
            Self.summarize(report)
        }
    }

    // MARK: Words

    private static func text(_ progress: IndexProgress) -> String {
        switch progress.step {
        case .walking: return "Looking: \(progress.done) files"
        case .finishing: return "Finishing"
        case .reading:
            let percent = progress.total > 0 ? progress.done * 100 / progress.total : 100
            var text = "Reading: \(progress.done) of \(progress.total) files (\(percent) %), \(Int(progress.rate)) a second"
            if let remaining = progress.remaining {
                text += ", \(remaining.formatted(.units(allowed: [.hours, .minutes, .seconds], width: .narrow))) left"
            }
            return text
        }
    }

    private static func describe(_ report: IndexReport) {
        print("\(report.files) files: \(report.unchanged) unchanged, \(report.new) new or moved, \(report.changed) changed.")
        if report.missing > 0 { print("\(report.missing) files of the database are not where they were: moved or deleted.") }
        listUnreadable(report)
    }

    private static func summarize(_ report: IndexReport) {
        print(
            """
            \(report.files) files: \(report.new) new, \(report.changed) changed, \(report.moved) moved, \(report.unchanged) unchanged; \
            \(report.removed) removed, \(report.covers) covers, \(report.unreadable.count) unreadable.
            """)
        if report.missing > 0 {
            print(
                """
                None of the \(report.missing) files that the database knew is in the folder. They were kept, in case it is the wrong one or \
                a disk is not mounted; --prune-all removes them.
                """)
        }
        listUnreadable(report)
    }

    private static func listUnreadable(_ report: IndexReport) {
        guard !report.unreadable.isEmpty else { return }
        print("Not indexed:")
        for file in report.unreadable { print("  \(ProgressLine.printable(file.path)): \(file.reason)") }
    }
}

/// Progress on standard error: one line that changes on a terminal, else a line every ten seconds.
private final class ProgressLine: Sendable {
    private static let interval: Duration = .seconds(10)

    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let last = Mutex(ContinuousClock.now)

    func show(_ text: String) {
        if isTerminal {
            write("\r\u{1b}[K\(text)")
            return
        }
        let isDue = last.withLock { last in
            guard ContinuousClock.now - last >= Self.interval else { return false }
            last = .now
            return true
        }
        if isDue { write(text + "\n") }
    }

    func end() {
        if isTerminal { write("\r\u{1b}[K") }
    }

    /// A file's name with control characters escaped: a terminal would obey them.
    static func printable(_ text: String) -> String {
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0) }.joined()
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
