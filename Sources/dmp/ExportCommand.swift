/// `dmp export`: the catalog as one file, for a listener server.
import ArgumentParser
import Foundation
import GatewayServer
import Transfer

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes the catalog and its covers into one file, for a server that has no music.",
        discussion: """
            Artists, releases, tracks with their counts, genres, statistics and pictures go into FILE. What stays home: where files are, \
            playlists, favourites, and when a track was played. A server may run meanwhile.

            On the other machine `dmp import FILE` takes it. Over ssh without a file: dmp export - | ssh vps dmp import -
            """)

    @Argument(help: ArgumentHelp("The file to write; - for standard output.", valueName: "file"), completion: .file())
    var file: String

    func validate() throws {
        if file == "-", isatty(STDOUT_FILENO) == 1 {
            throw ValidationError("Standard output is a terminal: name a file, or send it into a pipe.")
        }
    }

    func run() async throws {
        // A reader that has gone is an error of the write, with words of its own.
        signal(SIGPIPE, SIG_IGN)
        try await CommandDatabase.open { database in
            let transfer = CatalogExport(
                database: database.database.url, imageDirectory: database.configuration.imageDirectory, program: Gateway.version)
            let line = TransferProgressLine()
            let summary = try await transfer.write(to: file == "-" ? nil : file) { line.show($0) }
            line.finish("Exported", summary)
        }
    }
}
