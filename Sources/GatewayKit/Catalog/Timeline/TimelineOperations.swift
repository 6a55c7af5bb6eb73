/// `/api/timeline…` in `/api/openapi.json`.
import GatewayAPI

extension TimelineRoutes {
    static let operations = [
        APIOperation(
            .get, "/api/timeline/decades", id: "listDecades", tag: tag, "Decades with their number of local releases, the newest first",
            answers: [.json(.array(of: .object(["decade": .integer(1990, from: nil), "count": .integer(1)]))), .databaseUnavailable]),
        APIOperation(
            .get, "/api/timeline/{decade}", id: "getDecade", tag: tag, "Local releases of ten years by year and title, a page at a time",
            parameters: [
                .path(
                    "decade", .string("1990s", pattern: "^[0-9]"), "First of the ten years, whatever follows its digits"),
                .query(
                    "year", .string("1994", pattern: "^([+-]?[0-9]{1,18})?$"),
                    "That year alone; one of another decade finds nothing"),
                .page, .limit(default: 50),
            ],
            answers: [
                .json(
                    .object([
                        "releases": .array(of: .releaseCard), "total": .integer(1), "page": .integer(1, from: 1),
                        "hasMore": .boolean(false),
                        "years": .array(of: .object(["year": .integer(1994, from: nil), "count": .integer(1)]))
                            .described("Of the whole decade"),
                    ])), .error(TimelineFilter.invalidDecade), .error(TimelineFilter.invalidYear), .databaseUnavailable,
            ]),
    ]

    private static let tag = "Timeline"
}
