/// The module's routes in `/api/openapi.json`.
import GatewayAPI

extension ExaminationRoute {
    static func operations(role: PartyRole) -> [APIOperation] {
        switch role {
        case .off: []
        case .host:
            [
                APIOperation(
                    .post, path, id: "examineServers", tag: "Party",
                    "What `dmp doctor` says of this server and of its listener server, at most half a minute old; for this server's own pages alone",
                    answers: [.json(.object(["here": findings, "listenerServer": findings])), .error(PartyRoutes.foreignOrigin)])
            ]
        case .listener:
            [
                APIOperation(
                    .get, path, id: "getExamination", tag: "Party",
                    "What `dmp doctor` says of this server; for the host's own server, which proves itself with PARTY_SECRET",
                    answers: [.json(.object(["here": findings])), .error(notOwner)])
            ]
        }
    }

    private static let findings: JSONSchema = .array(
        of: .object(
            [
                "subject": .string("music").described("What was looked at"), "level": .word("advice", "fine", "broken"),
                "message": .string("/music can be read; the database holds no tracks"),
                "remedy": JSONSchema.string("run `dmp index`").described("What to do, if there is anything"),
            ], optional: ["remedy"]
        ).named("Finding"))
}

extension PartyRoutes {
    /// - Parameter role: a listener server gives no tokens.
    static func operations(role: PartyRole) -> [APIOperation] { [status, preflight] + (role == .host ? [hostToken] : [cover]) }

    private static let status = APIOperation(
        .get, "/api/party/status", id: "getPartyStatus", tag: tag,
        "The party on this server; a host's own server never has one, its listener server does",
        answers: [
            .json(
                .object([
                    "active": .boolean(true), "sessionId": JSONSchema.string("0b0c9f6e-5d3c-4a86-9a54-3f0d6a4de5b1").orNull,
                    "currentTrack": track.orNull, "isPlaying": .boolean(true), "currentTime": .number(12.5).described("Seconds"),
                    "duration": .number(61).described("Seconds"), "listenerCount": .integer(3),
                    "hostAway": JSONSchema.boolean(false).described("The host's connection is lost, and the party waits for it"),
                ]), headers: [openToAll])
        ])

    private static let preflight = APIOperation(
        .options, "/api/party/status", id: "preflightPartyStatus", tag: tag, "Tells browsers that any page may ask for the status",
        answers: [
            .empty(
                .noContent, "Any page may",
                headers: [openToAll, .init("Access-Control-Allow-Methods", .constant("GET, HEAD, OPTIONS"), "What they may send")])
        ])

    private static let cover = APIOperation(
        .get, "/api/party/cover/{hash}", id: "getPartyCover", tag: tag,
        "A cover that the host's page has sent for this party, because this server's catalog has none",
        parameters: [
            .path(
                "hash", .string("0123456789abcdef0123456789abcdef", pattern: "^[0-9a-f]{32}$"),
                "The first 32 hexadecimal digits of its SHA-256")
        ],
        answers: [
            .bytes(
                .ok, "The picture", mediaTypes: ["image/jpeg"],
                headers: [.init("Cache-Control", .constant("public, max-age=31536000, immutable"), "Its address says what it is")]),
            .error(noCover),
        ])

    private static let hostToken = APIOperation(
        .post, "/api/party/host-token", id: "createHostToken", tag: tag,
        "Turns the listener server's nonce into the token that proves the host; for this server's own pages alone",
        body: .object(["nonce": .string(String(repeating: "0123456789abcdef", count: 4), pattern: "^[0-9a-f]{64}$")], isOpen: true),
        answers: [
            .json(.object(["token": .string(String(repeating: "fedcba9876543210", count: 4), pattern: "^[0-9a-f]{64}$")])),
            .error(noNonce), .error(foreignOrigin), .error(noSecret),
        ])

    private static let tag = "Party"
    private static let openToAll = APIOperation.Header("Access-Control-Allow-Origin", .constant("*"), "Open to any page")

    private static let track: JSONSchema = .object([
        "id": .string("cm7quay"), "title": .string("Quay"), "artist": .string("Ada Ünderwood"),
        "artistSlug": JSONSchema.string("ada-underwood").orNull, "releaseTitle": .string("Harbour"),
        "releaseId": JSONSchema.string("cm7harbour").orNull, "coverPath": JSONSchema.string("/img/releases/cm7harbour.jpg").orNull,
        "duration": .number(61).described("Seconds; 0 when unknown"),
    ]).named("PartyTrack")
}
