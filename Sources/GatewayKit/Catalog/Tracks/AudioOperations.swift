/// `/api/audio/:id` in `/api/openapi.json`.
import GatewayAPI

extension AudioRoutes {
    static let operations = [
        operation(.get, id: "getAudio", "A track's file as it is, or the part of it that `Range` asks for (RFC 9110 section 14)"),
        operation(.head, id: "headAudio", "What GET would answer, without the bytes"),
    ]

    private static func operation(_ method: HTTPRequest.Method, id: String, _ summary: String) -> APIOperation {
        // An answer to HEAD has the type and no content.
        let mediaTypes = method == .head ? [] : AudioContentType.all
        return APIOperation(
            method, "/api/audio/{id}", id: id, tag: "Audio", summary,
            parameters: [
                .path("id", .trackID, "A track's id"),
                .header("Range", .string("bytes=0-1023"), "One range of bytes; several, or anything else, count as none"),
                .header("If-None-Match", .string("\"1f-abc\""), "Entity tags that the client has"),
                .header("If-Range", .string("\"1f-abc\""), "The entity tag that `Range` is meant for"),
            ],
            answers: [
                .bytes(.ok, "The whole file", mediaTypes: mediaTypes, headers: [acceptRanges, entityTag]),
                .bytes(
                    .partialContent, "The part of it", mediaTypes: mediaTypes,
                    headers: [
                        acceptRanges, entityTag,
                        .init("Content-Range", .string("bytes 0-1023/1024000", pattern: "^bytes [0-9]+-[0-9]+/[0-9]+$"), "Which part"),
                    ]),
                .empty(.notModified, "The client has it", headers: [entityTag]),
                .empty(
                    .rangeNotSatisfiable, "The range begins behind the file's end",
                    headers: [.init("Content-Range", .string("bytes */1024000", pattern: #"^bytes \*/[0-9]+$"#), "The file's length")]),
                .error(trackNotFound), .error(fileNotFound), .error(notConfigured), .databaseUnavailable,
            ])
    }

    private static let acceptRanges = APIOperation.Header("Accept-Ranges", .constant("bytes"), "Ranges of bytes are answered")
    private static let entityTag = APIOperation.Header("ETag", .string("\"1f-abc\"", pattern: "^\".*\"$"), "Changes with the file")
}
