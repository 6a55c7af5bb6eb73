/// What of the schema is the catalog: the tables and columns that travel, in an order in which each row comes after those it refers to.
///
/// What says where the owner's files are (`filePath`, `folderPath`, `mtime`, `contentHash`) stays home, and so does what the owner does
/// with them: playlists, favourites, and when a track was played. Counts travel, and when a release was played last, since the home
/// page of every site shows it.
internal import Postgres

struct CatalogTable: Sendable {
    struct Column: Sendable {
        let name: String
        /// What is exported in place of the column.
        var exported: String?
        /// What is imported in place of what the file says, which then has no such column.
        var imported: String?
    }

    let name: String
    let columns: [Column]
    /// Rows that travel.
    var condition: String?

    /// Quoted.
    var identifier: String { "\"\(name)\"" }
    /// The table that an import fills first. The name is short enough for Postgres, and nobody else's.
    var importIdentifier: String { "\"dmp_import_\(name)\"" }

    /// Columns in the file.
    var carried: [Column] { columns.filter { $0.imported == nil } }

    /// - Parameter columns: words; `Column` values in `special` replace those of the same name.
    private init(_ name: String, _ columns: String, special: [Column] = [], where condition: String? = nil) {
        self.name = name
        self.columns = columns.split(separator: " ").map { word in
            special.first { $0.name == word } ?? Column(name: String(word))
        }
        self.condition = condition
    }

    static let all: [CatalogTable] = [
        CatalogTable(
            "Artist",
            "id name slug image imageUrl musicbrainzId averageMatchScore totalPlayCount totalTracks totalFileSize lastSyncedAt createdAt updatedAt"
        ),
        CatalogTable("ArtistUrl", "id type url artistId createdAt updatedAt"),
        CatalogTable("Genre", "id name"),
        CatalogTable("ReleaseType", "id name slug createdAt updatedAt"),
        CatalogTable(
            "MusicBrainzRelease", "id title artistId typeId year musicbrainzId status createdAt updatedAt", where: "NOT \(isPlaceholder)"),
        CatalogTable("MusicBrainzReleaseTrack", "id title position discNumber durationMs musicbrainzId releaseId createdAt updatedAt"),
        CatalogTable(
            "LocalRelease",
            "id title year artistId releaseId matchStatus forcedComplete image imageUrl totalPlayCount totalDuration totalFileSize lastPlayedAt createdAt updatedAt",
            special: [
                Column(
                    name: "releaseId",
                    exported:
                        #"CASE WHEN "releaseId" IN (SELECT "id" FROM "MusicBrainzRelease" WHERE \#(isPlaceholder)) THEN NULL ELSE "releaseId" END"#
                )
            ]),
        CatalogTable(
            "LocalReleaseTrack",
            "id title artist albumArtist album year genre duration bitrate sampleRate filePath position trackNumber discNumber localReleaseId mbTrackId fileSize metadata playCount createdAt updatedAt",
            special: [
                Column(name: "filePath", imported: #""id""#),
                // The time of the last play, where there was one.
                Column(name: "updatedAt", exported: #""createdAt""#),
            ]),
        CatalogTable("TrackArtist", "id trackId artistId role createdAt"),
        CatalogTable("_ArtistGenres", "A B"),
        CatalogTable("_ReleaseGenres", "A B"),
        CatalogTable(
            "Statistics",
            "id artists playtime plays tracks releases genres artistsSyncedWithMusicbrainz releasesSyncedWithMusicbrainz artistsWithCoverArt releasesWithCoverArt lastScanStartedAt lastScanEndedAt createdAt updatedAt"
        ),
    ]

    /// A row that stands in for a local release without a match, made when that became a favourite.
    private static let isPlaceholder = #"(starts_with("id", 'unmatched-') AND "musicbrainzId" IS NULL)"#

    /// Names of pictures in the image store, as `artists/<name>` or `releases/<name>`: from a bare name or a path of the site. Absolute
    /// URLs name none.
    static let picturePaths = """
        SELECT CASE WHEN starts_with("image", '/img/') THEN substr("image", 6) ELSE "folder" || "image" END AS "path"
        FROM (SELECT "image", 'artists/' AS "folder" FROM "Artist" UNION SELECT "image", 'releases/' FROM "LocalRelease") AS "pictures"
        WHERE "image" <> '' AND (starts_with("image", '/img/') OR NOT starts_with("image", '/')) AND strpos("image", '://') = 0
        """

    // MARK: Statements

    private func list(_ columns: [Column], _ text: (Column) -> String) -> String { columns.map(text).joined(separator: ", ") }

    /// The rows as they travel.
    var selection: String {
        "SELECT \(list(carried) { $0.exported ?? "\"\($0.name)\"" }) FROM \(identifier)" + (condition.map { " WHERE \($0)" } ?? "")
    }

    var count: SQL { SQL(unescaped: "SELECT count(*) AS \"count\" FROM \(identifier)" + (condition.map { " WHERE \($0)" } ?? "")) }
    var copyOut: SQL { SQL(unescaped: "COPY (\(selection)) TO STDOUT") }
    /// Types as in the table, and none of its constraints: those are checked when the rows go in.
    var createImport: SQL {
        SQL(
            unescaped:
                "CREATE TEMPORARY TABLE \(importIdentifier) ON COMMIT DROP AS SELECT \(list(carried) { "\"\($0.name)\"" }) FROM \(identifier) WITH NO DATA"
        )
    }
    var copyIn: SQL { SQL(unescaped: "COPY \(importIdentifier) (\(list(carried) { "\"\($0.name)\"" })) FROM STDIN") }
    var delete: SQL { SQL(unescaped: "DELETE FROM \(identifier)") }
    var insert: SQL {
        SQL(
            unescaped:
                "INSERT INTO \(identifier) (\(list(columns) { "\"\($0.name)\"" })) SELECT \(list(columns) { $0.imported ?? "\"\($0.name)\"" }) FROM \(importIdentifier)"
        )
    }
}
