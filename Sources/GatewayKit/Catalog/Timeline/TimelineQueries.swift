/// The SQL behind `/api/timeline…`. A year 0 is none.
import Postgres

enum TimelineQueries {
    /// Newest first.
    static let decades: SQL = .answer(
        array: #"""
            SELECT floor("year" / 10.0)::bigint * 10 AS "decade", count(*) AS "count" FROM "LocalRelease" WHERE "year" <> 0
            GROUP BY 1 ORDER BY 1 DESC
            """#)

    static func decade(_ filter: TimelineFilter) -> SQL {
        let inDecade: SQL = #""year" BETWEEN \#(filter.decade)::int AND \#(filter.decade + 9)::int AND "year" <> 0"#
        var condition = inDecade
        if let year = filter.year { condition += #" AND "year" = \#(year)::int"# }
        let offset = (filter.page - 1) * filter.limit
        let releases: SQL = #"""
            SELECT \#(Shape.releaseCard) FROM \#(Shape.releases(#"""
                SELECT * FROM "LocalRelease" WHERE \#(condition) ORDER BY "year", "title", "id"
                LIMIT \#(filter.limit)::int OFFSET \#(offset)::bigint
                """#)) ORDER BY r."year", r."title", r."id"
            """#
        return .answer(
            #"""
            SELECT \#(SQL.array(releases)) AS "releases", counted."total", \#(filter.page)::int AS "page",
            \#(offset + filter.limit)::bigint < counted."total" AS "hasMore",
            \#(SQL.array(#"SELECT "year", count(*) AS "count" FROM "LocalRelease" WHERE \#(inDecade) GROUP BY 1 ORDER BY 1"#)) AS "years"
            FROM (SELECT count(*) AS "total" FROM "LocalRelease" WHERE \#(condition)) counted
            """#)
    }
}
