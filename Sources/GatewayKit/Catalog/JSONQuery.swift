/// Statements that answer a request with one JSON text, and the pieces that several of them share.
import GatewayAPI
import Postgres

extension PostgresPool {
    /// - Parameter sql: a statement with one column, `json`, of type text.
    /// - Returns: 200 with the first row's text; nil when there is no row or it is null.
    func json(_ sql: SQL) async throws -> Response? { try await query(sql).first.flatMap { try Response(json: $0) } }

    /// As `json`, for statements that always give a row.
    func requiredJSON(_ sql: SQL) async throws -> Response {
        guard let response = try await json(sql) else { throw APIError(.internalServerError, "Server Error") }
        return response
    }
}

extension Response {
    /// 200 with the text of the row's column `json`; nil when it is null.
    init?(json row: PostgresRow) throws {
        guard let body = try row.withBytes(of: "json", { $0.map { ByteBuffer(bytes: $0) } }) else { return nil }
        self.init(status: .ok, headers: [.contentType: "application/json; charset=utf-8"], body: ResponseBody(byteBuffer: body))
    }
}

extension SQL {
    /// A trusted piece of SQL, from this module alone.
    static func piece(_ text: String) -> SQL { "\(unescaped: text)" }

    /// The rows of `select` as a JSON array: compact, in their order, `[]` when there are none.
    static func array(_ select: SQL) -> SQL { "array_to_json(ARRAY(SELECT row_to_json(item) FROM (\(select)) item))" }

    /// The first row of `select` as a JSON object, null when there is none.
    static func object(_ select: SQL) -> SQL { "(SELECT row_to_json(item) FROM (\(select)) item)" }

    /// The statement whose answer is the one row of `select`.
    static func answer(_ select: SQL) -> SQL { "SELECT row_to_json(answer)::text AS json FROM (\(select)) answer" }

    /// The statement whose answer is the array of `select`'s rows.
    static func answer(array select: SQL) -> SQL { "SELECT \(array(select))::text AS json" }

    /// The transaction's time as `TIMESTAMP(3)` columns hold it: in UTC, whatever the session's time zone. The columns' own default
    /// would be local time.
    static let now: SQL = "(now() AT TIME ZONE 'UTC')::timestamp(3)"

    /// A `TIMESTAMP(3)` column, which holds UTC, as ISO 8601 with milliseconds.
    static func date(_ column: String) -> SQL { .piece(#"to_char(\#(column), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"#) }
}

/// Shapes that several routes share (dmp-api.md, Shared shapes), as lists of columns over fixed aliases.
enum Shape {
    /// `ArtistRef` of the artist `a`.
    static let artistReference: SQL = .object(#"SELECT a."id", a."name", a."slug""#)

    /// `ReleaseCard` over `releases`.
    static let releaseCard: SQL = #"""
        r."id", coalesce(nullif(r."title", ''), m."title", 'Unknown Release') AS "title", t."name" AS "releaseType", r."year", r."image",
        r."imageUrl", \#(artistReference) AS "artist"
        """#

    /// The id of a placeholder for a local release starts with this; that release's id follows.
    static let placeholderPrefix: SQL = "'unmatched-'"

    /// Whether the MusicBrainz release `m` only stands in for a match, so that an unmatched release can be a favourite. Once it has a
    /// MusicBrainz id it is a match.
    static let isPlaceholder: SQL = #"(starts_with(m."id", \#(placeholderPrefix)) AND m."musicbrainzId" IS NULL)"#

    /// Local releases `r` with their artist `a`, matched release `m` and its type `t`.
    ///
    /// - Parameter select: all columns of the releases that are wanted, ordered and limited there: a join of the whole table for the
    ///   sake of a dozen rows would take a hundred times as long. The order has to be given again outside.
    static func releases(_ select: SQL) -> SQL {
        #"""
        (\#(select)) r JOIN "Artist" a ON a."id" = r."artistId"
        LEFT JOIN "MusicBrainzRelease" m ON m."id" = r."releaseId" AND NOT \#(isPlaceholder)
        LEFT JOIN "ReleaseType" t ON t."id" = m."typeId"
        """#
    }

    /// `TrackRow` of the track `k`. The file's path stays here.
    static let trackRow: SQL = #"""
        k."id", k."title", k."artist", k."albumArtist", k."album", k."year", k."genre", k."duration", k."trackNumber", k."discNumber",
        k."playCount", k."localReleaseId"
        """#

    /// `NestedTrack` of the track `k`.
    static let nestedTrack: SQL = #"""
        k."id", k."title", k."trackNumber", k."duration", \#(SQL.object(#"""
            SELECT r."id", r."title", r."year", r."image", r."imageUrl", \#(artistReference) AS "artist"
            FROM "LocalRelease" r JOIN "Artist" a ON a."id" = r."artistId" WHERE r."id" = k."localReleaseId"
            """#)) AS "release"
        """#

    /// `PlayerTrack` over `playerTracks`.
    static let playerTrack: SQL = #"""
        k."id", coalesce(k."title", 'Unknown') AS "title", coalesce(k."artist", 'Unknown') AS "artist",
        coalesce(k."album", 'Unknown') AS "album", coalesce(k."duration", 0) AS "duration", a."slug" AS "artistSlug",
        r."image" AS "releaseImage", r."imageUrl" AS "releaseImageUrl", k."localReleaseId"
        """#

    /// Tracks `k` with their release `r` and its artist `a`.
    static let playerTracks: SQL = #"""
        "LocalReleaseTrack" k LEFT JOIN "LocalRelease" r ON r."id" = k."localReleaseId" LEFT JOIN "Artist" a ON a."id" = r."artistId"
        """#
}
