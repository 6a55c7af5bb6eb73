import Testing

@testable import Library

@Suite struct TrackTagsTests {
    private func tags(_ values: [String: [String]], path: String = "A/B/01 x.mp3", milliseconds: Int = 61_500) -> TrackTags {
        TrackTags(FileTags(milliseconds: milliseconds, bitrate: 192, sampleRate: 44_100, values: values), path: path)
    }

    @Test func usualTags() {
        let track = tags([
            "TITLE": ["Slack Water"], "ARTIST": ["Halden Quay"], "ALBUMARTIST": ["Halden Quay"], "ALBUM": ["Tides"], "DATE": ["2001-05-12"],
            "GENRE": ["Ambient / Dub, Techno"], "TRACKNUMBER": ["3/12"], "DISCNUMBER": ["2/2"], "REPLAYGAIN_TRACK_GAIN": ["-7.03 dB"],
        ])
        #expect(track.title == "Slack Water")
        #expect(track.album == "Tides")
        #expect(track.year == 2001)
        #expect(track.genre == "Ambient / Dub, Techno")
        #expect(track.genres == ["Ambient", "Dub", "Techno"])
        #expect((track.position, track.trackNumber, track.discNumber) == ("3", 3, 2))
        #expect((track.duration, track.bitrate, track.sampleRate) == (62, 192, 44_100))
        #expect(track.metadata == ["REPLAYGAIN_TRACK_GAIN": "-7.03 dB"])
        #expect(track.hasReleaseArtist && track.releaseArtist == "Halden Quay")
    }

    @Test func namesStandInForTags() {
        let track = tags([:], path: "Mira Sol/Low Light/CD 2/07 - Harbour.flac")
        #expect((track.title, track.album, track.artist) == ("Harbour", "Low Light", "Mira Sol"))
        #expect((track.trackNumber, track.discNumber) == (7, 2))
        let bare = tags([:], path: "noise.wav")
        #expect((bare.title, bare.album, bare.artist) == ("noise", "Unknown Album", "Unknown Artist"))
        #expect(bare.trackNumber == nil)
    }

    @Test func compilation() {
        #expect(tags(["COMPILATION": ["1"], "ARTIST": ["A"]]).releaseArtist == "Various Artists")
        #expect(tags(["COMPILATION": ["0"], "ARTIST": ["A"]]).releaseArtist == "A")
        #expect(tags(["COMPILATION": ["1"], "ARTIST": ["A"], "ALBUMARTIST": ["Label"]]).releaseArtist == "Label")
    }

    @Test func absurdTagsFitTheColumns() {
        let long = String(repeating: "é", count: 1 << 20)
        let track = tags([
            "TITLE": [long], "ALBUM": [long], "ARTIST": [long], "GENRE": [long], "TRACKNUMBER": ["99999999999999999999"],
            "DISCNUMBER": ["-1"],
            "DATE": ["not a year 99999"], "COMMENT": [long],
        ])
        #expect(track.title.unicodeScalars.count == 500)
        #expect(track.album.unicodeScalars.count == 500)
        #expect(track.genres.allSatisfy { $0.unicodeScalars.count <= 100 })
        #expect((track.trackNumber, track.discNumber, track.year) == (nil, nil, nil))
        #expect(track.metadata["COMMENT"]?.unicodeScalars.count == 2_000)
    }

    @Test func controlCharactersAreRemoved() {
        let track = tags(["TITLE": ["a\0b\u{1b}[31m\n"], "ARTIST": ["\0"], "K\0EY": ["\0x\0"]])
        #expect(track.title == "a b [31m")
        #expect(track.artist == "A")
        #expect(track.metadata == ["K EY": "x"])
    }

