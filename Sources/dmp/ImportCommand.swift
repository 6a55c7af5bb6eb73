/// `dmp import`: takes a file of `dmp export` into this machine's database.
import ArgumentParser
import Foundation
import Transfer

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Replaces the catalog and its covers by those of a file that `dmp export` has written.",
        discussion: """
            All or nothing: a file that is cut off or altered is refused before anything changes, and a server that runs meanwhile shows the \
            old catalog until the new one is whole.

            The database has to be empty or to hold an earlier import; --replace takes any. Playlists and favourites of this server keep \
            the tracks and releases that the new catalog has under the same ids.
            """)

    @Argument(help: ArgumentHelp("The file to read; - for standard input.", valueName: "file"), completion: .file())
    var file: String

    @Flag(help: "Replace a library of this machine's own, too.")
    var replace = false

    func validate() throws {
        if file == "-", isatty(STDIN_FILENO) == 1 {
            throw ValidationError("Standard input is a terminal: name a file, or send one into a pipe.")
        }
    }

    func run() async throws {
        try await CommandDatabase.open { database in
            let transfer = CatalogImport(
                database: database.database.url, imageDirectory: database.configuration.imageDirectory, replacesOwnLibrary: replace)
            let line = TransferProgressLine()
            let summary = try await transfer.read(from: file == "-" ? nil : file) { line.show($0) }
            line.finish("Imported", summary)
        }
    }
}
