/// One setting: its name, type, unit, default, accepted values and meaning. The table of keys (the core's and each module's) is what
/// parsing, `dmp serve --help`, the README's table and start-up errors are made from.

/// A setting without its type, for tables that print or check all of them.
public protocol AnyConfigurationKey: Sendable {
    /// The environment variable.
    var name: String { get }
    /// Older names that mean the same; `name` wins.
    var aliases: [String] { get }
    /// What it does, in one sentence.
    var meaning: String { get }
    /// Accepted values in words, with the unit: `1–65535`, `seconds, 1–3600`, `host or listener`.
    var accepts: String { get }
    /// The default as `--help` shows it; nil when there is none.
    var defaultDescription: String? { get }
    /// A secret's value never reaches a log, a page or an error.
    var isSecret: Bool { get }
    /// - Throws: `ConfigurationError` that names the key and what it accepts.
    func parse(_ text: String) throws(ConfigurationError) -> any Sendable
}

/// A value that stops start-up: the only kind of error that does (DESIGN, Roles).
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    public let key: String
    public let problem: String

    public init(key: String, problem: String) {
        self.key = key
        self.problem = problem
    }

    /// One line that names the key and says what to do.
    public var description: String { "\(key): \(problem)" }
}

public struct ConfigurationKey<Value: Sendable>: AnyConfigurationKey {
    public let name: String
    public let aliases: [String]
    public let meaning: String
    public let accepts: String
    public let defaultDescription: String?
    public let isSecret: Bool
    /// What `ConfigurationValues` gives when the key is not set.
    public let defaultValue: Value
    private let convert: @Sendable (String) -> Value?

    /// - Parameter convert: the value for a text without surrounding blanks, or nil when it is not accepted.
    public init(
        _ name: String, aliases: [String] = [], accepts: String, default defaultValue: Value, describedAs defaultDescription: String? = nil,
        isSecret: Bool = false, meaning: String, convert: @escaping @Sendable (String) -> Value?
    ) {
        self.name = name
        self.aliases = aliases
        self.accepts = accepts
        self.defaultValue = defaultValue
        self.defaultDescription = defaultDescription
        self.isSecret = isSecret
        self.meaning = meaning
        self.convert = convert
    }

    public func parse(_ text: String) throws(ConfigurationError) -> any Sendable {
        guard let value = convert(text) else {
            throw ConfigurationError(key: name, problem: (isSecret ? "not accepted" : "\"\(text)\" is not accepted") + "; use \(accepts)")
        }
        return value
    }
}

extension ConfigurationKey where Value == Int {
    public static func integer(
        _ name: String, in range: ClosedRange<Int>, unit: String? = nil, default value: Int, meaning: String
    ) -> Self {
        Self(
            name, accepts: (unit.map { "\($0), " } ?? "") + "\(range.lowerBound)–\(range.upperBound)", default: value,
            describedAs: String(value), meaning: meaning
        ) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ConfigurationKey where Value == Bool {
    public static func boolean(_ name: String, default value: Bool = false, meaning: String) -> Self {
        Self(name, accepts: "true or false", default: value, describedAs: String(value), meaning: meaning) { Bool($0.lowercased()) }
    }
}

extension ConfigurationKey where Value == String {
    public static func text(
        _ name: String, aliases: [String] = [], accepts: String = "text", default value: String = "", describedAs: String? = nil,
        isSecret: Bool = false, meaning: String
    ) -> Self {
        Self(
            name, aliases: aliases, accepts: accepts, default: value, describedAs: describedAs ?? (value.isEmpty ? nil : value),
            isSecret: isSecret, meaning: meaning
        ) { $0 }
    }

    public static func choice(_ name: String, of choices: [String], default value: String, meaning: String) -> Self {
        Self(
            name, accepts: choices.joined(separator: " or "), default: value, describedAs: value.isEmpty ? nil : value, meaning: meaning
        ) { choices.contains($0) ? $0 : nil }
    }
}

extension ConfigurationKey where Value == [String] {
    /// A comma-separated list; blanks around entries and empty entries are dropped.
    public static func list(
        _ name: String, aliases: [String] = [], accepts: String, default value: [String] = [], meaning: String,
        accept: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> Self {
        Self(
            name, aliases: aliases, accepts: accepts, default: value,
            describedAs: value.isEmpty ? nil : value.joined(separator: ","), meaning: meaning
        ) { text in
            let entries = text.split(separator: ",").map { String($0.trimming { $0 == " " }) }.filter { !$0.isEmpty }
            return entries.allSatisfy(accept) ? entries : nil
        }
    }
}

extension StringProtocol {
    fileprivate func trimming(_ unwanted: (Character) -> Bool) -> SubSequence {
        guard let first = firstIndex(where: { !unwanted($0) }), let last = lastIndex(where: { !unwanted($0) }) else {
            return self[startIndex..<startIndex]
        }
        return self[first...last]
    }
}

/// Checked values of a table of keys. Read once at start-up; everything else is handed values.
public struct ConfigurationValues: Sendable {
    private var values: [String: any Sendable] = [:]

    /// - Parameters:
    ///   - keys: the table; what else stands in `environment` is ignored.
    ///   - environment: variable → text. An empty text counts as not set.
    /// - Throws: `ConfigurationError` for the first value that is not accepted, in the table's order.
    public init(keys: [any AnyConfigurationKey], environment: [String: String]) throws(ConfigurationError) {
        for key in keys {
            for name in [key.name] + key.aliases {
                let text = environment[name].map { String($0.trimming(\.isWhitespace)) } ?? ""
                guard !text.isEmpty else { continue }
                values[key.name] = try key.parse(text)
                break
            }
        }
    }

    public subscript<Value>(key: ConfigurationKey<Value>) -> Value { values[key.name] as? Value ?? key.defaultValue }

    /// Whether the owner has set the key, rather than taken its default.
    public func isSet<Value>(_ key: ConfigurationKey<Value>) -> Bool { values[key.name] != nil }
}
