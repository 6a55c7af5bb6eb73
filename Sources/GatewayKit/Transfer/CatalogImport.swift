/// `dmp import`: reads a `CatalogFile` into a database, in one transaction. Everything goes into tables and folders of the import's own
/// until the file has proved whole; then the catalog is exchanged, and a server that runs meanwhile shows the old one until that is done.
internal import Foundation
public import Postgres

public struct CatalogImport: Sendable {
    private let database: DatabaseURL
    private let imageDirectory: String
    private let replacesOwnLibrary: Bool

    /// - Parameter replacesOwnLibrary: takes a database that holds a library with files of its own, too.
    public init(database: DatabaseURL, imageDirectory: String, replacesOwnLibrary: Bool) {
        self.database = database
        self.imageDirectory = imageDirectory
        self.replacesOwnLibrary = replacesOwnLibrary
    }

    /// - Parameter path: nil for standard input.
    /// - Throws: `TransferError`, `PostgresError`; then nothing has changed.
    public func read(from path: String?, progress: @escaping @Sendable (TransferProgress) -> Void) async throws -> TransferSummary {
        try await onThreadOfItsOwn { stop in
            guard let path else { return try read(OpenFile(standard: 0, named: "standard input", stop: stop), stop, progress) }
            return try read(OpenFile(path, flags: O_RDONLY, stop: stop), stop, progress)
        }
    }

    private func read(
        _ file: OpenFile, _ stop: StopFlag, _ report: @escaping @Sendable (TransferProgress) -> Void
    ) throws -> TransferSummary {
        let connection = try CopyConnection(database)
        try begin(connection)
        try checkTarget(connection)
        let pictures = try PictureStaging(imageDirectory)
        do {
            let reading = Reading(file: file, connection: connection, pictures: pictures, stop: stop, report: report)
            var summary = try reading.read()
            pictures.synchronize()
            let exchange = CatalogExchange(connection: connection, stop: stop, bytes: file.byteCount, report: report)
            let obsolete = try exchange.run(totalRows: summary.rows) { try checkTarget(connection) }
            try connection.execute("COMMIT")
            try pictures.moveIntoPlace()
            pictures.remove(obsolete)
            // So that the first visitors do not meet plans for empty tables.
            for table in CatalogTable.all { _ = try? connection.execute(SQL(unescaped: "ANALYZE \(table.identifier)")) }
            summary.bytes = file.byteCount
            return summary
        } catch {
            pictures.discard()
            throw error
        }
    }

    private func begin(_ connection: CopyConnection) throws {
        try connection.execute("BEGIN")
        for setting in ["statement_timeout = 0", "idle_in_transaction_session_timeout = 0", "lock_timeout = '60s'", "DateStyle = 'ISO'"] {
            try connection.execute(SQL(unescaped: "SET LOCAL \(setting)"))
        }
        // The number is arbitrary and fixed.
        let lock = try connection.execute("SELECT pg_try_advisory_xact_lock(7246010513) AS \"isOurs\"")
        guard try lock.first?.decode("isOurs", as: Bool.self) == true else { throw TransferError.target("another import is running") }
    }

    /// An import marks its tracks by the path, which is the id: no file has that name. What has tracks of another kind is a library.
    private func checkTarget(_ connection: CopyConnection) throws {
        guard !replacesOwnLibrary else { return }
        let found = try connection.execute(
            """
            SELECT EXISTS (SELECT FROM "LocalReleaseTrack" WHERE "filePath" <> "id")
                OR NOT EXISTS (SELECT FROM "LocalReleaseTrack") AND EXISTS (SELECT FROM "Artist") AS "isOwn"
            """)
        guard try found.first?.decode("isOwn", as: Bool.self) == false else {
            throw TransferError.target(
                "the database holds a library of its own; an import would replace it. With --replace it does (DATABASE_URL and DMP_DATA_DIR say which database)"
            )
        }
    }
}

/// The first half: from the file into temporary tables and staged pictures.
private final class Reading {
    private let file: OpenFile
    private let connection: CopyConnection
    private let pictures: PictureStaging
    private let stop: StopFlag
    private let report: @Sendable (TransferProgress) -> Void
    private var tar: TarReader
    private var progress = TransferProgress(step: .readingRows, completed: 0, total: 0, bytes: 0)
    private var summary = TransferSummary()

    init(
        file: OpenFile, connection: CopyConnection, pictures: PictureStaging, stop: StopFlag,
        report: @escaping @Sendable (TransferProgress) -> Void
    ) {
        self.file = file
        self.connection = connection
        self.pictures = pictures
        self.stop = stop
        self.report = report
        tar = TarReader(GzipReader(file))
    }

