/// Log lines on standard error: for people, or one JSON object each (`LOG_FORMAT`). Messages are constant; what varies is metadata.
import Foundation
import GatewayAPI

struct StructuredLog: LogHandler {
    enum Format: Sendable { case text, json }

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let label: String
    private let format: Format

    init(label: String, level: Logger.Level, format: Format) {
        self.label = label
        self.format = format
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var metadata = metadata.merging(event.metadata ?? [:]) { _, ofEvent in ofEvent }
        if let error = event.error { metadata["error"] = "\(error)" }
        let line =
            switch format {
            case .text: Self.text(event, label, metadata, at: Date())
            case .json: Self.json(event, label, metadata, at: Date())
            }
        // One call for the line, so that those of several threads do not mix.
        FileHandle.standardError.write(Data(line.utf8))
    }

    static func text(_ event: LogEvent, _ label: String, _ metadata: Logger.Metadata, at date: Date) -> String {
        let pairs = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\(quoted("\($0.value)"))" }.joined()
        let level = event.level.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        return
            "\(date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))) \(level) [\(label)] \(oneLine("\(event.message)"))\(pairs)\n"
    }

    static func json(_ event: LogEvent, _ label: String, _ metadata: Logger.Metadata, at date: Date) -> String {
        var fields = metadata.mapValues { "\($0)" }
        fields["time"] = date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        fields["level"] = event.level.rawValue
        fields["label"] = label
        fields["message"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Encoding plain strings does not fail.
        return ((try? encoder.encode(fields)).map { String(decoding: $0, as: UTF8.self) } ?? "{}") + "\n"
    }

    /// As it is when it is one plain word, else in quotes with escapes, so that nothing from outside makes a line of its own.
    private static func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7f && $0 != "\"" && $0 != "=" }
        return isPlain ? text : "\"" + oneLine(text).replacing("\"", with: "\\\"") + "\""
    }

    private static func oneLine(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: line += scalar.escaped(asASCII: true)
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }
}
