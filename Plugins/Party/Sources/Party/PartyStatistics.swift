/// How a running party is doing, as its host sees it: figures of the media thread's last snapshot, of those who still are in the party.
import WebRTC

/// One link by the receiver's own figures; nil where nothing was reported yet.
struct LinkQuality: Equatable, Sendable {
    /// 0…1, of the last report's interval.
    var loss: Double?
    /// Milliseconds.
    var jitter: Double?
    var roundTripTime: Double?

    var isUnknown: Bool { loss == nil && jitter == nil && roundTripTime == nil }
}

extension LinkQuality: Encodable {
    fileprivate enum CodingKeys: String, CodingKey { case listenerId, seconds, loss, jitter, roundTripTime }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try encode(into: &container)
    }

    /// Explicit nulls, as everywhere in this API.
    fileprivate func encode(into container: inout KeyedEncodingContainer<CodingKeys>) throws {
        try container.encode(loss, forKey: .loss)
        try container.encode(jitter, forKey: .jitter)
        try container.encode(roundTripTime, forKey: .roundTripTime)
    }
}

/// One of `listenerList`.
struct PartyListener: Equatable, Sendable, Encodable {
    /// A random word: no key, no address.
    let listenerId: String
    /// Since it came.
    let seconds: Int
    let link: LinkQuality

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: LinkQuality.CodingKeys.self)
        try container.encode(listenerId, forKey: .listenerId)
        try container.encode(seconds, forKey: .seconds)
        try link.encode(into: &container)
    }
}

struct PartyStatistics: Equatable, Sendable {
    /// Now, the most at once, and different ones since the party's beginning.
    var listeners: Int
    var peak: Int
    var total: Int
    /// Bits a second of Opus that the host sent between the last two snapshots; nil while it sends nothing.
    var bitrate: Int?
    var hostLink: LinkQuality?
    /// Each figure by itself: the worst of all listeners, and the one in the middle.
    var worst: LinkQuality?
    var median: LinkQuality?

    init(_ session: PartySession, media: MediaSnapshot, before: MediaSnapshot) {
        listeners = session.listenerCount
        peak = session.peakListeners
        total = session.totalListeners
        bitrate = Self.bitrate(from: before, to: media)
        hostLink = media.hostLink.flatMap { session.isHost($0.transport) && !$0.quality.isUnknown ? $0.quality : nil }
        let links = session.listenerTransports.compactMap { media.listenerLinks[$0] }
        worst = Self.quality(links) { $0.last }
        median = Self.quality(links) { $0.isEmpty ? nil : $0[$0.count / 2] }
    }

    private static func bitrate(from before: MediaSnapshot, to now: MediaSnapshot) -> Int? {
        guard let begin = before.time, let end = now.time, end > begin else { return nil }
        let bytes = now.counters.payloadBytesReceived &- before.counters.payloadBytesReceived
        guard bytes > 0 else { return nil }
        return Int((Double(bytes) * 8 / ((end - begin) / .seconds(1))).rounded())
    }

    private static func quality(_ links: [LinkQuality], _ choose: ([Double]) -> Double?) -> LinkQuality? {
        let chosen = LinkQuality(
            loss: choose(links.compactMap(\.loss).sorted()), jitter: choose(links.compactMap(\.jitter).sorted()),
            roundTripTime: choose(links.compactMap(\.roundTripTime).sorted()))
        return chosen.isUnknown ? nil : chosen
    }
}

extension LinkQuality {
    /// A listener's, by its receiver reports.
    init(_ statistics: ConsumerStatistics) {
        self.init(
            loss: statistics.fractionLost, jitter: statistics.jitterTicks.map { Double($0) / 48 },
            roundTripTime: statistics.roundTripTime.map { $0 / .milliseconds(1) })
    }

    /// A host's, by what arrives from it.
    init(_ statistics: ProducerStatistics) {
        self.init(
            loss: statistics.fractionLost, jitter: statistics.jitterTicks.map { Double($0) / 48 },
            roundTripTime: statistics.roundTripTime.map { $0 / .milliseconds(1) })
    }
}