    private struct Entry {
        let kind: CatalogFile.Entry
        let file: TarReader.File

        /// Of the table at this place.
        func holdsRows(of table: Int) -> Bool { kind == .rows(table: table) }
    }

    func read() throws -> TransferSummary {
        let manifest = try readManifest()
        progress.total = manifest.rows
        var entry = try nextEntry()
        for (index, table) in manifest.tables.enumerated() { entry = try readRows(of: index, announced: table.rows, from: entry) }

        progress = TransferProgress(step: .readingPictures, completed: 0, total: manifest.pictures, bytes: file.byteCount)
        while case .picture(let path) = entry.kind {
            guard summary.pictures < manifest.pictures else { throw TransferError.damaged("there are more pictures than it says") }
            try readPicture(path, entry.file)
            entry = try nextEntry()
        }
        guard entry.kind == .end else { throw TransferError.damaged("\(entry.file.name) is out of place") }
        let end: CatalogEnd = try decode(entry.file)
        guard end.pictures == summary.pictures else { throw TransferError.damaged("pictures are missing") }
        // Reads to the file's last byte: the checksum stands there.
        guard try tar.next() == nil else { throw TransferError.damaged("something follows its end") }
        summary.missingPictures = manifest.pictures - summary.pictures
        show()
        return summary
    }

    private func readManifest() throws -> CatalogManifest {
        let first = try nextEntry()
        guard first.kind == .manifest else { throw TransferError.unsupported("the file is not one that `dmp export` has written") }
        let manifest: CatalogManifest = try decode(first.file)
        try manifest.check()
        return manifest
    }

    private func nextEntry() throws -> Entry {
        guard let file = try tar.next() else { throw TransferError.damaged("its end is missing") }
        guard let kind = CatalogFile.Entry(file.name) else { throw TransferError.damaged("it holds a file that has no place in it") }
        return Entry(kind: kind, file: file)
    }

    private func decode<Value: Decodable>(_ file: TarReader.File) throws -> Value {
        let bytes = try tar.readContent(of: file, atMost: CatalogFile.maximumJSONBytes)
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw TransferError.damaged("\(file.name) cannot be read")
        }
    }

    /// - Parameter entry: the first that may hold them.
    /// - Returns: the entry behind them.
    private func readRows(of index: Int, announced: Int, from entry: Entry) throws -> Entry {
        let table = CatalogTable.all[index]
        var entry = entry
        var rows = 0
        try connection.execute(table.createImport)
        try connection.beginCopyIn(table.copyIn)
        while entry.holdsRows(of: index) {
            rows += try copyRows(atMost: announced - rows, of: table)
            entry = try nextEntry()
        }
        let taken = try endCopy(of: table)
        guard rows == announced, taken == rows else { throw TransferError.damaged("rows of \(table.name) are missing") }
        summary.count(rows: rows, of: table)
        return entry
    }

    /// - Returns: rows, counted by their ends: COPY escapes a line's end within a value.
    private func copyRows(atMost limit: Int, of table: CatalogTable) throws -> Int {
        var rows = 0
        while case let piece = try tar.readContent(), !piece.isEmpty {
            try stop.check()
            rows += Self.lineEnds(in: piece)
            guard rows <= limit else { throw TransferError.damaged("there are more rows of \(table.name) than it says") }
            try connection.putCopyData(piece)
        }
        progress.completed += rows
        show()
        return rows
    }

    private static func lineEnds(in bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes { bytes in
            var count = 0
            var rest = bytes[...]
            while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress,
                let found = memchr(start, CInt(UInt8(ascii: "\n")), rest.count)
            {
                count += 1
                rest = rest.dropFirst(UnsafeRawPointer(found) - start + 1)
            }
            return count
        }
    }

    private func endCopy(of table: CatalogTable) throws -> Int {
        do throws(PostgresError) {
            return try connection.endCopyIn()
        } catch {
            guard case .server = error else { throw error }
            throw TransferError.damaged("rows of \(table.name) are not what the database takes: \(error)")
        }
    }

    private func readPicture(_ path: PicturePath, _ entry: TarReader.File) throws {
        guard entry.size <= CatalogFile.maximumPictureBytes else { throw TransferError.damaged("\(entry.name) is too large") }
        let picture = try pictures.make(path, stop: stop)
        while case let piece = try tar.readContent(), !piece.isEmpty { try picture.write(piece) }
        summary.pictures += 1
        progress.completed += 1
        if progress.completed % 100 == 0 { show() }
    }

    private func show() {
        progress.bytes = file.byteCount
        report(progress)
    }
}
