/// `/api/artists…` in `/api/openapi.json`.
import GatewayAPI

extension ArtistRoutes {
    static let operations = [
        APIOperation(
            .get, "/api/artists", id: "listArtists", tag: tag, "Artists, a page at a time; filters combine",
            parameters: [
                .page, .query("pageSize", .queryInteger(1...100, default: 48), "Artists of a page"),
                .query("letter", .queryText("a"), "What the slug starts with, in any case; # for slugs that start with no letter"),
                .query("search", .queryText("ada"), "What the name contains, in any case"),
                .query("genre", .queryText("Dub"), "A genre's exact name"),
                .query("minScore", .queryNumber(50), "Lowest match score in per cent; leaves out artists without a score"),
                .query("maxScore", .queryNumber(100), "Highest match score in per cent; leaves out artists without a score"),
                .query(
                    "sort", JSONSchema.word("name", "playCount", "score", "recent").or(.queryText("")).withDefault("name"),
                    "Order: by name, or by plays, match score or time of adding, highest first; anything else counts as name"),
            ],
            answers: [
                .json(
                    .object([
                        "items": .array(of: .object(card)), "total": .integer(1), "page": .integer(1, from: 1),
                        "pageSize": .integer(48, from: 1), "hasMore": .boolean(false),
                    ])), .queryRefused, .databaseUnavailable,
            ]),
        APIOperation(
            .get, "/api/artists/{slug}", id: "getArtist", tag: tag, "An artist with every release, also those that the library lacks",
            parameters: [slug], answers: [.json(.object(artist).named("Artist")), .error(notFound), .databaseUnavailable]),
        APIOperation(
            .get, "/api/artists/{slug}/tracks", id: "listArtistTracks", tag: tag,
            "All tracks of an artist, ordered by album, disc and number",
            parameters: [slug], answers: [.json(.array(of: .trackRow)), .error(notFound), .databaseUnavailable]),
    ]

    private static let tag = "Artists"
    private static let slug = APIOperation.Parameter.path("slug", .artistSlug, "An artist's slug")

    private static let card: JSONSchema.Properties = [
        "id": .artistID, "name": .string("Ada Ünderwood"), "slug": .artistSlug,
        "image": JSONSchema.image.withExample("ada-underwood.jpg"), "imageUrl": .imageURL,
        "averageMatchScore": .number(0.92, from: nil).orNull.described("From 0 to 1"), "totalPlayCount": .integer(40),
        "totalTracks": .integer(1),
    ]

    private static let artist: JSONSchema.Properties =
        card + [
            "musicbrainzId": .string("6f0a1c2e-4b3d-4e5f-8a9b-0c1d2e3f4a5b").orNull,
            "totalFileSize": .string("1024000", pattern: "^-?[0-9]+$").described("Bytes, as text: it may exceed what a number holds"),
            "lastSyncedAt": JSONSchema.date.mostlyNull,
            "genres": .array(of: .object(["id": .string("cm7dub"), "name": .string("Dub")])),
            "urls": .array(
                of: .object(["id": .string("cm7url"), "type": .string("discogs"), "url": .string("https://example.org/ada")])),
            "releases": .array(of: .object(release)),
        ]

    private static let release: JSONSchema.Properties = [
        "id": JSONSchema.musicBrainzReleaseID.described("Of the MusicBrainz release; of the local one where there is none"),
        "title": .string("Harbour"), "year": .year, "type": .string("Album").described("Unmatched and Appears On are types, too"),
        "typeSlug": .string("album"), "musicbrainzId": .string("").mostlyNull, "status": .releaseStatus, "image": .image,
        "imageUrl": .imageURL, "trackCount": .integer(3).described("As MusicBrainz knows it"),
        "localTrackCount": .integer(1).described("In the library"), "isMusicBrainz": .boolean(true),
        "localReleaseId": JSONSchema.releaseID.orNull,
    ]
}
