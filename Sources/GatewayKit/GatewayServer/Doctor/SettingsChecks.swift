/// What `dmp doctor` says of settings, the site's files and modules.
import Foundation
import GatewayAPI

enum SettingsChecks {
    @Sendable static func settings(_ patient: Patient) -> [Finding] {
        let values = patient.configuration.values
        var findings: [Finding] = []
        if !patient.unreadableLines.isEmpty {
            let lines = patient.unreadableLines.map(String.init).joined(separator: ", ")
            findings.append(.advice(".env: line \(lines) is not NAME=value and was ignored", "mend or delete it"))
        }
        let role = patient.configuration.role == .off ? "party mode off" : "party role \(patient.configuration.role.rawValue)"
        findings.append(.fine("accepted; \(role), \(values[CoreKeys.host]) port \(values[CoreKeys.port])"))
        return findings
    }

    @Sendable static func site(_ patient: Patient) throws -> [Finding] {
        let directory = try PublicDirectory.find(patient.configuration.values[CoreKeys.publicDirectory])
        let files = try PublicDirectory.files(in: directory)
        return [.fine("\(files.count) files in \(directory)")]
    }

    /// Opens and builds each, as a server does, without running it.
    static func modules(_ patient: Patient) async -> ([LoadedModules.Module], [Finding]) {
        var quiet = patient.logger
        quiet.logLevel = .critical
        do {
            let loaded = try await LoadedModules(
                patient.configuration, coreEndpoints: [], eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quiet,
                hasCover: { _ in false }, examineServer: { [] })
            let findings = loaded.statuses.map { status -> Finding in
                switch status.status {
                case .off: .fine("\(status.name) is off")
                case .loaded: .fine("\(status.name) loads")
                case .failed:
                    .broken(status.message ?? "\(status.name) failed", "mend that, or build it beside the program: swift build -c release")
                }
            }
            return (loaded.modules, findings)
        } catch {
            return ([], [.broken("\(error)", "mend it in the environment or in .env; `dmp configuration` lists every setting")])
        }
    }
}
