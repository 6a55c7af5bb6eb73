/// What every command that serves does first: read the environment, set up logging, allow enough open files; and how it ends when
/// the start fails.
import Foundation
import GatewayAPI
import GatewayServer
import Library
import Postgres
import Transfer

enum Startup {
    struct Environment: Sendable {
        let variables: [String: String]
        let unreadableLines: [Int]

        /// What `MODULES` names, also in a configuration that is wrong otherwise.
        var modules: [String] {
            (try? ConfigurationValues(keys: [CoreKeys.modules], environment: variables))?[CoreKeys.modules] ?? []
        }
    }

    static let environment: Environment = {
        let (variables, unreadableLines) = GatewayConfiguration.environment()
        return Environment(variables: variables, unreadableLines: unreadableLines)
    }()

    /// Sets up logging for the process; once.
    static func logger(_ configuration: GatewayConfiguration) -> Logger {
        let level = configuration.values[CoreKeys.logLevel]
        let format: StructuredLog.Format = configuration.values[CoreKeys.logFormat] == "json" ? .json : .text
        LoggingSystem.bootstrap { StructuredLog(label: $0, level: level, format: format) }
        raiseFileLimit()
        return Logger(label: "dmp")
    }

    /// A connection is an open file, and the usual soft limit is 1,024.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// One event loop for each processor that the process may use, where these are fewer than there are (sched_setaffinity(2)): two that
    /// share one would take turns at every request. Before the first use of the loops.
    private static func limitEventLoops() {
        // A bit mask in hexadecimal (proc_pid_status(5)).
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let mask = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }?.split(separator: "\t").last ?? ""
        let count = mask.reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        if (1..<System.coreCount).contains(count) { NIOSingletons.groupLoopCountSuggestion = count }
    }

    /// Runs `body`; an error of the start ends the process with one line that says what to do, and status 1.
    static func orExit(_ body: () async throws -> Void) async throws {
        limitEventLoops()
        do {
            try await body()
        } catch let error as ConfigurationError {
            exit("\(error)")
        } catch let error as EmbeddedClusterError {
            exit("\(error)")
        } catch let error as PostgresError {
            exit("\(error)")
        } catch let error as IndexError {
            exit("\(error)")
        } catch let error as TransferError {
            exit("\(error)")
        } catch is CancellationError {
            exit("stopped")
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            exit("\(CoreKeys.port.name): the port is in use by another program; choose another")
        } catch let error as IOError where error.errnoCode == EACCES {
            exit("\(CoreKeys.port.name): this user may not listen on the port; choose one above 1023")
        } catch let error as IOError where error.errnoCode == EADDRNOTAVAIL {
            exit("\(CoreKeys.host.name): this machine does not have the address")
        }
    }

    private static func exit(_ line: String) -> Never {
        FileHandle.standardError.write(Data("dmp: \(line)\n".utf8))
        Foundation.exit(1)
    }
}
