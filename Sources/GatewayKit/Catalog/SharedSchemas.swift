/// The shapes that several routes take or answer (dmp-api.md, Shared shapes), for `/api/openapi.json`. The examples are one small
/// library, the same everywhere.
import GatewayAPI

// MARK: What comes in a URL

extension JSONSchema {
    /// As `QueryParameters.text` reads it; the first argument is an example.
    static func queryText(_ example: String) -> JSONSchema { .text(example, length: 0...QueryParameters.maximumLength) }

    /// As `QueryParameters.integer` reads it: other texts are accepted, too, and count as the default or the nearest end.
    static func queryInteger(_ range: ClosedRange<Int>, default value: Int) -> JSONSchema {
        JSONSchema(
            ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)], example: .integer(value)
        ).or(queryText("")).withDefault(.integer(value))
    }

    /// As `QueryParameters.number` reads it: other texts are accepted, too, and count for nothing.
    static func queryNumber(_ example: Int) -> JSONSchema {
        JSONSchema(["type": "number"], example: .integer(example)).or(queryText(""))
    }
}

extension APIOperation.Parameter {
    static let page = query("page", .queryInteger(1...1_000_000, default: 1), "Page, from 1")

    static func limit(default value: Int) -> Self { query("limit", .queryInteger(1...100, default: value), "Entries at most") }
}

extension APIOperation.Answer {
    /// 400 of `QueryParameters`.
    static let queryRefused = error(.badRequest("A parameter is too long: at most \(QueryParameters.maximumLength) characters"))
}

// MARK: Shapes

extension JSONSchema {
    static let artistID: JSONSchema = .string("cm7ada")
    static let artistSlug: JSONSchema = .string("ada-underwood")
    static let releaseID: JSONSchema = .string("cm7harbour")
    static let musicBrainzReleaseID: JSONSchema = .string("cm7harbourmb")
    static let trackID: JSONSchema = .string("cm7quay")

    /// A picture's file name, path or URL.
    static let image: JSONSchema = .string("/img/releases/cm7harbour.jpg").orNull.described(
        "A path on this site, a bare file name below /img/artists or /img/releases, or a URL")
    static let imageURL: JSONSchema = .string("").mostlyNull.described("The same picture on S3")
    static let year: JSONSchema = .integer(1994, from: nil).orNull
    static let seconds: JSONSchema = .integer(61, from: nil).orNull.described("Whole seconds")
    /// Of a row's making or change.
    static let date: JSONSchema = .date("2026-03-02T12:34:56.789Z")

    static let artistReference: JSONSchema = .object([
        "id": artistID, "name": .string("Ada Ünderwood"), "slug": artistSlug,
    ]).named("ArtistRef")

    static let releaseCardProperties: Properties = [
        "id": releaseID, "title": .string("Harbour"), "releaseType": .string("Album").orNull.described("Null when unmatched"), "year": year,
        "image": image, "imageUrl": imageURL, "artist": artistReference.orNull,
    ]
    static let releaseCard: JSONSchema = .object(releaseCardProperties).named("ReleaseCard")

    static let trackRow: JSONSchema = .object([
        "id": trackID, "title": .string("Quay").orNull, "artist": .string("Ada Ünderwood").orNull,
        "albumArtist": .string("Ada Ünderwood").orNull, "album": .string("Harbour").orNull, "year": year, "genre": .string("Dub").orNull,
        "duration": seconds, "trackNumber": .integer(1, from: nil).orNull, "discNumber": .integer(1, from: nil).orNull,
        "playCount": .integer(4), "localReleaseId": releaseID.orNull,
    ]).named("TrackRow")

    static let nestedTrack: JSONSchema = .object([
        "id": trackID, "title": .string("Quay").orNull, "trackNumber": .integer(1, from: nil).orNull, "duration": seconds,
        "release": JSONSchema.object([
            "id": releaseID, "title": .string("Harbour"), "year": year, "image": image, "imageUrl": imageURL,
            "artist": artistReference.orNull,
        ]).orNull,
    ]).named("NestedTrack")

    static let playerTrackProperties: Properties = [
        "id": trackID, "title": .string("Quay"), "artist": .string("Ada Ünderwood"), "album": .string("Harbour"),
        "duration": .integer(61, from: nil).described("Whole seconds; 0 when unknown"), "artistSlug": artistSlug.orNull,
        "releaseImage": image, "releaseImageUrl": imageURL, "localReleaseId": releaseID.orNull,
    ]
    static let playerTrack: JSONSchema = .object(playerTrackProperties).named("PlayerTrack")

    /// Whether a release is there in full.
    static let releaseStatus: JSONSchema = JSONSchema.word("COMPLETE", "INCOMPLETE", "EXTRA_TRACKS", "MISSING", "UNSYNCABLE", "UNKNOWN")
        .named("ReleaseStatus")

    /// The answer to a change.
    static func success(_ messages: String...) -> JSONSchema {
        .object([
            "success": .constant(true),
            "message": JSONSchema(
                ["type": "string", "enum": .array(messages.map { .string($0) })], example: .string(messages.first ?? "")),
        ])
    }
}