    @Test func accentsAreOneSpelling() { #expect(tags(["TITLE": ["Bjo\u{308}rk"]]).title.unicodeScalars.count == 5) }

    @Test func tempo() {
        #expect(tags(["INTEGERBPM": ["120"]]).metadata == ["IntegerBpm": "120"])
        #expect(tags(["BPM": ["119.6"]]).metadata == ["BPM": "119.6", "IntegerBpm": "120"])
        #expect(tags(["BPM": ["nan"]]).metadata == ["BPM": "nan"])
        #expect(tags(["BPM": ["1e400"]]).metadata["IntegerBpm"] == nil)
    }

    @Test func hashFollowsTheTags() {
        let hash = tags(["TITLE": ["a"]]).contentHash
        #expect(hash.wholeMatch(of: /[0-9a-f]{32}/) != nil)
        #expect(hash == tags(["TITLE": ["A"]], path: "A/B/01 another name.mp3").contentHash)
        #expect(hash != tags(["TITLE": ["b"]]).contentHash)
    }

    @Test(arguments: [("1998", 1998), ("12.05.2001", 2001), ("20010512", 2001), ("98", nil), ("3005", nil), ("", nil)])
    func year(text: String, year: Int?) { #expect(TrackTags.year(text) == year) }

    @Test func genresComeOnce() { #expect(TrackTags.genres("Rock, rock / Pop; ,  ; Jazz") == ["Rock", "Pop", "Jazz"]) }

    @Test func md5() {
        // RFC 1321 §A.5
        #expect(MD5.hexadecimal("".utf8) == "d41d8cd98f00b204e9800998ecf8427e")
        #expect(MD5.hexadecimal("message digest".utf8) == "f96b697d7cb7938d525a2f31aaf161d0")
        let digits = String(repeating: "1234567890", count: 8)
        #expect(MD5.hexadecimal(digits.utf8) == "57edf4a22be3c955ac49da2e2107b67a")
    }

    @Test func identifiers() {
        let ids = (0..<1_000).map { _ in RowIdentifier.make() }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.wholeMatch(of: /[a-z][a-z0-9]{23}/) != nil })
    }
}

@Suite struct ArtistCreditTests {
    private func credit(_ artist: [String], artists: [String] = [], title: String = "") -> ArtistCredit {
        ArtistCredit(artists: artists, artist: artist, title: title, fallback: "?")
    }

    @Test func guests() {
        let credit = credit(["Halden Quay feat. Mira Sol & Otto"])
        #expect(credit.primary == ["Halden Quay"])
        #expect(credit.featured == ["Mira Sol", "Otto"])
    }

    @Test func guestsInTheTitle() {
        #expect(credit(["A"], title: "Song (feat. B, C)").featured == ["B", "C"])
        #expect(credit(["A"], title: "Song [Ft. B]").featured == ["B"])
        #expect(credit(["A"], title: "The Feature").featured == [])
        #expect(credit(["Daft Feather"]).primary == ["Daft Feather"])
    }

    @Test func severalArtists() {
        #expect(credit(["A", "B"]).primary == ["A", "B"])
        #expect(credit(["A; B"]).primary == ["A", "B"])
        #expect(credit(["Simon & Garfunkel"]).primary == ["Simon & Garfunkel"])
        #expect(credit(["AC/DC"]).primary == ["AC/DC"])
    }

    @Test func listOfArtists() {
        let credit = credit(["A & C feat. B"], artists: ["A", "C", "B"])
        #expect(credit.primary == ["A", "C"])
        #expect(credit.featured == ["B"])
    }

    @Test func nobody() {
        #expect(credit([]).primary == ["?"])
        #expect(credit(["A feat. A"]).featured == [])
    }
}

@Suite struct PathNamesTests {
    @Test(arguments: [
        ("03 - Title.mp3", 3, "Title"), ("03. Title.mp3", 3, "Title"), ("03_Title.mp3", 3, "Title"), ("1-03 Title.mp3", 3, "Title"),
        ("99 Luftballons.mp3", 99, "Luftballons"), ("1979.mp3", nil, "1979"), ("2001 A Song.mp3", nil, "2001 A Song"), ("7.mp3", nil, "7"),
        ("Title", nil, "Title"),
    ])
    func numberedTitles(file: String, number: Int?, title: String) {
        let names = PathNames(file)
        #expect(names.trackNumber == number)
        #expect(names.title == title)
    }

    @Test(arguments: [("CD1", 1), ("Disc 2", 2), ("disk_03", 3), ("CDs", nil), ("Discography", nil), ("CD 100", nil)])
    func discFolders(folder: String, number: Int?) { #expect(PathNames("A/B/\(folder)/x.mp3").discNumber == number) }
}
