/// The arena that packets are written into, so that its owner can hand a whole batch to `sendmmsg` without copying.
///
/// Slots never move: an owner builds its `iovec`s once, from `bytes` of each slot, and for every flush fills in only counts and
/// addresses. One arena belongs to one media thread.
import RTP

/// One datagram to send.
public struct OutgoingDatagram {
    /// `OutgoingDatagrams.slotBytes` of memory that the arena owns.
    public let bytes: UnsafeMutableRawPointer
    public internal(set) var count = 0
    public internal(set) var peer: SocketAddress
    /// The address of ours that the peer asked, which the datagram should leave from (`IP_PKTINFO`).
    public internal(set) var local: SocketAddress
}

public final class OutgoingDatagrams {
    /// The payload of a 1,500-byte Ethernet frame over IPv4 and UDP. An odd number of cache lines, so that the slots of a batch do
    /// not fall on the same sets of the processor's cache.
    public static let slotBytes = 1_472

    public let capacity: Int
    /// Filled slots: `self[0]` to `self[count - 1]`.
    public var count: Int { filled.pointee }
    /// In memory of its own: Swift would check each access to an object's variable for overlapping ones, three times for each packet.
    private let filled: UnsafeMutablePointer<Int>
    /// Called when every slot is filled and one more is wanted; must send them and call `removeAll()`.
    private let flush: (OutgoingDatagrams) -> Void
    private let slots: UnsafeMutablePointer<OutgoingDatagram>
    private let memory: UnsafeMutableRawPointer

    /// - Parameter flush: sends what is there, then calls `removeAll()`. It runs once for each full batch, and its owner also calls it
    ///   after each round of events. It must not call back into transports.
    public init(capacity: Int, flush: @escaping (OutgoingDatagrams) -> Void) {
        precondition(capacity > 0, "an arena needs a slot")
        self.capacity = capacity
        self.flush = flush
        memory = .allocate(byteCount: capacity * Self.slotBytes, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * Self.slotBytes)
        slots = .allocate(capacity: capacity)
        filled = .allocate(capacity: 1)
        filled.initialize(to: 0)
        let nowhere = SocketAddress(ipv4: 0, port: 0)
        for index in 0..<capacity {
            (slots + index).initialize(to: OutgoingDatagram(bytes: memory + index * Self.slotBytes, peer: nowhere, local: nowhere))
        }
    }

    deinit {
        slots.deallocate()
        filled.deallocate()
        memory.deallocate()
    }

    public subscript(index: Int) -> OutgoingDatagram {
        precondition(index >= 0 && index < capacity, "no such slot")
        return slots[index]
    }

    public var isEmpty: Bool { count == 0 }

    public func removeAll() { filled.pointee = 0 }

    /// Copies a datagram into the next slot; what exceeds a slot is our own mistake.
    func append(_ bytes: UnsafeRawBufferPointer, to peer: SocketAddress, from local: SocketAddress) {
        precondition(bytes.count <= Self.slotBytes, "a datagram of ours exceeds a slot")
        guard let base = bytes.baseAddress else { return }
        let slot = next(to: peer, from: local)
        slot.pointee.bytes.copyMemory(from: base, byteCount: bytes.count)
        slot.pointee.count = bytes.count
    }

    /// The next slot, which counts as filled from now on: the caller writes `count` and the bytes at once.
    func next(to peer: SocketAddress, from local: SocketAddress) -> UnsafeMutablePointer<OutgoingDatagram> {
        if count == capacity {
            flush(self)
            precondition(count < capacity, "flush must call removeAll()")
        }
        let slot = slots + count
        filled.pointee = count + 1
        slot.pointee.peer = peer
        slot.pointee.local = local
        return slot
    }
}
