/// The tables of keys as text: for `dmp serve --help`, and as Markdown for the README, which a test compares.
import GatewayAPI

public struct ConfigurationTable: Sendable {
    public struct Section: Sendable {
        public let title: String
        public let keys: [any AnyConfigurationKey]

        public init(title: String, keys: [any AnyConfigurationKey]) {
            self.title = title
            self.keys = keys
        }
    }

    public let sections: [Section]

    public init(sections: [Section]) { self.sections = sections }

    /// The core's keys and those of the modules that lie beside the program: the party's, and what `MODULES` names.
    public init(modules: [String]) {
        var names = [GatewayConfiguration.partyModule]
        for name in modules where !names.contains(name) { names.append(name) }
        let ofModules = names.compactMap { name -> Section? in
            // What can't be loaded has nothing to show here; `/api/modules` and the log say why.
            guard let type = try? ModuleLoader().open(name), !type.configurationKeys.isEmpty else { return nil }
            return Section(title: "Module \(type.name)", keys: type.configurationKeys)
        }
        sections = [Section(title: "Core", keys: CoreKeys.all)] + ofModules
    }

    /// For a terminal of `width` columns.
    public func text(width: Int = 100) -> String {
        sections.map { section in
            "\(section.title):\n" + section.keys.map { Self.text($0, width: width) }.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    /// A heading and a table for each section.
    public var markdown: String {
        sections.map { section in
            """
            **\(section.title)**

            | Variable | Meaning | Accepts | Default |
            | --- | --- | --- | --- |
            \(section.keys.map(Self.row).joined(separator: "\n"))
            """
        }.joined(separator: "\n\n")
    }

    private static func row(_ key: any AnyConfigurationKey) -> String {
        let names = ([key.name] + key.aliases).map { "`\($0)`" }.joined(separator: ", ")
        return [names, key.meaning, key.accepts, key.defaultDescription ?? ""]
            .map { $0.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|") }
            .reduce("|") { "\($0) \($1) |" }
    }

    private static func text(_ key: any AnyConfigurationKey, width: Int) -> String {
        var facts = key.accepts
        if let value = key.defaultDescription { facts += "; default \(value)" }
        if !key.aliases.isEmpty { facts += "; also as \(key.aliases.joined(separator: ", "))" }
        return "  \(key.name) (\(facts))\n" + wrapped(key.meaning, width: width - 6).map { "      \($0)" }.joined(separator: "\n")
    }

    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
