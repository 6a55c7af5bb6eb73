// The contents of the demo library. Names are invented; styles, tempos and keys are what the composer works from.

extension LibraryPlan {
    static let demo = LibraryPlan(artists: [
        artist(
            "Brother Cassava", ["Dub", "Reggae"], Palette(0x1d2b1f, 0x2f5d3a, 0xb23a2e, 0xd9982b, 0xf4d35e), members: 1,
            links: [
                ("official homepage", "https://brother-cassava.example.org/"), ("discogs", "https://example.org/discogs/brother-cassava"),
            ],
            [
                release(
                    "Copper Street Versions", 1976, .album, "Dub", .bars, Palette(0x1b1a17, 0x3a4f2a, 0xa63d2f, 0xe0a526, 0xf6dd8b),
                    played: 2,
                    style: .dub,
                    [
                        ("Copper Street", 72, 45, .minor), ("Version for the Night Bus", 70, 50, .dorian),
                        ("Bass Weight Ordinance", 74, 48, .minor),
                    ]),
                release(
                    "Low Tide Dubplate", 1979, .ep, "Dub / Reggae", .sunset, Palette(0x0f2027, 0x203a43, 0x2c7873, 0xf0803c, 0xffd166),
                    style: .dub,
                    [("Low Tide", 76, 52, .dorian), ("Heron Walk", 71, 47, .minor)]),
            ]),
        artist(
            "Marlow Finch Trio", ["Jazz"], Palette(0x1c1c2b, 0x3b3a5a, 0x8a4f3d, 0xc98b5a, 0xf2d7a7), members: 3,
            links: [
                ("official homepage", "https://marlowfinch.example.org/"), ("wikipedia", "https://example.org/wiki/Marlow_Finch_Trio"),
            ],
            [
                release(
                    "Late Ferry", 1972, .album, "Jazz", .moons, Palette(0x0e1428, 0x1f3a5f, 0x3d6b8c, 0xd6a45c, 0xf6e7c1), played: 0,
                    style: .jazz,
                    [
                        ("Late Ferry", 132, 53, .major), ("Umbrella Stand", 148, 50, .minor), ("Blue Enamel", 67, 55, .minor),

                    ]),
                release(
                    "Unhurried", 1978, .album, "Jazz", .circles, Palette(0x2a1a1f, 0x5b2a36, 0xc06c4e, 0xe8b26a, 0xfaf0d7), style: .jazz,
                    [("Unhurried", 66, 51, .major), ("The Piano Tuner's Dog", 126, 58, .major)]),
                missing(
                    "Live at the Boathouse", 1981, .album, ["Late Ferry", "Applause for the Rain", "Blue Enamel", "Encore, Slightly Wet"]),
            ]),
        artist(
            "Sequenz Atelier", ["Electronic", "Ambient"], Palette(0x101820, 0x22405c, 0x2a7f9e, 0x8fd3c8, 0xf4f1bb), members: 2,
            links: [("official homepage", "https://sequenz.example.org/"), ("musicbrainz", "https://example.org/mb/sequenz-atelier")],
            [
                release(
                    "Kosmodrom", 1975, .album, "Electronic", .rays, Palette(0x0b0f2b, 0x25255c, 0x6b3fa0, 0xe0569b, 0xffd28f), played: 5,
                    style: .sequencer,
                    [("Kosmodrom", 116, 50, .minor), ("Solar Array", 122, 55, .dorian), ("Re-entry", 112, 48, .minor)]),
                release(
                    "Nachtflug", 1983, .album, "Electronic / Ambient", .rings, Palette(0x06141f, 0x0c3b4a, 0x147d86, 0x75c9b7, 0xf7f3d0),
                    style: .sequencer,
                    [("Nachtflug", 120, 52, .minor), ("Landebahn im Regen", 110, 53, .minor)]),
            ]),
        artist(
            "Polaroid Harbour", ["Synth-pop", "Electronic"], Palette(0x1a1040, 0x5b2a86, 0xd64292, 0xff9a8b, 0xfff0c9), members: 2,
            links: [("bandcamp", "https://polaroid-harbour.example.org/"), ("youtube", "https://example.org/video/polaroid-harbour")],
            [
                release(
                    "Telephone Summer", 1984, .album, "Synth-pop", .sunset, Palette(0x1b0f3b, 0x4b1d7a, 0xc2338b, 0xff7e67, 0xffe29a),
                    played: 1,
                    match: .extraTracks(1), style: .synthPop,
                    [
                        ("Telephone Summer", 118, 57, .minor), ("Glass Arcade", 124, 50, .minor),
                        ("Hold the Line, Harbour", 112, 48, .major),
                        ("Telephone Summer (Instrumental)", 118, 52, .minor),
                    ]),
                release(
                    "Neon Aquarium", 1987, .single, "Synth-pop", .dots, Palette(0x0a1235, 0x173d8f, 0x1fa2c9, 0xf255a0, 0xf9f871),
                    style: .synthPop,
                    [("Neon Aquarium", 120, 53, .major), ("Tidal Postcard", 116, 55, .minor)]),
                missing("Postcards from Nowhere", 1990, .album, ["Nowhere", "Answering Machine", "Ferris Wheel, Closed"]),
            ]),
        artist(
            "Gleis Zwölf", ["Techno", "Electronic"], Palette(0x111111, 0x2d2d34, 0x4f5d75, 0xef8354, 0xf4f4f9), members: 1,
            links: [("soundcloud", "https://gleis12.example.org/"), ("discogs", "https://example.org/discogs/gleis-zwoelf")],
            [
                release(
                    "Umspannwerk", 1993, .ep, "Techno", .tiles, Palette(0x14141a, 0x33343f, 0x6c757d, 0xf25f5c, 0xf2f2f2), style: .techno,
                    [("Umspannwerk", 132, 45, .minor), ("Trafo", 134, 48, .dorian)]),
                release(
                    "Halogen", 1998, .album, "Techno / Electronic", .mesh, Palette(0x0d1b1e, 0x153e42, 0x2a9d8f, 0xe9c46a, 0xf4faff),
                    played: 3,
                    match: .incomplete(["Nachspann"]), style: .techno,
                    [("Halogen", 130, 50, .minor), ("Gleisdreieck", 128, 52, .minor), ("Kühlturm", 131, 53, .dorian)]),
            ]),
        artist(
            "Ilse Marangoni", ["Classical", "Minimal"], Palette(0x20242b, 0x4a5560, 0x8c7a6b, 0xcdb79e, 0xf3ebdd), members: 1,
            links: [
                ("official homepage", "https://ilsemarangoni.example.org/"), ("wikidata", "https://example.org/wikidata/ilse-marangoni"),
            ],
            [
                release(
                    "Études for Two Windows", 1989, .album, "Classical / Minimal", .windows,
                    Palette(0x1d2433, 0x35455f, 0x6b6f8a, 0xd99f6c, 0xffe3a3),
                    style: .minimal,
                    [("First Window", 126, 50, .minor), ("Second Window", 118, 55, .major), ("Both Windows Open", 134, 57, .dorian)]),
                release(
                    "Snow, Counting", 2016, .album, "Minimal", .hills, Palette(0x2b3544, 0x55687d, 0x8aa3b5, 0xc9d6df, 0xfdfdfb),
                    style: .minimal,
                    [("Snow, Counting", 63, 57, .minor), ("Slow Arithmetic", 68, 50, .minor)]),
            ]),
        artist(
            "Wren & Hollow", ["Folk"], Palette(0x24301f, 0x4a6135, 0x8f9f5a, 0xd8b26e, 0xf7ecd0), members: 2,
            links: [("bandcamp", "https://wren-and-hollow.example.org/"), ("official homepage", "https://wrenhollow.example.org/")],
            [
                release(
                    "The Orchard Road", 2003, .album, "Folk", .hills, Palette(0x22331f, 0x4e6b3a, 0x9caf6a, 0xe3c27a, 0xfbf3d9), played: 8,
                    style: .folk,
                    [
                        ("The Orchard Road", 104, 55, .major), ("Blackthorn", 96, 57, .minor), ("Mending Wall", 112, 50, .major),

                    ]),
                release(
                    "Lanterns for the Weir", 2011, .ep, "Folk", .waves, Palette(0x10222e, 0x1f4a5a, 0x4f8a8b, 0xf2b66d, 0xfdf0d5),
                    style: .folk,
                    [("Lanterns for the Weir", 100, 52, .minor), ("A Coat for November", 92, 53, .major)]),
            ]),
        artist(
            "Halden Quay", ["Ambient"], Palette(0x14202e, 0x2b4a5e, 0x5d8aa8, 0xa9c9d8, 0xf0f4ef), members: 1,
            links: [("bandcamp", "https://haldenquay.example.org/")],
            [
                release(
                    "Tide Tables", 2001, .album, "Ambient", .waves, Palette(0x0a1a2a, 0x14405a, 0x2f7f93, 0x9ad1d4, 0xeef5db), played: 4,
                    style: .ambient,
                    [
                        ("Slack Water", 58, 50, .lydian), ("Neap", 54, 57, .minor), ("The Gauge at Halden", 62, 53, .lydian),
                    ]),
                release(
                    "Harbour Lights, Switched Off", 2019, .album, "Ambient", .rings,
                    Palette(0x12121f, 0x2a2a4a, 0x5a5a8f, 0xb7a3c9, 0xf7e9e3),
                    style: .ambient,
                    [("Switched Off", 56, 52, .minor), ("Morning, Nobody", 64, 50, .major)]),
            ]),
        artist(
            "48 Lanterns", ["Downtempo", "Electronic", "Jazz"], Palette(0x241623, 0x5a2a4a, 0xa8475f, 0xee8b60, 0xffe1a8), members: 1,
            links: [("soundcloud", "https://48lanterns.example.org/"), ("spotify", "https://example.org/listen/48-lanterns")],
            [
                release(
                    "Rooftop Weather", 2021, .album, "Downtempo", .windows, Palette(0x1b1430, 0x43285a, 0x8a3f6b, 0xf08a5d, 0xffd56b),
                    played: 0,
                    style: .downtempo, guests: ["Warm Concrete": "Ondine Okafor"],
                    [
                        ("Rooftop Weather", 82, 50, .major), ("Warm Concrete", 78, 57, .dorian),
                        ("3 a.m., Vending Machine", 76, 52, .minor),
                    ]),
                release(
                    "Slow Elevator", 2024, .ep, "Downtempo / Jazz", .dots, Palette(0x1a2238, 0x3d4b7c, 0x7b6fa8, 0xf49d8f, 0xfce8c3),
                    match: .unknown,
                    style: .downtempo,
                    [("Slow Elevator", 80, 55, .minor), ("Mezzanine Cat", 88, 51, .major)]),
            ]),
        artist(
            "Ondine Okafor", ["Bossa Nova", "Jazz"], Palette(0x1f2d2b, 0x3c6e5f, 0xd08c60, 0xf1c27d, 0xfff3d6), members: 1,
            links: [("last.fm", "https://example.org/fm/ondine-okafor")],
            [
                release(
                    "Postcard Rain", 2009, .album, "Bossa Nova / Jazz", .circles, Palette(0x15302b, 0x2f6f5e, 0xe07a5f, 0xf2cc8f, 0xf9f3e3),
                    match: .unknown, style: .bossa,
                    [("Postcard Rain", 128, 57, .minor), ("Balcony at Five", 136, 53, .major)])
            ]),
    ])

