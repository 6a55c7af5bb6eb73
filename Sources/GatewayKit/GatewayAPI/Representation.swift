/// A body of known length with a strong validator, and what a request gets of it: conditional requests and ranges (RFC 9110 §13,
/// §14). Used for audio files on disk and for the site's files in memory.
import HTTPTypes
import Hummingbird

public struct Representation: Sendable, Equatable {
    /// A strong entity tag with its quotes.
    public let entityTag: String
    public let contentType: String
    /// Bytes of the whole body.
    public let length: Int

    public init(entityTag: String, contentType: String, length: Int) {
        self.entityTag = entityTag
        self.contentType = contentType
        self.length = length
    }

    /// What a request gets.
    public enum Selection: Equatable, Sendable {
        /// 304: the client has it.
        case notModified
        /// 200.
        case whole
        /// 206; offsets of the first and last byte, within the length.
        case part(ClosedRange<Int>)
        /// 416.
        case unsatisfiable
    }

    /// - Parameter headers: of a GET or HEAD request. Anything malformed in them counts as absent, as RFC 9110 §14.2 allows.
    public func selection(for headers: HTTPFields) -> Selection {
        if let condition = headers[.ifNoneMatch], Self.weaklyMatches(condition, entityTag) { return .notModified }
        guard let range = headers[.range] else { return .whole }
        // If-Range compares strongly; a date never matches, since we give no Last-Modified (RFC 9110 §13.1.5).
        if let condition = headers[.ifRange], condition != entityTag { return .whole }
        return Self.parse(range, length: length)
    }

    /// Status, length and validators of the answer; the caller adds the bytes of the selection.
    public func head(for selection: Selection) -> (status: HTTPResponse.Status, headers: HTTPFields) {
        var headers: HTTPFields = [.eTag: entityTag, .acceptRanges: "bytes"]
        switch selection {
        case .notModified:
            return (.notModified, headers)
        case .whole:
            headers[.contentType] = contentType
            headers[.contentLength] = String(length)
            return (.ok, headers)
        case .part(let range):
            headers[.contentType] = contentType
            headers[.contentLength] = String(range.count)
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound)/\(length)"
            return (.partialContent, headers)
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(length)"
            headers[.contentLength] = "0"
            return (.rangeNotSatisfiable, headers)
        }
    }

    /// A list of entity tags, or `*` (RFC 9110 §13.1.2, weak comparison).
    public static func weaklyMatches(_ condition: String, _ entityTag: String) -> Bool {
        condition.split(separator: ",").contains { entry in
            var tag = entry.drop { $0 == " " || $0 == "\t" }
            while let last = tag.last, last == " " || last == "\t" { tag.removeLast() }
            return tag == "*" || (tag.hasPrefix("W/") ? tag.dropFirst(2) : tag) == entityTag
        }
    }

    /// One range of bytes. Several ranges are answered with the whole body, which RFC 9110 §14.2 allows.
    private static func parse(_ header: String, length: Int) -> Selection {
        let unit = "bytes="
        guard header.lowercased().hasPrefix(unit) else { return .whole }
        let spec = header.dropFirst(unit.count)
        guard !spec.contains(",") else { return .whole }
        let ends = spec.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
        guard ends.count == 2, ends.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }) else { return .whole }
        switch (ends[0].isEmpty, ends[1].isEmpty) {
        case (true, true):
            return .whole
        case (true, false):  // the last so many bytes; a number too large for Int is more than there are
            let count = min(Int(ends[1]) ?? .max, length)
            return count > 0 ? .part(length - count...length - 1) : .unsatisfiable
        default:
            guard let first = Int(ends[0]), first < length else { return .unsatisfiable }
            let last = ends[1].isEmpty ? length - 1 : min(Int(ends[1]) ?? .max, length - 1)
            return first <= last ? .part(first...last) : .whole
        }
    }
}
