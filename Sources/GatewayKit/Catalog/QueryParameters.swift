/// What comes in a URL, bounded before it reaches a statement.
import Foundation
import GatewayAPI

/// The query of a request. Of a repeated parameter the first value counts.
struct QueryParameters {
    /// Code points of any text.
    static let maximumLength = 200

    let request: Request

    /// - Throws: 400 for a text that is too long or holds U+0000, which Postgres cannot store.
    func text(_ name: String) throws -> String? {
        guard let value = value(name) else { return nil }
        guard value.length <= Self.maximumLength else {
            throw APIError.badRequest("\(name) is too long: at most \(Self.maximumLength) characters")
        }
        guard !value.hasNull else { throw APIError.badRequest("\(name) holds a null character") }
        return value
    }

    /// Decoded as forms are encoded, which browsers' `URLSearchParams` and most clients follow: a `+` is a space. What can't be decoded is
    /// taken as it is.
    private func value(_ name: String) -> String? {
        for parameter in (request.uri.query ?? "").split(separator: "&") {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.first == name[...] else { continue }
            let value = (parts.dropFirst().first ?? "").replacing("+", with: " ")
            return value.removingPercentEncoding ?? String(value)
        }
        return nil
    }

    /// A whole number: fractions are cut, values outside `range` moved to its ends; not a number, or 0, is the default.
    func integer(_ name: String, default defaultValue: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let number = try number(name), number != 0 else { return defaultValue }
        return Int(min(max(number, Double(range.lowerBound)), Double(range.upperBound)))
    }

    /// Any finite number.
    func number(_ name: String) throws -> Double? {
        try text(name).flatMap { Double($0.trimmingCharacters(in: .whitespaces)) }.flatMap { $0.isFinite ? $0 : nil }
    }
}

extension RequestContext {
    /// Bytes of an id or slug: no row has longer ones, since Postgres would not index them.
    private static var maximumPathTextBytes: Int { 2_700 }

    /// A path parameter: an id or slug, which is opaque text.
    /// - Throws: 404 with `message` for a text that can't be one, such as bytes that are not UTF-8.
    func pathText(_ name: String, orNotFound message: String) throws -> String {
        guard let value = parameters.get(name)?.removingPercentEncoding, value.utf8.count <= Self.maximumPathTextBytes,
            !value.hasNull
        else { throw APIError.notFound(message) }
        return value
    }
}

extension StringProtocol {
    /// The text with LIKE's wildcards as plain characters, for `LIKE` with the default escape `\`.
    var escapedForLike: String {
        // By scalar: a wildcard with a combining mark after it is one Character and still a wildcard.
        var escaped = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if scalar == "%" || scalar == "_" || scalar == "\\" { escaped.append("\\") }
            escaped.append(scalar)
        }
        return String(escaped)
    }
}
