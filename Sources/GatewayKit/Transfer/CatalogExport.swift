/// `dmp export`: writes the catalog of a database as a `CatalogFile`.
internal import Foundation
internal import GatewayAPI
public import Postgres

public struct CatalogExport: Sendable {
    private let database: DatabaseURL
    private let imageDirectory: String
    private let program: String

    /// - Parameter program: the version that the file names.
    public init(database: DatabaseURL, imageDirectory: String, program: String) {
        self.database = database
        self.imageDirectory = imageDirectory
        self.program = program
    }

    /// Writes the file under another name first: what has the name at last is whole.
    ///
    /// - Parameter path: nil for standard output.
    /// - Throws: `TransferError`, `PostgresError`.
    public func write(to path: String?, progress: @escaping @Sendable (TransferProgress) -> Void) async throws -> TransferSummary {
        try await onThreadOfItsOwn { stop in
            guard let path else { return try write(to: OpenFile(standard: 1, named: "standard output", stop: stop), stop, progress) }
            let unfinished = path + ".unfinished"
            do {
                let file = try OpenFile(unfinished, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, stop: stop)
                let summary = try write(to: file, stop, progress)
                try file.synchronize()
                guard rename(unfinished, path) == 0 else { throw TransferError.file(path: path, errno: errno) }
                return summary
            } catch {
                unlink(unfinished)
                throw error
            }
        }
    }

    private func write(
        to file: OpenFile, _ stop: StopFlag, _ report: @escaping @Sendable (TransferProgress) -> Void
    ) throws -> TransferSummary {
        let connection = try CopyConnection(database)
        // One snapshot: whoever changes the catalog meanwhile neither waits nor shows.
        try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try connection.execute("SET LOCAL statement_timeout = 0")
        try connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        try connection.execute("SET LOCAL DateStyle = 'ISO'")

        let manifest = try manifest(connection)
        var summary = TransferSummary()
        let gzip = GzipWriter(file)
        var tar = TarWriter(gzip, time: Int(Date().timeIntervalSince1970))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try tar.add(CatalogFile.manifestName, Array(try encoder.encode(manifest)))

        var progress = TransferProgress(step: .writingRows, completed: 0, total: manifest.rows, bytes: 0)
        func show() {
            progress.bytes = file.byteCount
            report(progress)
        }
        for table in CatalogTable.all {
            var piece: [UInt8] = []
            piece.reserveCapacity(CatalogFile.rowsBytes + (64 << 10))
            var pieces = 0
            var rows = 0
            func flush() throws {
                guard !piece.isEmpty else { return }
                pieces += 1
                try tar.add(CatalogFile.rowsName(table, pieces), piece)
                piece.removeAll(keepingCapacity: true)
                show()
            }
            try connection.copyOut(table.copyOut) { row in
                try stop.check()
                piece.append(contentsOf: row)
                rows += 1
                progress.completed += 1
                if piece.count >= CatalogFile.rowsBytes { try flush() }
            }
            try flush()
            summary.count(rows: rows, of: table)
        }

        progress = TransferProgress(step: .writingPictures, completed: 0, total: manifest.pictures, bytes: 0)
        try connection.copyOut(
            SQL(unescaped: "COPY (SELECT DISTINCT \"path\" FROM (\(CatalogTable.picturePaths)) AS \"paths\" ORDER BY 1) TO STDOUT")
        ) {
            row in
            try stop.check()
            if try add(picture: row, to: &tar) { summary.pictures += 1 } else { summary.missingPictures += 1 }
            progress.completed += 1
            if progress.completed % 100 == 0 { show() }
        }
        try tar.add(CatalogFile.endName, Array(try encoder.encode(CatalogEnd(pictures: summary.pictures))))
        try tar.finish()
        try gzip.finish()
        show()
        summary.bytes = file.byteCount
        return summary
    }

    private func manifest(_ connection: CopyConnection) throws -> CatalogManifest {
        CatalogManifest(
            format: CatalogManifest.format, version: CatalogManifest.version, program: program,
            created: Date().formatted(.iso8601),
            tables: try CatalogTable.all.map { table in
                CatalogManifest.Table(
                    name: table.name, columns: table.carried.map(\.name), rows: try connection.execute(table.count).requiredCount())
            },
            pictures: try connection.execute(
                SQL(unescaped: "SELECT count(DISTINCT \"path\") AS \"count\" FROM (\(CatalogTable.picturePaths)) AS \"paths\"")
            ).requiredCount())
    }

    /// - Parameter row: a line of COPY's text. A name with what is escaped there is no picture's, and refused by `PicturePath`.
    /// - Returns: false when there is no such picture.
    private func add(picture row: UnsafeRawBufferPointer, to tar: inout TarWriter) throws -> Bool {
        guard let line = String(validating: row, as: UTF8.self), let path = PicturePath(String(line.dropLast())),
            let file = ConfinedFile(path: path.text, below: imageDirectory, contentType: ""),
            case let size = file.representation.length, size <= CatalogFile.maximumPictureBytes
        else { return false }
        try tar.begin("pictures/" + path.text, size: size)
        var offset = 0
        while offset < size {
            let bytes: ByteBuffer
            do {
                bytes = try file.read(at: offset, count: min(256 << 10, size - offset))
            } catch {
                // The size stands in the file already.
                throw TransferError.file(path: path.text, errno: EIO)
            }
            try tar.write(Array(bytes.readableBytesView))
            offset += bytes.readableBytes
        }
        try tar.finishFile()
        return true
    }
}

extension PostgresRows {
    /// The column `count` of the one row.
    func requiredCount() throws(PostgresError) -> Int {
        guard let row = first else { throw .decoding(column: "count", expected: "there") }
        return try row.decode("count", as: Int.self)
    }
}
