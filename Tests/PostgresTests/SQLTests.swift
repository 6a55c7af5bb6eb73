/// Query text: values become parameters, whatever they hold.
import Foundation
import Testing

@testable import Postgres

@Suite struct SQLTests {
    @Test func valuesBecomeNumberedParameters() {
        let name = "x'; DROP TABLE \"Artist\"; --"
        let sql: SQL = "SELECT * FROM t WHERE a = \(name) AND b > \(3) AND c = \(true)"
        #expect(sql.text == "SELECT * FROM t WHERE a = $1 AND b > $2 AND c = $3")
        #expect(sql.parameters == [.text(name), .text("3"), .text("t")])
    }

    @Test func partsAreRenumbered() {
        let first: SQL = "a = \(1)"
        let second: SQL = "b = \(2) OR c = \(3)"
        let sql: SQL = "SELECT 1 WHERE \([first, second].joined(by: " AND ")) LIMIT \(4)"
        #expect(sql.text == "SELECT 1 WHERE a = $1 AND b = $2 OR c = $3 LIMIT $4")
        #expect(sql.parameters == [.text("1"), .text("2"), .text("3"), .text("4")])
        #expect((first + " AND " + second).text == "a = $1 AND b = $2 OR c = $3")
    }

    @Test func trustedTextIsTakenAsItIs() {
        let sql: SQL = "SELECT \(unescaped: "\"name\"") FROM t WHERE a = \("x")"
        #expect(sql.text == "SELECT \"name\" FROM t WHERE a = $1")
    }

    @Test func absentValuesAreNull() {
        let absent: String? = nil
        let present: Int? = 7
        let sql: SQL = "VALUES (\(absent), \(present))"
        #expect(sql.parameters == [.null, .text("7")])
    }

    @Test func arraysAreLiterals() {
        let sql: SQL = "\(["plain", "with \"quotes\"", "back\\slash", "", "a,b{}", "NULL"])"
        #expect(sql.parameters == [.text(#"{"plain","with \"quotes\"","back\\slash","","a,b{}","NULL"}"#)])
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 0.1, -1e300])
    func numbersKeepTheirValue(number: Double) throws {
        guard case .text(let text) = number.postgresValue else {
            Issue.record("not text")
            return
        }
        let back = try #require(text.withBytes { Double.decode($0) })
        #expect(back == number || back.isNaN && number.isNaN)
    }

    @Test func valuesThatPostgresCannotStoreAreNamed() {
        for sql: SQL in [
            "\("a\0b")", "\(["fine", "\0"])", "\(Date(timeIntervalSince1970: .infinity))", "\(Date(timeIntervalSince1970: .nan))",
        ] {
            guard case .invalid = sql.parameters.first else {
                Issue.record("accepted: \(sql.parameters)")
                continue
            }
        }
    }
}

extension String {
    /// As a column's text.
    func withBytes<Value>(_ body: (UnsafeRawBufferPointer?) -> Value) -> Value { Array(utf8).withUnsafeBytes { body($0) } }
}
