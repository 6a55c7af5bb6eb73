/// What an examination of the server has found, in one line with what to do: `dmp doctor` prints it, and a module may show it to the owner.
public struct Finding: Sendable, Equatable, Codable {
    public enum Level: String, Sendable, Codable {
        case fine
        /// It works, and would work better.
        case advice
        /// Something will not work.
        case broken
    }

    /// What was looked at, such as "database". Whoever runs a check fills it in.
    public var subject: String
    public let level: Level
    public let message: String
    /// What the owner can do; nil when there is nothing to do.
    public let remedy: String?

    private init(_ level: Level, _ message: String, _ remedy: String?) {
        subject = ""
        self.level = level
        self.message = message
        self.remedy = remedy
    }

    public static func fine(_ message: String) -> Finding { Finding(.fine, message, nil) }
    public static func advice(_ message: String, _ remedy: String) -> Finding { Finding(.advice, message, remedy) }
    public static func broken(_ message: String, _ remedy: String) -> Finding { Finding(.broken, message, remedy) }

    public func of(_ subject: String) -> Finding {
        var finding = self
        finding.subject = subject
        return finding
    }
}
