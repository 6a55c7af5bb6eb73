/// Postgres' ISO text form of `timestamp` and `timestamptz`, both ways. The schema's times are `TIMESTAMP(3)` without zone, in UTC.
internal import Foundation

enum Timestamp {
    private static let microsecondsPerDay: Int64 = 86_400_000_000

    /// `2026-03-02 12:34:56.789000`, or nil for a date outside the years 1–9999.
    static func text(_ date: Date) -> String? {
        let seconds = date.timeIntervalSince1970
        // 0001-01-01 and 9999-12-31 in seconds from 1970; also refuses NaN.
        guard seconds >= -62_135_596_800, seconds < 253_402_300_799 else { return nil }
        let microseconds = Int64((seconds * 1_000_000).rounded())
        let day = Int((Double(microseconds) / Double(microsecondsPerDay)).rounded(.down))
        let rest = Int(microseconds - Int64(day) * microsecondsPerDay)
        let (year, month, dayOfMonth) = civil(daysFromEpoch: day)
        let second = rest / 1_000_000
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2)) "
            + "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2)).\(padded(rest % 1_000_000, 6))"
    }

    /// Nil for anything but `YYYY-MM-DD HH:MM:SS[.f…][±HH[:MM[:SS]]]`: also for `infinity` and years before 1 or after 9999.
    static func date(_ text: UnsafeRawBufferPointer) -> Date? {
        var reader = DigitReader(bytes: text)
        guard let year = reader.number(digits: 4), reader.skip("-"), let month = reader.number(digits: 2), reader.skip("-"),
            let day = reader.number(digits: 2), reader.skip(" ") || reader.skip("T"), let hour = reader.number(digits: 2), reader.skip(":"),
            let minute = reader.number(digits: 2), reader.skip(":"), let second = reader.number(digits: 2),
            year >= 1, (1...12).contains(month), (1...31).contains(day), hour <= 24, minute < 60, second <= 60
        else { return nil }
        let microseconds = reader.skip(".") ? reader.fraction() : 0
        guard let microseconds else { return nil }
        var offset = 0
        if let sign = reader.skip("+") ? 1 : reader.skip("-") ? -1 : nil {
            guard let hours = reader.number(digits: 2) else { return nil }
            var rest = 0
            if reader.skip(":") { rest = (reader.number(digits: 2) ?? 0) * 60 }
            if reader.skip(":") { rest += reader.number(digits: 2) ?? 0 }
            offset = sign * (hours * 3600 + rest)
        }
        guard reader.isAtEnd else { return nil }
        let seconds = days(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Date(timeIntervalSince1970: Double(seconds) + Double(microseconds) / 1_000_000)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    // Days ↔ civil date in the proleptic Gregorian calendar, counted in eras of 400 years (146,097 days) that start on 1 March.

    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(daysFromEpoch: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = daysFromEpoch + 719_468  // not negative from year 1 on, but for its first two months
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

/// Reads fixed-width numbers from text; total.
private struct DigitReader {
    let bytes: UnsafeRawBufferPointer
    var position = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
        position += 1
        return true
    }

    private mutating func digit() -> Int? {
        guard position < bytes.count, case let byte = bytes[position], (48...57).contains(byte) else { return nil }
        position += 1
        return Int(byte) - 48
    }

    mutating func number(digits: Int) -> Int? {
        var number = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            number = number * 10 + digit
        }
        return number
    }

    /// Microseconds from up to six digits after the point.
    mutating func fraction() -> Int? {
        var microseconds = 0
        var unit = 100_000
        guard position < bytes.count else { return nil }
        while let digit = digit() {
            microseconds += digit * unit
            unit /= 10
        }
        return microseconds
    }
}
