/// `dmp db`: what is done to a database on request alone.
import ArgumentParser
import Demo
import Foundation
import GatewayAPI
import Postgres

struct DatabaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db", abstract: "Works on the database that the settings name.", subcommands: [Tune.self, Fill.self])

    /// For one statement: an index on a table of millions of rows.
    fileprivate static let statementTimeout: Duration = .seconds(3600)

    fileprivate static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// `dmp db tune`
    struct Tune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Creates the indexes that the site asks for and the database lacks.",
            discussion: "Others go on reading and writing meanwhile. The only command that adds anything to an existing database's schema.")

        @Flag(help: "Prints the statements and executes none.")
        var dryRun = false

        func run() async throws {
            let dryRun = dryRun
            try await CommandDatabase.open(statementTimeout: DatabaseCommand.statementTimeout) { command in
                let indexes = try await SuggestedIndexes(of: command.pool)
                if dryRun {
                    for statement in indexes.statements { print(statement + ";") }
                    return
                }
                if indexes.trigram == .missing {
                    DatabaseCommand.say(
                        "The extension pg_trgm is not installed on the database's server; indexes for searching are left out.")
                }
                let watch = Task {
                    var last = ""
                    while (try? await Task.sleep(for: .seconds(2))) != nil {
                        guard let text = try? await Self.progress(command.pool), text != last else { continue }
                        DatabaseCommand.say("    " + text)
                        last = text
                    }
                }
                defer { watch.cancel() }
                try await indexes.create(in: command.pool) { DatabaseCommand.say($0) }
                DatabaseCommand.say(indexes.statements.isEmpty ? "Every index is there." : "Done.")
            }
        }

        /// Of the index that is being made: `building index: 41 %`.
        private static func progress(_ pool: PostgresPool) async throws -> String? {
            let rows = try await pool.query(
                """
                SELECT phase || coalesce(': ' || (100 * blocks_done / nullif(blocks_total, 0))::text || ' %', '') AS text
                FROM pg_stat_progress_create_index WHERE datname = current_database() LIMIT 1
                """)
            return try rows.first?.decode("text", as: String.self)
        }
    }

    /// `dmp db fill`
    struct Fill: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fills an empty database with an invented library, to see the site on a large one.",
            discussion: "20,000 artists, 100,000 releases and 1,000,000 tracks, without sound or pictures; always the same ones.")

        @Option(help: "Of the full size: 0.01 makes 10,000 tracks.")
        var size = 1.0

        func validate() throws {
            guard (0.000_1...10).contains(size) else { throw ValidationError("--size goes from 0.0001 to 10.") }
        }

        func run() async throws {
            let library = ScaleLibrary(factor: size)
            try await CommandDatabase.open(statementTimeout: DatabaseCommand.statementTimeout) { command in
                try await DatabaseCommand.fill(command.pool, with: library)
            }
        }
    }

    /// Ends the process with one line when the database holds another library.
    static func fill(_ pool: PostgresPool, with library: ScaleLibrary) async throws {
        let start = ContinuousClock.now
        do {
            try await library.fill(pool) { step in say("\((ContinuousClock.now - start).components.seconds) s  \(step)") }
        } catch let error as DemoError {
            say("dmp: \(error)")
            throw ExitCode.failure
        }
        say("\(library.artists) artists, \(library.releases) releases, \(library.tracks) tracks")
    }
}
