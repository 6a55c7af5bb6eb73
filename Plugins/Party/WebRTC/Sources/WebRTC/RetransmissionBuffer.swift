/// What was sent last, once for all listeners, in the session's numbering (RFC 4585 §6.2.1); redundancy is made of it too (RFC 2198).
///
/// A listener that asks again gets the same plaintext sealed under the same numbers, so the identical packet: a GCM nonce never covers
/// two different ones. That is why what is stored never changes, and why it is settled when a packet is stored which earlier ones its
/// redundancy consists of.
import RTP

/// A packet on the session's timeline, before any listener's numbers are in it. The payload is borrowed.
struct TimelinePacket {
    let sequence: Int64
    let timestamp: UInt32
    let marker: Bool
    /// The one byte of RFC 6464, when the host sent it.
    let audioLevel: UInt8?
    let payload: UnsafeRawPointer
    let payloadCount: Int
    /// Where Opus begins: 0, or behind the earlier blocks of a host that sends RED, as many as `redundantCount`.
    var primaryOffset = 0
    var redundantCount = 0
    /// Which earlier packets its redundancy is made of: bit n stands for the one n + 1 before. Nil when none can be made, because it is
    /// RED already or too large. Settled by `RetransmissionBuffer.store`.
    var redundancy: UInt8?
    /// It is RED, and one of the packets that it repeats has not come. Settled by `RetransmissionBuffer.store`.
    var repeatsMissing = false

    var isRed: Bool { primaryOffset > 0 }
    var primaryCount: Int { payloadCount - primaryOffset }
}

/// Plain state of one media thread; owns its memory.
final class RetransmissionBuffer {
    /// 2.5 s of 20 ms packets. Older ones would come too late for any jitter buffer.
    static let slotCount = 128
    static let maximumAge = Duration.seconds(2)
    /// How many earlier packets one with redundancy repeats.
    static let redundantPackets = 1

    private struct Slot {
        var sequence: Int64 = -1
        var timestamp: UInt32 = 0
        var marker = false
        var audioLevel: UInt8?
        var payloadCount = 0, primaryOffset = 0, redundantCount = 0
        var redundancy: UInt8?
        var repeatsMissing = false
        var arrival: ContinuousClock.Instant?
    }

