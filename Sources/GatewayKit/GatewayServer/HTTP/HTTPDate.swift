/// The header `Date` (RFC 9110 §5.6.7, §6.6.1), written once a second.
import Glibc
import Synchronization

final class HTTPDate: Sendable {
    /// Of the text, in bytes.
    static let length = 29

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private let state = Mutex((second: time_t.min, text: ""))

    /// Now.
    var text: String {
        let second = time(nil)
        return state.withLock { state in
            if state.second != second { state = (second, Self.text(of: second)) }
            return state.text
        }
    }

    /// - Parameter second: of Unix time.
    static func text(of second: time_t) -> String {
        var second = second
        var date = tm()
        gmtime_r(&second, &date)
        func padded(_ number: Int32, _ digits: Int = 2) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        let time = [date.tm_hour, date.tm_min, date.tm_sec].map { padded($0) }.joined(separator: ":")
        // The C library keeps to the ranges of its fields.
        return
            "\(days[Int(date.tm_wday)]), \(padded(date.tm_mday)) \(months[Int(date.tm_mon)]) \(padded(1900 + date.tm_year, 4)) \(time) GMT"
    }
}
