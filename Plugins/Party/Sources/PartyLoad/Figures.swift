/// What a run has come to so far: as a line of progress, as a table at its end, and as JSON, one object a line.
import Foundation
import Glibc

struct Figures: Encodable {
    enum Phase: String, Encodable {
        /// Listeners come; all have come, or failed to.
        case joining, holding
        /// The host is silent, and what is on its way arrives; then listeners go, and all are gone.
        case draining, leaving, done
    }

    struct Percentiles: Encodable {
        let p50, p95, p99, most: Double
    }

    struct Server: Encodable {
        /// Of one core, since the phase began; at the end, while all were there.
        let cpuPercent: Double
        let residentBytes: Int
    }

    struct HostFigures: Encodable {
        let sent: Int
        /// Reloads, and one.
        let lives: Int
        /// Of `sent`: thrown away here, and sent again because the server asked for it.
        let dropped, repaired: Int
    }

    let phase: Phase
    let seconds: Double
    /// Who hears now; who has ever come through, and not; who was lost later; who left by itself.
    let listeners, joined, failed, dropped, left: Int
    /// Why they failed or were lost.
    let reasons: [String: Int]
    /// Nil when the host is another process'.
    let host: HostFigures?
    /// Packets of all listeners (`PacketCounters`).
    let received, gaps, recovered, lost, duplicates, checked, wrong, refused, thrownAway, sequenceWraps, bytes: Int
    let lostPercent: Double
    /// Packets of the listener that has the fewest and of the one that has the most, of those who are there.
    let least, most: Int
    /// How often this program itself got no processor for a fifth of a second: what is late or lost then says little of the server.
    let stalls: Int
    /// Milliseconds.
    let join, firstPacket, latency: Percentiles?
    let server: Server?

    var line: String {
        let memory = server.map {
            String(format: ", server %.1f %% of a core, %.1f MiB", $0.cpuPercent, Double($0.residentBytes) / 1_048_576)
        }
        let late = latency.map { String(format: ", latency p99 %.1f ms", $0.p99) }
        return String(format: "%5.0f s  %@: %d listeners, %d failed, %d dropped, ", seconds, phase.rawValue, listeners, failed, dropped)
            + String(format: "%d packets, %.4f %% lost", received, lostPercent) + (late ?? "") + (memory ?? "")
    }

    var table: String {
        var rows: [(String, String)] = [
            ("listeners", "\(joined) joined, \(failed) failed, \(dropped) dropped, \(left) left"),
            ("join", Self.text(join)), ("first packet", Self.text(firstPacket)),
            (
                "packets",
                "\(received), \(lost) lost (\(String(format: "%.4f", lostPercent)) %), \(recovered) repaired, \(thrownAway) thrown away here"
            ),
            ("checked", "\(checked), \(wrong) wrong, \(refused) refused, \(duplicates) twice"),
            ("latency", Self.text(latency)),
        ]
        if stalls > 0 { rows.append(("stalls", "\(stalls): this machine was too busy to measure well")) }
        if let host { rows.append(("host", "\(host.sent) packets in \(host.lives) lives")) }
        if let server {
            rows.append(
                ("server", String(format: "%.1f %% of a core, %.1f MiB", server.cpuPercent, Double(server.residentBytes) / 1_048_576)))
        }
        for (reason, count) in reasons.sorted(by: { $0.key < $1.key }) { rows.append((reason, String(count))) }
        return rows.map { $0.0.padding(toLength: 16, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
    }

    private static func text(_ percentiles: Percentiles?) -> String {
        percentiles.map { String(format: "p50 %.1f ms, p95 %.1f ms, p99 %.1f ms, most %.1f ms", $0.p50, $0.p95, $0.p99, $0.most) } ?? "–"
    }
}

/// Milliseconds in steps of a tenth, up to ten seconds; in the same room for any number of them.
struct Histogram {
    private static let perMillisecond = 10.0
    private var counts = [Int](repeating: 0, count: 100_001)
    private var total = 0
    private var most = 0.0

    mutating func add(_ duration: Duration) {
        let milliseconds = duration / .milliseconds(1)
        counts[min(max(Int(milliseconds * Self.perMillisecond), 0), counts.count - 1)] += 1
        total += 1
        most = max(most, milliseconds)
    }

    /// Nil for none.
    var percentiles: Figures.Percentiles? {
        guard total > 0 else { return nil }
        return Figures.Percentiles(p50: percentile(50), p95: percentile(95), p99: percentile(99), most: most)
    }

    private func percentile(_ percent: Int) -> Double {
        var left = (total * percent + 99) / 100
        for (index, count) in counts.enumerated() {
            left -= count
            if left <= 0 { return min(Double(index + 1) / Self.perMillisecond, most) }
        }
        return most
    }
}

/// Another process of this machine, by /proc (proc(5)).
struct ServerProcess {
    let id: Int

    /// User and system time so far; nil when it is gone.
    var cpuSeconds: Double? {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8), let end = text.lastIndex(of: ")") else {
            return nil
        }
        let fields = text[end...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    var residentBytes: Int? {
        let fields = (try? String(contentsOfFile: "/proc/\(id)/statm", encoding: .utf8))?.split(separator: " ")
        return fields.flatMap { $0.count > 1 ? Int($0[1]) : nil }.map { $0 * sysconf(Int32(_SC_PAGESIZE)) }
    }
}
