/// What one server is told: the checked values of the core's keys, the role in a party, and the variables that modules read theirs
/// from. Made once, at start.
import Foundation
import GatewayAPI
import Postgres

public struct GatewayConfiguration: Sendable {
    /// The core's own values.
    public let values: ConfigurationValues
    public let role: PartyRole
    /// Variables by name, for the keys of modules.
    let environment: [String: String]

    /// - Throws: for the first value that is not accepted.
    public init(environment: [String: String]) throws(ConfigurationError) {
        self.environment = environment
        values = try ConfigurationValues(keys: CoreKeys.all, environment: environment)
        role = try Self.role(in: values)
    }

    /// The variables of the process over those of a `.env` file in `directory`.
    ///
    /// - Returns: the variables, and lines of the file that are none.
    public static func environment(
        directory: String = FileManager.default.currentDirectoryPath, process: [String: String] = ProcessInfo.processInfo.environment
    ) -> (variables: [String: String], unreadableLines: [Int]) {
        guard let data = FileManager.default.contents(atPath: directory + "/.env") else { return (process, []) }
        let file = DotEnv(String(decoding: data, as: UTF8.self))
        return (file.variables.merging(process) { _, ofProcess in ofProcess }, file.unreadableLines)
    }

    /// `DMP_DATA_DIR` or its default.
    public var dataDirectory: String {
        let directory = values[CoreKeys.dataDirectory]
        return directory.isEmpty ? EmbeddedCluster.defaultDataDirectory(environment: environment) : directory
    }

    /// `IMAGE_DIR` or its default.
    public var imageDirectory: String {
        let directory = values[CoreKeys.imageDirectory]
        return directory.isEmpty ? dataDirectory + "/images" : directory
    }

    /// Modules may keep files there, so it has to exist.
    func makeDataDirectory() throws(ConfigurationError) {
        do {
            try FileManager.default.createDirectory(atPath: dataDirectory, withIntermediateDirectories: true)
        } catch {
            throw ConfigurationError(
                key: CoreKeys.dataDirectory.name, problem: "\(dataDirectory) cannot be made: \(error.localizedDescription)")
        }
    }

    /// The modules to load, in order: `Party` first when it is enabled. A name that is given twice counts once.
    var moduleNames: [String] {
        var names = role == .off ? [] : [Self.partyModule]
        for name in values[CoreKeys.modules] where !names.contains(name) && name != Self.partyModule { names.append(name) }
        return names
    }

    /// The module that `PARTY_ENABLED` stands for.
    static let partyModule = "Party"

    private static func role(in values: ConfigurationValues) throws(ConfigurationError) -> PartyRole {
        guard values[CoreKeys.partyEnabled] else { return .off }
        let text = values[CoreKeys.partyRole]
        guard let role = PartyRole(rawValue: text), role != .off else {
            let problem = text.isEmpty ? "is not set" : "\"\(text)\" is not accepted"
            throw ConfigurationError(
                key: CoreKeys.partyRole.name, problem: "\(problem); with PARTY_ENABLED=true use \(CoreKeys.partyRole.accepts)")
        }
        return role
    }
}