    private static func artist(
        _ name: String, _ genres: [String], _ palette: Palette, members: Int, links: [(String, String)], _ releases: [Release]
    ) -> Artist {
        Artist(
            name: name, genres: genres, palette: palette, members: members, links: links.map { (type: $0.0, url: $0.1) },
            releases: releases.map { release in
                var release = release
                release.artist = name
                return release
            })
    }

    /// Tracks are title, beats per minute, tonic (MIDI note) and mode; `played`: days ago.
    private static func release(
        _ title: String, _ year: Int, _ type: ReleaseType, _ genre: String, _ motif: CoverArt.Motif, _ palette: Palette, played: Int? = nil,
        match: Match = .complete, style: Style, guests: [String: String] = [:], _ tracks: [(String, Double, Int, Mode)]
    ) -> Release {
        Release(
            title: title, year: year, type: type, genre: genre, motif: motif, palette: palette, match: match, lastPlayed: played,
            tracks: tracks.map { track in
                Track(
                    title: track.0, tempo: track.1, key: Key(tonic: track.2, mode: track.3), style: style, featuring: guests[track.0],
                    seed: "\(title)/\(track.0)")
            })
    }

    /// A release that only MusicBrainz knows.
    private static func missing(_ title: String, _ year: Int, _ type: ReleaseType, _ tracks: [String]) -> Release {
        Release(
            title: title, year: year, type: type, genre: "", motif: .tiles, palette: Palette(0, 0, 0, 0, 0), match: .missing(tracks),
            lastPlayed: nil, tracks: [])
    }
}
