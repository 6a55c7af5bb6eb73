/// Decoding of columns' text is total: what does not fit is nil.
import Foundation
import Testing

@testable import Postgres

@Suite struct DecodingTests {
    @Test(arguments: [
        ("1970-01-01 00:00:00", 0.0), ("2026-03-02 12:34:56.789", 1_772_454_896.789), ("2000-02-29 23:59:59.5", 951_868_799.5),
        ("0001-01-01 00:00:00", -62_135_596_800), ("9999-12-31 23:59:59", 253_402_300_799), ("1969-12-31 23:59:59.999", -0.001),
        ("2026-03-02 12:34:56.789+00", 1_772_454_896.789), ("2026-03-02 14:34:56+02", 1_772_454_896),
        ("2026-03-02 07:04:56-05:30", 1_772_454_896),
    ])
    func timestamps(text: String, seconds: Double) throws {
        let date = try #require(text.withBytes { Date.decode($0) })
        #expect(abs(date.timeIntervalSince1970 - seconds) < 1e-6)
    }

    @Test(arguments: [
        "", "infinity", "-infinity", "2026", "2026-13-01 00:00:00", "2026-01-32 00:00:00", "2026-01-01 00:00:0", "2026-01-01 00:00:00.",
        "10000-01-01 00:00:00", "0044-03-15 00:00:00 BC", "2026-01-01 00:00:00+", "2026-01-01 99:00:00", "٢٠٢٦-01-01 00:00:00",
    ])
    func textsThatAreNoTimestamps(text: String) {
        #expect(text.withBytes { Date.decode($0) } == nil)
    }

    @Test(arguments: [-62_135_596_800, -1e9 + 0.25, -0.5, 0, 0.000001, 951_827_200, 4_107_542_399.999, 253_402_300_798])
    func timestampsComeBack(seconds: Double) throws {
        let date = Date(timeIntervalSince1970: seconds)
        let text = try #require(Timestamp.text(date))
        let back = try #require(text.withBytes { Date.decode($0) })
        #expect(abs(back.timeIntervalSince(date)) < 1e-5)
    }

    @Test func daysAgreeWithFoundation() throws {
        // Every 97th day from 1586 on (Foundation counts in the Julian calendar before): leap years, century years, month ends.
        let format = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
        for day in stride(from: -140_000, through: 100_000, by: 97) {
            let date = Date(timeIntervalSince1970: Double(day) * 86_400)
            #expect(try #require(Timestamp.text(date)).hasPrefix(date.formatted(format) + " 00:00:00"))
        }
    }

    @Test func arrays() {
        func decode(_ text: String) -> [String?]? { text.withBytes { [String?].decode($0) } }
        #expect(decode("{}") == [])
        #expect(decode("{a,NULL,\"b c\",\"NULL\",\"\"}") == ["a", nil, "b c", "NULL", ""])
        #expect(decode(#"{"say \"hi\"","back\\slash","{x}"}"#) == ["say \"hi\"", "back\\slash", "{x}"])
        for text in ["", "{", "}", "a", "{a", "{a,}", "{,}", "{{a},{b}}", "{\"a}", "{\"a\"b}", "{\"a\\", "{a\"b}", "{\"a\"}x"] {
            #expect(decode(text) == nil, "\(text)")
        }
        #expect("{1,x}".withBytes { [Int].decode($0) } == nil)
        #expect("{1,NULL}".withBytes { [Int].decode($0) } == nil)
    }

    @Test func scalars() {
        #expect("9223372036854775808".withBytes { Int.decode($0) } == nil)
        #expect("-9223372036854775808".withBytes { Int.decode($0) } == .min)
        #expect("1e400x".withBytes { Double.decode($0) } == nil)
        #expect("true".withBytes { Bool.decode($0) } == nil)
        #expect("t".withBytes { Bool.decode($0) } == true)
        #expect(String.decode(nil) == nil)
        #expect(String?.decode(nil) == .some(nil))
        #expect("x".withBytes { Int?.decode($0) } == nil)
    }
}

@Suite struct StatementCacheTests {
    @Test func namesAreKeptAndNeverUsedTwice() {
        var cache = StatementCache(capacity: 2)
        guard case .new(let a, nil) = cache.entry(for: "A"), case .new(let b, nil) = cache.entry(for: "B") else {
            Issue.record("new statements need new names")
            return
        }
        #expect(a != b)
        #expect(cache.entry(for: "A") == .prepared(name: a))
        // B was used least recently.
        guard case .new(let c, evicted: b) = cache.entry(for: "C") else {
            Issue.record("B was to go")
            return
        }
        #expect(cache.count == 2)
        cache.forget("A", name: "another")
        #expect(cache.entry(for: "A") == .prepared(name: a))
        cache.forget("A", name: a)
        guard case .new(let again, nil) = cache.entry(for: "A") else {
            Issue.record("A was forgotten")
            return
        }
        #expect(![a, b, c].contains(again))
    }
}
