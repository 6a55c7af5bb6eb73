/// One session: packets of the one current producer go to all consumers, on one 48 kHz timeline that outlives every producer.
import RTP

/// Plain state of one media thread. Transports add and remove their consumers and producers by themselves; a party that ends drops its
/// router.
public final class Router {
    /// What fits into a slot beside the largest header and tag. Opus at 510 kb/s is 1,275 bytes in 20 ms (RFC 6716 §3.4).
    static let maximumPayloadBytes = 1_400

    /// The producer whose packets are being forwarded.
    public private(set) weak var producer: Producer?
    let context: MediaContext
    let retransmissions = RetransmissionBuffer()
    /// For receiver reports to hosts.
    let reporterSsrc = UInt32.randomSsrc()
    private var consumers: [Consumer] = []
    /// Of each consumer, in the same order.
    private var streams: [UnsafeMutablePointer<RtpSendStream>] = []
    private var timeline = SessionTimeline()
    private var producersMade = 0, newestSource = 0
    private let party: Int
    private let pipes: [RouterPipe]

    /// - Parameters:
    ///   - party: counts the parties of this process, alike on all its threads.
    ///   - pipes: to the routers of other threads, which get each packet too.
    public init(context: MediaContext, party: Int = 0, pipes: [RouterPipe] = []) {
        self.context = context
        self.party = party
        self.pipes = pipes
    }

    public var consumerCount: Int { consumers.count }

    /// Timestamp of the newest packet on the timeline: what `nowPlaying` and its kin are stamped with. Nil before the first.
    public var newestRtpTimestamp: UInt32? { timeline.newestTimestamp }

    /// The timeline's value at `now`, also while nobody sends.
    public func rtpTimestamp(at now: ContinuousClock.Instant) -> UInt32? { timeline.timestamp(at: now) }

    func nextProducerOrdinal() -> Int {
        producersMade += 1
        return producersMade
    }

    func add(_ consumer: Consumer) {
        consumer.routerIndex = consumers.count
        consumers.append(consumer)
        streams.append(consumer.stream)
    }

    /// The last one takes its place, so that it costs the same for any number.
    func remove(_ consumer: Consumer) {
        guard let index = consumer.routerIndex, let last = consumers.popLast(), let lastStream = streams.popLast() else { return }
        consumer.routerIndex = nil
        guard last !== consumer else { return }
        consumers[index] = last
        streams[index] = lastStream
        last.routerIndex = index
    }

    /// An authenticated packet of a producer, with its widened number, and how it is divided when it is RED: puts it onto the timeline and sends it to everyone.
    /// - Returns: whether the producer has become the source with it. The newest producer that really sends has the session; an older
    ///   one never gets it back.
    func receive(
        _ packet: RtpPacket, number: Int64, startsSource: Bool, red sent: RedPayload?, from producer: Producer,
        at now: ContinuousClock.Instant
    ) -> Bool {
        guard producer.ordinal >= newestSource else {
            context.drops.count(.rtpFromReplacedProducer)
            return false
        }
        let primaryOffset = sent?.primaryOffset ?? 0
        // RED that nobody could be sent as it is loses its earlier blocks.
        let red = sent.flatMap { $0.isUniform && packet.payload.count <= Self.maximumPayloadBytes ? $0 : nil }
        let whole = red == nil ? packet.payload.suffix(from: primaryOffset) : packet.payload
        guard let whole, whole.count > 0, let payload = whole.bytes.baseAddress else {
            context.drops.count(.rtpEmpty)
            return false
        }
        guard whole.count <= Self.maximumPayloadBytes else {
            context.drops.count(.rtpTooLarge)
            return false
        }
        let takesOver = producer.ordinal > newestSource
        if takesOver {
            newestSource = producer.ordinal
            self.producer = producer
        }
        if takesOver || startsSource { timeline.endSource() }
        guard let position = timeline.place(number, timestamp: packet.timestamp, at: now) else {
            context.drops.count(.rtpBeforeSource)
            return takesOver
        }
        let placed = TimelinePacket(
            sequence: position.sequence, timestamp: position.timestamp, marker: packet.marker || position.startsSource,
            audioLevel: producer.audioLevel(of: packet), payload: payload, payloadCount: whole.count,
            primaryOffset: red?.primaryOffset ?? 0, redundantCount: red?.redundantCount ?? 0)
        guard let kept = retransmissions.store(placed, at: now) else {
            context.drops.count(.rtpTooLate)
            return takesOver
        }
        pipe(kept)
        forward(kept)
        context.counters.rtpReceived &+= 1
        context.counters.payloadBytesReceived &+= UInt64(kept.payloadCount)
        return takesOver
    }

    /// To the other threads first: their listeners are served at the same time as ours.
    private func pipe(_ packet: TimelinePacket) {
        let entry = RouterPipe.Entry(
            party: party, sequence: packet.sequence, timestamp: packet.timestamp, marker: packet.marker, audioLevel: packet.audioLevel,
            primaryOffset: packet.primaryOffset, redundantCount: packet.redundantCount)
        let bytes = UnsafeRawBufferPointer(start: packet.payload, count: packet.payloadCount)
        for pipe in pipes {
            if pipe.ring.append(entry, bytes) { pipe.wake() } else { context.drops.count(.rtpPipeFull) }
        }
    }

    /// Sends what has come through the pipe to everyone here.
    public func receive(from pipe: RouterPipe, at now: ContinuousClock.Instant) {
        while let (entry, bytes) = pipe.ring.first {
            defer { pipe.ring.removeFirst() }
            // The party before, or one that begins before this thread has heard of it.
            guard entry.party == party, let payload = bytes.baseAddress else { continue }
            let packet = TimelinePacket(
                sequence: entry.sequence, timestamp: entry.timestamp, marker: entry.marker, audioLevel: entry.audioLevel,
                payload: UnsafeRawPointer(payload), payloadCount: bytes.count, primaryOffset: entry.primaryOffset,
                redundantCount: entry.redundantCount)
            timeline.follow(packet, at: now)
            if let kept = retransmissions.store(packet, at: now) { forward(kept) }
        }
    }

    /// The path of a packet to its listeners: nothing here allocates, locks, logs or waits.
    private func forward(_ packet: TimelinePacket) {
        var forwarded: UInt64 = 0
        for stream in streams where stream.pointee.forward(packet, retransmissions, context) { forwarded &+= 1 }
        context.counters.rtpForwarded &+= forwarded
    }
}
