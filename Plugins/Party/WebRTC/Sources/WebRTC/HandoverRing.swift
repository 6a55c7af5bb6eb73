/// What one media thread hands to another one without a lock: a bounded queue with one writer and one reader, whose slots each hold a
/// header of plain bits and some bytes. Nothing is allocated after it was made.
import Synchronization

/// Unchecked because the memory of a slot is the writer's until it moves `tail` behind it (release) and the reader has seen that (acquire),
/// then the reader's until it moves `head` behind it in the same way. One thread calls `append`, one other `first` and `removeFirst`.
public final class HandoverRing<Header: BitwiseCopyable & Sendable>: @unchecked Sendable {
    private let capacity: Int, slotBytes: Int
    private let headers: UnsafeMutablePointer<(header: Header, count: Int)>
    private let memory: UnsafeMutableRawPointer
    /// Count up for ever; the slot is the remainder.
    private let head = Atomic<Int>(0), tail = Atomic<Int>(0)

    /// - Parameter slotBytes: the most that one entry carries beside its header.
    public init(capacity: Int, slotBytes: Int) {
        precondition(capacity > 0 && slotBytes > 0, "a ring needs room")
        self.capacity = capacity
        // Each begins at a cache line, which libsrtp2 wants at 4 bytes.
        self.slotBytes = (slotBytes + 63) & ~63
        headers = .allocate(capacity: capacity)
        memory = .allocate(byteCount: capacity * self.slotBytes, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * self.slotBytes)
    }

    deinit {
        headers.deallocate()
        memory.deallocate()
    }

    /// - Returns: false when the reader is so far behind that there is no room, or it would not fit into a slot.
    public func append(_ header: Header, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let tail = tail.load(ordering: .relaxed)
        guard bytes.count <= slotBytes, tail - head.load(ordering: .acquiring) < capacity else { return false }
        (headers + tail % capacity).initialize(to: (header, bytes.count))
        if let base = bytes.baseAddress { (memory + tail % capacity * slotBytes).copyMemory(from: base, byteCount: bytes.count) }
        self.tail.store(tail + 1, ordering: .releasing)
        return true
    }

    /// The oldest entry, until `removeFirst()`; its bytes may be written to.
    public var first: (header: Header, bytes: UnsafeMutableRawBufferPointer)? {
        let head = head.load(ordering: .relaxed)
        guard head != tail.load(ordering: .acquiring) else { return nil }
        let (header, count) = headers[head % capacity]
        return (header, UnsafeMutableRawBufferPointer(start: memory + head % capacity * slotBytes, count: count))
    }

    public func removeFirst() {
        let head = head.load(ordering: .relaxed)
        precondition(head != tail.load(ordering: .acquiring), "the ring is empty")
        self.head.store(head + 1, ordering: .releasing)
    }
}