    private let slots = UnsafeMutablePointer<Slot>.allocate(capacity: slotCount)
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: slotCount * Router.maximumPayloadBytes, alignment: 16)

    init() { slots.initialize(repeating: Slot(), count: Self.slotCount) }

    deinit {
        slots.deallocate()
        memory.deallocate()
    }

    private static func index(_ sequence: Int64) -> Int { Int(sequence % Int64(slotCount)) }

    private func bytes(_ index: Int) -> UnsafeMutableRawPointer { memory + index * Router.maximumPayloadBytes }

    /// Keeps a packet and settles its redundancy. Nil when it, or a newer one in its place, is there already: then it must not be sent.
    func store(_ packet: TimelinePacket, at now: ContinuousClock.Instant) -> TimelinePacket? {
        precondition(packet.sequence >= 0 && packet.payloadCount <= Router.maximumPayloadBytes, "the router lets no such packet through")
        let index = Self.index(packet.sequence)
        guard packet.sequence > slots[index].sequence else { return nil }
        var packet = packet
        packet.redundancy = redundancy(of: packet)
        packet.repeatsMissing = repeatsMissing(packet)
        slots[index] = Slot(
            sequence: packet.sequence, timestamp: packet.timestamp, marker: packet.marker, audioLevel: packet.audioLevel,
            payloadCount: packet.payloadCount, primaryOffset: packet.primaryOffset, redundantCount: packet.redundantCount,
            redundancy: packet.redundancy, repeatsMissing: packet.repeatsMissing, arrival: now)
        bytes(index).copyMemory(from: packet.payload, byteCount: packet.payloadCount)
        return packet
    }

    /// Nil when it was never there, or is too old.
    func find(_ sequence: Int64, at now: ContinuousClock.Instant) -> TimelinePacket? {
        guard sequence >= 0 else { return nil }
        let index = Self.index(sequence)
        let slot = slots[index]
        guard slot.sequence == sequence, let arrival = slot.arrival, now - arrival <= Self.maximumAge else { return nil }
        return TimelinePacket(
            sequence: sequence, timestamp: slot.timestamp, marker: slot.marker, audioLevel: slot.audioLevel,
            payload: UnsafeRawPointer(bytes(index)), payloadCount: slot.payloadCount, primaryOffset: slot.primaryOffset,
            redundantCount: slot.redundantCount, redundancy: slot.redundancy, repeatsMissing: slot.repeatsMissing)
    }

    // MARK: - Redundancy

    /// The nearest earlier packets that are there and fit into a block and a slot.
    private func redundancy(of packet: TimelinePacket) -> UInt8? {
        var total = RedPayload.headerBytes(redundantCount: 0) + packet.payloadCount
        guard !packet.isRed, total <= Router.maximumPayloadBytes else { return nil }
        var mask: UInt8 = 0
        for distance in 1...Self.redundantPackets {
            guard let slot = slot(packet.sequence - Int64(distance)) else { continue }
            let count = slot.payloadCount - slot.primaryOffset
            let cost = RedPayload.redundantHeaderBytes + count
            guard count <= RedPayload.maximumBlockBytes, total + cost <= Router.maximumPayloadBytes,
                packet.timestamp &- slot.timestamp <= RedPayload.maximumTimestampOffset
            else { continue }
            mask |= 1 << UInt8(distance - 1)
            total += cost
        }
        return mask
    }

    private func repeatsMissing(_ packet: TimelinePacket) -> Bool {
        for distance in 0..<Int64(packet.redundantCount) where slot(packet.sequence - 1 - distance) == nil { return true }
        return false
    }

    private func slot(_ sequence: Int64) -> Slot? {
        guard sequence >= 0, slots[Self.index(sequence)].sequence == sequence else { return nil }
        return slots[Self.index(sequence)]
    }

    /// Whether everything is still there that the packet's redundancy is made of.
    func keepsRedundancy(of packet: TimelinePacket) -> Bool {
        guard let mask = packet.redundancy else { return false }
        return (1...Self.redundantPackets).allSatisfy { distance in
            mask >> UInt8(distance - 1) & 1 == 0 || slot(packet.sequence - Int64(distance)) != nil
        }
    }

    /// Writes the packet with its redundancy as RED, always the same bytes for the same packet. Only where `keepsRedundancy`, which
    /// holds for a packet that has just been stored.
    /// - Returns: how many, at most `Router.maximumPayloadBytes`.
    func writeRed(_ packet: TimelinePacket, payloadType: UInt8, to raw: UnsafeMutableRawPointer) -> Int {
        let mask = packet.redundancy ?? 0
        var head = 0
        var data = RedPayload.headerBytes(redundantCount: mask.nonzeroBitCount)
        for distance in stride(from: Self.redundantPackets, through: 1, by: -1) where mask >> UInt8(distance - 1) & 1 == 1 {
            let sequence = packet.sequence - Int64(distance)
            guard let slot = slot(sequence) else { preconditionFailure("ask keepsRedundancy first") }
            let count = slot.payloadCount - slot.primaryOffset
            let header = RedPayload.redundantHeader(
                payloadType: payloadType, timestampOffset: packet.timestamp &- slot.timestamp, blockBytes: count)
            raw.storeBytes(of: header.bigEndian, toByteOffset: head, as: UInt32.self)
            (raw + data).copyMemory(from: bytes(Self.index(sequence)) + slot.primaryOffset, byteCount: count)
            head += RedPayload.redundantHeaderBytes
            data += count
        }
        raw.storeBytes(of: payloadType & 0x7F, toByteOffset: head, as: UInt8.self)
        (raw + data).copyMemory(from: packet.payload, byteCount: packet.payloadCount)
        return data + packet.payloadCount
    }
}
