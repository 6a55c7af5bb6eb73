/// What may stand in a catalog file: names of entries, and the manifest.
import Testing

@testable import Transfer

@Suite struct CatalogFileTests {
    @Test func namesOfEntries() {
        #expect(CatalogFile.Entry("manifest.json") == .manifest)
        #expect(CatalogFile.Entry("end.json") == .end)
        #expect(CatalogFile.Entry(CatalogFile.rowsName(CatalogTable.all[0], 7)) == .rows(table: 0))
        #expect(CatalogFile.rowsName(CatalogTable.all[0], 12_345_678) == "rows/Artist/12345678.tsv")
        #expect(CatalogFile.Entry("pictures/artists/ada.jpg") == PicturePath("artists/ada.jpg").map { .picture($0) })
        for name in [
            "", "/", "manifest.json/", "/manifest.json", "../manifest.json", "rows/Playlist/000001.tsv", "rows/Artist/000001",
            "rows//x.tsv",
            "rows/Artist/x/y.tsv", "pictures/artists/../x.jpg", "pictures/../artists/x.jpg", "pictures/tracks/x.jpg",
            "pictures/artists/.jpg",
            "pictures/artists/..", "other",
        ] {
            #expect(CatalogFile.Entry(name) == nil, "\(name)")
        }
    }

    @Test(arguments: ["artists/ada-underwood.jpg", "releases/ä ö.PNG", "releases/a..b.webp", "artists/a.b.gif"])
    func picturesThatTravel(path: String) { #expect(PicturePath(path)?.text == path) }

    @Test(arguments: [
        "", "a.jpg", "artists/", "artists/a", "artists/a.svg", "artists/a.html", "artists/..", "artists/.a.jpg", "artists/../a.jpg",
        "artists/a/b.jpg", "other/a.jpg", "Artists/a.jpg", "artists/a\u{0}.jpg", "artists/a\n.jpg", "artists/a\\b.jpg", "/artists/a.jpg",
        "artists/a.jpg/", "artists/" + String(repeating: "a", count: 252) + ".jpg",
    ])
    func picturesThatStay(path: String) { #expect(PicturePath(path) == nil) }

    private func manifest(
        format: String = CatalogManifest.format, version: Int = CatalogManifest.version, dropping: Int = 0, rows: Int = 1,
        column: String? = nil
    ) -> CatalogManifest {
        CatalogManifest(
            format: format, version: version, program: "1", created: "",
            tables: CatalogTable.all.dropLast(dropping).map { table in
                CatalogManifest.Table(name: table.name, columns: table.carried.map(\.name) + (column.map { [$0] } ?? []), rows: rows)
            }, pictures: 0)
    }

    @Test func manifestsOfThisVersionAreTaken() throws { try manifest().check() }

    @Test func otherManifestsAreRefused() {
        for other in [
            manifest(format: "tar"), manifest(version: 2), manifest(version: 0), manifest(dropping: 1), manifest(rows: -1),
            manifest(rows: .max),
            manifest(column: "filePath"), manifest(column: "\" FROM STDIN; DROP TABLE \"Artist\" --"),
        ] {
            #expect(throws: TransferError.self) { try other.check() }
        }
    }

    @Test func whatSaysWhereFilesAreStaysHome() {
        let columns = Set(CatalogTable.all.flatMap { table in table.carried.map { "\(table.name).\($0.name)" } })
        for column in ["LocalReleaseTrack.filePath", "LocalReleaseTrack.lastPlayedAt", "LocalRelease.folderPath"] {
            #expect(!columns.contains(column))
        }
        #expect(
            !CatalogTable.all.contains { ["Playlist", "PlaylistTrack", "FavoriteTrack", "FavoriteRelease", "Settings"].contains($0.name) })
    }
}
