/// `party-load`: real listeners for a running party, and a host if asked for, to see what a server carries before the guests come.
/// `script/soak` and the tests are built on it.
import ArgumentParser
import Foundation
import Glibc

@main
struct PartyLoad: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "party-load",
        abstract: "Joins a party with many real listeners, and says how many it carries.",
        discussion: """
            Each listener has its own WebSocket, ICE with consent, DTLS-SRTP, receiver reports and requests for what it misses. Packets are \
            counted by gaps in their numbers. Of a host of its own (--host), of this process or another on the same machine, their content is \
            checked too, and how long they took; that time includes this program's own.

            EXAMPLES
              A party of its own, on the server itself:
                party-load http://127.0.0.1:3000 --host --listeners 200 --pid $(pidof dmp)
              Listeners alone, while a host sends:
                party-load http://127.0.0.1:3000 --listeners 500 --ramp 0
              As an unmodified mediasoup-client does, by the original's messages, against any server that knows them:
                party-load http://127.0.0.1:3000 --protocol mediasoup --host --listeners 100
              Thousands, on a processor of their own, as JSON:
                taskset -c 1 party-load http://127.0.0.1:3000 --host --listeners 4000 --ramp 20 --json
              Bad networks, comings and goings, a host that reloads its page:
                party-load http://127.0.0.1:3000 --host --loss 2 --churn 20 --host-reload 60

            One address may bring 600 listeners and open 1200 connections a minute: PARTY_MAX_LISTENERS_PER_ADDRESS, \
            PARTY_CONNECTIONS_PER_MINUTE and PARTY_MAX_LISTENERS allow more.
            """)

    @Argument(help: "The listener server: http://name[:port]; /_ws is added.") var server: String
    @Option(help: "How many come.") var listeners = 50
    @Option(help: "Seconds within which they come, and go again; 0 is all at once.") var ramp = 2.0
    @Option(help: "Seconds for which they stay, once all have come.") var hold = 30.0
    @Flag(help: "Open the party, and send 50 packets a second.") var host = false
    @Option(help: "PARTY_SECRET of the server; also read from the environment.") var secret: String?
    @Option(name: .long, help: "Where the host's sequence numbers begin, 0 to 65535. (default: anywhere)") var firstSequenceNumber: UInt16?
    @Option(name: .long, help: "Where the host's timestamps begin, 0 to 2^32 - 1. (default: anywhere)") var firstTimestamp: UInt32?
    @Flag(name: .long, help: "The host is silent until all have come, so that each must get every packet.") var hostWaits = false
    @Option(name: .long, help: "Seconds after which the host reloads its page, again and again.") var hostReload: Double?
    @Option(help: "Percent of the packets that each listener throws away, as a bad network would.") var loss = 0.0
    @Option(name: .long, help: "Percent of the packets that the host throws away instead of sending them.") var hostLoss = 0.0
    @Option(help: "Leavings a minute, a third of them without a word; somebody else comes each time.") var churn = 0.0
    @Option(help: "One packet in so many is opened and checked, and timed. (default: all up to 200 listeners, 10000 a second beyond)")
    var sample: Int?
    @Option(name: .customLong("protocol"), help: "How they join: sdp, or mediasoup for the original's messages.")
    var signaling = SignalingProtocol.sdp
    @Option(help: "The server's process on this machine, for its CPU time and memory.") var pid: Int?
    @Option(name: .long, help: "Seconds between two lines of progress.") var progressSeconds = 5.0
    @Flag(help: "Figures as JSON on standard output, one object a line; the last has the phase done.") var json = false

    func validate() throws {
        let isSound =
            1...100_000 ~= listeners && 0...86_400 ~= ramp && 0...604_800 ~= hold && 0..<100 ~= loss && 0..<100 ~= hostLoss
            && 0...6_000 ~= churn
            && 1...1_000 ~= sample ?? 1 && 0.1...3_600 ~= progressSeconds && hostReload.map { 3...86_400 ~= $0 } ?? true
        guard isSound else { throw ValidationError("A number is out of range.") }
        if let pid, ServerProcess(id: pid).cpuSeconds == nil { throw ValidationError("There is no process \(pid).") }
        guard host || (hostReload == nil && hostLoss == 0 && !hostWaits) else {
            throw ValidationError("--host-reload, --host-loss and --host-waits need --host.")
        }
    }

    func run() throws {
        var plan = Load.Plan()
        plan.listeners = listeners
        plan.ramp = .seconds(ramp)
        plan.hold = .seconds(hold)
        plan.churn = churn
        plan.hostReload = hostReload.map { .seconds($0) }
        plan.hostWaits = hostWaits
        plan.progress = .seconds(progressSeconds)
        plan.listener = Listener.Settings(
            loss: loss / 100, sample: sample ?? max(1, listeners / 200), signaling: signaling, knowsHost: host)
        if host {
            plan.host = Host.Settings(
                secret: secret ?? ProcessInfo.processInfo.environment["PARTY_SECRET"], signaling: signaling,
                firstSequenceNumber: firstSequenceNumber ?? .random(in: 0..<0x8000),
                firstTimestamp: firstTimestamp ?? .random(in: 0...UInt32.max), loss: hostLoss / 100)
        }
        plan.server = pid.map { ServerProcess(id: $0) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            try Load(plan, ServerAddress(server)) { figures in
                if json {
                    print((try? encoder.encode(figures)).map { String(decoding: $0, as: UTF8.self) } ?? "")
                } else if figures.phase == .done {
                    print(figures.table)
                } else {
                    FileHandle.standardError.write(Data((figures.line + "\n").utf8))
                }
                fflush(nil)
            }.run()
        } catch let failure as Failure {
            FileHandle.standardError.write(Data("party-load: \(failure)\n".utf8))
            throw ExitCode.failure
        }
    }
}

extension SignalingProtocol: ExpressibleByArgument {}
