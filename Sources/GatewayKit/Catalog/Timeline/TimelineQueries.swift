/// The SQL behind `/api/timeline…`. A year 0 is none.
import Postgres

enum TimelineQueries {
    /// Newest first.
    static let decades: SQL = .answer(
        array: #"""
            SELECT floor("year" / 10.0)::bigint * 10 AS "decade", sum("count")::bigint AS "count"
            FROM (SELECT "year", count(*) AS "count" FROM "LocalRelease" WHERE "year" <> 0 GROUP BY "year") years GROUP BY 1 ORDER BY 1 DESC
            """#)

    static func decade(_ filter: TimelineFilter) -> SQL {
        let inDecade: SQL = #""year" BETWEEN \#(filter.decade)::bigint AND \#(filter.decade + 9)::bigint AND "year" <> 0"#
        let isWanted: SQL = filter.year.map { #""year" = \#($0)::bigint"# } ?? "true"
        let offset = (filter.page - 1) * filter.limit
        let releases: SQL = #"""
            SELECT \#(Shape.releaseCard) FROM \#(Shape.releases(#"""
                SELECT * FROM "LocalRelease" WHERE \#(inDecade) AND \#(isWanted) ORDER BY "year", "title", "id"
                LIMIT \#(filter.limit)::int OFFSET \#(offset)::bigint
                """#)) ORDER BY r."year", r."title", r."id"
            """#
        return #"""
            WITH years AS MATERIALIZED (SELECT "year", count(*) AS "count" FROM "LocalRelease" WHERE \#(inDecade) GROUP BY "year")
            \#(SQL.answer(#"""
                SELECT \#(SQL.array(releases)) AS "releases", counted."total", \#(filter.page)::int AS "page",
                \#(offset + filter.limit)::bigint < counted."total" AS "hasMore",
                \#(SQL.array(#"SELECT "year", "count" FROM years ORDER BY "year""#)) AS "years"
                FROM (SELECT coalesce(sum("count"), 0)::bigint AS "total" FROM years WHERE \#(isWanted)) counted
                """#))
            """#
    }
}
