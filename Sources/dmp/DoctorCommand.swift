/// `dmp doctor`: prints what `Doctor` finds, one line each.
import ArgumentParser
import Foundation
import GatewayAPI
import GatewayServer

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Looks whether everything a server needs is there, and says what to do.",
        discussion: "Reads the same settings as `dmp serve` and changes nothing. Ends with status 1 when something is broken.")

    func run() async throws {
        LoggingSystem.bootstrap { StructuredLog(label: $0, level: .critical, format: .text) }
        let isHealthy = await Doctor.examine(
            environment: Startup.environment.variables, unreadableLines: Startup.environment.unreadableLines, logger: Logger(label: "dmp")
        ) { finding in
            let mark =
                switch finding.level {
                case .fine: "ok    "
                case .advice: "advice"
                case .broken: "BROKEN"
                }
            let remedy = finding.remedy.map { " → \($0)" } ?? ""
            print("\(mark)  \(finding.subject): \(finding.message)\(remedy)")
        }
        guard isHealthy else { throw ExitCode.failure }
    }
}
