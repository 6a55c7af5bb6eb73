/// What was sent last, once for all listeners, in the session's numbering (RFC 4585 §6.2.1).
///
/// A listener that asks again gets the same plaintext sealed under the same numbers, so the identical packet: a GCM nonce never covers
/// two different ones.

/// A packet on the session's timeline, before any listener's numbers are in it. The payload is borrowed.
struct TimelinePacket {
    let sequence: Int64
    let timestamp: UInt32
    let marker: Bool
    /// The one byte of RFC 6464, when the host sent it.
    let audioLevel: UInt8?
    let payload: UnsafeRawPointer
    let payloadCount: Int
}

/// Plain state of one media thread; owns its memory.
final class RetransmissionBuffer {
    /// 2.5 s of 20 ms packets. Older ones would come too late for any jitter buffer.
    private static let slotCount = 128
    static let maximumAge = Duration.seconds(2)

    private struct Slot {
        var sequence: Int64 = -1
        var timestamp: UInt32 = 0
        var marker = false
        var audioLevel: UInt8?
        var payloadCount = 0
        var arrival: ContinuousClock.Instant?
    }

    private let slots = UnsafeMutablePointer<Slot>.allocate(capacity: slotCount)
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: slotCount * Router.maximumPayloadBytes, alignment: 16)

    init() { slots.initialize(repeating: Slot(), count: Self.slotCount) }

    deinit {
        slots.deallocate()
        memory.deallocate()
    }

    func store(_ packet: TimelinePacket, at now: ContinuousClock.Instant) {
        precondition(packet.sequence >= 0 && packet.payloadCount <= Router.maximumPayloadBytes, "the router lets no such packet through")
        let index = Int(packet.sequence % Int64(Self.slotCount))
        slots[index] = Slot(
            sequence: packet.sequence, timestamp: packet.timestamp, marker: packet.marker, audioLevel: packet.audioLevel,
            payloadCount: packet.payloadCount, arrival: now)
        (memory + index * Router.maximumPayloadBytes).copyMemory(from: packet.payload, byteCount: packet.payloadCount)
    }

    /// Nil when it was never there, or is too old.
    func find(_ sequence: Int64, at now: ContinuousClock.Instant) -> TimelinePacket? {
        guard sequence >= 0 else { return nil }
        let index = Int(sequence % Int64(Self.slotCount))
        let slot = slots[index]
        guard slot.sequence == sequence, let arrival = slot.arrival, now - arrival <= Self.maximumAge else { return nil }
        return TimelinePacket(
            sequence: sequence, timestamp: slot.timestamp, marker: slot.marker, audioLevel: slot.audioLevel,
            payload: UnsafeRawPointer(memory + index * Router.maximumPayloadBytes), payloadCount: slot.payloadCount)
    }
}
