/// The SQL behind `/api/tracks/explore`.
import Postgres

enum ExploreQueries {
    /// Tracks that are scored at most.
    static let maximumCandidates = 500

    /// Candidates in no order, every one that passes the filter as likely as any other. Columns as `ExploreCandidate` wants them.
    ///
    /// - Parameter pages: of the table that are read, drawn at random (PostgreSQL, TABLESAMPLE SYSTEM): what that costs does not grow
    ///   with the library. Nil reads all of them until there are enough candidates.
    static func candidates(_ sliders: ExploreSliders, excluding excluded: [String], pages: Int?) -> SQL {
        let tags = ExploreCandidate.keys.map { SQL.piece(#"k."metadata" ->> '\#($0)'"#) }.joined(by: #", E'\t', "#)
        let sample: SQL = pages.map { #"TABLESAMPLE SYSTEM (\#(percentage(pages: $0)))"# } ?? ""
        let order: SQL = pages == nil ? "" : "ORDER BY random()"
        return #"""
            SELECT k."id", k."genre", concat(k."year", E'\t', k."playCount", E'\t', \#(tags)) AS "numbers"
            FROM (
                SELECT "id", "year", "genre", "playCount", "metadata" FROM "LocalReleaseTrack" \#(sample)
                WHERE \#(filter(sliders)) AND "id" NOT IN (SELECT unnest(\#(excluded)::text[])) \#(order) LIMIT \#(maximumCandidates)::int
            ) k
            """#
    }

    /// No year, or one within ten years of the era; unplayed where that is asked for.
    private static func filter(_ sliders: ExploreSliders) -> SQL {
        let years = sliders.years.lowerBound - 10...sliders.years.upperBound + 10
        let filter: SQL = #"("year" IS NULL OR "year" BETWEEN \#(years.lowerBound)::int AND \#(years.upperBound)::int)"#
        return sliders.wantsUnplayed ? #"\#(filter) AND "playCount" = 0"# : filter
    }

    private static func percentage(pages: Int) -> SQL {
        #"""
        least(100, 100.0 * \#(pages)::int * current_setting('block_size')::bigint / greatest(1, pg_relation_size('"LocalReleaseTrack"')))
        """#
    }

    /// A `PlayerTrack`; no row when it is gone.
    static func track(id: String) -> SQL { .answer(#"SELECT \#(Shape.playerTrack) FROM \#(Shape.playerTracks) WHERE k."id" = \#(id)"#) }
}
