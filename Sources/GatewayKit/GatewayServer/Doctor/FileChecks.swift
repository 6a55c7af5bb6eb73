/// What `dmp doctor` says of folders and of the files that the database names.
import Foundation
import GatewayAPI
import Postgres

enum FileChecks {
    private static let sampleSize = 20
    private static let littleSpace = 1 << 30
    private static let noSpace = 50 << 20

    @Sendable static func dataFolder(_ patient: Patient) throws -> [Finding] {
        let directory = patient.configuration.dataDirectory
        var existing = URL(filePath: directory)
        while !FileManager.default.fileExists(atPath: existing.path), existing.path != "/" {
            existing = existing.deletingLastPathComponent()
        }
        guard FileManager.default.isWritableFile(atPath: existing.path) else {
            return [.broken("\(directory) cannot be written", "give it to this user, or set DMP_DATA_DIR to another folder")]
        }
        let attributes = try FileManager.default.attributesOfFileSystem(forPath: existing.path)
        let free = (attributes[.systemFreeSize] as? NSNumber)?.intValue ?? .max
        let text = "\(free >> 20) MB free at \(directory)"
        if free < noSpace { return [.broken(text, "make room, or set DMP_DATA_DIR to a folder on another disk")] }
        if free < littleSpace { return [.advice(text, "make room before the database and pictures grow")] }
        return [.fine(text)]
    }

    @Sendable static func music(_ patient: Patient) async throws -> [Finding] {
        let values = patient.configuration.values
        guard patient.configuration.role != .listener else { return [.fine("not needed on a listener server")] }
        guard values.isSet(CoreKeys.musicDirectory) else {
            return [.advice("MUSIC_DIR is not set: nothing can be played", "set it to the folder that the database's paths begin in")]
        }
        let directory = values[CoreKeys.musicDirectory]
        if let problem = unreadable(directory) {
            return [.broken("MUSIC_DIR: \(problem)", "mount it, or set MUSIC_DIR to the right folder")]
        }
        let paths = try await sample(#"SELECT "filePath" AS "path" FROM "LocalReleaseTrack""#, patient)
        guard !paths.isEmpty else { return [.advice("\(directory) can be read; the database holds no tracks", "run `dmp index`")] }
        let missing = paths.filter { ConfinedFile(path: $0, below: directory, contentType: "") == nil }
        guard let first = missing.first else { return [.fine("\(directory): \(paths.count) files of the database looked for, all there")] }
        let text = "\(missing.count) of \(paths.count) files of the database are not in \(directory), such as \(first)"
        if missing.count == paths.count {
            return [.broken(text, "set MUSIC_DIR to the folder that was indexed; it must be readable by this user")]
        }
        return [.advice(text, "run `dmp index`, which forgets files that are gone")]
    }

    @Sendable static func covers(_ patient: Patient) async throws -> [Finding] {
        guard patient.configuration.values[CoreKeys.imageStorage] != "s3" else { return [.fine("on S3 (IMAGE_STORAGE)")] }
        let directory = patient.configuration.imageDirectory
        let prefix = "/img/"
        let releases = try await sample(#"SELECT "image" AS "path" FROM "LocalRelease" WHERE "image" <> ''"#, patient).map { image in
            image.contains("/") ? image : prefix + "releases/" + image
        }
        let artists = try await sample(#"SELECT "image" AS "path" FROM "Artist" WHERE "image" <> ''"#, patient).map { image in
            image.contains("/") ? image : prefix + "artists/" + image
        }
        let names = (releases + artists).filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        guard !names.isEmpty else { return [.fine("none in the database")] }
        let missing = names.filter { ConfinedFile(path: $0, below: directory, contentType: "") == nil }
        guard let first = missing.first else { return [.fine("\(directory): \(names.count) pictures looked for, all there")] }
        return [
            .advice(
                "\(missing.count) of \(names.count) pictures of the database are not in \(directory), such as \(first)",
                "set IMAGE_DIR to the folder that holds `artists` and `releases`")
        ]
    }

    @Sendable static func tagReader(_ patient: Patient) -> [Finding] {
        let program = ModuleLoader.imageDirectory + "/dmp-tag-reader"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            return [.advice("dmp-tag-reader is not there: `dmp index` cannot read tags", "apt-get install libtag1-dev, then build again")]
        }
        return [.fine("built")]
    }

    private static func unreadable(_ directory: String) -> String? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isFolder) else { return "\(directory) is not there" }
        guard isFolder.boolValue else { return "\(directory) is no folder" }
        return FileManager.default.isReadableFile(atPath: directory) ? nil : "\(directory) cannot be read by this user"
    }

    /// Some values of the column `path`, at random.
    private static func sample(_ select: SQL, _ patient: Patient) async throws -> [String] {
        guard let pool = patient.database, patient.schema?.hasLibrary == true else { return [] }
        let rows = try await pool.query(#"SELECT "path" FROM (\#(select)) named ORDER BY random() LIMIT \#(sampleSize)::int"#)
        return try rows.map { try $0.decode("path", as: String.self) }
    }
}
