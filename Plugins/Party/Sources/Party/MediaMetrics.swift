/// What the media threads did, for people and for monitoring: gauges in swift-metrics, and totals in the log once a minute while there is
/// a party, with LOG_LEVEL=debug at each interval (script/soak reads them). Packets are counted, never logged.
import GatewayAPI
import WebRTC

/// Copied out by each media thread at each tick.
struct MediaSnapshot: Sendable {
    var counters = MediaCounters()
    var drops = DropCounters()
    var transports = 0
    /// Over TCP, proved or not.
    var connections = 0
    var consumers = 0
    /// When it was taken; nil before the first.
    var time: ContinuousClock.Instant?
    /// Of the transport that produces.
    var hostLink: (transport: TransportID, quality: LinkQuality)?
    var listenerLinks: [TransportID: LinkQuality] = [:]

    /// Of several threads together.
    static func += (sum: inout MediaSnapshot, other: MediaSnapshot) {
        sum.counters += other.counters
        sum.drops += other.drops
        sum.transports += other.transports
        sum.connections += other.connections
        sum.consumers += other.consumers
        sum.hostLink = sum.hostLink ?? other.hostLink
        sum.listenerLinks.merge(other.listenerLinks) { first, _ in first }
    }
}

struct MediaMetrics: Sendable {
    static let interval: Duration = .seconds(10)
    private static let intervalsPerLogLine = 6

    let media: MediaWorkers
    let factory: any MetricsFactory
    let logger: Logger

    /// Until the task is cancelled.
    func run() async {
        var round = 0
        var logged: UInt64 = 0
        while (try? await Task.sleep(for: Self.interval)) != nil {
            let snapshot = media.snapshot
            publish(snapshot)
            round += 1
            let isDue = round % Self.intervalsPerLogLine == 0 && snapshot.counters.rtpReceived != logged
            if isDue { logged = snapshot.counters.rtpReceived }
            log(snapshot, isDue ? .info : .debug)
        }
    }

    private func publish(_ snapshot: MediaSnapshot) {
        func gauge(_ name: String, _ value: some BinaryInteger, _ dimensions: [(String, String)] = []) {
            Gauge(label: "dmp_party_\(name)", dimensions: dimensions, factory: factory).record(Double(value))
        }
        let counters = snapshot.counters
        gauge("transports", snapshot.transports)
        gauge("tcp_connections", snapshot.connections)
        gauge("consumers", snapshot.consumers)
        gauge("rtp_received_total", counters.rtpReceived)
        gauge("rtp_forwarded_total", counters.rtpForwarded)
        gauge("rtp_retransmitted_total", counters.rtpRetransmitted)
        gauge("rtcp_received_total", counters.rtcpReceived)
        gauge("rtcp_sent_total", counters.rtcpSent)
        gauge("stun_answered_total", counters.stunAnswered)
        gauge("handshakes_finished_total", counters.handshakesFinished)
        for (reason, count) in snapshot.drops.nonZero { gauge("dropped_total", count, [("reason", "\(reason)")]) }
    }

    private func log(_ snapshot: MediaSnapshot, _ level: Logger.Level) {
        let drops = snapshot.drops.nonZero.map { "\($0.reason)=\($0.count)" }.joined(separator: " ")
        logger.log(
            level: level, "media totals",
            metadata: [
                "transports": "\(snapshot.transports)", "tcp_connections": "\(snapshot.connections)", "listeners": "\(snapshot.consumers)",
                "rtp_received": "\(snapshot.counters.rtpReceived)",
                "rtp_forwarded": "\(snapshot.counters.rtpForwarded)", "rtp_retransmitted": "\(snapshot.counters.rtpRetransmitted)",
                "dropped": "\(drops)",
            ])
    }
}
