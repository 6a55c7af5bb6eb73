/// The shape of a JSON value and one example of it (JSON Schema 2020-12, as OpenAPI 3.1 uses it). Larger shapes are made of smaller
/// ones, and so are their examples: an example fits its shape because it is never written apart from it.

public struct JSONSchema: Sendable {
    /// As it stands where it is used; a named shape is a reference there.
    public private(set) var keywords: [String: JSON]
    /// The named shapes that it refers to, directly or not: name → keywords.
    public private(set) var components: [String: JSON]
    public private(set) var example: JSON

    public init(_ keywords: [String: JSON], example: JSON, components: [String: JSON] = [:]) {
        self.keywords = keywords
        self.example = example
        self.components = components
    }

    public var json: JSON { .object(keywords) }
}

// MARK: Plain values; the first argument is the example

extension JSONSchema {
    /// - Parameter length: in code points.
    public static func string(_ example: String, length: ClosedRange<Int>? = nil, pattern: String? = nil) -> JSONSchema {
        var keywords: [String: JSON] = ["type": "string"]
        if let length { keywords.merge(["minLength": .integer(length.lowerBound), "maxLength": .integer(length.upperBound)]) { $1 } }
        keywords["pattern"] = pattern.map { .string($0) }
        return JSONSchema(keywords, example: .string(example))
    }

    /// A text without U+0000, which Postgres cannot store.
    ///
    /// - Parameter length: in code points.
    public static func text(_ example: String, length: ClosedRange<Int>? = nil) -> JSONSchema {
        .string(example, length: length, pattern: #"^[^\u0000]*$"#)
    }

    public static func integer(_ example: Int, from minimum: Int? = 0) -> JSONSchema {
        var keywords: [String: JSON] = ["type": "integer"]
        keywords["minimum"] = minimum.map { .integer($0) }
        return JSONSchema(keywords, example: .integer(example))
    }

    public static func number(_ example: Double, from minimum: Double? = 0) -> JSONSchema {
        var keywords: [String: JSON] = ["type": "number"]
        keywords["minimum"] = minimum.map { .number($0) }
        return JSONSchema(keywords, example: .number(example))
    }

    public static func boolean(_ example: Bool) -> JSONSchema { JSONSchema(["type": "boolean"], example: .boolean(example)) }

    /// The one value that it always is.
    public static func constant(_ value: JSON) -> JSONSchema { JSONSchema(["const": value], example: value) }

    /// One of these words; the first is the example.
    public static func word(_ words: String...) -> JSONSchema {
        JSONSchema(["type": "string", "enum": .array(words.map { .string($0) })], example: .string(words.first ?? ""))
    }

    /// ISO 8601, UTC, with milliseconds.
    public static func date(_ example: String) -> JSONSchema {
        JSONSchema(["type": "string", "format": "date-time"], example: .string(example))
    }

}

// MARK: Shapes made of others

extension JSONSchema {
    public static func array(of element: JSONSchema, maximum: Int? = nil) -> JSONSchema {
        var keywords: [String: JSON] = ["type": "array", "items": element.json]
        keywords["maxItems"] = maximum.map { .integer($0) }
        return JSONSchema(keywords, example: [element.example], components: element.components)
    }

    /// - Parameters:
    ///   - optional: keys that may be absent; the example has them all the same.
    ///   - isOpen: whether keys may be there that are not described, as in what a client sends.
    public static func object(_ properties: Properties, optional: Set<String> = [], isOpen: Bool = false) -> JSONSchema {
        var keywords: [String: JSON] = [
            "type": "object", "properties": .object(properties.members.mapValues(\.json)),
            "required": .array(properties.members.keys.filter { !optional.contains($0) }.sorted().map { .string($0) }),
        ]
        if !isOpen { keywords["additionalProperties"] = false }
        return JSONSchema(
            keywords, example: .object(properties.members.mapValues(\.example)),
            components: properties.members.values.reduce(into: [:]) { $0.merge($1.components) { $1 } })
    }

    /// Keys and their shapes; `+` adds keys, or replaces some.
    public struct Properties: Sendable, ExpressibleByDictionaryLiteral {
        var members: [String: JSONSchema]

        public init(dictionaryLiteral elements: (String, JSONSchema)...) {
            members = Dictionary(elements, uniquingKeysWith: { _, last in last })
        }

        public static func + (left: Properties, right: Properties) -> Properties {
            var sum = left
            sum.members.merge(right.members) { $1 }
            return sum
        }
    }

    /// Either of two shapes; the example is the first one's.
    public func or(_ other: JSONSchema) -> JSONSchema {
        JSONSchema(["anyOf": [json, other.json]], example: example, components: components.merging(other.components) { $1 })
    }

    /// The shape or null; the example stays.
    public var orNull: JSONSchema {
        guard case .string(let type)? = keywords["type"], keywords["enum"] == nil else {
            return or(JSONSchema(["type": "null"], example: nil))
        }
        var copy = self
        copy.keywords["type"] = [.string(type), "null"]
        return copy
    }

    /// Null in the example, and often in truth.
    public var mostlyNull: JSONSchema { orNull.withExample(nil) }

    public func withExample(_ example: JSON) -> JSONSchema {
        var copy = self
        copy.example = example
        return copy
    }

    public func described(_ text: String) -> JSONSchema { withKeyword("description", .string(text)) }

    public func withDefault(_ value: JSON) -> JSONSchema { withKeyword("default", value) }

    /// Any other keyword of JSON Schema.
    public func withKeyword(_ keyword: String, _ value: JSON) -> JSONSchema {
        var copy = self
        copy.keywords[keyword] = value
        return copy
    }

    /// Gives the shape a name of its own in the document; wherever it is used, it is referred to.
    public func named(_ name: String) -> JSONSchema {
        JSONSchema(
            ["$ref": .string("#/components/schemas/\(name)")], example: example, components: components.merging([name: json]) { $1 })
    }
}
