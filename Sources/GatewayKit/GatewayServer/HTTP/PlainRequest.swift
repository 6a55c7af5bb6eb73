/// A request for something as a whole, on a connection that stays open: what `EarlyAnswers` may answer. All that its headers can change
/// about an answer is here; a request that says more than this is none, and Hummingbird's.
import NIOHTTP1

struct PlainRequest {
    let isHead: Bool
    let target: String
    private(set) var acceptEncoding: String?
    private(set) var ifNoneMatch: String?
    /// The lines of `X-Forwarded-For`, in order.
    private(set) var forwardedFor: [String] = []

    init?(_ head: HTTPRequestHead) {
        guard head.version == .http1_1 else { return nil }
        switch head.method {
        case .GET: isHead = false
        case .HEAD: isHead = true
        default: return nil
        }
        target = head.uri
        for (name, value) in head.headers {
            // The length tells most names apart.
            switch name.utf8.count {
            case 5 where Self.isEqual(name, "range"), 6 where Self.isEqual(name, "expect"), 7 where Self.isEqual(name, "upgrade"),
                8 where Self.isEqual(name, "if-range"), 14 where Self.isEqual(name, "content-length"),
                17 where Self.isEqual(name, "transfer-encoding"):
                return nil
            case 10 where Self.isEqual(name, "connection"):
                guard Self.isEqual(value, "keep-alive") else { return nil }
            case 13 where Self.isEqual(name, "if-none-match"):
                guard ifNoneMatch == nil else { return nil }
                ifNoneMatch = value
            case 15 where Self.isEqual(name, "accept-encoding"):
                guard acceptEncoding == nil else { return nil }
                acceptEncoding = value
            case 15 where Self.isEqual(name, "x-forwarded-for"):
                forwardedFor.append(value)
            default: break
            }
        }
    }

    /// - Parameter lowercased: ASCII letters and hyphens.
    private static func isEqual(_ text: String, _ lowercased: StaticString) -> Bool {
        lowercased.withUTF8Buffer { wanted in text.utf8.count == wanted.count && text.utf8.elementsEqual(wanted) { $0 | 0x20 == $1 } }
    }
}
